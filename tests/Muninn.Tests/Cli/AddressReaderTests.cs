using System;
using Muninn.Cli.Input;
using Muninn.Microscope.Addresses;
using Xunit;

namespace Muninn.Tests.Cli;

public sealed class AddressReaderTests
{
    static readonly RunShape _shape = new()
    {
        PreludeBlocks = 2,
        CoreBlocks = 4,
        CodaBlocks = 1,
        Heads = 3,
        HeadWidth = 2,
        Positions = 6,
        Limit = 8,
    };

    [Theory]
    [InlineData("state[12]@last")]
    [InlineData("state[*]")]
    [InlineData("core[4-8].block[1].mlp@3,5")]
    [InlineData("core[*].block[0].pattern[2]")]
    [InlineData("core[last].block[0-last].k[0,2]@4-last")]
    [InlineData("prelude[0].input@last-3-last-1")]
    [InlineData("coda[*].afterAttention@last-2")]
    public void An_address_reads_as_it_is_written(string text) => Assert.Equal(text, AddressReader.Read(text).ToString());

    [Theory]
    [InlineData("state[*]@*", "state[*]")]
    [InlineData("core[3-3].block[1].q[*]@2-2", "core[3].block[1].q@2")]
    public void What_says_nothing_is_left_out(string text, string shorter) => Assert.Equal(shorter, AddressReader.Read(text).ToString());

    [Theory]
    [InlineData("core[4-8].block[1].mlp@3,5", "4 5 6 7 8|1|3 5|0|6")]
    [InlineData("core[last,1].block[*].pattern[2]@last", "1 8|0 1 2 3|5|2|6")]
    [InlineData("core[1].block[last].v[1-last]@5,3-4,3", "1|3|3 4 5|1 2|2")]
    [InlineData("state[0,last]@last-1-last", "0 8|0|4 5|0|6")]
    [InlineData("prelude[1].input", "0|1|0 1 2 3 4 5|0|6")]
    public void An_address_chooses_what_it_says(string text, string expected)
    {
        var chosen = AddressReader.Read(text).In(_shape);
        Assert.Equal(expected, string.Join('|', Joined(chosen.Iterations), Joined(chosen.Blocks), Joined(chosen.Positions), Joined(chosen.Heads), chosen.HeadColumns));
        Assert.Equal(chosen.Count, (long)chosen.Iterations.Length * chosen.Blocks.Length * chosen.Positions.Length * chosen.Heads.Length * chosen.HeadColumns);

        static string Joined(ReadOnlySpan<int> numbers) => string.Join(' ', numbers.ToArray());
    }

    [Theory]
    [InlineData("", "an address begins with state, prelude, core, coda")]
    [InlineData("layer[3].mlp", "'layer' at character 1 of 'layer[3].mlp': an address begins with state, prelude, core, coda")]
    [InlineData("stat[3]", "did you mean state?")]
    [InlineData("state", "'state' ends too early: state is followed by numbers in brackets")]
    [InlineData("state[]", "expected numbers such as 3, 0-9,15, last, last-2 or *")]
    [InlineData("state[3", "brackets are closed with ]")]
    [InlineData("state[3]x", "'x' at character 9 of 'state[3]x': expected the end, or @ with positions")]
    [InlineData("state[8-4]", "the range '8-4' in 'state[8-4]' runs backwards; give 4-8")]
    [InlineData("state[last-last-3]", "runs backwards; give last-3-last")]
    [InlineData("state[-1]", "expected numbers such as")]
    [InlineData("state[99999999999]", "expected numbers such as")]
    [InlineData("state[2147483647]", "expected numbers such as")]
    [InlineData("state[1]@", "'state[1]@' ends too early: expected positions such as")]
    [InlineData("core[3].mlp", "the iterations of the core are followed by .block[")]
    [InlineData("core[3].block[1]", "a block is followed by .")]
    [InlineData("core[3].block[1].mpl", "the sites of a block are input, q, k, v, pattern, attention, afterAttention, mlp, output; did you mean mlp?")]
    [InlineData("core[3].block[1].MLP", "the sites of a block are")]
    [InlineData("core[3].block[1].mlp@3,", "expected positions such as")]
    [InlineData("core[3].block[1].mlp @3", "expected the end, or @ with positions")]
    public void What_is_no_address_is_refused_with_what_is_valid(string text, string expected) =>
        Assert.Contains(expected, Assert.Throws<FormatException>(() => AddressReader.Read(text)).Message);

    [Theory]
    [InlineData("core[9].block[0].mlp", "core[9].block[0].mlp asks for iteration 9; here they are 1 to 8.")]
    [InlineData("core[0].block[0].mlp", "asks for iteration 0; here they are 1 to 8.")]
    [InlineData("core[4-12].block[0].mlp", "asks for iteration 4 to 12; here they are 1 to 8.")]
    [InlineData("core[1].block[4].mlp", "asks for core block 4; here they are 0 to 3.")]
    [InlineData("coda[1].mlp", "asks for coda block 1; the only one here is 0.")]
    [InlineData("state[9]", "asks for state 9; here they are 0 to 8.")]
    [InlineData("state[1]@6", "state[1]@6 asks for position 6; here they are 0 to 5.")]
    [InlineData("state[1]@last-9", "asks for position -4; here they are 0 to 5.")]
    [InlineData("state[1]@4-last-2", "the range 4-last-2 runs backwards, because the last position is 5")]
    [InlineData("core[1].block[0].q[3]", "asks for head 3; here they are 0 to 2.")]
    [InlineData("core[1].block[0].mlp[0]", "names heads, but mlp has none; the sites with heads are q, k, v and pattern.")]
    public void What_a_run_does_not_have_is_refused_with_what_it_has(string text, string expected) =>
        Assert.Contains(expected, Assert.Throws<AddressException>(() => AddressReader.Read(text).In(_shape)).Message);

    [Fact]
    public void A_run_without_iterations_or_prelude_says_so()
    {
        Assert.Contains("asks for iterations, and there are none", Assert.Throws<AddressException>(() =>
            AddressReader.Read("core[*].block[0].mlp").In(_shape with { Limit = 0 })).Message);
        Assert.Contains("asks for prelude blocks, and there are none", Assert.Throws<AddressException>(() =>
            AddressReader.Read("prelude[*].mlp").In(_shape with { PreludeBlocks = 0 })).Message);
    }
}
