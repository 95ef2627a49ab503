using System;
using System.Globalization;
using System.IO;
using System.Text;

namespace Muninn.Engine.Text.Patterns;

/// <summary>The letters of a pattern, and how far they have been read.</summary>
sealed class PatternText(string pattern)
{
    const int MaxRepeat = 1000;

    /// <summary>The next letter to read.</summary>
    public int At { get; set; }

    /// <summary>UTF-16 units in the pattern.</summary>
    public int Length => pattern.Length;

    public char this[int index] => pattern[index];

    public string this[Range range] => pattern[range];

    public int IndexOf(char c) => pattern.IndexOf(c, At);

    /// <summary>Whether <paramref name="text"/> comes next; nothing is taken.</summary>
    public bool Follows(string text) => string.CompareOrdinal(pattern, At, text, 0, text.Length) == 0;

    public int? TakeNumber(int start)
    {
        var first = At;
        while (At < pattern.Length && char.IsAsciiDigit(pattern[At]))
            At++;
        if (At == first)
            return null;
        if (At - first > 5 || int.Parse(pattern.AsSpan(first, At - first), CultureInfo.InvariantCulture) is > MaxRepeat)
            throw Refuse(FormattableString.Invariant($"a repeat of more than {MaxRepeat}"), start);
        return int.Parse(pattern.AsSpan(first, At - first), CultureInfo.InvariantCulture);
    }

    public int TakeHex(int least, int most, bool closed, int start)
    {
        var first = At;
        while (At < pattern.Length && At - first < most && char.IsAsciiHexDigit(pattern[At]))
            At++;
        if (At - first < least || (closed && !Take('}')))
            throw Refuse("this code escape", start);
        var digits = pattern.AsSpan(first, (closed ? At - 1 : At) - first);
        var value = int.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        return Rune.IsValid(value) ? value : throw Refuse("a code that is no character", start);
    }

    public int TakeCodePoint()
    {
        if (Rune.DecodeFromUtf16(pattern.AsSpan(At), out var rune, out var used)
            != System.Buffers.OperationStatus.Done)
            throw Refuse("a lone surrogate", At);
        At += used;
        return rune.Value;
    }

    public bool Take(char c)
    {
        if (At >= pattern.Length || pattern[At] != c)
            return false;
        At++;
        return true;
    }

    public bool TakeText(string text)
    {
        if (!Follows(text))
            return false;
        At += text.Length;
        return true;
    }

    public InvalidDataException Refuse(string what, int at) => new(FormattableString.Invariant(
        $"the pattern {Shorten(pattern)} has {what} at character {at}, which is wrong or not supported"));

    static string Shorten(string text) => text.Length <= 300 ? $"'{text}'" : $"'{text[..300]}…'";
}
