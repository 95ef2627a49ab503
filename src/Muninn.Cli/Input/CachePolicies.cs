using System;
using System.Globalization;
using Muninn.Cli.Frame;
using Muninn.Engine.Caching;

namespace Muninn.Cli.Input;

/// <summary>Cache policies as they are typed: the words by which they also call themselves.</summary>
static class CachePolicies
{
    /// <summary>How the valid ones look, for help and messages.</summary>
    public const string Valid = "per-iteration, shared:N, anchored:F,N or latest";

    static readonly string[] _words = ["per-iteration", "shared:N", "anchored:F,N", "latest"];

    /// <summary>The policy of a text.</summary>
    /// <param name="text">As typed.</param>
    /// <exception cref="FormatException">No such policy, or a number that it cannot have.</exception>
    public static CachePolicy Parse(string text)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        var (name, rest) = colon < 0 ? (text, null) : (text[..colon], text[(colon + 1)..]);
        return (name, rest?.Split(',')) switch
        {
            ("per-iteration", null) => CachePolicy.PerIteration,
            ("latest", null) => CachePolicy.LatestOnly,
            ("shared", [var slots]) => CachePolicy.Shared(NumberOf(slots, text)),
            ("anchored", [var first, var slots]) => CachePolicy.Anchored(NumberOf(first, text), NumberOf(slots, text)),
            ("per-iteration" or "latest", _) => throw new FormatException($"'{text}': {name} takes no number; give {name} alone."),
            ("shared", _) => throw new FormatException($"'{text}': shared takes the number of slots, e.g. shared:4."),
            ("anchored", _) => throw new FormatException(
                $"'{text}': anchored takes two numbers, first iterations and slots of the rest, e.g. anchored:4,2."),
            _ => throw new FormatException($"'{text}' is no cache; give {Valid}{Suggestion.Phrase(text, _words)}"),
        };
    }

    static int NumberOf(string number, string text) =>
        int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value is >= 1 and <= InputSettings.MostIterations
            ? value
            : throw new FormatException($"'{text}': '{number}' is no whole number from 1 to {InputSettings.MostIterations}.");
}
