using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Muninn.Microscope.Pictures;

namespace Muninn.Microscope.Writers;

/// <summary>
/// A picture in characters: areas of colour as half-blocks, thin lines and marks as braille dots, and every text as text. The
/// picture keeps its own light ground, so that its colours mean the same on any terminal.
/// </summary>
sealed class TerminalPicture
{
    /// <summary>The room of a character in pixels of the picture: a little narrower than most letters, so that texts keep their room.</summary>
    internal const double CellWidth = 5.5, CellHeight = 11;

    /// <summary>What is cut off the picture's margin on each side, in characters.</summary>
    internal const int CroppedColumns = 3, CroppedLines = 1;

    const int Scale = 2, PixelsAcross = 11, PixelsDown = 22, SlideMost = 10;

    /// <summary>How far a pixel must be from the ground, and how much of a dot such pixels must fill, to be drawn.</summary>
    const int DistanceLeast = 70;
    const double ShareLeast = 0.1;

    readonly TerminalColors _colors;
    readonly Canvas _canvas;
    readonly int _columns, _lines;
    readonly (string Text, TextStyle Style)?[] _texts;
    readonly bool[] _taken;

    internal TerminalPicture(Picture picture, TerminalColors colors, int columnsMost)
    {
        _colors = colors;
        _canvas = Canvas.Paint(picture with { Layers = [.. picture.Layers.Where(layer => layer is not TextLayer)] }, Scale);
        _columns = Math.Min(columnsMost, (int)Math.Ceiling(picture.Width / CellWidth) - 2 * CroppedColumns);
        _lines = (int)Math.Ceiling(picture.Height / CellHeight) - 2 * CroppedLines;
        _texts = new (string, TextStyle)?[_columns * _lines];
        _taken = new bool[_columns * _lines];
        foreach (var text in picture.Layers.OfType<TextLayer>())
            Place(text);
    }

    internal void Append(StringBuilder destination)
    {
        for (int line = 0; line < _lines; line++)
        {
            string last = "";
            for (int column = 0; column < _columns; column++)
            {
                int at = line * _columns + column;
                if (_taken[at] && _texts[at] is null)
                    continue;
                var (paint, text) = _texts[at] is { } placed ? TextCell(placed.Text, placed.Style, line, column) : DrawnCell(line, column);
                if (paint != last)
                    destination.Append(last.Length > 0 ? TerminalPaint.End : "").Append(paint);
                destination.Append(text);
                last = paint;
            }
            destination.Append(TerminalPaint.End).Append('\n');
        }
    }

    void Place(TextLayer layer)
    {
        string text = TextMetrics.Shown(layer.Text);
        int width = CharacterWidth.Of(text);
        if (layer.Style.Direction == TextDirection.Up)
        {
            PlaceTurned(layer, text);
            return;
        }
        int line = (int)Math.Floor((layer.Y - layer.Style.Size * 0.35) / CellHeight) - CroppedLines;
        double x = layer.X / CellWidth - CroppedColumns;
        int start = (int)Math.Round(layer.Style.Anchor switch
        {
            TextAnchor.Start => x,
            TextAnchor.Middle => x - width / 2.0,
            _ => x - width,
        });
        start = Math.Max(0, Math.Min(start, _columns - width));
        if (line < 0 || line >= _lines)
            return;
        // Where the characters before took more room than their pixels, this text moves on a little.
        for (int slide = 0; slide <= SlideMost && start + slide + 1 < _columns; slide++)
        {
            int free = FreeFrom(line, start + slide);
            if (free >= Math.Min(width, 3))
            {
                Put(free >= width ? text : CharacterWidth.Fit(text, free).TrimStart(), layer.Style, line, start + slide);
                return;
            }
        }
    }

    /// <summary>How many cells from here on hold no text, with a gap before the next one; 0 where one ends just before.</summary>
    int FreeFrom(int line, int start)
    {
        if (start > 0 && _taken[line * _columns + start - 1])
            return 0;
        int free = 0;
        while (start + free < _columns && !_taken[line * _columns + start + free])
            free++;
        return start + free < _columns ? free - 1 : free;
    }

    /// <summary>Turned text stands upright letter by letter, from top to bottom, where there is room.</summary>
    void PlaceTurned(TextLayer layer, string text)
    {
        int column = Math.Clamp((int)(layer.X / CellWidth) - CroppedColumns, 0, _columns - 1);
        // What is too long for the picture's height loses words at its end.
        while (CharacterWidth.Of(text) > _lines * 0.7 && text.LastIndexOf(text.Contains('(') ? '(' : ' ') is > 0 and var end)
            text = text[..end].TrimEnd();
        var runes = text.EnumerateRunes().Where(rune => CharacterWidth.Of(rune) == 1).ToList();
        double middle = layer.Y / CellHeight - CroppedLines;
        int first = (int)Math.Round(layer.Style.Anchor switch
        {
            TextAnchor.Middle => middle - runes.Count / 2.0,
            TextAnchor.End => middle,
            _ => middle - runes.Count,
        });
        first = Math.Max(0, Math.Min(first, _lines - runes.Count));
        for (int i = 0; i < runes.Count && first + i < _lines; i++)
        {
            if (!_taken[(first + i) * _columns + column])
                Put(runes[i].ToString(), layer.Style, first + i, column);
        }
    }

