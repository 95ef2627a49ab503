using System;
using System.Collections.Generic;
using Muninn.Microscope.Pictures;

namespace Muninn.Microscope.Figures.Parts;

/// <summary>Collects the layers of a picture, and how far they reach.</summary>
/// <param name="top">Where content begins, under title and subtitle.</param>
class Sheet(double top)
{
    readonly List<Layer> _layers = [];

    /// <summary>Where content begins, under title and subtitle.</summary>
    internal double Top { get; } = top;

    /// <summary>How far the content reaches to the right.</summary>
    internal double Right { get; private set; } = Look.Margin;

    /// <summary>How far the content reaches down.</summary>
    internal double Bottom { get; private set; } = top;

    /// <summary>What was added, in the order in which it is painted.</summary>
    internal IReadOnlyList<Layer> Layers => _layers;

    internal void Add(Layer layer) => _layers.Add(layer);

    /// <summary>Something stands here: the picture must hold it.</summary>
    internal void Reach(double x, double y)
    {
        Right = Math.Max(Right, x);
        Bottom = Math.Max(Bottom, y);
    }

    /// <summary>Adds a line of text and what room it takes.</summary>
    internal void Text(string name, double x, double y, string text, TextStyle style)
    {
        _layers.Add(new TextLayer(name, x, y, text, style));
        double width = TextMetrics.Width(text, style.Size);
        if (style.Direction == TextDirection.Up)
        {
            double below = style.Anchor switch { TextAnchor.Start => 0, TextAnchor.Middle => width / 2, _ => width };
            Reach(x + style.Size * 0.3, y + below);
        }
        else
            Reach(style.Anchor switch { TextAnchor.Start => x + width, TextAnchor.Middle => x + width / 2, _ => x }, y + style.Size * 0.3);
    }

    /// <summary>Level and upright strokes a pixel wide.</summary>
    internal void Strokes(string name, IReadOnlyList<Segment> segments, Color color, double opacity = 1)
    {
        if (segments.Count > 0)
            _layers.Add(new StrokeLayer(name, segments, color, 1, opacity));
    }

    /// <summary>A curve that breaks where a point is not finite; single points become dots.</summary>
    internal void Curve(string name, IReadOnlyList<Point> points, LineStyle style, IReadOnlyList<Color>? colors = null)
    {
        for (int first = 0; first < points.Count; first++)
        {
            int end = first;
            while (end < points.Count && double.IsFinite(points[end].X) && double.IsFinite(points[end].Y))
                end++;
            if (end - first == 1)
                Add(new MarkLayer(name, [new Mark(points[first].X, points[first].Y, style.Thickness + 0.6, MarkShape.Circle, style.Color)]));
            else if (end > first)
            {
                var stretch = new List<Point>();
                for (int i = first; i < end; i++)
                    stretch.Add(points[i]);
                var own = new List<Color>();
                for (int i = first; colors is not null && i < end - 1; i++)
                    own.Add(colors[i]);
                Add(new CurveLayer(name, stretch, style) { Colors = own });
            }
            first = end;
        }
    }
}
