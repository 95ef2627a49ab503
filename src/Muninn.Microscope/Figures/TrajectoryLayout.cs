using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Muninn.Microscope.Figures.Parts;
using Muninn.Microscope.Pictures;

namespace Muninn.Microscope.Figures;

/// <summary>Lays <see cref="TrajectoryPanels"/> out: a grid of square panels, axes around it where they share a window.</summary>
sealed class TrajectoryLayout
{
    const int Header = 19, Between = 12, SideMost = 320, SideWanted = 150, SideLeast = 104, Strip = 18;

    /// <summary>The end of viridis is too pale for thin lines on a light ground.</summary>
    const double ViridisEnd = 0.93;

    readonly TrajectoryPanels _figure;
    readonly FigureSheet _sheet;
    readonly IReadOnlyList<Tick> _colorTicks;
    readonly List<string> _classes;
    readonly double _side;
    readonly int _across;
    readonly double _left;
    readonly Box _window;

    internal TrajectoryLayout(TrajectoryPanels figure, FigureSize size)
    {
        _figure = figure;
        _sheet = new FigureSheet(figure, size.Width);
        _colorTicks = figure.IterationScale == ColorScale.Linear ? Axis.Iterations(figure.Iterations[0], figure.Iterations[^1], 200) : RoundTicks();
        _classes = [.. figure.Classes.Distinct()];
        _window = Window(Enumerable.Range(0, figure.Labels.Count));
        _left = FigureSheet.Left + (Shared ? Axis.LeftWidth(Ticks(_window.Y, _window.Height), "PC") : Look.AxisTitleSize + 9);
        double room = _sheet.RightWanted - _left - ColorBar.Width(_colorTicks);
        int count = figure.Labels.Count;
        _across = Math.Clamp((int)((room + Between) / (SideWanted + Between)), 1, count);
        // Few panels are large, many are small, so that they stay on one page as long as they can be read.
        while (_across < count && Rows(_across) * (Side(room, _across) + Header + Between) > size.RowsHeight && Side(room, _across + 1) >= SideLeast)
            _across++;
        // As many in the last row as there can be.
        _across = (count + Rows(_across) - 1) / Rows(_across);
        double high = (double)size.RowsHeight / Rows(_across) - Header - Between;
        _side = Math.Floor(Math.Max(60, Math.Min(Side(room, _across), Math.Max(high, 60))));
    }

    bool Shared => _figure.Scale == PanelScale.Shared;

    int Rows(int across) => (_figure.Labels.Count + across - 1) / across;

    static double Side(double room, int across) => Math.Min(SideMost, (room + Between) / across - Between);

    internal Picture Draw()
    {
        for (int token = 0; token < _figure.Labels.Count; token++)
            DrawPanel(token);
        DrawAxisTitles();
        double top = _sheet.Top + Header, height = Math.Clamp(Rows(_across) * (_side + Header + Between) - Header - Between, 120, 320);
        var bar = new Box(_left + _across * (_side + Between) - Between + Look.BarGap, top, Look.BarWidth, height);
        ColorBar.Add(_sheet, bar, fraction => Viridis.At(fraction * ViridisEnd), _colorTicks, "Iteration");
        var ink = Look.Ink;
        List<LegendEntry> entries =
        [
            new($"start (iteration {_figure.Iterations[0]})") { Mark = new Mark(0, 0, 3.5, MarkShape.Circle, ink, Filled: false) },
            new($"end (iteration {_figure.Iterations[^1]})") { Mark = new Mark(0, 0, 3.5, MarkShape.Square, ink) },
        ];
        entries.Add(new(_figure.Labels.Count == 1 ? "both axes have one scale" : Shared ? "one scale for all panels, both axes alike" : "each panel has its own scale; the bar gives it"));
        if (_figure.InPlane.Count > 0 && _side < SideLeast)
            entries.Add(new("n %: share of the motion in this plane"));
        Legend.Flow(_sheet, entries, FigureSheet.Left, Math.Max(_sheet.Right, _sheet.RightWanted));
        return _sheet.Finish();
    }

    Box AreaOf(int token) => new(
        _left + token % _across * (_side + Between),
        _sheet.Top + Header + token / _across * (_side + Header + Between), _side, _side);