    void Put(string text, TextStyle style, int line, int column)
    {
        int at = line * _columns + column;
        foreach (var rune in text.EnumerateRunes())
        {
            int width = CharacterWidth.Of(rune);
            if (width == 0)
            {
                // A mark joins the character before it.
                if (at > line * _columns && _texts[at - 1] is { } before)
                    _texts[at - 1] = (before.Text + rune, style);
                continue;
            }
            _texts[at] = (rune.ToString(), style);
            for (int i = 0; i < width && at + i < (line + 1) * _columns; i++)
                _taken[at + i] = true;
            at += width;
        }
    }

    (string Paint, string Text) TextCell(string text, TextStyle style, int line, int column)
    {
        string paint = TerminalPaint.Background(_colors, Average(line, column, 0, PixelsDown)) + TerminalPaint.Foreground(_colors, style.Color);
        return ((style.Weight == TextWeight.Bold ? "\e[1m" : "") + paint, text);
    }

    (string Paint, string Text) DrawnCell(int line, int column)
    {
        var counts = new Dictionary<Color, int>();
        for (int y = 0; y < PixelsDown; y++)
        {
            for (int x = 0; x < PixelsAcross; x++)
            {
                var color = PixelAt(line, column, x, y);
                counts[color] = counts.GetValueOrDefault(color) + 1;
            }
        }
        var (ground, share) = counts.MaxBy(pair => pair.Value);
        if (ground.Lightness < 0.85 || share < 0.5 * PixelsAcross * PixelsDown)
        {
            var upper = Average(line, column, 0, PixelsDown / 2);
            var lower = Average(line, column, PixelsDown / 2, PixelsDown);
            return (TerminalPaint.Foreground(_colors, upper) + TerminalPaint.Background(_colors, lower), "▀");
        }
        var (dots, ink) = Dots(line, column, ground);
        string paint = TerminalPaint.Background(_colors, ground);
        return dots == 0 ? (paint, " ") : (paint + TerminalPaint.Foreground(_colors, ink), ((char)(0x2800 + dots)).ToString());
    }

    /// <summary>The braille dots, two across and four down, that hold something other than the ground, and its mean colour.</summary>
    (int Dots, Color Ink) Dots(int line, int column, Color ground)
    {
        ReadOnlySpan<int> bits = [0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80];
        Span<int> marked = stackalloc int[8];
        Span<int> sizes = stackalloc int[8];
        double red = 0, green = 0, blue = 0, weight = 0;
        for (int y = 0; y < PixelsDown; y++)
        {
            for (int x = 0; x < PixelsAcross; x++)
            {
                int dot = y * 4 / PixelsDown * 2 + x * 2 / PixelsAcross;
                sizes[dot]++;
                var color = PixelAt(line, column, x, y);
                int distance = Math.Abs(color.Red - ground.Red) + Math.Abs(color.Green - ground.Green) + Math.Abs(color.Blue - ground.Blue);
                if (distance < DistanceLeast)
                    continue;
                marked[dot]++;
                // The strongest pixels say what colour a thin line has; those on its edge are mixed with the ground.
                double w = (double)distance * distance * distance;
                (red, green, blue, weight) = (red + w * color.Red, green + w * color.Green, blue + w * color.Blue, weight + w);
            }
        }
        int dots = 0;
        for (int dot = 0; dot < 8; dot++)
            dots |= marked[dot] > ShareLeast * sizes[dot] ? bits[dot] : 0;
        return (dots, weight == 0 ? ground : new Color((byte)(red / weight), (byte)(green / weight), (byte)(blue / weight)));
    }

    Color Average(int line, int column, int from, int to)
    {
        int red = 0, green = 0, blue = 0, count = (to - from) * PixelsAcross;
        for (int y = from; y < to; y++)
        {
            for (int x = 0; x < PixelsAcross; x++)
            {
                var color = PixelAt(line, column, x, y);
                (red, green, blue) = (red + color.Red, green + color.Green, blue + color.Blue);
            }
        }
        return new Color((byte)(red / count), (byte)(green / count), (byte)(blue / count));
    }

    Color PixelAt(int line, int column, int x, int y)
    {
        int px = Math.Min(_canvas.Width - 1, (column + CroppedColumns) * PixelsAcross + x);
        int py = Math.Min(_canvas.Height - 1, (line + CroppedLines) * PixelsDown + y);
        int at = (py * _canvas.Width + px) * 3;
        return new Color(_canvas.Pixels[at], _canvas.Pixels[at + 1], _canvas.Pixels[at + 2]);
    }
}
