using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Muninn.Microscope.Pictures;

namespace Muninn.Microscope.Figures;

/// <summary>Lays a <see cref="Heatmap"/> out as a <see cref="Picture"/>: title, cells, axes, colour bar, legend.</summary>
sealed class HeatmapLayout
{
    const double TitleSize = 17, SubtitleSize = 12, LabelSize = 12, TickSize = 12, AxisTitleSize = 13;
    const int Margin = 20, Gap = 8, BarWidth = 14, BarGap = 18, BarHeightMin = 120, RowHeightLabelled = 13, CellWidthMax = 48, SubtitleWidthMax = 620;
    const int CellsWidthMax = 900, CellsLeast = 48;

    static readonly Color _faint = Color.Of(0x59636e);
    static readonly Color _frame = Color.Of(0x1f2328);

    readonly Heatmap _figure;
    readonly MergedCells _merged;
    readonly ColorRange _range;
    readonly CellKind[] _kinds;
    readonly Color[] _colors;
    readonly List<Layer> _layers = [];
    readonly int _rowHeight;
    readonly Box _cells;
    readonly List<(int Row, string Text)> _labels;
    double _right;

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
        double labelWidth = _labels.Max(label => TextMetrics.Width(label.Text, LabelSize));
        double top = Margin + TitleSize + (figure.Subtitle.Length == 0 ? 0 : SubtitleSize + 7) + 14;
        _cells = new Box(
            Margin + Math.Ceiling(labelWidth) + Gap, top, cellWidth * merged.Across, _rowHeight * merged.Down);
    }

    /// <summary>The drawing with every cell; it grows where there are more cells than pixels.</summary>
    internal static Picture Draw(Heatmap figure, PictureSize size) =>
        new HeatmapLayout(figure, size, new MergedCells(figure, figure.Columns, 1)).Complete();

    /// <summary>The largest drawing inside these pixels, with cells merged where need be; null where not even its frame fits.</summary>
    internal static Picture? DrawWithin(Heatmap figure, int width, int height)
    {
        var size = new PictureSize
        {
            CellsWidth = Math.Min(CellsWidthMax, width - 2 * Margin),
            CellsHeight = height - 2 * Margin,
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
            Width = (int)Math.Ceiling(_right) + Margin,
            Height = (int)Math.Ceiling(bottom) + Margin - 4,
            Title = _figure.Title,
            Description = _figure.Describe(),
            Layers = _layers,
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
            labels.Add((row, TextMetrics.Shorten(text, LabelSize, widthMax)));
        }
        return labels;
    }

    void AddCells()
    {
        _layers.Add(new RasterLayer("cells", _cells, _merged.Across, _merged.Down, _colors));
        if (!_kinds.Contains(CellKind.BelowFloor))
            return;
        var floor = new FloorMarks(_kinds, _merged.Across, _cells);
        _layers.Add(new StrokeLayer("floor hatching", floor.Hatching(6), Color.Of(0xffffff), 1, 0.2));
        if (_rowHeight >= 3)
            _layers.Add(new StrokeLayer("floor contour", floor.Contour(), Color.Of(0xffffff), 1.2, 0.75));
    }

    void AddRowLabels()
    {
        var style = new TextStyle { Size = LabelSize, Anchor = TextAnchor.End };
        foreach (var (row, text) in _labels)
        {
            _layers.Add(new TextLayer("row label", _cells.X - Gap, MiddleOf(row) + LabelSize * 0.35, text, style));
        }
        if (_labels.Count == _figure.Rows)
            return;
        _layers.Add(new StrokeLayer("row ticks",
            [.. _labels.Select(label => MiddleOf(label.Row)).Select(y => new Segment(_cells.X - 4, y, _cells.X, y))], _frame, 1, 1));
    }

    double MiddleOf(int row) => _cells.Y + (row / _merged.RowsPerCell + 0.5) * _rowHeight;

    void AddColumnAxis()
    {
        var ticks = new List<Segment>();
        var minor = new List<Segment>();
        var style = new TextStyle { Size = TickSize, Anchor = TextAnchor.Middle };
        int last = _figure.Columns - 1;
        int step = ColumnStep(last, _cells.Width);
        for (int column = 0; column <= last; column++)
        {
            double x = _cells.X + (column + 0.5) * (_cells.Width / _figure.Columns);
            if (column % step == 0)
            {
                ticks.Add(new Segment(x, _cells.Bottom, x, _cells.Bottom + 5));
                _layers.Add(new TextLayer("column label", x, _cells.Bottom + 19, $"{column}", style));
            }
            else if (step >= 10 && column % (step / 2) == 0)
                minor.Add(new Segment(x, _cells.Bottom, x, _cells.Bottom + 3));
        }
        _layers.Add(new StrokeLayer("column ticks", [.. ticks, .. minor], _frame, 1, 1));
        _layers.Add(new TextLayer("column title", AxisMiddle, _cells.Bottom + 40, _figure.ColumnTitle,
            new TextStyle { Size = AxisTitleSize, Anchor = TextAnchor.Middle }));
    }

    // A very narrow picture (one column) would push a centred title out at the left.
    double AxisMiddle => Math.Max(
        _cells.X + _cells.Width / 2, Margin + TextMetrics.Width(_figure.ColumnTitle, AxisTitleSize) / 2);

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
        bool marked = _kinds.Contains(CellKind.BelowFloor);
        double stub = marked ? 14 : 0;
        var bar = new Box(Math.Max(_cells.Right, AxisMiddle + TextMetrics.Width(_figure.ColumnTitle, AxisTitleSize) / 2 - 6) + BarGap, _cells.Y, BarWidth, height - stub);
        var colors = new Color[Math.Min(Viridis.Length, (int)bar.Height)];
        for (int i = 0; i < colors.Length; i++)
            colors[i] = Viridis.At(1 - i / (colors.Length - 1.0));
        _layers.Add(new RasterLayer("colour bar", bar, 1, colors.Length, colors));
        var style = new TextStyle { Size = TickSize };
        var ticks = new List<Segment>();
        double widest = 0, lastLabel = double.PositiveInfinity;
        foreach (var tick in _range.Ticks())
        {
            double y = bar.Bottom - tick.Fraction * bar.Height;
            ticks.Add(new Segment(bar.Right, y, bar.Right + (tick.Text.Length == 0 ? 3 : 5), y));
            if (tick.Text.Length == 0 || lastLabel - y < TickSize + 2 || marked && bar.Bottom - y < TickSize - 2)
                continue;
            lastLabel = y;
            _layers.Add(new TextLayer("colour label", bar.Right + 8, y + TickSize * 0.36, tick.Text, style));
            widest = Math.Max(widest, TextMetrics.Width(tick.Text, TickSize));
        }
        if (marked)
        {
            var below = new Box(bar.X, bar.Bottom, BarWidth, stub);
            AddFloorSwatch(below);
            string text = _figure.Floor is { } floor ? $"≤ {ColorRange.NumberText(floor)}" : "0";
            _layers.Add(new TextLayer("floor label", bar.Right + 8, below.Y + 11, text, style));
            widest = Math.Max(widest, TextMetrics.Width(text, TickSize));
        }
        _layers.Add(new StrokeLayer("colour ticks", ticks, _frame, 1, 1));
        double titleX = bar.Right + 8 + widest + 18;
        _layers.Add(new TextLayer("colour title", titleX, bar.Y + height / 2,
            _figure.Scale == ColorScale.Linear ? _figure.ColorTitle.Replace("Log ", "") : _figure.ColorTitle,
            new TextStyle { Size = AxisTitleSize, Anchor = TextAnchor.Middle, Direction = TextDirection.Up }));
        _right = titleX + 4;
    }

    void AddTitle()
    {
        double baseline = Margin + TitleSize * 0.8;
        _layers.Add(new TextLayer("title", Margin, baseline, _figure.Title,
            new TextStyle { Size = TitleSize, Weight = TextWeight.Bold }));
        _right = Math.Max(_right, Margin + TextMetrics.Width(_figure.Title, TitleSize) * 1.06);
        if (_figure.Subtitle.Length == 0)
            return;
        // The subtitle says which run it is: few cells are no reason to cut it.
        _right = Math.Max(_right, Margin + Math.Min(TextMetrics.Width(_figure.Subtitle, SubtitleSize) + 1, SubtitleWidthMax));
        string text = TextMetrics.Shorten(_figure.Subtitle, SubtitleSize, _right - Margin);
        _layers.Add(new TextLayer("subtitle", Margin, baseline + SubtitleSize + 7, text,
            new TextStyle { Size = SubtitleSize, Color = _faint }));
    }

    double AddLegend()
    {
        double y = Math.Max(_cells.Bottom + 44, _cells.Y + BarHeightMin);
        double x = Margin;
        var style = new TextStyle { Size = SubtitleSize, Color = _faint };
        foreach (var (kind, text) in LegendEntries())
        {
            double swatchWidth = kind is null ? 0 : 16 + 7;
            double width = swatchWidth + TextMetrics.Width(text, SubtitleSize) + 18;
            // An entry that does not fit beside the last one starts a line of its own.
            if (x == Margin || x + width > _right)
                (x, y) = (Margin, y + 20);
            var swatch = new Box(x, y - 11, 16, 12);
            if (kind == CellKind.BelowFloor)
                AddFloorSwatch(swatch);
            else if (kind == CellKind.NotFinite)
                _layers.Add(new BoxLayer("not finite swatch", swatch, CellColors.NotFinite));
            _layers.Add(new TextLayer("legend", x + swatchWidth, y - 1, text, style));
            _right = Math.Max(_right, x + width - 18);
            x += width;
        }
        return y;
    }

    IEnumerable<(CellKind? Kind, string Text)> LegendEntries()
    {
        if (_kinds.Contains(CellKind.BelowFloor))
        {
            yield return (CellKind.BelowFloor, _figure.Floor is { } floor
                ? $"below the rounding floor {ColorRange.NumberText(floor)}: at rest as far as the arithmetic can tell"
                : "exactly at s*");
        }
        if (_kinds.Contains(CellKind.NotFinite))
            yield return (CellKind.NotFinite, "not a finite number: the state diverged");
        if (_merged.RowNote is { } rowNote)
            yield return (null, rowNote);
        if (_merged.ColumnNote is { } columnNote)
            yield return (null, columnNote);
    }

    void AddFloorSwatch(Box box)
    {
        _layers.Add(new BoxLayer("floor swatch", box, CellColors.Of(CellKind.BelowFloor, 0)));
        var marks = new FloorMarks([CellKind.BelowFloor], 1, box);
        _layers.Add(new StrokeLayer("floor swatch hatching", marks.Hatching(5), Color.Of(0xffffff), 1, 0.45));
    }
}