    void DrawPanel(int token)
    {
        var area = AreaOf(token);
        DrawHeader(token, area);
        _sheet.Add(new BoxLayer("panel", area, Look.Panel));
        _sheet.Reach(area.Right, area.Bottom);
        var window = Shared ? _window : Window([token]);
        if (Shared)
        {
            var columns = Ticks(window.X, window.Width);
            var rows = Ticks(window.Y, window.Height);
            Axis.Grid(_sheet, area, columns, rows);
            if (token + _across >= _figure.Labels.Count)
                Axis.Below(_sheet, area, columns, "");
            if (token % _across == 0)
                Axis.Left(_sheet, area, rows, "");
        }
        // A panel with a window of its own keeps a strip for its texts.
        var room = Shared ? area : new Box(area.X + Strip / 2.0, area.Y, area.Width - Strip, area.Height - Strip);
        var points = new List<Point>();
        for (int i = 0; i < _figure.Iterations.Count; i++)
        {
            points.Add(new Point(
                room.X + (_figure.Score(token, i, _figure.Horizontal) - window.X) / window.Width * room.Width,
                room.Bottom - (_figure.Score(token, i, _figure.Vertical) - window.Y) / window.Height * room.Height));
        }
        Color[] colors = [.. Enumerable.Range(1, points.Count - 1).Select(ColorOf)];
        _sheet.Curve("path", points, new LineStyle { Color = ColorOf(0), Thickness = 1.6 }, colors);
        if (points.Count <= 200)
        {
            _sheet.Add(new MarkLayer("iterations",
                [.. points.Select((p, i) => new Mark(p.X, p.Y, 1.9, MarkShape.Circle, ColorOf(i))).Where(mark => IsFinite(new(mark.X, mark.Y)))]));
        }
        DrawEnds(points, area);
        if (!Shared)
            DrawBar(area, window, room.Width / window.Width);
        if (_figure.InPlane.Count > 0)
            DrawShare(token, area, points);
    }

    /// <summary>The share of the motion in the plane, in the first corner that the path leaves free.</summary>
    void DrawShare(int token, Box area, List<Point> points)
    {
        const double Margin = 5, MarkRoom = 5;
        string text = TrajectoryPanels.Share(_figure.InPlane[token]) + (_side < SideLeast ? "" : " in plane");
        double width = TextMetrics.Width(text, Look.SmallSize), height = Look.SmallSize;
        // A panel with a window of its own has its bar at the left below; above stands what is not finite.
        (bool IsLeft, bool IsTop)[] corners = Shared ? [(false, false), (false, true), (true, false), (true, true)] : [(false, false)];
        var (left, top) = corners.FirstOrDefault(corner => !points.Exists(point => IsInside(point, corner.IsLeft, corner.IsTop)));
        _sheet.Text("share", left ? area.X + Margin : area.Right - Margin, top ? area.Y + Margin + height : area.Bottom - Margin - 1, text,
            Look.Small with { Anchor = left ? TextAnchor.Start : TextAnchor.End });

        bool IsInside(Point point, bool isLeft, bool isTop) =>
            (isLeft ? point.X < area.X + Margin + width + MarkRoom : point.X > area.Right - Margin - width - MarkRoom)
            && (isTop ? point.Y < area.Y + Margin + height + MarkRoom : point.Y > area.Bottom - Margin - height - MarkRoom);
    }

    Color ColorOf(int index) => Viridis.At(ViridisEnd * _figure.ColorFraction(_figure.Iterations[index]));

    /// <summary>The first iteration, and 1, 2, 5, 10 … from it on.</summary>
    IReadOnlyList<Tick> RoundTicks()
    {
        int first = _figure.Iterations[0], length = _figure.Iterations[^1] - first;
        var steps = new List<int> { 0 };
        for (long power = 1; power <= length; power *= 10)
            steps.AddRange(new[] { power, 2 * power, 5 * power }.Where(step => step <= length).Select(step => (int)step));
        return [.. steps.Select(step => new Tick(_figure.ColorFraction(first + step), (first + step).ToString(CultureInfo.InvariantCulture)))];
    }

    static bool IsFinite(Point point) => double.IsFinite(point.X) && double.IsFinite(point.Y);

