using System;
using System.Collections.Frozen;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace Muninn.Microscope.Pictures;

/// <summary>A glyph: how far the pen moves on, and the strokes, in font units (20 to the em, baseline at 0, y up).</summary>
sealed record Glyph(double Advance, IReadOnlyList<Segment> Strokes);

/// <summary>
/// The built-in font of the PNG writer: single strokes with round ends, so that one drawing serves every size and
/// weight. ASCII, accented Latin letters, and the signs that pictures and tokens need; any other character becomes a
/// small frame with its hexadecimal code.
/// </summary>
static class StrokeFont
{
    /// <summary>Font units to the em.</summary>
    internal const double Em = 20;

    const int CurveSteps = 8;
    const double Kappa = 0.58;

    static readonly FrozenDictionary<int, Glyph> _glyphs = Load();

    internal static Glyph Of(Rune rune) => _glyphs.TryGetValue(rune.Value, out var glyph) ? glyph : CodeFrame(rune);

    internal static bool Holds(Rune rune) => _glyphs.ContainsKey(rune.Value);

    /// <summary>The drawing of a combining mark, or null for one that the font lacks.</summary>
    internal static Glyph? MarkOf(Rune rune)
    {
        const string Combining = "\u0300\u0301\u0302\u0303\u0304\u0307\u0308\u030a\u030c\u0327", Spacing = "`´ˆ˜¯˙¨˚ˇ¸";
        int index = rune.IsBmp ? Combining.IndexOf((char)rune.Value) : -1;
        return index < 0 ? null : _glyphs[Spacing[index]];
    }

    static FrozenDictionary<int, Glyph> Load()
    {
        var glyphs = new Dictionary<int, Glyph> { [' '] = new(5.6, []), [0xa0] = new(5.6, []) };
        foreach (var line in StrokeFontTable.Glyphs.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            // "a 11 M2 9 …": the character, its advance, its path.
            int space = line.IndexOf(' ', 2);
            double advance = double.Parse(line.AsSpan(2, space - 2), CultureInfo.InvariantCulture);
            glyphs.Add(line[0], new Glyph(advance, Strokes(line[(space + 1)..])));
        }
        AddAccented(glyphs);
        const string Superscripts = "⁰¹²³⁴⁵⁶⁷⁸⁹", Subscripts = "₀₁₂₃₄₅₆₇₈₉";
        for (int digit = 0; digit < 10; digit++)
        {
            glyphs.Add(Superscripts[digit], Placed(glyphs['0' + digit], 0.64, 6.8));
            glyphs.Add(Subscripts[digit], Placed(glyphs['0' + digit], 0.64, -3));
        }
        glyphs.Add('⁻', Placed(glyphs['-'], 0.64, 7.2));
        return glyphs.ToFrozenDictionary();
    }

    static void AddAccented(Dictionary<int, Glyph> glyphs)
    {
        var entries = StrokeFontTable.Accented;
        for (int i = 0; i + 2 < entries.Length; i += 3)
        {
            char letter = entries[i + 1] == 'i' ? 'ı' : entries[i + 1];
            var body = glyphs[letter];
            var mark = glyphs[entries[i + 2]];
            double raise = char.IsUpper(letter) && entries[i + 2] != '¸' ? 4.2 : 0;
            var strokes = new List<Segment>(body.Strokes);
            // Spacing marks are drawn around the middle of their own advance.
            double shift = (body.Advance - mark.Advance) / 2;
            foreach (var s in mark.Strokes)
                strokes.Add(new Segment(s.X1 + shift, s.Y1 + raise, s.X2 + shift, s.Y2 + raise));
            glyphs.Add(entries[i], new Glyph(body.Advance, strokes));
        }
    }

    static Glyph Placed(Glyph glyph, double scale, double raise)
    {
        var strokes = new List<Segment>();
        foreach (var s in glyph.Strokes)
            strokes.Add(new Segment(s.X1 * scale, s.Y1 * scale + raise, s.X2 * scale, s.Y2 * scale + raise));
        return new Glyph(glyph.Advance * scale, strokes);
    }

    /// <summary>A frame with the character's code in two lines of hexadecimal digits.</summary>
    static Glyph CodeFrame(Rune rune)
    {
        string code = rune.Value.ToString(rune.Value > 0xffff ? "X6" : "X4", CultureInfo.InvariantCulture);
        int digits = code.Length / 2;
        const double Scale = 0.46, Left = 2.2, Step = 6.2;
        double right = Left + 1.4 + digits * Step;
        List<Segment> strokes =
        [
            new(Left, -2.6, right, -2.6), new(right, -2.6, right, 14.6),
            new(right, 14.6, Left, 14.6), new(Left, 14.6, Left, -2.6),
        ];
        for (int i = 0; i < code.Length; i++)
        {
            double x = Left + 1.2 + i % digits * Step, y = i < digits ? 7 : -1;
            foreach (var s in _glyphs[code[i]].Strokes)
                strokes.Add(new Segment(x + s.X1 * Scale, y + s.Y1 * Scale, x + s.X2 * Scale, y + s.Y2 * Scale));
        }
        return new Glyph(right + Left, strokes);
    }

    /// <summary>
    /// Reads a path. M moves, L draws a line, C a cubic curve; H is a quarter of an ellipse that leaves horizontally and
    /// arrives vertically, V the other way round: enough to draw every bowl of the alphabet with one letter a quarter.
    /// </summary>
    static List<Segment> Strokes(string path)
    {
        var strokes = new List<Segment>();
        double x = 0, y = 0;
        var words = path.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        int next = 0;
        while (next < words.Length)
        {
            char command = words[next][0];
            var first = Number(words[next++].AsSpan(1));
            if (command == 'C')
            {
                double y1 = Word(), x2 = Word(), y2 = Word(), endX = Word(), endY = Word();
                Curve(first, y1, x2, y2, endX, endY);
                continue;
            }
            double toX = first, toY = Word();
            if (command == 'M')
                (x, y) = (toX, toY);
            else if (command == 'L')
                LineTo(toX, toY);
            else if (command == 'H')
                Curve(x + (toX - x) * Kappa, y, toX, toY + (y - toY) * (1 - Kappa), toX, toY);
            else
                Curve(x, y + (toY - y) * Kappa, toX + (x - toX) * (1 - Kappa), toY, toX, toY);
        }
        return strokes;

        double Word() => Number(words[next++]);

        void LineTo(double toX, double toY)
        {
            strokes.Add(new Segment(x, y, toX, toY));
            (x, y) = (toX, toY);
        }

        void Curve(double x1, double y1, double x2, double y2, double x3, double y3)
        {
            double x0 = x, y0 = y;
            for (int step = 1; step <= CurveSteps; step++)
            {
                double t = step / (double)CurveSteps, u = 1 - t;
                LineTo(
                    u * u * u * x0 + 3 * u * u * t * x1 + 3 * u * t * t * x2 + t * t * t * x3,
                    u * u * u * y0 + 3 * u * u * t * y1 + 3 * u * t * t * y2 + t * t * t * y3);
            }
        }

        static double Number(ReadOnlySpan<char> text) => double.Parse(text, CultureInfo.InvariantCulture);
    }
}
