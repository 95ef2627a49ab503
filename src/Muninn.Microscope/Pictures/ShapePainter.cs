using System;
using System.Collections.Generic;

namespace Muninn.Microscope.Pictures;

/// <summary>Paints curves, circles, areas and marks on a canvas, with smooth edges.</summary>
readonly struct ShapePainter(Canvas canvas, int scale)
{
    const int LinesPerPixel = 4;

    readonly Canvas _canvas = canvas;
    readonly int _scale = scale;

    internal void Paint(Layer layer)
    {
        switch (layer)
        {
            case CurveLayer { Colors.Count: 0 } curve:
                Line(curve.Points, curve.Style);
                break;
            case CurveLayer curve:
                foreach (var (points, color) in Shapes.Runs(curve))
                    Line(points, curve.Style with { Color = color });
                break;
            case CircleLayer circle:
                Line(Shapes.Circle(circle.Center, circle.Radius), circle.Style);
                break;
            case AreaLayer area:
                Fill(area.Points, area.Fill, area.Opacity);
                break;
            case MarkLayer marks:
                foreach (var mark in marks.Marks)
                    Paint(mark);
                break;
        }
    }

    void Paint(Mark mark)
    {
        var white = Color.Of(0xffffff);
        if (Shapes.StrokesOf(mark) is { Count: > 0 } strokes)
        {
            foreach (var s in strokes)
                Line([new(s.X1, s.Y1), new(s.X2, s.Y2)], new LineStyle { Color = mark.Color, Opacity = mark.Opacity });
            return;
        }
        var outline = Shapes.OutlineOf(mark);
        Fill(outline, mark.Filled ? mark.Color : white, mark.Opacity);
        if (Shapes.RimOf(mark) == 0)
            return;
        Line([.. outline, outline[0]], new LineStyle
        {
            Color = mark.Filled ? white : mark.Color,
            Thickness = Shapes.RimOf(mark),
            Opacity = mark.Opacity,
        });
    }

    void Line(IReadOnlyList<Point> points, LineStyle style)
    {
        if (style.Dashes.Count == 0)
            Solid(points, style);
        else
        {
            foreach (var dash in Shapes.Dashes(points, style.Dashes))
                Solid(dash, style);
        }
    }

    /// <summary>One shape for the whole line: each pixel takes the largest coverage of all its stretches, once.</summary>
    void Solid(IReadOnlyList<Point> points, LineStyle style)
    {
        double thickness = style.Thickness * _scale, reach = thickness / 2 + 1;
        double left = double.MaxValue, top = double.MaxValue, right = double.MinValue, bottom = double.MinValue;
        foreach (var point in points)
        {
            left = Math.Min(left, point.X * _scale - reach);
            right = Math.Max(right, point.X * _scale + reach);
            top = Math.Min(top, point.Y * _scale - reach);
            bottom = Math.Max(bottom, point.Y * _scale + reach);
        }
        int x0 = (int)Math.Max(0, left), y0 = (int)Math.Max(0, top);
        int width = (int)Math.Min(_canvas.Width - 1, right) - x0 + 1, height = (int)Math.Min(_canvas.Height - 1, bottom) - y0 + 1;
        if (width <= 0 || height <= 0)
            return;
        var coverage = new float[width * height];
        for (int i = 1; i < points.Count; i++)
        {
            var s = new Segment(points[i - 1].X * _scale, points[i - 1].Y * _scale, points[i].X * _scale, points[i].Y * _scale);
            Cover(s, thickness, x0, y0, width, coverage);
        }
        for (int i = 0; i < coverage.Length; i++)
            _canvas.Blend(x0 + i % width, y0 + i / width, style.Color, style.Opacity * coverage[i]);
    }

    static void Cover(Segment s, double thickness, int x0, int y0, int width, float[] coverage)
    {
        double reach = thickness / 2 + 1;
        int height = coverage.Length / width;
        int top = (int)Math.Max(y0, Math.Min(s.Y1, s.Y2) - reach), bottom = (int)Math.Min(y0 + height - 1, Math.Max(s.Y1, s.Y2) + reach);
        int left = (int)Math.Max(x0, Math.Min(s.X1, s.X2) - reach), right = (int)Math.Min(x0 + width - 1, Math.Max(s.X1, s.X2) + reach);
        double rise = Math.Abs(s.Y2 - s.Y1), slope = rise < 1e-9 ? 0 : (s.X2 - s.X1) / (s.Y2 - s.Y1);
        for (int y = top; y <= bottom; y++)
        {
            // A long slanted stroke touches few pixels of a row: only those are asked.
            double middle = s.X1 + (y + 0.5 - s.Y1) * slope, around = (reach + 1) * (1 + Math.Abs(slope));
            int from = rise < 1e-9 ? left : Math.Max(left, (int)(middle - around));
            int to = rise < 1e-9 ? right : Math.Min(right, (int)(middle + around));
            for (int x = from; x <= to; x++)
            {
                int at = (y - y0) * width + x - x0;
                coverage[at] = Math.Max(coverage[at], (float)Canvas.Coverage(Canvas.RoundDistance(s, x + 0.5, y + 0.5), thickness));
            }
        }
    }

    /// <summary>Even-odd filling: four lines a pixel row, exact coverage along each of them.</summary>
    void Fill(IReadOnlyList<Point> points, Color color, double opacity)
    {
        double top = double.MaxValue, bottom = double.MinValue;
        foreach (var point in points)
        {
            top = Math.Min(top, point.Y * _scale);
            bottom = Math.Max(bottom, point.Y * _scale);
        }
        var crossings = new List<double>();
        var coverage = new float[_canvas.Width];
        for (int y = (int)Math.Max(0, top); y <= Math.Min(_canvas.Height - 1, bottom); y++)
        {
            Array.Clear(coverage);
            for (int line = 0; line < LinesPerPixel; line++)
            {
                Crossings(points, y + (line + 0.5) / LinesPerPixel, crossings);
                for (int i = 0; i + 1 < crossings.Count; i += 2)
                    Span(crossings[i], crossings[i + 1], coverage);
            }
            for (int x = 0; x < coverage.Length; x++)
                _canvas.Blend(x, y, color, opacity * Math.Min(1, coverage[x]));
        }
    }

    void Crossings(IReadOnlyList<Point> points, double y, List<double> crossings)
    {
        crossings.Clear();
        for (int i = 0; i < points.Count; i++)
        {
            var a = points[i];
            var b = points[(i + 1) % points.Count];
            double y1 = a.Y * _scale, y2 = b.Y * _scale;
            if (y1 <= y != y2 <= y)
                crossings.Add(a.X * _scale + (y - y1) / (y2 - y1) * (b.X - a.X) * _scale);
        }
        crossings.Sort();
    }

    static void Span(double from, double to, float[] coverage)
    {
        from = Math.Clamp(from, 0, coverage.Length);
        to = Math.Clamp(to, 0, coverage.Length);
        for (int x = (int)from; x < to; x++)
            coverage[x] += (float)((Math.Min(to, x + 1) - Math.Max(from, x)) / LinesPerPixel);
    }
}
