using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Muninn.Microscope.Figures.Parts;
using Muninn.Microscope.Pictures;

namespace Muninn.Microscope.Figures;

/// <summary>Lays <see cref="AccuracyPanels"/> out: a grid of panels, percent at its left, iterations under it, one legend.</summary>
sealed class AccuracyLayout
{
    const int Header = 19, Between = 24, WidthWanted = 180, HeightLeast = 60, AxisRoom = 32;

    /// <summary>The end of viridis is too pale for thin lines on a light ground.</summary>
    const double ViridisEnd = 0.9;

    /// <summary>Lines at nothing and at all would be cut in half by the edges.</summary>
    static readonly ColorRange _range = new(ColorScale.Linear, -0.03, 1.03, null);

    static readonly LineStyle _chanceStyle = new() { Color = Look.Faint, Thickness = 1, Dashes = [3, 4] };

    readonly AccuracyPanels _figure;
    readonly FigureSheet _sheet;
    readonly IReadOnlyList<Tick> _columns;
    readonly IReadOnlyList<Tick> _rows =
    [
        new(_range.FractionOf(0), "0 %"), new(_range.FractionOf(0.25), ""), new(_range.FractionOf(0.5), "50 %"), new(_range.FractionOf(0.75), ""),
        new(_range.FractionOf(1), "100 %"),
    ];
    readonly int _across;
    readonly double _left;
    readonly double _width;
    readonly double _height;

    internal AccuracyLayout(AccuracyPanels figure, FigureSize size)
    {
        _figure = figure;
        _sheet = new FigureSheet(figure, size.Width);
        _columns = Doublings();
        _left = FigureSheet.Left + Axis.LeftWidth(_rows, "Accuracy");
        double room = Math.Max(80, _sheet.RightWanted - 6 - _left);
        int count = figure.Panels.Count;
        _across = Math.Clamp((int)((room + Between) / (WidthWanted + Between)), 1, count);
        // As many in the last row as there can be.
        _across = (count + Lines - 1) / Lines;
        _width = Math.Floor((room + Between) / _across) - Between;
        double high = (double)size.RowsHeight / Lines - Header - AxisRoom;
        _height = Math.Max(HeightLeast, Math.Min(size.PlotHeight, high));
    }

    int Lines => (_figure.Panels.Count + _across - 1) / _across;

    internal Picture Draw()
    {
        for (int panel = 0; panel < _figure.Panels.Count; panel++)
            DrawPanel(panel);
        var all = new Box(_left, _sheet.Top + Header, _across * (_width + Between) - Between, AreaOf(_figure.Panels.Count - 1).Bottom - _sheet.Top - Header);
        Axis.TurnedTitle(_sheet, all, FigureSheet.Left + Look.AxisTitleSize * 0.8, "Accuracy");
        const string Title = "Iterations at Test Time";
        _sheet.Text("column title", Axis.TitleMiddle(all, Title), _sheet.Bottom + 18, Title, new TextStyle { Size = Look.AxisTitleSize, Anchor = TextAnchor.Middle });
        var entries = _figure.Difficulties.Select((difficulty, line) => new LegendEntry(difficulty) { Line = StyleOf(line) });
        if (_figure.DifficultyTitle.Length > 0)
            entries = entries.Prepend(new LegendEntry(_figure.DifficultyTitle));
        if (_figure.Panels.Any(static panel => panel.Chance is not null))
            entries = entries.Append(new LegendEntry("guessing, where it is one share") { Line = _chanceStyle });
        Legend.Flow(_sheet, entries, FigureSheet.Left, Math.Max(all.Right + 6, _sheet.RightWanted));
        return _sheet.Finish();
    }

    Box AreaOf(int panel) => new(
        _left + panel % _across * (_width + Between), _sheet.Top + Header + panel / _across * (_height + Header + AxisRoom), _width, _height);

    void DrawPanel(int index)
    {
        var (panel, area) = (_figure.Panels[index], AreaOf(index));
        _sheet.Text("task", area.X, area.Y - 6, TextMetrics.Shorten(TextMetrics.Shown(panel.Task), Look.LabelSize, _width), Look.Label);
        Axis.Grid(_sheet, area, _columns, _rows);
        if (panel.Chance is { } chance)
        {
            double y = HeightOf(area, chance);
            _sheet.Add(new CurveLayer("guessing", [new(area.X, y), new(area.Right, y)], _chanceStyle));
        }

        for (int line = 0; line < _figure.Difficulties.Count; line++)
        {
            var points = Enumerable.Range(0, _figure.Iterations.Count).Select(reading => new Point(
                area.X + FractionOf(_figure.Iterations[reading]) * area.Width, HeightOf(area, _figure.Value(panel, line, reading)))).ToList();
            _sheet.Curve("accuracy", points, StyleOf(line));
        }

        Axis.Edges(_sheet, area);
        Axis.Below(_sheet, area, _columns, "");
        if (index % _across == 0)
            Axis.Left(_sheet, area, _rows, "");
        _sheet.Reach(area.Right + 6, area.Bottom);
    }

    LineStyle StyleOf(int line) => new()
    {
        Color = Viridis.At(_figure.Difficulties.Count == 1 ? 0.3 : ViridisEnd * line / (_figure.Difficulties.Count - 1)),
        Thickness = 1.7,
    };

    static double HeightOf(Box area, double accuracy) => double.IsFinite(accuracy) ? area.Bottom - _range.FractionOf(accuracy) * area.Height : double.NaN;

    /// <summary>The place of an iteration on the axis, 0 … 1, by its logarithm.</summary>
    double FractionOf(int iteration) => _figure.Iterations.Count == 1
        ? 0.5
        : Math.Log2((double)iteration / _figure.Iterations[0]) / Math.Log2((double)_figure.Iterations[^1] / _figure.Iterations[0]);

    /// <summary>Powers of two.</summary>
    List<Tick> Doublings()
    {
        var ticks = new List<Tick>();
        for (long iteration = 1; iteration <= _figure.Iterations[^1]; iteration *= 2)
        {
            if (iteration >= _figure.Iterations[0])
                ticks.Add(new Tick(FractionOf((int)iteration), iteration.ToString(CultureInfo.InvariantCulture)));
        }

        if (ticks.Count == 0)
            ticks.Add(new Tick(FractionOf(_figure.Iterations[0]), _figure.Iterations[0].ToString(CultureInfo.InvariantCulture)));
        return ticks;
    }
}
