using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Muninn.Microscope.Figures.Parts;
using Muninn.Microscope.Pictures;

namespace Muninn.Microscope.Figures;

/// <summary>Lays a <see cref="Heatmap"/> out as a <see cref="Picture"/>: title, cells, axes, colour bar, legend.</summary>
sealed class HeatmapLayout
{
    const int BarHeightMin = 120, RowHeightLabelled = 13, CellWidthMax = 48, SubtitleWidthMax = 620;
    const int CellsWidthMax = 900, CellsLeast = 48;

    readonly Heatmap _figure;
    readonly MergedCells _merged;
    readonly ColorRange _range;
    readonly CellKind[] _kinds;
    readonly Color[] _colors;
    readonly Sheet _sheet;
    readonly int _rowHeight;
    readonly Box _cells;
    readonly List<(int Row, string Text)> _labels;

    HeatmapLayout(Heatmap figure, PictureSize size, MergedCells merged)
    {
        _figure = figure;
        _merged = merged;
        _range = merged.Range;
        _kinds = new CellKind[merged.Across * merged.Down];
        _colors = new Color[_kinds.Length];
        for (int i = 0; i < _kinds.Length; i++)
        {
            (_kinds[i], double fraction) = merged.At(i / merged.Across, i % merged.Across);
            _colors[i] = CellColors.Of(_kinds[i], fraction);
        }
        int cellWidth = Math.Clamp(size.CellsWidth / merged.Across, 1, CellWidthMax);
        _rowHeight = Math.Clamp(size.CellsHeight / merged.Down, 1, size.RowHeightMax);
        _labels = RowLabels(size.LabelWidthMax);
        double labelWidth = _labels.Max(label => TextMetrics.Width(label.Text, Look.LabelSize * Look.FontRoom));
        double top = Look.Margin + Look.TitleSize + (figure.Subtitle.Length == 0 ? 0 : Look.SubtitleSize + 7) + 14;
        _sheet = new Sheet(top);
        _cells = new Box(
            Look.Margin + Math.Ceiling(labelWidth) + Look.Gap, top, cellWidth * merged.Across, _rowHeight * merged.Down);
    }

    /// <summary>The drawing with every cell; it grows where there are more cells than pixels.</summary>
    internal static Picture Draw(Heatmap figure, PictureSize size) =>
        new HeatmapLayout(figure, size, new MergedCells(figure, figure.Columns, 1)).Complete();

    /// <summary>The largest drawing inside these pixels, with cells merged where need be; null where not even its frame fits.</summary>
    internal static Picture? DrawWithin(Heatmap figure, int width, int height)
    {
        var size = new PictureSize
        {
            CellsWidth = Math.Min(CellsWidthMax, width - 2 * Look.Margin),
            CellsHeight = height - 2 * Look.Margin,
            LabelWidthMax = Math.Clamp(width / 5, 30, 150),
        };
        // What stands around the cells is known only once it is laid out. The first try tells; one more is needed
        // where lower rows have other labels, or narrower cells break the legend into more lines.
        for (int attempt = 0; attempt < 4 && size.CellsWidth >= CellsLeast && size.CellsHeight >= CellsLeast; attempt++)
        {
            int rowsPerCell = (figure.Rows + size.CellsHeight - 1) / size.CellsHeight;
            var layout = new HeatmapLayout(figure, size, new MergedCells(figure, Math.Min(figure.Columns, size.CellsWidth), rowsPerCell));
            var picture = layout.Complete();
            int wide = picture.Width - width, high = picture.Height - height;
            if (wide <= 0 && high <= 0)
                return picture;
            size = size with
            {
                CellsWidth = wide > 0 ? (int)layout._cells.Width - wide : size.CellsWidth,
                CellsHeight = high > 0 ? (int)layout._cells.Height - high : size.CellsHeight,
            };
        }
        return null;
    }

    Picture Complete()
    {
        AddCells();
        AddRowLabels();
        AddColumnAxis();
        AddColorBar();
        AddTitle();
        double bottom = AddLegend();
        return new Picture
        {
            Width = (int)Math.Ceiling(_sheet.Right) + Look.Margin,
            Height = (int)Math.Ceiling(bottom) + Look.Margin - 4,
            Title = _figure.Title,
            Description = _figure.Describe(),
            Layers = _sheet.Layers,
        };
    }

    /// <summary>Every row's label where a line of text fits a row; else every 2nd, 5th, 10th … with its position.</summary>
    List<(int Row, string Text)> RowLabels(int widthMax)
    {
        int every = 1;
        for (int i = 0; every * _rowHeight < RowHeightLabelled * _merged.RowsPerCell; i++)
            every = (int)Math.Pow(10, i / 3) * (i % 3) switch { 0 => 1, 1 => 2, _ => 5 };
        var labels = new List<(int, string)>();
        for (int row = 0; row < _figure.Rows; row++)
        {
            int position = _figure.PositionOf(row);
            // Round positions read better, but rows that were picked by hand may hold none.
            if (every > 1 && (_figure.Positions.Count == 0 ? position : row) % every != 0)
                continue;
            string text = TextMetrics.Shown(_figure.RowLabels[row]);
            if (every > 1)
                text = string.Create(CultureInfo.InvariantCulture, $"{text}  {position}");
            labels.Add((row, TextMetrics.Shorten(text, Look.LabelSize * Look.FontRoom, widthMax)));
        }
        return labels;
    }

    void AddCells()
    {
        _sheet.Add(new RasterLayer("cells", _cells, _merged.Across, _merged.Down, _colors));
        if (!_kinds.Contains(CellKind.BelowFloor))
            return;
        var floor = new FloorMarks(_kinds, _merged.Across, _cells);
        _sheet.Add(new StrokeLayer("floor hatching", floor.Hatching(6), Color.Of(0xffffff), 1, 0.2));
        if (_rowHeight >= 3)
            _sheet.Add(new StrokeLayer("floor contour", floor.Contour(), Color.Of(0xffffff), 1.2, 0.75));
    }

