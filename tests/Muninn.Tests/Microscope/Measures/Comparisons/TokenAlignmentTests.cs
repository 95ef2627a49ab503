using System;
using System.Linq;
using Muninn.Microscope.Measures.Comparisons;
using Xunit;

namespace Muninn.Tests.Microscope.Measures.Comparisons;

public sealed class TokenAlignmentTests
{
    [Fact]
    public void Equal_prompts_pair_every_token_with_itself()
    {
        var alignment = TokenAlignment.Of([5, 5, 7], [5, 5, 7]);
        Assert.Equal([0, 1, 2], alignment.Left);
        Assert.Equal([0, 1, 2], alignment.Right);
    }

    [Fact]
    public void A_changed_an_added_and_a_lost_token_are_left_out()
    {
        var alignment = TokenAlignment.Of([1, 2, 3, 4, 5], [1, 9, 3, 8, 4, 6]);
        Assert.Equal([0, 2, 3], alignment.Left);
        Assert.Equal([0, 2, 4], alignment.Right);
    }

    [Fact]
    public void Nothing_in_common_gives_no_pair() => Assert.Equal(0, TokenAlignment.Of([1, 2], [3]).Count);

    [Fact]
    public void By_position_goes_as_far_as_the_shorter_prompt() => Assert.Equal([0, 1], TokenAlignment.ByPosition(2, 5).Right);

    /// <summary>The twin tries every subsequence of the left prompt.</summary>
    [Fact]
    public void Pairs_are_equal_ascending_and_as_many_as_can_be()
    {
        var random = new Random(3);
        for (int round = 0; round < 400; round++)
        {
            int[] left = [.. Enumerable.Range(0, random.Next(1, 9)).Select(_ => random.Next(4))];
            int[] right = [.. Enumerable.Range(0, random.Next(1, 9)).Select(_ => random.Next(4))];
            var alignment = TokenAlignment.Of(left, right);
            Assert.Equal(alignment.Left.Select(i => left[i]), alignment.Right.Select(i => right[i]));
            Assert.Equal(alignment.Left.Distinct().Order(), alignment.Left);
            Assert.Equal(alignment.Right.Distinct().Order(), alignment.Right);
            int most = Enumerable.Range(0, 1 << left.Length)
                .Select(mask => left.Where((_, i) => (mask >> i & 1) == 1).ToArray())
                .Where(part => IsSubsequence(part, right)).Max(part => part.Length);
            Assert.Equal(most, alignment.Count);
        }
    }

    static bool IsSubsequence(int[] part, int[] whole)
    {
        int at = 0;
        foreach (int token in whole)
        {
            if (at < part.Length && part[at] == token) at++;
        }

        return at == part.Length;
    }
}
