using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Microscope.Figures.Parts;
using Muninn.Microscope.Pictures;

namespace Muninn.Microscope.Figures;

/// <summary>Lays a <see cref="ParetoPlot"/> out: points, front, and threshold labels where there is room.</summary>
sealed class ParetoLayout
{
    const double MarkRadius = 4, RingRadius = 6.5, ZeroHeight = 22, TextRoom = 3;

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
        var columns = Axis.Range(figure.Points.Select(figure.IterationsOf).Concat(figure.RealPoints.Select(figure.RealIterationsOf)), figure.ColumnScale);
        _columns = figure.ColumnScale == ColorScale.Logarithmic
            ? columns with { Low = columns.Low / Math.Pow(columns.High / columns.Low, 0.03), High = columns.High * Math.Pow(columns.High / columns.Low, 0.08) }
            : columns with { High = columns.High + 0.05 * (columns.High - columns.Low) };
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
        var columns = ColumnTicks();
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
        // Under the points, and wider: where nothing differs, a ring is left.
        _sheet.Add(new MarkLayer("real runs", [.. real.Select(at => MarkOf(at.Series, RealAt(at)) with { Radius = RingRadius, Filled = false })]));
        foreach (var at in real)
            _sheet.Add(new CurveLayer("real run", [At(at), RealAt(at)], new LineStyle { Color = ColorOf(at.Series), Thickness = 1, Opacity = 0.6 }));
        _sheet.Add(new MarkLayer("points", [.. points.Select(at => MarkOf(at.Series, At(at)))]));
        _taken.AddRange(real.Select(RealAt).Concat(points.Select(At)).Select(point => new Box(point.X - MarkRadius, point.Y - MarkRadius, 2 * MarkRadius, 2 * MarkRadius)));
        int hidden = DrawLabels(points);
        Axis.Edges(_sheet, _area);
        Axis.Below(_sheet, _area, columns, _figure.ColumnTitle);
        Axis.Left(_sheet, upper, _rows.Ticks(), _figure.CostTitle);
        _sheet.Reach(_area.Right + 6, _area.Bottom);
        var entries = _figure.Series.Select((series, i) => new LegendEntry(series.Rule)
        {
            Mark = MarkOf(i, new Point(0, 0)) with { Opacity = 1 },
        }).Append(new LegendEntry("front: no other point is better in both") { Line = FrontStyle });
        if (real.Count > 0)
            entries = entries.Append(new LegendEntry("outline: run for real") { Mark = new Mark(0, 0, RingRadius, MarkShape.Circle, Look.Faint, Filled: false) });
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

    Mark MarkOf(int series, Point point) => new(
        point.X, point.Y, MarkRadius, _figure.Series[series].IsYardstick ? MarkShape.Plus : Categories.ShapeOf(series), ColorOf(series), Opacity: 0.92);

    Color ColorOf(int series) => _figure.Series[series].IsYardstick ? Look.Faint : Categories.ColorOf(series);

    /// <summary>On a logarithmic axis 1, 2, 5, 10 …: iterations are whole numbers, and few powers of ten.</summary>
    IReadOnlyList<Tick> ColumnTicks()
    {
        if (_figure.ColumnScale == ColorScale.Linear)
            return _columns.Ticks();
        var ticks = new List<Tick>();
        for (double power = 1; power <= _columns.High; power *= 10)
        {
            for (int digit = 1; digit <= 9; digit++)
            {
                if (digit * power >= _columns.Low && digit * power <= _columns.High)
                    ticks.Add(new Tick(_columns.FractionOf(digit * power), digit is 1 or 2 or 5 ? ColorRange.NumberText(digit * power) : ""));
            }
        }
        return ticks.Any(tick => tick.Text.Length > 0) ? ticks : _columns.Ticks();
    }

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
            _taken.Add(place with { X = place.X - TextRoom, Width = place.Width + 2 * TextRoom });
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
