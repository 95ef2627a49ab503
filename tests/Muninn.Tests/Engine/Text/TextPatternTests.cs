using System;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using Muninn.Engine.Text.Patterns;
using Xunit;

namespace Muninn.Tests.Engine.Text;

public sealed class TextPatternTests
{
    // Within the first plane .NET's expressions are the slow obvious twin.
    [Theory]
    [InlineData(@"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+")]
    [InlineData(@"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")]
    [InlineData(@"[\p{Lu}\p{Lt}]*[\p{Ll}\p{M}]+|[^\s]|\s+?")]
    [InlineData(@"a|ab|abc")]
    [InlineData(@"(?:ab|a)(?=b)|(?<=a)b|(?<!a)s")]
    [InlineData(@"[a-s&&&]?x|(?:a{2,3}?b)|(?:ab?){1,2}\s*")]
    [InlineData(@"(?>a+)b|\ba|s\b|\d+")]
    [InlineData(@"[^a]|[\]\-a]")]
    [InlineData(@"x*")]
    public void Finds_what_dotnet_finds(string pattern)
    {
        if (pattern.Contains("&&", StringComparison.Ordinal))
        {
            Assert.Throws<InvalidDataException>(() => TextPattern.Parse(pattern));
            pattern = pattern.Replace("&&&", "", StringComparison.Ordinal);
        }

        var own = TextPattern.Parse(pattern);
        var twin = new Regex(pattern, RegexOptions.CultureInvariant, TimeSpan.FromSeconds(10));
        for (var i = 0UL; i < 2_000; i++)
        {
            var text = RandomText.Over("ab's S0 9é!-]x\n\r\t\u00A0\u0301Ω中_", seed: 9, i, lengthMax: 25);
            var expected = twin.Matches(text).Where(match => match.Length > 0).Select(match => (match.Index, match.Index + match.Length));
            Assert.Equal(expected, own.Matches(text).Where(match => match.End > match.Start));
        }
    }

    [Theory]
    [InlineData(@"\p{L}+", "a𝒳𐍈𠀀b", "a𝒳𐍈𠀀b")]
    [InlineData(@"\p{N}", "𝟘9𑄶", "𝟘|9|𑄶")]
    [InlineData(@"[^\s\p{L}]+", "a😀😀 😀", "😀😀|😀")]
    [InlineData(@".", "𝒳a", "𝒳|a")]
    [InlineData(@"\p{L}+\p{L}", "𝒳𝒴𝒵", "𝒳𝒴𝒵")]
    [InlineData(@"\p{L}++", "𝒳𝒴", "𝒳𝒴")]
    [InlineData(@"(?<=𝒳)𝒴", "𝒳𝒴𝒴", "𝒴")]
    [InlineData(@"[\x{1D4B3}-\x{1D4B4}]", "𝒳𝒴𝒵", "𝒳|𝒴")]
    [InlineData(@"\p{Han}+", "ab漢字𠮷かな", "漢字𠮷")]
    [InlineData(@"(?i:'s)", "'s'S'ſ", "'s|'S|'ſ")]
    [InlineData(@"a?+a", "aa", "aa")]
    [InlineData(@"a*+a", "aaa", "")]
    [InlineData(@"[[a-c]x]+", "abxd", "abx")]
    [InlineData(@"\A.|.\z", "abc", "a|c")]
    [InlineData(@"^b", "a\nb", "b")]
    public void Sees_code_points(string pattern, string text, string expected) => Assert.Equal(
        expected, string.Join('|', TextPattern.Parse(pattern).Matches(text).Select(match => text[match.Start..match.End])));

    [Theory]
    [InlineData("(")]
    [InlineData(")")]
    [InlineData("[a")]
    [InlineData("*a")]
    [InlineData("a{2")]
    [InlineData("a{3,2}")]
    [InlineData("a{1,3}+")]
    [InlineData("a{100000}")]
    [InlineData("(a*)*")]
    [InlineData(@"(a)\1")]
    [InlineData(@"\p{Klingon}")]
    [InlineData(@"\pL")]
    [InlineData(@"\K")]
    [InlineData(@"\")]
    [InlineData("(?m:a)")]
    [InlineData("(?<name>a)")]
    [InlineData("a(?i)b")]
    [InlineData("[z-a]")]
    [InlineData("[[:alpha:]]")]
    [InlineData("(?<=a+)b")]
    [InlineData("((((a{1000}){1000}){1000}){1000})")]
    public void Refuses_what_it_does_not_know(string pattern) =>
        Assert.Throws<InvalidDataException>(() => TextPattern.Parse(pattern));

    [Fact]
    public void Refuses_deep_groups() => Assert.Throws<InvalidDataException>(
        () => TextPattern.Parse(new string('(', 10_000) + "a" + new string(')', 10_000)));
}
