using System;
using System.Collections.Generic;

namespace Muninn.Microscope.Pictures;

/// <summary>Pixels that a <see cref="Picture"/> has been painted on, at a whole scale, with smooth strokes.</summary>
public sealed class Canvas
{
    const double RegularStroke = 1.75, BoldStroke = 2.7;
    const long PixelsMax = 400_000_000;

    readonly byte[] _pixels;
    readonly int _scale;

    Canvas(int width, int height, int scale)
    {
        Width = width;
        Height = height;
        _scale = scale;
        _pixels = new byte[checked(width * height * 3)];
    }

    /// <summary>Width in device pixels.</summary>
    public int Width { get; }

    /// <summary>Height in device pixels.</summary>
    public int Height { get; }

    /// <summary>The pixels, <c>[Height, Width, 3]</c>: red, green, blue.</summary>
    public ReadOnlySpan<byte> Pixels => _pixels;

    /// <summary>Paints a picture.</summary>
    /// <param name="picture">What to paint.</param>
    /// <param name="scale">Device pixels to a pixel of the picture, 1 … 8.</param>
    public static Canvas Paint(Picture picture, int scale)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(scale, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(scale, 8);
        long pixels = (long)picture.Width * picture.Height * scale * scale;
        if (pixels > PixelsMax)
        {
            throw new ArgumentException(
                $"A picture of {picture.Width} × {picture.Height} at scale {scale} has {pixels} pixels; the limit is {PixelsMax}. Choose a smaller scale, fewer rows, or an HTML picture.",
                nameof(scale));
        }
        var canvas = new Canvas(picture.Width * scale, picture.Height * scale, scale);
        canvas.Fill(0, 0, canvas.Width, canvas.Height, picture.Background);
        foreach (var layer in picture.Layers)
            canvas.Paint(layer);
        return canvas;
    }

    void Paint(Layer layer)
    {
        switch (layer)
        {
            case BoxLayer box:
                Fill(Device(box.Area.X), Device(box.Area.Y), Device(box.Area.Right), Device(box.Area.Bottom), box.Fill);
                break;
            case RasterLayer raster:
                Paint(raster);
                break;
            case StrokeLayer strokes:
                foreach (var segment in strokes.Segments)
                    Stroke(OnPixels(segment, strokes.Thickness), strokes.Thickness * _scale, strokes.Color, strokes.Opacity);
                break;
            case TextLayer text:
                Paint(text);
                break;
            case CurveLayer or CircleLayer or AreaLayer or MarkLayer:
                new ShapePainter(this, _scale).Paint(layer);
                break;
            default:
                throw new ArgumentException($"A layer of type {layer.GetType().Name} cannot be painted.", nameof(layer));
        }
    }

    int Device(double coordinate) => (int)Math.Round(coordinate * _scale);

    void Paint(RasterLayer raster)
    {
        int left = Device(raster.Area.X), top = Device(raster.Area.Y);
        int width = Device(raster.Area.Right) - left, height = Device(raster.Area.Bottom) - top;
        for (int y = 0; y < height; y++)
        {
            int row = (int)((long)y * raster.Rows / height);
            for (int x = 0; x < width; x++)
            {
                int column = (int)((long)x * raster.Columns / width);
                Set(left + x, top + y, raster.Colors[row * raster.Columns + column]);
            }
        }
    }

    /// <summary>An upright or level stroke is put on whole pixels, so that ticks and frames stay sharp.</summary>
    Segment OnPixels(Segment segment, double thickness)
    {
        double half = (int)Math.Round(thickness * _scale) % 2 == 1 ? 0.5 : 0;
        double x1 = segment.X1 * _scale, x2 = segment.X2 * _scale, y1 = segment.Y1 * _scale, y2 = segment.Y2 * _scale;
        if (segment.X1 == segment.X2)
            x1 = x2 = Math.Floor(x1) + half;
        else if (segment.Y1 == segment.Y2)
            y1 = y2 = Math.Floor(y1) + half;
        return new Segment(x1, y1, x2, y2);
    }

    void Stroke(Segment s, double thickness, Color color, double opacity)
    {
        double reach = thickness / 2 + 1;
        int left = (int)Math.Max(0, Math.Min(s.X1, s.X2) - reach), top = (int)Math.Max(0, Math.Min(s.Y1, s.Y2) - reach);
        int right = (int)Math.Min(Width - 1, Math.Max(s.X1, s.X2) + reach);
        int bottom = (int)Math.Min(Height - 1, Math.Max(s.Y1, s.Y2) + reach);
        double slope = s.Y1 == s.Y2 ? 0 : (s.X2 - s.X1) / (s.Y2 - s.Y1);
        bool slanted = s.X1 != s.X2 && s.Y1 != s.Y2;
        for (int y = top; y <= bottom; y++)
        {
            // A long slanted stroke touches few pixels of a row: only those are asked.
            double x0 = s.X1 + (y + 0.5 - s.Y1) * slope, around = (reach + 1) * (1 + Math.Abs(slope));
            int from = slanted ? Math.Max(left, (int)(x0 - around)) : left;
            int to = slanted ? Math.Min(right, (int)(x0 + around)) : right;
            for (int x = from; x <= to; x++)
                Blend(x, y, color, opacity * Coverage(FlatDistance(s, x + 0.5, y + 0.5), thickness));
        }
    }

