using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Engine.Text;
using Muninn.Engine.Text.Training;
using Muninn.Tests.Oracle;
using Xunit;

namespace Muninn.Tests.Engine.Text.Training;

public sealed class PairLearnerTests
{
    static readonly string[] _letters = [.. Enumerable.Range(0, 256).Select(value => ByteAlphabet.LetterOf((byte)value).ToString())];

    static List<(string Left, string Right)> Learnt(Dictionary<string, long> words, int most, long least, params string[] reserved)
    {
        var learner = new PairLearner(words, reserved);
        learner.Learn(most, least, null, default);
        return [.. learner.Merges.Select(pair => (learner.Names[pair.Left], learner.Names[pair.Right]))];
    }

    /// <summary>Few letters make runs, overlaps, neighbours that join, and pairs that spell what is there already.</summary>
    [Theory]
    [InlineData("a", 30)]
    [InlineData("ab", 30)]
    [InlineData("abc", 12)]
    [InlineData("abcdefgh", 8)]
    public void The_pairs_are_those_of_the_textbook_in_its_order(string alphabet, int lengthMax)
    {
        for (ulong seed = 0; seed < 40; seed++)
        {
            var words = new Dictionary<string, long>(StringComparer.Ordinal);
            for (ulong number = 0; number < 12; number++)
            {
                if (RandomText.Over(alphabet, seed, number, lengthMax) is { Length: > 0 } word)
                    words[word] = 1 + (long)(RandomText.Number(seed, number, 999) % 4);
            }

            long least = 1 + (long)(seed % 3);
            Assert.Equal(PairTextbook.Merges(words.Select(word => (word.Key, word.Value)), _letters, 25, least), Learnt(words, 25, least));
        }
    }

    [Fact]
    public void A_pair_that_spells_a_token_joins_to_it()
    {
        // ab, then abc from ab + c, then bc, then abc again from a + bc.
        var words = new Dictionary<string, long> { ["abc"] = 5, ["ab"] = 5, ["bcx"] = 4, ["bcy"] = 4, ["zabc"] = 1 };
        var learner = new PairLearner(words, []);
        learner.Learn(100, 1, null, default);
        Assert.Equal(learner.Names.Count, learner.Names.Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(PairTextbook.Merges(words.Select(word => (word.Key, word.Value)), _letters, 100, 1), Learnt(words, 100, 1));
    }

    [Fact]
    public void Of_equal_counts_the_smaller_ids_come_first() =>
        Assert.Equal([("a", "y"), ("b", "x"), ("b", "z")], Learnt(new() { ["bz"] = 3, ["bx"] = 3, ["ay"] = 3 }, 10, 1));

    [Fact]
    public void A_reserved_name_is_never_learnt() =>
        Assert.Equal([("x", "y")], Learnt(new() { ["ab"] = 9, ["xy"] = 2 }, 10, 1, "ab"));

    [Theory]
    [InlineData(1, 2)]
    [InlineData(3, 1)]
    [InlineData(4, 0)]
    public void Rare_pairs_are_left_alone(long least, int expected) => Assert.Equal(expected, Learnt(new() { ["ab"] = 3, ["cd"] = 1 }, 10, least).Count);

    [Fact]
    public void Nothing_is_learnt_from_nothing() => Assert.Empty(Learnt(new() { ["a"] = 100 }, 10, 1));
}