    void AddRowLabels()
    {
        var style = new TextStyle { Size = Look.LabelSize, Anchor = TextAnchor.End };
        foreach (var (row, text) in _labels)
        {
            _sheet.Add(new TextLayer("row label", _cells.X - Look.Gap, MiddleOf(row) + Look.LabelSize * 0.35, text, style));
        }
        if (_labels.Count == _figure.Rows)
            return;
        _sheet.Add(new StrokeLayer("row ticks",
            [.. _labels.Select(label => MiddleOf(label.Row)).Select(y => new Segment(_cells.X - 4, y, _cells.X, y))], Look.Ink, 1, 1));
    }

    double MiddleOf(int row) => _cells.Y + (row / _merged.RowsPerCell + 0.5) * _rowHeight;

    void AddColumnAxis()
    {
        var ticks = new List<Tick>();
        int last = _figure.Columns - 1;
        int step = ColumnStep(last, _cells.Width);
        for (int column = 0; column <= last; column++)
        {
            if (column % step == 0 || step >= 10 && column % (step / 2) == 0)
                ticks.Add(new Tick((column + 0.5) / _figure.Columns, column % step == 0 ? $"{column}" : ""));
        }
        Axis.Below(_sheet, _cells, ticks, _figure.ColumnTitle);
    }

    /// <summary>Tens, as in the paper; fewer on a long axis, each one on a very short axis.</summary>
    internal static int ColumnStep(int last, double width)
    {
        int step = last < 10 ? 1 : last < 20 ? 5 : 10;
        while (width / (last + 1) * step < 32 && step <= last)
            step = (int)ColorRange.RoundStep(step * 1.5);
        return step;
    }

    void AddColorBar()
    {
        double height = Math.Max(_cells.Height, BarHeightMin);
        double titleRight = Axis.TitleMiddle(_cells, _figure.ColumnTitle) + TextMetrics.Width(_figure.ColumnTitle, Look.AxisTitleSize) / 2;
        var bar = new Box(Math.Max(_cells.Right, titleRight - 6) + Look.BarGap, _cells.Y, Look.BarWidth, height);
        string? floorText = !_kinds.Contains(CellKind.BelowFloor) ? null
            : _figure.Floor is { } floor ? $"≤ {ColorRange.NumberText(floor)}" : "0";
        ColorBar.Add(_sheet, bar, Viridis.At, _range.Ticks(),
            _figure.Scale == ColorScale.Linear ? _figure.ColorTitle.Replace("Log ", "") : _figure.ColorTitle, floorText);
    }

    void AddTitle()
    {
        double baseline = Look.Margin + Look.TitleSize * 0.8;
        _sheet.Add(new TextLayer("title", Look.Margin, baseline, _figure.Title,
            new TextStyle { Size = Look.TitleSize, Weight = TextWeight.Bold }));
        _sheet.Reach(Look.Margin + TextMetrics.Width(_figure.Title, Look.TitleSize) * 1.06, 0);
        if (_figure.Subtitle.Length == 0)
            return;
        // The subtitle says which run it is: few cells are no reason to cut it.
        _sheet.Reach(Look.Margin + Math.Min(TextMetrics.Width(_figure.Subtitle, Look.SubtitleSize) + 1, SubtitleWidthMax), 0);
        string text = TextMetrics.Shorten(_figure.Subtitle, Look.SubtitleSize, _sheet.Right - Look.Margin);
        _sheet.Add(new TextLayer("subtitle", Look.Margin, baseline + Look.SubtitleSize + 7, text,
            new TextStyle { Size = Look.SubtitleSize, Color = Look.Faint }));
    }

    double AddLegend()
    {
        double y = Math.Max(_cells.Bottom + 44, _cells.Y + BarHeightMin);
        double x = Look.Margin;
        var style = new TextStyle { Size = Look.SubtitleSize, Color = Look.Faint };
        foreach (var (kind, text) in LegendEntries())
        {
            double swatchWidth = kind is null ? 0 : 16 + 7;
            double width = swatchWidth + TextMetrics.Width(text, Look.SubtitleSize) + 18;
            // An entry that does not fit beside the last one starts a line of its own.
            if (x == Look.Margin || x + width > _sheet.Right)
                (x, y) = (Look.Margin, y + 20);
            var swatch = new Box(x, y - 11, 16, 12);
            if (kind == CellKind.BelowFloor)
                Legend.FloorSwatch(_sheet, swatch);
            else if (kind == CellKind.NotFinite)
                _sheet.Add(new BoxLayer("not finite swatch", swatch, CellColors.NotFinite));
            _sheet.Add(new TextLayer("legend", x + swatchWidth, y - 1, text, style));
            _sheet.Reach(x + width - 18, y);
            x += width;
        }
        return y;
    }

    IEnumerable<(CellKind? Kind, string Text)> LegendEntries()
    {
        if (_kinds.Contains(CellKind.BelowFloor))
        {
            yield return (CellKind.BelowFloor, _figure.Floor is { } floor
                ? $"below the rounding floor {ColorRange.NumberText(floor)}: not to be told from s*"
                : "exactly at s*");
        }
        if (_kinds.Contains(CellKind.NotFinite))
            yield return (CellKind.NotFinite, "not a finite number: the state diverged");
        if (_merged.RowNote is { } rowNote)
            yield return (null, rowNote);
        if (_merged.ColumnNote is { } columnNote)
            yield return (null, columnNote);
    }
}
