using System.Collections.Generic;

namespace Muninn.Microscope.Pictures;

/// <summary>
/// Colours, dashes and shapes for classes without an order, after Okabe and Ito (2008): told apart by colour-blind
/// readers; in greyscale the dashes and shapes tell them apart.
/// </summary>
public static class Categories
{
    /// <summary>0072b2</summary>
    public static Color Blue { get; } = Color.Of(0x0072b2);

    /// <summary>d55e00</summary>
    public static Color Vermillion { get; } = Color.Of(0xd55e00);

    /// <summary>009e73</summary>
    public static Color Green { get; } = Color.Of(0x009e73);

    /// <summary>cc79a7</summary>
    public static Color Purple { get; } = Color.Of(0xcc79a7);

    /// <summary>e69f00</summary>
    public static Color Orange { get; } = Color.Of(0xe69f00);

    /// <summary>56b4e9</summary>
    public static Color Sky { get; } = Color.Of(0x56b4e9);

    /// <summary>4d4d4d</summary>
    public static Color Grey { get; } = Color.Of(0x4d4d4d);

    static readonly Color[] _colors = [Blue, Vermillion, Green, Purple, Orange, Sky, Grey];

    static readonly double[][] _dashes = [[], [7, 4], [2, 4], [9, 4, 2, 4], [14, 4]];

    static readonly MarkShape[] _shapes = [MarkShape.Circle, MarkShape.Square, MarkShape.Triangle, MarkShape.Diamond, MarkShape.TriangleDown];

    /// <summary>The colour of the class with this number; they repeat after seven.</summary>
    public static Color ColorOf(int index) => _colors[index % _colors.Length];

    /// <summary>The dashes of the class with this number; with the colours they repeat after 35.</summary>
    public static IReadOnlyList<double> DashesOf(int index) => _dashes[index % _dashes.Length];

    /// <summary>The shape of the class with this number; with the colours they repeat after 35.</summary>
    public static MarkShape ShapeOf(int index) => _shapes[index % _shapes.Length];
}
