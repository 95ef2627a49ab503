using System;
using Muninn.Cli.Frame;
using Xunit;

namespace Muninn.Tests.Cli;

public class ReadsTests
{
    [Theory]
    [InlineData("0", new[] { 0 })]
    [InlineData("0-3,8", new[] { 0, 1, 2, 3, 8 })]
    [InlineData(" 8, 2 ", new[] { 8, 2 })]
    [InlineData("5-5", new[] { 5 })]
    public void Indices_keep_their_order(string text, int[] expected) => Assert.Equal(expected, Reads.Indices(text));

    [Theory]
    [InlineData("", "neither a number nor a range")]
    [InlineData("1,,2", "neither a number nor a range")]
    [InlineData("-1", "neither a number nor a range")]
    [InlineData("3-", "neither a number nor a range")]
    [InlineData("1.5", "neither a number nor a range")]
    [InlineData("4-2", "runs backwards; give 2-4")]
    [InlineData("1,0-3", "1 stands twice")]
    [InlineData("0-2000000000", "more than 1000000 entries")]
    [InlineData("0-2147483647", "more than 1000000 entries")]
    [InlineData("99999999999", "neither a number nor a range")]
    public void Indices_refuse(string text, string expected) =>
        Assert.Contains(expected, Assert.Throws<FormatException>(() => Reads.Indices(text)).Message);

    [Theory]
    [InlineData("5,17,3", new[] { 5, 17, 3 })]
    [InlineData("5 5\n5", new[] { 5, 5, 5 })]
    [InlineData("-1", new[] { -1 })]
    public void Token_ids_may_repeat(string text, int[] expected) => Assert.Equal(expected, Reads.TokenIds(text));

    [Theory]
    [InlineData("")]
    [InlineData(" , ")]
    [InlineData("5,x")]
    [InlineData("5,1e3")]
    [InlineData("99999999999")]
    public void Token_ids_refuse(string text) => Assert.Throws<FormatException>(() => Reads.TokenIds(text));

    [Theory]
    [InlineData("0")]
    [InlineData("11")]
    [InlineData("1.0")]
    [InlineData("")]
    [InlineData("9999999999999")]
    public void Numbers_outside_are_refused_with_the_bounds(string text) =>
        Assert.Contains("from 1 to 10", Assert.Throws<FormatException>(() => Reads.Number(1, 10)(text)).Message);

    [Theory]
    [InlineData("0", 0ul)]
    [InlineData("18446744073709551615", ulong.MaxValue)]
    public void Seeds_span_64_bits(string text, ulong expected) => Assert.Equal(expected, Reads.Seed(text));

    [Theory]
    [InlineData("1000", 1000)]
    [InlineData("1000B", 1000)]
    [InlineData("1kB", 1000)]
    [InlineData("1KB", 1000)]
    [InlineData("1KiB", 1024)]
    [InlineData("1.5 GB", 1_500_000_000)]
    [InlineData("2gib", 2L << 30)]
    [InlineData("8TiB", 8L << 40)]
    [InlineData("9223372036854775807", long.MaxValue)]
    public void Sizes_have_decimal_and_binary_units(string text, long expected) => Assert.Equal(expected, Reads.Bytes(1000)(text));

    [Theory]
    [InlineData("")]
    [InlineData("GB")]
    [InlineData("999")]
    [InlineData("0.5kB")]
    [InlineData("-5GB")]
    [InlineData("1e9")]
    [InlineData("1,000kB")]
    [InlineData("5 pounds")]
    [InlineData("9223372036854775808")]
    [InlineData("99999999TB")]
    public void Sizes_refuse(string text) => Assert.Contains(
        "at least 1000 bytes; give a number and a unit, e.g. 500MB", Assert.Throws<FormatException>(() => Reads.Bytes(1000)(text)).Message);

    [Fact]
    public void Words_suggest_the_nearest() =>
        Assert.Contains("did you mean stored?", Assert.Throws<FormatException>(
            () => Reads.Word(("exact", 0), ("stored", 1))("store")).Message);

    [Fact]
    public void A_range_may_end_at_the_largest_number() =>
        Assert.Equal([int.MaxValue - 1, int.MaxValue], Reads.Indices($"{int.MaxValue - 1}-{int.MaxValue}"));

    [Fact]
    public void Token_ids_may_come_as_a_list() => Assert.Equal([5, 17, 3], Reads.TokenIds("[5, 17,3]\n"));

    [Theory]
    [InlineData("0", 0.0)]
    [InlineData("1e-3", 1e-3)]
    [InlineData(".5", 0.5)]
    [InlineData("1", 1.0)]
    public void Reals_have_a_point(string text, double expected) => Assert.Equal(expected, Reads.Real(0, 1)(text));

    [Theory]
    [InlineData("")]
    [InlineData("NaN")]
    [InlineData("-0.1")]
    [InlineData("1.1")]
    [InlineData("0,5")]
    [InlineData("1e999")]
    public void Reals_stay_in_their_range(string text) =>
        Assert.Contains("is no number from 0 to 1", Assert.Throws<FormatException>(() => Reads.Real(0, 1)(text)).Message);

    [Fact]
    public void An_open_range_has_not_its_border() =>
        Assert.Contains("is no number above 0; write", Assert.Throws<FormatException>(() => Reads.Real(0, double.PositiveInfinity, isOpen: true)("0")).Message);
}
