using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using Muninn.Microscope.Pictures;

namespace Muninn.Microscope.Writers;

/// <summary>Curves, circles, areas and marks as elements of SVG.</summary>
static class SvgShapes
{
    internal static void Append(Layer layer, StringBuilder svg)
    {
        switch (layer)
        {
            case CurveLayer { Colors.Count: 0 } curve:
                svg.Append($"<path d=\"{Path(curve.Points)}\" fill=\"none\"{Line(curve.Style)}/>\n");
                break;
            case CurveLayer curve:
                foreach (var (points, color) in Shapes.Runs(curve))
                    svg.Append($"<path d=\"{Path(points)}\" fill=\"none\"{Line(curve.Style with { Color = color })}/>\n");
                break;
            case CircleLayer circle:
                svg.Append($"<circle {Place(circle.Center, circle.Radius)} fill=\"none\"{Line(circle.Style)}/>\n");
                break;
            case AreaLayer area:
                svg.Append($"<path d=\"{Path(area.Points)}Z\" fill=\"{area.Fill.Hex}\" fill-rule=\"evenodd\"{Opacity("fill-opacity", area.Opacity)}/>\n");
                break;
            case MarkLayer marks:
                foreach (var mark in marks.Marks)
                    Append(mark, svg);
                break;
        }
    }

    static void Append(Mark mark, StringBuilder svg)
    {
        string opacity = Opacity("opacity", mark.Opacity);
        if (Shapes.StrokesOf(mark) is { Count: > 0 } strokes)
        {
            string path = string.Concat(strokes.Select(s => Path([new(s.X1, s.Y1), new(s.X2, s.Y2)])));
            svg.Append($"<path d=\"{path}\" fill=\"none\"{Line(new LineStyle { Color = mark.Color })}{opacity}/>\n");
            return;
        }
        string shape = mark.Shape == MarkShape.Circle
            ? $"<circle {Place(new Point(mark.X, mark.Y), mark.Radius)}"
            : $"<path d=\"{Path(Shapes.OutlineOf(mark))}Z\"";
        var (fill, rim) = mark.Filled ? (mark.Color.Hex, "#ffffff") : ("#ffffff", mark.Color.Hex);
        string outline = Shapes.RimOf(mark) == 0 ? "" : $" stroke=\"{rim}\" stroke-width=\"{Number(Shapes.RimOf(mark))}\"";
        svg.Append($"{shape} fill=\"{fill}\"{outline}{opacity}/>\n");
    }

    static string Path(IReadOnlyList<Point> points)
    {
        var path = new StringBuilder();
        for (int i = 0; i < points.Count; i++)
            path.Append(CultureInfo.InvariantCulture, $"{(i == 0 ? 'M' : 'L')}{Number(points[i].X)} {Number(points[i].Y)}");
        return path.ToString();
    }

    static string Line(LineStyle style)
    {
        string dashes = style.Dashes.Count == 0 ? "" : $" stroke-dasharray=\"{string.Join(' ', style.Dashes.Select(Number))}\"";
        return $" stroke=\"{style.Color.Hex}\" stroke-width=\"{Number(style.Thickness)}\" stroke-linecap=\"round\" stroke-linejoin=\"round\"{dashes}{Opacity("stroke-opacity", style.Opacity)}";
    }

    static string Opacity(string attribute, double opacity) => opacity < 1 ? $" {attribute}=\"{Number(opacity)}\"" : "";

    static string Place(Point center, double radius) => $"cx=\"{Number(center.X)}\" cy=\"{Number(center.Y)}\" r=\"{Number(radius)}\"";

    static string Number(double value) => SvgWriter.Number(value);
}
