using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Muninn.Engine.Generation;
using Muninn.Tests.Oracle;
using Xunit;

namespace Muninn.Tests.Engine.Generation;

public sealed class StopMatcherTests
{
    /// <summary>Everything at once: of the matches that end first, the longest.</summary>
    static (string Text, string? Stop) Twin(string text, IEnumerable<string> stops)
    {
        var found = stops.Select(stop => (Stop: stop, At: text.IndexOf(stop, StringComparison.Ordinal))).Where(match => match.At >= 0)
            .OrderBy(match => match.At + match.Stop.Length).ThenByDescending(match => match.Stop.Length).ToArray();
        return found.Length == 0 ? (text, null) : (text[..found[0].At], found[0].Stop);
    }

    [Fact]
    public void Finds_what_searching_the_whole_text_finds_wherever_it_is_cut()
    {
        int stopped = 0;
        for (ulong seed = 0; seed < 20_000; seed++)
        {
            long index = 0;
            int Below(int count) => Math.Min(count - 1, (int)((Noise.At(seed, index++) + 1.0) / 2 * count));
            int letters = 1 + Below(3);
            string Any(int length) => string.Concat(Enumerable.Range(0, length).Select(_ => (char)('a' + Below(letters))));
            string[] stops = [.. Enumerable.Range(0, Below(5)).Select(_ => Any(1 + Below(7)))];
            string text = Any(Below(25));
            var (expected, stop) = Twin(text, stops);

            var matcher = new StopStrings(stops).Start();
            var shown = new StringBuilder();
            string? found = null;
            for (int at = 0; at < text.Length && found is null;)
            {
                int length = Math.Min(text.Length - at, Below(6));
                var result = matcher.Push(text.Substring(at, length));
                at += length;
                shown.Append(result.Text);
                found = result.Stop;
                Assert.Equal(found is not null, result.IsStopped);
                if (found is not null) break;
                // As little is held as may still become a stop string.
                string read = text[..at];
                int held = stops.Select(s => Enumerable.Range(0, s.Length).Last(n => read.EndsWith(s[..n], StringComparison.Ordinal))).DefaultIfEmpty(0).Max();
                Assert.Equal(read[..^held], shown.ToString());
            }

            shown.Append(matcher.Finish());
            Assert.Equal((expected, stop), (shown.ToString(), found));
            if (stop is not null) stopped++;
        }

        Assert.InRange(stopped, 5_000, 18_000);
    }

    [Fact]
    public void Ends_before_a_stop_string_that_straddles_pieces()
    {
        var matcher = new StopStrings(["\n\nQ:", "END"]).Start();
        Assert.Equal(new("Yes", null), matcher.Push("Yes\n"));
        Assert.Equal(new("", null), matcher.Push("\nQ"));
        Assert.Equal(new("\n\nQu", null), matcher.Push("u"));
        Assert.Equal(new("iet", null), matcher.Push("iet\n\n"));
        Assert.Equal(new("", "\n\nQ:"), matcher.Push("Q: what is never read"));
        Assert.True(matcher.IsOver);
        Assert.Equal("", matcher.Finish());
        Assert.Throws<InvalidOperationException>(() => matcher.Push("more"));
    }

    [Fact]
    public void The_one_that_ends_first_counts_and_of_those_the_longest()
    {
        Assert.Equal(new("ab", "c"), new StopStrings(["abcd", "c"]).Start().Push("abcd"));
        Assert.Equal(new("a", "bc"), new StopStrings(["c", "bc"]).Start().Push("abcd"));
        Assert.Equal(new("xa", "aab"), new StopStrings(["aab"]).Start().Push("xaaab"));
    }

    [Fact]
    public void What_was_held_back_comes_at_the_end()
    {
        var matcher = new StopStrings(["stop"]).Start();
        Assert.Equal(new("non", null), matcher.Push("nonsto"));
        Assert.Equal("sto", matcher.Finish());
        Assert.Equal("", matcher.Finish());
    }

    [Fact]
    public void Without_stop_strings_pieces_go_through_as_they_are()
    {
        var matcher = StopStrings.None.Start();
        string piece = string.Concat("pie", "ce");
        Assert.Same(piece, matcher.Push(piece).Text);
        Assert.Equal("", matcher.Push("").Text);
        Assert.Equal("", matcher.Finish());
    }

    [Fact]
    public void Characters_of_two_chars_are_found()
    {
        var matcher = new StopStrings(["😀!"]).Start();
        Assert.Equal(new("😁", null), matcher.Push("😁😀"));
        Assert.Equal(new("", "😀!"), matcher.Push("!"));
    }

    [Fact]
    public void Empty_texts_and_halves_of_characters_are_refused()
    {
        Assert.Contains("A stop string is empty", Assert.Throws<ArgumentException>(() => new StopStrings(["a", ""])).Message, StringComparison.Ordinal);
        Assert.Contains("half a surrogate pair", Assert.Throws<ArgumentException>(() => new StopStrings(["\uFFFD\uD83D"])).Message, StringComparison.Ordinal);
        Assert.Equal(["a", "b"], new StopStrings(["a", "b", "a"]).Texts);
    }
}
