using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Microscope.Figures.Parts;
using Muninn.Microscope.Pictures;

namespace Muninn.Microscope.Figures;

/// <summary>Lays a <see cref="ParetoPlot"/> out: points, front, and threshold labels where there is room.</summary>
sealed class ParetoLayout
{
    const double MarkRadius = 4, ZeroHeight = 22;

    readonly ParetoPlot _figure;
    readonly FigureSheet _sheet;
    readonly ColorRange _columns, _rows;
    readonly bool _zero;
    readonly Box _area;
    readonly List<Box> _taken = [];

    internal ParetoLayout(ParetoPlot figure, FigureSize size)
    {
        _figure = figure;
        _sheet = new FigureSheet(figure, size.Width);
        var columns = Axis.Range(figure.Points.Select(figure.IterationsOf).Concat(figure.RealPoints.Select(figure.RealIterationsOf)), ColorScale.Linear);
        _columns = columns with { High = columns.High + 0.05 * (columns.High - columns.Low) };
        var costs = figure.Points.Select(figure.CostOf).Concat(figure.RealPoints.Select(figure.RealCostOf)).ToList();
        var rows = Axis.Range(costs, figure.Scale);
        // Points on the very edge would lose half their sign, and their labels.
        _rows = figure.Scale == ColorScale.Logarithmic
            ? rows with { Low = rows.Low / 1.5, High = rows.High * 1.5 }
            : rows with { Low = Math.Max(rows.Low, -0.04 * rows.High) };
        _zero = figure.Scale == ColorScale.Logarithmic && costs.Contains(0);
        double left = FigureSheet.Left + Axis.LeftWidth(_rows.Ticks(), figure.CostTitle);
        _area = new Box(left, _sheet.Top, Math.Max(80, _sheet.RightWanted - 6 - left), size.PlotHeight);
    }

    internal Picture Draw()
    {
        var columns = _columns.Ticks();
        var upper = _zero ? _area with { Height = _area.Height - ZeroHeight } : _area;
        Axis.Grid(_sheet, _area, columns, []);
        Axis.Grid(_sheet, upper, [], _rows.Ticks());
        if (_zero)
        {
            _sheet.Add(new BoxLayer("zero", new Box(_area.X, upper.Bottom, _area.Width, ZeroHeight), Look.Panel));
            _sheet.Text("row label", _area.X - 9, _area.Bottom - ZeroHeight / 2 + 4, "0", Look.Label with { Anchor = TextAnchor.End });
        }
        bool floor = DrawFloor(upper);
        DrawFront();
        var points = _figure.Points.ToList();
        var real = _figure.RealPoints.ToList();
        foreach (var at in real)
            _sheet.Add(new CurveLayer("real run", [At(at), RealAt(at)], new LineStyle { Color = Categories.ColorOf(at.Series), Thickness = 1 }));
        Mark[] marks = [.. points.Select(at => MarkOf(at, At(at), true)), .. real.Select(at => MarkOf(at, RealAt(at), false))];
        _sheet.Add(new MarkLayer("points", marks));
        _taken.AddRange(marks.Select(mark => new Box(mark.X - MarkRadius, mark.Y - MarkRadius, 2 * MarkRadius, 2 * MarkRadius)));
        int hidden = DrawLabels(points);
        Axis.Edges(_sheet, _area);
        Axis.Below(_sheet, _area, columns, _figure.ColumnTitle);
        Axis.Left(_sheet, upper, _rows.Ticks(), _figure.CostTitle);
        _sheet.Reach(_area.Right + 6, _area.Bottom);
        var entries = _figure.Series.Select((series, i) => new LegendEntry(series.Rule)
        {
            Mark = new Mark(0, 0, MarkRadius, Categories.ShapeOf(i), Categories.ColorOf(i)),
        }).Append(new LegendEntry("front: no other point is better in both") { Line = FrontStyle });
        if (real.Count > 0)
            entries = entries.Append(new LegendEntry("outline: run for real") { Mark = new Mark(0, 0, MarkRadius, MarkShape.Circle, Look.Faint, Filled: false) });
        if (floor)
            entries = entries.Append(new LegendEntry($"{_figure.FloorTitle}: {ColorRange.NumberText(_figure.Floor!.Value)}") { Line = FloorStyle });
        int lost = _figure.Series.Sum(series => series.Costs.Length) - points.Count;
        if (hidden > 0)
            entries = entries.Append(new LegendEntry(hidden == 1 ? "1 threshold without room for its text" : $"{hidden} thresholds without room for their text"));
        if (lost > 0)
            entries = entries.Append(new LegendEntry($"left out because not finite: {lost}"));
        Legend.Flow(_sheet, entries, FigureSheet.Left, _area.Right + 6);
        return _sheet.Finish();
    }

