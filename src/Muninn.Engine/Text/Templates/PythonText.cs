using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using Muninn.Engine.Text.Patterns;

namespace Muninn.Engine.Text.Templates;

/// <summary>What Python's strings can do, for templates that were written for it.</summary>
static class PythonText
{
    /// <summary>White space for <c>strip</c> and <c>split</c>: White_Space and the four separators U+001C to 001F.</summary>
    public static bool IsSpace(char c) => c is >= '\x1C' and <= '\x1F' || CharacterSet.Space.Contains(c);

    /// <summary>Takes characters off the ends.</summary>
    /// <param name="text">The text.</param>
    /// <param name="letters">The characters to take; null for white space.</param>
    /// <param name="ends">Which ends.</param>
    public static string Strip(string text, string? letters, TextEnds ends)
    {
        var (start, end) = (0, text.Length);
        while (ends != TextEnds.Right && start < end && Takes(text[start]))
            start++;
        while (ends != TextEnds.Left && end > start && Takes(text[end - 1]))
            end--;
        return text[start..end];

        bool Takes(char c) => letters is null ? IsSpace(c) : letters.Contains(c, StringComparison.Ordinal);
    }

    /// <summary>The parts between separators, or, without one, between white space.</summary>
    public static List<object?> Split(string text, string? separator, long most)
    {
        var parts = new List<object?>();
        if (separator is not null)
        {
            var pieces = text.Split(separator, most < 0 || most >= int.MaxValue ? int.MaxValue : (int)most + 1);
            return [.. pieces];
        }

        var at = 0;
        while (true)
        {
            while (at < text.Length && IsSpace(text[at]))
                at++;
            if (at == text.Length)
                return parts;
            var start = at;
            if (most >= 0 && parts.Count == most)
            {
                parts.Add(Strip(text[start..], null, TextEnds.Right));
                return parts;
            }

            while (at < text.Length && !IsSpace(text[at]))
                at++;
            parts.Add(text[start..at]);
        }
    }

    public static string Replace(string text, string old, string replacement, long most)
    {
        var count = old.Length == 0 ? text.Length + 1L : replacement.Length > old.Length ? text.AsSpan().Count(old) : 0;
        CheckLength(text.Length + (most < 0 ? count : Math.Min(count, most)) * (replacement.Length - old.Length));
        if (most < 0 && old.Length > 0)
            return text.Replace(old, replacement, StringComparison.Ordinal);
        var result = new StringBuilder();
        var at = 0;
        for (var done = 0L; most < 0 || done < most; done++)
        {
            // An empty text is found before every character and at the end.
            var found = old.Length == 0 ? (done == 0 ? 0 : at + 1) : text.IndexOf(old, at, StringComparison.Ordinal);
            if (found < 0 || found > text.Length)
                break;
            result.Append(text.AsSpan(at, found - at)).Append(replacement);
            at = found + old.Length;
        }

        return result.Append(text.AsSpan(at)).ToString();
    }

    /// <summary>The texts with a separator between them.</summary>
    public static string Join(string between, IEnumerable<string> parts)
    {
        var result = new StringBuilder();
        foreach (var part in parts)
        {
            CheckLength(result.Length + (long)between.Length + part.Length);
            result.Append(part).Append(between);
        }

        return result.Length == 0 ? "" : result.ToString(0, result.Length - between.Length);
    }

    static void CheckLength(long length)
    {
        if (length > TemplateValues.MaxLength)
        {
            throw new InvalidDataException(FormattableString.Invariant(
                $"a text of {length} characters; the longest that a step may make has {TemplateValues.MaxLength}"));
        }
    }

    public static string Upper(string text) => text.ToUpperInvariant().Replace("ß", "SS", StringComparison.Ordinal);

    public static string Lower(string text) => text.ToLowerInvariant();

    public static string Capitalize(string text)
    {
        if (text.Length == 0)
            return text;
        var first = char.IsSurrogatePair(text, 0) ? 2 : 1;
        return Upper(text[..first]) + Lower(text[first..]);
    }

    /// <summary>Each letter behind something that is none in upper case, the others in lower case.</summary>
    public static string Title(string text) => Title(text, static c => !char.IsLetter(c));

    /// <summary>Each letter behind one of <c>- ( { [ &lt;</c> or white space in upper case, the others in lower case.</summary>
    public static string TitleWords(string text) => Title(text, static c => c is '-' or '(' or '{' or '[' or '<' || IsSpace(c));

    static string Title(string text, Predicate<char> isBorder)
    {
        var result = new StringBuilder(text.Length);
        var atBorder = true;
        foreach (var c in text)
        {
            result.Append(atBorder ? char.ToUpperInvariant(c) : char.ToLowerInvariant(c));
            atBorder = isBorder(c);
        }

        return result.ToString();
    }

    /// <summary>Characters as Python counts them: code points.</summary>
    public static List<string> Characters(string text) => [.. text.EnumerateRunes().Select(static rune => rune.ToString())];

    public static long Length(string text) =>
        text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF') ? text.EnumerateRunes().Count() : text.Length;

    /// <summary>Puts blanks in front of the lines of a text.</summary>
    public static string Indent(string text, string blanks, bool firstToo, bool emptyToo)
    {
        var lines = text.Split('\n');
        CheckLength(text.Length + (long)lines.Length * blanks.Length);
        for (var i = 0; i < lines.Length; i++)
        {
            if ((i > 0 || firstToo) && (lines[i].Length > 0 || emptyToo))
                lines[i] = blanks + lines[i];
        }

        return string.Join('\n', lines);
    }
}

/// <summary>Ends of a text.</summary>
enum TextEnds
{
    Both,
    Left,
    Right,
}
