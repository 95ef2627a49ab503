using System;
using System.Collections.Generic;
using System.Linq;

namespace Muninn.Microscope.Pictures;

/// <summary>What curves, circles and marks consist of, for the writers.</summary>
static class Shapes
{
    /// <summary>A closed line around a circle, fine enough for the eye.</summary>
    internal static IReadOnlyList<Point> Circle(Point center, double radius)
    {
        int corners = Math.Clamp((int)(radius * 2), 24, 360);
        return [.. Enumerable.Range(0, corners + 1).Select(i => At(center, radius, 2 * Math.PI * i / corners))];
    }

    /// <summary>The stretches of a curve that have one colour, each with the point that it shares with the next.</summary>
    internal static IEnumerable<(IReadOnlyList<Point> Points, Color Color)> Runs(CurveLayer curve)
    {
        if (curve.Colors.Count != curve.Points.Count - 1)
        {
            throw new ArgumentException(
                $"A curve of {curve.Points.Count} points has {curve.Points.Count - 1} stretches, but {curve.Colors.Count} colours; give one for each, or none.",
                nameof(curve));
        }
        for (int first = 0; first < curve.Colors.Count;)
        {
            int end = first + 1;
            while (end < curve.Colors.Count && curve.Colors[end] == curve.Colors[first])
                end++;
            yield return ([.. curve.Points.Skip(first).Take(end - first + 1)], curve.Colors[first]);
            first = end;
        }
    }

    /// <summary>The dashes of a line, measured along it.</summary>
    internal static IEnumerable<IReadOnlyList<Point>> Dashes(IReadOnlyList<Point> points, IReadOnlyList<double> lengths)
    {
        int index = 0;
        double left = lengths[0];
        var dash = new List<Point> { points[0] };
        for (int i = 1; i < points.Count; i++)
        {
            var from = points[i - 1];
            var to = points[i];
            double length = Distance(from, to);
            while (length > left)
            {
                from = new Point(from.X + (to.X - from.X) * left / length, from.Y + (to.Y - from.Y) * left / length);
                length -= left;
                if (index % 2 == 0)
                    yield return [.. dash, from];
                dash = [from];
                index++;
                left = lengths[index % lengths.Count];
            }
            left -= length;
            dash.Add(to);
        }
        if (index % 2 == 0 && dash.Count > 1)
            yield return dash;
    }

    /// <summary>The corners of a mark that encloses something.</summary>
    internal static IReadOnlyList<Point> OutlineOf(Mark mark)
    {
        var center = new Point(mark.X, mark.Y);
        double r = mark.Radius;
        return mark.Shape switch
        {
            MarkShape.Square => [new(mark.X - r, mark.Y - r), new(mark.X + r, mark.Y - r), new(mark.X + r, mark.Y + r), new(mark.X - r, mark.Y + r)],
            MarkShape.Triangle => [.. Enumerable.Range(0, 3).Select(i => At(center, r * 1.2, Math.PI * (-0.5 + i * 2 / 3.0)))],
            MarkShape.TriangleDown => [.. Enumerable.Range(0, 3).Select(i => At(center, r * 1.2, Math.PI * (0.5 + i * 2 / 3.0)))],
            MarkShape.Diamond => [.. Enumerable.Range(0, 4).Select(i => At(center, r * 1.25, Math.PI * i / 2))],
            _ => [.. Circle(center, r).SkipLast(1)],
        };
    }

    /// <summary>The strokes of a mark that encloses nothing; empty for the others.</summary>
    internal static IReadOnlyList<Segment> StrokesOf(Mark mark)
    {
        double r = mark.Radius;
        return mark.Shape switch
        {
            MarkShape.Cross => [new(mark.X - r, mark.Y - r, mark.X + r, mark.Y + r), new(mark.X - r, mark.Y + r, mark.X + r, mark.Y - r)],
            MarkShape.Plus => [new(mark.X - r, mark.Y, mark.X + r, mark.Y), new(mark.X, mark.Y - r, mark.X, mark.Y + r)],
            _ => [],
        };
    }

    /// <summary>The thickness of a mark's outline: thin around a filled one, to part it from its neighbours; none around a dot.</summary>
    internal static double RimOf(Mark mark) => !mark.Filled ? 1.5 : mark.Radius < 2.5 ? 0 : 0.75;

    static Point At(Point center, double radius, double angle) =>
        new(center.X + radius * Math.Cos(angle), center.Y + radius * Math.Sin(angle));

    static double Distance(Point a, Point b) => Math.Sqrt((a.X - b.X) * (a.X - b.X) + (a.Y - b.Y) * (a.Y - b.Y));
}
