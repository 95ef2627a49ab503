using System;
using System.Globalization;
using System.IO;
using System.Text;
using Muninn.Microscope.Pictures;

namespace Muninn.Microscope.Writers;

/// <summary>
/// Writes a <see cref="Picture"/> as SVG 1.1: text stays text; few cells become rectangles, many an embedded PNG that is
/// enlarged beforehand by whole factors, because not every viewer honours a wish for sharp pixels.
/// </summary>
public static class SvgWriter
{
    const int RectanglesMax = 300;
    const string Fonts = "Inter, 'Helvetica Neue', Helvetica, Arial, 'DejaVu Sans', 'Noto Sans', 'Noto Sans CJK SC', sans-serif";

    /// <summary>Writes the picture as UTF-8.</summary>
    /// <param name="picture">What to write.</param>
    /// <param name="destination">Is left open.</param>
    public static void Write(Picture picture, Stream destination) =>
        destination.Write(Encoding.UTF8.GetBytes(Text(picture)));

    /// <summary>The picture as the text of an SVG file.</summary>
    public static string Text(Picture picture)
    {
        var svg = new StringBuilder();
        svg.Append("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        svg.Append(CultureInfo.InvariantCulture,
            $"<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" width=\"{picture.Width}\" height=\"{picture.Height}\" viewBox=\"0 0 {picture.Width} {picture.Height}\" role=\"img\" aria-labelledby=\"title description\" font-family=\"{Fonts}\">\n");
        svg.Append(CultureInfo.InvariantCulture, $"<title id=\"title\">{Escape(picture.Title)}</title>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<desc id=\"description\">{Escape(picture.Description)}</desc>\n");
        // The light card keeps its contrast on dark pages too.
        svg.Append(CultureInfo.InvariantCulture,
            $"<rect width=\"{picture.Width}\" height=\"{picture.Height}\" rx=\"6\" fill=\"{picture.Background.Hex}\"/>\n");
        string? group = null;
        foreach (var layer in picture.Layers)
        {
            if (layer.Name != group)
            {
                svg.Append(group is null ? "" : "</g>\n");
                svg.Append(CultureInfo.InvariantCulture, $"<g class=\"{Escape(layer.Name.Replace(' ', '-'))}\">\n");
                group = layer.Name;
            }
            Append(layer, svg);
        }
        return svg.Append(group is null ? "" : "</g>\n").Append("</svg>\n").ToString();
    }

    static void Append(Layer layer, StringBuilder svg)
    {
        switch (layer)
        {
            case BoxLayer box:
                svg.Append(CultureInfo.InvariantCulture, $"<rect {Place(box.Area)} fill=\"{box.Fill.Hex}\"/>\n");
                break;
            case RasterLayer raster when raster.Columns * raster.Rows <= RectanglesMax:
                AppendRectangles(raster, svg);
                break;
            case RasterLayer raster:
                AppendImage(raster, svg);
                break;
            case StrokeLayer strokes:
                AppendStrokes(strokes, svg);
                break;
            case TextLayer text:
                AppendText(text, svg);
                break;
            case CurveLayer or CircleLayer or AreaLayer or MarkLayer:
                SvgShapes.Append(layer, svg);
                break;
            default:
                throw new ArgumentException($"A layer of type {layer.GetType().Name} cannot be written.", nameof(layer));
        }
    }

    /// <summary>One rectangle for each run of one colour in a row.</summary>
    static void AppendRectangles(RasterLayer raster, StringBuilder svg)
    {
        double width = raster.Area.Width / raster.Columns, height = raster.Area.Height / raster.Rows;
        svg.Append("<g shape-rendering=\"crispEdges\">\n");
        for (int row = 0; row < raster.Rows; row++)
        {
            for (int column = 0; column < raster.Columns;)
            {
                int first = column;
                var color = raster.Colors[row * raster.Columns + first];
                while (column < raster.Columns && raster.Colors[row * raster.Columns + column] == color)
                    column++;
                var run = new Box(
                    raster.Area.X + first * width, raster.Area.Y + row * height, (column - first) * width, height);
                svg.Append(CultureInfo.InvariantCulture, $"<rect {Place(run)} fill=\"{color.Hex}\"/>\n");
            }
        }
        svg.Append("</g>\n");
    }

