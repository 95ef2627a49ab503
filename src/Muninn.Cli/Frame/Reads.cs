using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace Muninn.Cli.Frame;

/// <summary>
/// Readers from typed text to values. Each throws a <see cref="FormatException"/> with what was found and
/// what is valid; the setting puts its own name in front.
/// </summary>
static class Reads
{
    /// <summary>Most entries of a list such as <c>0-9,15</c>.</summary>
    public const int MostEntries = 1_000_000;

    // Longer ones first: every one of them ends in B.
    static readonly (string Unit, long Size)[] _units =
    [
        ("TiB", 1L << 40), ("GiB", 1L << 30), ("MiB", 1L << 20), ("KiB", 1L << 10),
        ("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1000), ("B", 1),
    ];

    /// <summary>Any text.</summary>
    public static string Text(string text) => text;

    /// <summary>A file or folder name, which is not empty.</summary>
    public static string Path(string text) =>
        text.Length > 0 ? text : throw new FormatException("the name is empty; give the name of a file.");

    /// <summary>A whole number from <paramref name="least"/> to <paramref name="most"/>.</summary>
    public static Func<string, int> Number(int least, int most) => text =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number)
        && number >= least && number <= most
            ? number
            : throw new FormatException($"'{text}' is no whole number from {least} to {most}.");

    /// <summary>A number from <paramref name="least"/> to <paramref name="most"/>, with a point for the fraction.</summary>
    /// <param name="least">The smallest one.</param>
    /// <param name="most">The largest one; infinity for any.</param>
    /// <param name="isOpen">Whether <paramref name="least"/> itself is too small.</param>
    public static Func<string, double> Real(double least, double most, bool isOpen = false) => text =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number)
        && (isOpen ? number > least : number >= least) && number <= most
            ? number
            : throw new FormatException(string.Create(CultureInfo.InvariantCulture,
                $"'{text}' is no number {(isOpen ? "above" : "from")} {least}{(double.IsFinite(most) ? $" to {most}" : isOpen ? "" : " on")}; write e.g. 0.5."));

    /// <summary>A seed: a whole number from 0 to 2⁶⁴ − 1.</summary>
    public static ulong Seed(string text) =>
        ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong seed)
            ? seed
            : throw new FormatException($"'{text}' is no whole number from 0 to {ulong.MaxValue}.");

    /// <summary>A size in bytes, at least <paramref name="least"/>: a number, then B, kB, MB, GB, TB or KiB, MiB, GiB, TiB.</summary>
    public static Func<string, long> Bytes(long least) => text =>
    {
        var (unit, size) = _units.FirstOrDefault(u => text.EndsWith(u.Unit, StringComparison.OrdinalIgnoreCase));
        var number = unit is null ? text : text[..^unit.Length].TrimEnd();
        if (decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal value)
            && value <= long.MaxValue / Math.Max(1, size) && value * Math.Max(1, size) >= least)
            return (long)(value * Math.Max(1, size));
        throw new FormatException(
            $"'{text}' is no size of at least {least} bytes; give a number and a unit, e.g. 500MB or 2GiB "
            + $"({string.Join(", ", _units.Select(static u => u.Unit).Reverse())}).");
    };

    /// <summary>One of a few words.</summary>
    public static Func<string, T> Word<T>(params IReadOnlyList<(string Word, T Value)> choices) => text =>
    {
        foreach (var (word, value) in choices)
        {
            if (word == text) return value;
        }

        var words = choices.Select(c => c.Word).ToList();
        throw new FormatException(
            $"'{text}' is none of {string.Join(", ", words)}{Suggestion.Phrase(text, words)}");
    };

    /// <summary>Whole numbers and ranges, none negative, in the order given: <c>0-3,8</c> is 0, 1, 2, 3, 8.</summary>
    public static int[] Indices(string text)
    {
        var indices = new List<int>();
        var seen = new HashSet<int>();
        foreach (var part in text.Split(','))
        {
            var (first, last) = Range(part.Trim(), text);
            if (last - (long)first + indices.Count >= MostEntries)
                throw new FormatException($"'{text}' has more than {MostEntries} entries.");
            // Counted in long: a range may end at the largest int.
            for (long index = first; index <= last; index++)
            {
                if (!seen.Add((int)index)) throw new FormatException($"{index} stands twice in '{text}'; give it once.");
                indices.Add((int)index);
            }
        }

        return [.. indices];
    }

    /// <summary>Token ids separated by commas or white space, as they are or as a JSON list; repeats are welcome.</summary>
    public static int[] TokenIds(string text)
    {
        text = text.Trim();
        if (text is ['[', .., ']']) text = text[1..^1];
        var parts = text.Split([',', ' ', '\n', '\r', '\t'], StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length == 0) throw new FormatException("there is no token id; give some, e.g. 5,17,3.");
        return [.. parts.Select(static part =>
            int.TryParse(part, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int id)
                ? id
                : throw new FormatException($"'{part}' is no token id; give whole numbers, e.g. 5,17,3."))];
    }

    static (int First, int Last) Range(string part, string whole)
    {
        var dash = part.IndexOf('-', StringComparison.Ordinal);
        var firstText = dash < 0 ? part : part[..dash];
        var lastText = dash < 0 ? part : part[(dash + 1)..];
        if (!int.TryParse(firstText, NumberStyles.None, CultureInfo.InvariantCulture, out int first)
            || !int.TryParse(lastText, NumberStyles.None, CultureInfo.InvariantCulture, out int last))
        {
            throw new FormatException($"'{part}' in '{whole}' is neither a number nor a range; give e.g. 0-9,15.");
        }

        return first <= last
            ? (first, last)
            : throw new FormatException($"the range '{part}' runs backwards; give {last}-{first}.");
    }
}