    internal static double Coverage(double distance, double thickness) => Math.Clamp(thickness / 2 + 0.5 - distance, 0, 1);

    /// <summary>The distance to a stroke with square ends: infinite beyond them, so that strokes can join exactly.</summary>
    static double FlatDistance(Segment s, double x, double y)
    {
        double dx = s.X2 - s.X1, dy = s.Y2 - s.Y1, length = Math.Sqrt(dx * dx + dy * dy);
        if (length == 0)
            return double.PositiveInfinity;
        double along = ((x - s.X1) * dx + (y - s.Y1) * dy) / length;
        return along < 0 || along > length ? double.PositiveInfinity : Math.Abs((x - s.X1) * dy - (y - s.Y1) * dx) / length;
    }

    void Paint(TextLayer layer)
    {
        var style = layer.Style;
        double scale = style.Size / StrokeFont.Em * _scale;
        double width = TextMetrics.Width(layer.Text, style.Size) * _scale;
        double pen = style.Anchor switch { TextAnchor.Start => 0, TextAnchor.Middle => -width / 2, _ => -width };
        double thickness = scale * (style.Weight == TextWeight.Bold ? BoldStroke : RegularStroke);
        double x = layer.X * _scale, y = layer.Y * _scale;
        // The baseline stands on a pixel border: feet and heads of letters are sharp, and lines of text look alike.
        if (style.Direction == TextDirection.Right)
            y = Math.Round(y);
        var strokes = new List<Segment>();
        double advance = 0;
        foreach (var rune in layer.Text.EnumerateRunes())
        {
            if (!StrokeFont.Holds(rune) && CharacterWidth.Of(rune) == 0)
            {
                if (StrokeFont.MarkOf(rune) is not { } mark)
                    continue;
                // A combining mark stands over the middle of the letter before it.
                double back = (advance + mark.Advance * scale) / 2;
                pen -= back;
                strokes.Clear();
                foreach (var s in mark.Strokes)
                    strokes.Add(Placed(s));
                Paint(strokes, thickness, style.Color);
                pen += back;
                continue;
            }
            var glyph = StrokeFont.Of(rune);
            strokes.Clear();
            foreach (var s in glyph.Strokes)
                strokes.Add(Placed(s));
            Paint(strokes, thickness, style.Color);
            advance = (StrokeFont.Holds(rune) ? glyph.Advance : Math.Max(glyph.Advance, StrokeFont.Em)) * scale;
            pen += advance;
        }

        Segment Placed(Segment s) => style.Direction == TextDirection.Right
            ? new Segment(x + pen + s.X1 * scale, y - s.Y1 * scale, x + pen + s.X2 * scale, y - s.Y2 * scale)
            : new Segment(x - s.Y1 * scale, y - pen - s.X1 * scale, x - s.Y2 * scale, y - pen - s.X2 * scale);
    }

    /// <summary>Paints the strokes of one glyph as one shape with round ends: where they cross, nothing gets darker.</summary>
    void Paint(List<Segment> strokes, double thickness, Color color)
    {
        if (strokes.Count == 0)
            return;
        double left = double.MaxValue, top = double.MaxValue, right = 0, bottom = 0;
        foreach (var s in strokes)
        {
            left = Math.Min(left, Math.Min(s.X1, s.X2));
            right = Math.Max(right, Math.Max(s.X1, s.X2));
            top = Math.Min(top, Math.Min(s.Y1, s.Y2));
            bottom = Math.Max(bottom, Math.Max(s.Y1, s.Y2));
        }
        double reach = thickness / 2 + 1;
        for (int y = (int)Math.Max(0, top - reach); y <= Math.Min(Height - 1, bottom + reach); y++)
        {
            for (int x = (int)Math.Max(0, left - reach); x <= Math.Min(Width - 1, right + reach); x++)
            {
                double nearest = double.MaxValue;
                foreach (var s in strokes)
                    nearest = Math.Min(nearest, RoundDistance(s, x + 0.5, y + 0.5));
                Blend(x, y, color, Coverage(nearest, thickness));
            }
        }
    }

    internal static double RoundDistance(Segment s, double x, double y)
    {
        double dx = s.X2 - s.X1, dy = s.Y2 - s.Y1, squared = dx * dx + dy * dy;
        // A point is a dot, a little heavier than the strokes around it.
        double t = squared == 0 ? 0 : Math.Clamp(((x - s.X1) * dx + (y - s.Y1) * dy) / squared, 0, 1);
        double offX = x - s.X1 - t * dx, offY = y - s.Y1 - t * dy;
        double distance = Math.Sqrt(offX * offX + offY * offY);
        return squared == 0 ? distance * 0.8 : distance;
    }

    void Fill(int left, int top, int right, int bottom, Color color)
    {
        for (int y = top; y < bottom; y++)
        {
            for (int x = left; x < right; x++)
                Set(x, y, color);
        }
    }

    void Set(int x, int y, Color color)
    {
        int at = (y * Width + x) * 3;
        (_pixels[at], _pixels[at + 1], _pixels[at + 2]) = (color.Red, color.Green, color.Blue);
    }

    internal void Blend(int x, int y, Color color, double amount)
    {
        if (amount <= 0)
            return;
        int at = (y * Width + x) * 3;
        Set(x, y, new Color(_pixels[at], _pixels[at + 1], _pixels[at + 2]).Toward(color, amount));
    }
}