    static void AppendImage(RasterLayer raster, StringBuilder svg)
    {
        int across = Math.Max(1, (int)Math.Ceiling(2 * raster.Area.Width / raster.Columns));
        int down = Math.Max(1, (int)Math.Ceiling(2 * raster.Area.Height / raster.Rows));
        int width = raster.Columns * across, height = raster.Rows * down;
        var pixels = new byte[checked(width * height * 3)];
        for (int at = 0; at < width * height; at++)
        {
            var color = raster.Colors[at / width / down * raster.Columns + at % width / across];
            (pixels[3 * at], pixels[3 * at + 1], pixels[3 * at + 2]) = (color.Red, color.Green, color.Blue);
        }
        using var png = new MemoryStream();
        PngWriter.Write(pixels, width, height, png);
        string data = "data:image/png;base64," + Convert.ToBase64String(png.GetBuffer(), 0, (int)png.Length);
        svg.Append(CultureInfo.InvariantCulture,
            $"<image {Place(raster.Area)} preserveAspectRatio=\"none\" image-rendering=\"optimizeSpeed\" style=\"image-rendering:pixelated\" xlink:href=\"{data}\"/>\n");
    }

    static void AppendStrokes(StrokeLayer layer, StringBuilder svg)
    {
        svg.Append("<path d=\"");
        foreach (var s in layer.Segments)
        {
            // Level and upright hairlines sit in the middle of a pixel, where they are sharp.
            double dx = s.X1 == s.X2 && layer.Thickness == 1 ? Math.Floor(s.X1) + 0.5 - s.X1 : 0;
            double dy = s.Y1 == s.Y2 && layer.Thickness == 1 ? Math.Floor(s.Y1) + 0.5 - s.Y1 : 0;
            svg.Append(CultureInfo.InvariantCulture,
                $"M{Number(s.X1 + dx)} {Number(s.Y1 + dy)}L{Number(s.X2 + dx)} {Number(s.Y2 + dy)}");
        }
        svg.Append(CultureInfo.InvariantCulture,
            $"\" fill=\"none\" stroke=\"{layer.Color.Hex}\" stroke-width=\"{Number(layer.Thickness)}\"");
        if (layer.Opacity < 1)
            svg.Append(CultureInfo.InvariantCulture, $" stroke-opacity=\"{Number(layer.Opacity)}\"");
        svg.Append("/>\n");
    }

    static void AppendText(TextLayer layer, StringBuilder svg)
    {
        var style = layer.Style;
        string place = $"x=\"{Number(layer.X)}\" y=\"{Number(layer.Y)}\"";
        if (style.Direction == TextDirection.Up)
            place = $"transform=\"translate({Number(layer.X)} {Number(layer.Y)}) rotate(-90)\"";
        string anchor = style.Anchor switch
        {
            TextAnchor.Middle => " text-anchor=\"middle\"",
            TextAnchor.End => " text-anchor=\"end\"",
            _ => "",
        };
        string weight = style.Weight == TextWeight.Bold ? " font-weight=\"600\"" : "";
        svg.Append(CultureInfo.InvariantCulture,
            $"<text {place} font-size=\"{Number(style.Size)}\"{anchor}{weight} fill=\"{style.Color.Hex}\" xml:space=\"preserve\">{Escape(layer.Text)}</text>\n");
    }

    static string Place(Box box) =>
        $"x=\"{Number(box.X)}\" y=\"{Number(box.Y)}\" width=\"{Number(box.Width)}\" height=\"{Number(box.Height)}\"";

    /// <summary>Three digits after the point: far below a pixel, and the same on every machine.</summary>
    internal static string Number(double value) => (Math.Round(value, 3) + 0.0).ToString("0.###", CultureInfo.InvariantCulture);

    static string Escape(string text) => TextMetrics.Shown(text)
        .Replace("&", "&amp;").Replace("<", "&lt;").Replace(">", "&gt;").Replace("\"", "&quot;");
}