    static LineStyle FrontStyle => new() { Color = Look.Faint, Thickness = 1.2 };

    static LineStyle FloorStyle => new() { Color = Look.Faint, Thickness = 1, Dashes = [3, 4] };

    Point At((int Series, int Index) at) => PointOf(_figure.IterationsOf(at), _figure.CostOf(at));

    Point RealAt((int Series, int Index) at) => PointOf(_figure.RealIterationsOf(at), _figure.RealCostOf(at));

    Point PointOf(double iterations, double cost)
    {
        double height = _area.Height - (_zero ? ZeroHeight : 0);
        double y = _zero && cost == 0 ? _area.Bottom - ZeroHeight / 2 : _area.Y + height - _rows.FractionOf(cost) * height;
        return new Point(_area.X + _columns.FractionOf(iterations) * _area.Width, y);
    }

    static Mark MarkOf((int Series, int Index) at, Point point, bool filled) =>
        new(point.X, point.Y, MarkRadius, Categories.ShapeOf(at.Series), Categories.ColorOf(at.Series), filled, 0.92);

    /// <summary>A line at the floor, where it lies inside the plot.</summary>
    bool DrawFloor(Box area)
    {
        if (_figure.Floor is not { } floor || floor < _rows.Low || floor > _rows.High)
            return false;
        double y = area.Bottom - _rows.FractionOf(floor) * area.Height;
        _sheet.Add(new CurveLayer("floor", [new(area.X, y), new(area.Right, y)], FloorStyle));
        return true;
    }

    /// <summary>Steps: between two points of the front only the poorer one can be had.</summary>
    void DrawFront()
    {
        var steps = new List<Point>();
        foreach (var at in _figure.Front())
        {
            var point = At(at);
            if (steps.Count > 0)
                steps.Add(new Point(point.X, steps[^1].Y));
            steps.Add(point);
        }
        if (steps.Count > 1)
            _sheet.Add(new CurveLayer("front", steps, FrontStyle));
        // Labels keep off the line.
        for (int i = 1; i < steps.Count; i++)
        {
            var (a, b) = (steps[i - 1], steps[i]);
            _taken.Add(new Box(Math.Min(a.X, b.X), Math.Min(a.Y, b.Y), Math.Abs(a.X - b.X) + 1, Math.Abs(a.Y - b.Y) + 1));
        }
    }

    /// <summary>Sets each threshold beside its point where it touches nothing; points of the front choose first.</summary>
    /// <returns>How many found no place.</returns>
    int DrawLabels(List<(int Series, int Index)> points)
    {
        var front = _figure.Front();
        int hidden = 0;
        foreach (var at in front.Concat(points.Except(front)))
        {
            string text = TextMetrics.Shorten(TextMetrics.Shown(_figure.Series[at.Series].Thresholds[at.Index]), Look.SmallSize, 90);
            if (text.Length == 0)
                continue;
            if (PlaceFor(At(at), TextMetrics.Width(text, Look.SmallSize)) is not { } place)
            {
                hidden++;
                continue;
            }
            _taken.Add(place);
            _sheet.Text("threshold", place.X, place.Y + Look.SmallSize * 0.8, text, Look.Small);
        }
        return hidden;
    }

    Box? PlaceFor(Point point, double width)
    {
        const double Height = Look.SmallSize, Near = MarkRadius + 3;
        ReadOnlySpan<(double X, double Y)> places =
        [
            (point.X + Near, point.Y - Near - Height / 2), (point.X + Near, point.Y - Height / 2), (point.X - width / 2, point.Y - Near - Height),
            (point.X - width / 2, point.Y + Near), (point.X + Near, point.Y + 2), (point.X - Near - width, point.Y - Height / 2),
            (point.X - Near - width, point.Y + 3), (point.X - Near - width, point.Y - Near - Height / 2),
        ];
        foreach (var (x, y) in places)
        {
            var box = new Box(x, y, width, Height);
            bool inside = x >= _area.X + 2 && box.Right <= _area.Right + 6 && y >= _area.Y - 6 && box.Bottom <= _area.Bottom;
            if (inside && !_taken.Any(other => box.X < other.Right && other.X < box.Right && box.Y < other.Bottom && other.Y < box.Bottom))
                return box;
        }
        return null;
    }
}
