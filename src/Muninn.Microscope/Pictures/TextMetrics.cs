using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;

namespace Muninn.Microscope.Pictures;

/// <summary>How wide a text is, and how it is made fit to be shown.</summary>
public static class TextMetrics
{
    /// <summary>The width in pixels of a text set at <paramref name="size"/> pixels in a plain sans-serif.</summary>
    public static double Width(string text, double size) =>
        text.EnumerateRunes().Sum(Advance) * size / StrokeFont.Em;

    static double Advance(Rune rune) =>
        StrokeFont.Holds(rune) ? StrokeFont.Of(rune).Advance
        : CharacterWidth.Of(rune) == 0 ? 0
        : Math.Max(StrokeFont.Of(rune).Advance, StrokeFont.Em);

    /// <summary>The text, cut and closed with “…” where it is wider than <paramref name="widthMax"/> pixels.</summary>
    public static string Shorten(string text, double size, double widthMax)
    {
        if (Width(text, size) <= widthMax)
            return text;
        double left = widthMax - Width("…", size);
        var kept = new StringBuilder();
        var elements = StringInfo.GetTextElementEnumerator(text);
        while (elements.MoveNext())
        {
            string element = elements.GetTextElement();
            left -= Width(element, size);
            if (left < 0)
                break;
            kept.Append(element);
        }
        return kept.Append('…').ToString();
    }

    /// <summary>The lines of a text that is broken between words, none wider than <paramref name="widthMax"/> pixels; no line for no text.</summary>
    public static IReadOnlyList<string> Wrap(string text, double size, double widthMax)
    {
        var lines = new List<string>();
        string line = "";
        foreach (string word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            string longer = line.Length == 0 ? word : $"{line} {word}";
            if (line.Length > 0 && Width(longer, size) > widthMax)
            {
                lines.Add(line);
                longer = word;
            }
            line = Shorten(longer, size, widthMax);
        }
        if (line.Length > 0)
            lines.Add(line);
        return lines;
    }

    /// <summary>
    /// The text with everything that cannot or must not be shown as it is written as ⟨U+0007⟩: control characters (XML
    /// forbids most), half surrogates, and characters that would turn the reading direction of what follows.
    /// </summary>
    public static string Shown(string text)
    {
        if (!text.Any(IsSuspect))
            return text;
        var shown = new StringBuilder();
        for (int i = 0; i < text.Length; i++)
        {
            if (i + 1 < text.Length && char.IsSurrogatePair(text, i))
                shown.Append(text[i]).Append(text[++i]);
            else if (IsSuspect(text[i]))
                shown.Append(CultureInfo.InvariantCulture, $"⟨U+{(int)text[i]:X4}⟩");
            else
                shown.Append(text[i]);
        }
        return shown.ToString();
    }

    static bool IsSuspect(char c) =>
        char.IsControl(c) || char.IsSurrogate(c) || c is '\ufffe' or '\uffff' or '\u2028' or '\u2029' or '\u061c'
            or (>= '\u200e' and <= '\u200f') or (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069');
}
