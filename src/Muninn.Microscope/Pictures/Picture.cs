using System.Collections.Generic;

namespace Muninn.Microscope.Pictures;

/// <summary>
/// A finished drawing: numbers and text only, in the order in which it is painted. Units are CSS pixels, x to the
/// right, y down. A writer turns it into bytes and needs nothing else.
/// </summary>
public sealed record Picture
{
    /// <summary>Width, a whole number of pixels.</summary>
    public required int Width { get; init; }

    /// <summary>Height, a whole number of pixels.</summary>
    public required int Height { get; init; }

    /// <summary>One line that names the picture.</summary>
    public required string Title { get; init; }

    /// <summary>What a reader who cannot see the picture should know.</summary>
    public required string Description { get; init; }

    /// <summary>The colour under everything.</summary>
    public Color Background { get; init; } = Color.Of(0xffffff);

    /// <summary>What is painted, first to last.</summary>
    public required IReadOnlyList<Layer> Layers { get; init; }
}

/// <summary>A rectangle: left, top, width, height.</summary>
public readonly record struct Box(double X, double Y, double Width, double Height)
{
    /// <summary>The x of the right edge.</summary>
    public double Right => X + Width;

    /// <summary>The y of the lower edge.</summary>
    public double Bottom => Y + Height;
}

/// <summary>A straight stroke from (X1, Y1) to (X2, Y2).</summary>
public readonly record struct Segment(double X1, double Y1, double X2, double Y2);

/// <summary>One thing to paint. <paramref name="Name"/> says what it is ("cells", "colour bar").</summary>
public abstract record Layer(string Name);

/// <summary>A filled rectangle.</summary>
public sealed record BoxLayer(string Name, Box Area, Color Fill) : Layer(Name);

/// <summary>Equal cells that fill <paramref name="Area"/>, each of one colour, without smoothing.</summary>
/// <param name="Columns">Cells from left to right.</param>
/// <param name="Rows">Cells from top to bottom.</param>
/// <param name="Colors"><c>[Rows, Columns]</c></param>
public sealed record RasterLayer(string Name, Box Area, int Columns, int Rows, IReadOnlyList<Color> Colors) : Layer(Name);

/// <summary>Straight strokes of one colour, opacity (0 … 1) and thickness in pixels.</summary>
public sealed record StrokeLayer(
    string Name, IReadOnlyList<Segment> Segments, Color Color, double Thickness, double Opacity) : Layer(Name);

/// <summary>A point.</summary>
public readonly record struct Point(double X, double Y);

/// <summary>How a line looks.</summary>
public sealed record LineStyle
{
    /// <summary>Colour.</summary>
    public Color Color { get; init; } = Color.Of(0x1f2328);

    /// <summary>Thickness in pixels.</summary>
    public double Thickness { get; init; } = 1.5;

    /// <summary>0 (invisible) … 1.</summary>
    public double Opacity { get; init; } = 1;

    /// <summary>Lengths of dash, gap, dash, gap … in pixels; empty for a line without gaps.</summary>
    public IReadOnlyList<double> Dashes { get; init; } = [];
}

/// <summary>A line through points, with round joints; nothing gets darker where it crosses itself.</summary>
/// <param name="Points">At least two, all finite.</param>
/// <param name="Style">Colour, thickness, dashes.</param>
public sealed record CurveLayer(string Name, IReadOnlyList<Point> Points, LineStyle Style) : Layer(Name)
{
    /// <summary>A colour for each stretch between two points, <c>[Points − 1]</c>; empty for the style's own colour.</summary>
    public IReadOnlyList<Color> Colors { get; init; } = [];
}

/// <summary>The outline of a circle.</summary>
public sealed record CircleLayer(string Name, Point Center, double Radius, LineStyle Style) : Layer(Name);

/// <summary>A filled polygon, closed from its last point to its first; where it overlaps itself, even-odd.</summary>
public sealed record AreaLayer(string Name, IReadOnlyList<Point> Points, Color Fill, double Opacity) : Layer(Name);

/// <summary>Small signs that each stand for one point of data.</summary>
public sealed record MarkLayer(string Name, IReadOnlyList<Mark> Marks) : Layer(Name);

/// <summary>A sign for one point of data.</summary>
/// <param name="X">Its middle.</param>
/// <param name="Y">Its middle.</param>
/// <param name="Radius">Half its width in pixels.</param>
/// <param name="Shape">Its shape, which tells classes apart where colours are not seen.</param>
/// <param name="Color">Its colour.</param>
/// <param name="Filled">Filled with a thin white rim; else an outline around white.</param>
/// <param name="Opacity">0 (invisible) … 1.</param>
public readonly record struct Mark(
    double X, double Y, double Radius, MarkShape Shape, Color Color, bool Filled = true, double Opacity = 1);

/// <summary>The shape of a mark. A cross and a plus are strokes, never filled.</summary>
public enum MarkShape { Circle, Square, Triangle, Diamond, TriangleDown, Cross, Plus }

/// <summary>One line of text.</summary>
/// <param name="X">Where the anchor stands.</param>
/// <param name="Y">The baseline; for turned text, the anchor's y.</param>
/// <param name="Text">Any Unicode text; writers show what they cannot draw as its code.</param>
/// <param name="Style">Size, weight, colour, anchor and direction.</param>
public sealed record TextLayer(string Name, double X, double Y, string Text, TextStyle Style) : Layer(Name);

/// <summary>How a line of text looks.</summary>
public sealed record TextStyle
{
    /// <summary>Em size in pixels.</summary>
    public double Size { get; init; } = 12;

    /// <summary>Stroke weight.</summary>
    public TextWeight Weight { get; init; }

    /// <summary>Colour of the strokes.</summary>
    public Color Color { get; init; } = Color.Of(0x1f2328);

    /// <summary>Which point of the text stands at (X, Y).</summary>
    public TextAnchor Anchor { get; init; }

    /// <summary>Which way the text runs.</summary>
    public TextDirection Direction { get; init; }
}

/// <summary>Stroke weight of a text.</summary>
public enum TextWeight { Regular, Bold }

/// <summary>Which point of a text stands at its position.</summary>
public enum TextAnchor { Start, Middle, End }

/// <summary>Which way a text runs: to the right, or from bottom to top.</summary>
public enum TextDirection { Right, Up }