    void DrawHeader(int token, Box area)
    {
        double y = area.Y - 6, right = area.Right;
        if (_figure.Classes.Count > 0)
        {
            string name = _figure.Classes[token];
            int index = _classes.IndexOf(name);
            string shown = TextMetrics.Shorten(TextMetrics.Shown(name), Look.SmallSize, _side * 0.5);
            double width = TextMetrics.Width(shown, Look.SmallSize) * Look.FontRoom;
            _sheet.Text("class", area.Right, y, shown, Look.Small with { Anchor = TextAnchor.End, Color = Look.Ink });
            right -= width + 9;
            _sheet.Add(new MarkLayer("class mark", [new Mark(right, y - 4, 3.6, Categories.ShapeOf(index), Categories.ColorOf(index))]));
            right -= 8;
        }
        string label = TextMetrics.Shown(_figure.Labels[token]);
        if (_figure.Positions.Count > 0)
            label = string.Create(CultureInfo.InvariantCulture, $"{_figure.Positions[token]} {label}");
        _sheet.Text("token", area.X, y, TextMetrics.Shorten(label, Look.LabelSize, right - area.X), Look.Label);
    }

    void DrawEnds(List<Point> points, Box area)
    {
        int first = points.FindIndex(IsFinite), last = points.FindLastIndex(IsFinite);
        if (first < 0)
        {
            _sheet.Text("not finite", area.X + 6, area.Y + 16, "no finite state", Look.Small);
            return;
        }
        _sheet.Add(new MarkLayer("ends",
        [
            new Mark(points[first].X, points[first].Y, 3.5, MarkShape.Circle, Look.Ink, Filled: false),
            new Mark(points[last].X, points[last].Y, 3.2, MarkShape.Square, Look.Ink),
        ]));
        int broken = points.FindIndex(point => !IsFinite(point));
        if (broken >= 0)
        {
            _sheet.Text("not finite", area.X + 6, area.Y + 16, $"not finite from iteration {_figure.Iterations[broken]}",
                Look.Small with { Color = Categories.Vermillion });
        }
    }

    /// <summary>A bar of a round length, at most half a panel.</summary>
    void DrawBar(Box area, Box window, double unit)
    {
        double round = ColorRange.RoundStep(window.Width / 8), width = round * unit;
        _sheet.Strokes("scale bar", [new Segment(area.X + 6, area.Bottom - 6, area.X + 6 + width, area.Bottom - 6)], Look.Ink);
        _sheet.Text("scale bar", area.X + 6, area.Bottom - 10, ColorRange.NumberText(round), Look.Small);
    }

    /// <summary>The square window that holds these tokens' finite points, with a margin.</summary>
    Box Window(IEnumerable<int> tokens)
    {
        double left = double.MaxValue, right = double.MinValue, low = double.MaxValue, high = double.MinValue;
        foreach (int token in tokens)
        {
            for (int i = 0; i < _figure.Iterations.Count; i++)
            {
                var point = new Point(_figure.Score(token, i, _figure.Horizontal), _figure.Score(token, i, _figure.Vertical));
                if (!IsFinite(point))
                    continue;
                (left, right) = (Math.Min(left, point.X), Math.Max(right, point.X));
                (low, high) = (Math.Min(low, point.Y), Math.Max(high, point.Y));
            }
        }
        if (left > right)
            return new Box(-1, -1, 2, 2);
        double side = Math.Max(right - left, high - low);
        side = side > 1e-12 * Math.Max(Math.Abs(left), Math.Abs(low)) && side > 0 ? side * 1.2 : Math.Max(1, Math.Abs(left));
        return new Box((left + right - side) / 2, (low + high - side) / 2, side, side);
    }

    static IReadOnlyList<Tick> Ticks(double low, double length) => new ColorRange(ColorScale.Linear, low, low + length, null).Ticks();

    void DrawAxisTitles()
    {
        var last = AreaOf(_figure.Labels.Count - 1);
        var style = new TextStyle { Size = Look.AxisTitleSize, Anchor = TextAnchor.Middle };
        double width = _across * (_side + Between) - Between, height = last.Bottom - _sheet.Top - Header;
        _sheet.Text("column title", Math.Max(_left + width / 2, 90), _sheet.Bottom + 18, ComponentTitle(_figure.Horizontal), style);
        Axis.TurnedTitle(_sheet, new Box(_left, _sheet.Top + Header, width, height),
            Look.Margin + Look.AxisTitleSize * 0.8, ComponentTitle(_figure.Vertical));
    }

    string ComponentTitle(int component) => _figure.Explained.Count == 0
        ? $"Component {component + 1}"
        : $"Component {component + 1} ({TrajectoryPanels.Share(_figure.Explained[component])} of the variance)";
}
