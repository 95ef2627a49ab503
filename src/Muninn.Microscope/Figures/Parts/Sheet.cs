using System;
using System.Collections.Generic;
using Muninn.Microscope.Pictures;

namespace Muninn.Microscope.Figures.Parts;

/// <summary>
/// What a figure is laid out on: collects the layers and how far they reach, keeps room for title and subtitle above them
/// and sets the footnote under them.
/// </summary>
sealed class Sheet
{
    const int CaptionWidthMin = 320;

    readonly Figure _figure;
    readonly double _width;
    readonly IReadOnlyList<string> _subtitle;
    readonly List<Layer> _layers = [];

    /// <summary>A sheet for a figure that should be this wide.</summary>
    internal Sheet(Figure figure, double width)
    {
        _figure = figure;
        _width = width;
        _subtitle = TextMetrics.Wrap(TextMetrics.Shown(figure.Subtitle), Look.SubtitleSize, width - 2 * Look.Margin);
        Top = Look.Margin + Look.TitleSize + _subtitle.Count * (Look.SubtitleSize + 4) + (_subtitle.Count == 0 ? 0 : 3) + 14;
        Right = Left;
        Bottom = Top;
    }

    /// <summary>Where content begins.</summary>
    internal double Left => Look.Margin;

    /// <summary>Where content begins, under title and subtitle.</summary>
    internal double Top { get; }

    /// <summary>Where content should end.</summary>
    internal double RightWanted => _width - Look.Margin;

    /// <summary>How far the content reaches to the right.</summary>
    internal double Right { get; private set; }

    /// <summary>How far the content reaches down.</summary>
    internal double Bottom { get; private set; }

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

    /// <summary>The picture, with title, subtitle and footnote.</summary>
    internal Picture Finish()
    {
        string title = TextMetrics.Shorten(
            TextMetrics.Shown(_figure.Title), Look.TitleSize * 1.06, Math.Max(Right, _width - Look.Margin) - Look.Margin);
        double baseline = Look.Margin + Look.TitleSize * 0.8;
        Text("title", Look.Margin, baseline, title, new TextStyle { Size = Look.TitleSize, Weight = TextWeight.Bold });
        Reach(Look.Margin + TextMetrics.Width(title, Look.TitleSize) * 1.06, 0);
        for (int line = 0; line < _subtitle.Count; line++)
        {
            Text("subtitle", Look.Margin, baseline + Look.SubtitleSize + 7 + line * (Look.SubtitleSize + 4), _subtitle[line],
                Look.FaintLabel);
        }
        double y = Bottom + 8;
        foreach (string line in TextMetrics.Wrap(
            TextMetrics.Shown(_figure.Caption), Look.SmallSize, Math.Max(Right - Look.Margin, CaptionWidthMin)))
        {
            y += Look.SmallSize + 4;
            Text("caption", Look.Margin, y, line, Look.Small);
        }
        return new Picture
        {
            Width = (int)Math.Ceiling(Right) + Look.Margin,
            Height = (int)Math.Ceiling(Bottom) + Look.Margin - 4,
            Title = _figure.Title,
            Description = _figure.Describe(),
            Layers = _layers,
        };
    }
}
