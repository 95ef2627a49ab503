using System;
using System.Collections.Generic;
using Muninn.Microscope.Pictures;

namespace Muninn.Microscope.Figures.Parts;

/// <summary>A sheet with room for title and subtitle above the content, and the footnote under it.</summary>
sealed class FigureSheet : Sheet
{
    const int CaptionWidthMin = 320;

    readonly Figure _figure;
    readonly double _width;
    readonly IReadOnlyList<string> _subtitle;

    /// <summary>A sheet for a figure that should be this wide.</summary>
    internal FigureSheet(Figure figure, double width)
        : this(figure, width, TextMetrics.Wrap(TextMetrics.Shown(figure.Subtitle), Look.SubtitleSize * Look.FontRoom, width - 2 * Look.Margin))
    {
    }

    FigureSheet(Figure figure, double width, IReadOnlyList<string> subtitle)
        : base(figure.Title.Length == 0
            ? Look.Margin
            : Look.Margin + Look.TitleSize + subtitle.Count * (Look.SubtitleSize + 4) + (subtitle.Count == 0 ? 0 : 3) + 14)
    {
        _figure = figure;
        _width = width;
        _subtitle = subtitle;
    }

    /// <summary>Where content begins.</summary>
    internal static double Left => Look.Margin;

    /// <summary>Where content should end.</summary>
    internal double RightWanted => _width - Look.Margin;

    /// <summary>The picture, with title, subtitle and footnote.</summary>
    internal Picture Finish()
    {
        if (_figure.Title.Length > 0)
            AddTitle();
        double y = Bottom + 8;
        foreach (string line in TextMetrics.Wrap(
            TextMetrics.Shown(_figure.Caption), Look.SmallSize * Look.FontRoom, Math.Max(Right - Look.Margin, CaptionWidthMin)))
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
            Layers = Layers,
        };
    }

    void AddTitle()
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
    }
}
