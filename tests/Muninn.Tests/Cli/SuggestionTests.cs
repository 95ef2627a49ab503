using Muninn.Cli.Frame;
using Xunit;

namespace Muninn.Tests.Cli;

public class SuggestionTests
{
    static readonly string[] _options = ["--iterations", "--initial-state", "--out", "--model", "--tokens"];

    [Theory]
    [InlineData("--itrations", "--iterations")]
    [InlineData("--iteratinos", "--iterations")]
    [InlineData("--iter", "--iterations")]
    [InlineData("--Model", "--model")]
    [InlineData("--token", "--tokens")]
    [InlineData("--initialstate", "--initial-state")]
    public void Finds_the_nearest(string typed, string meant) => Assert.Equal(meant, Suggestion.Nearest(typed, _options));

    [Theory]
    [InlineData("--verbose")]
    [InlineData("--zzzzz")]
    public void Leaves_far_words_alone(string typed) => Assert.Null(Suggestion.Nearest(typed, _options));

    [Fact]
    public void Phrase_ends_the_sentence_either_way()
    {
        Assert.Equal("; did you mean --out?", Suggestion.Phrase("--aut", _options));
        Assert.Equal(".", Suggestion.Phrase("--zzzzz", _options));
    }
}
