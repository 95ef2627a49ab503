using Muninn.Microscope.Pictures;

namespace Muninn.Microscope.Figures;

/// <summary>The colour of a cell, the same in every kind of picture.</summary>
public static class CellColors
{
    /// <summary>A grey that viridis does not hold.</summary>
    public static Color NotFinite { get; } = Color.Of(0xb4b4b8);

    /// <summary>Darker than the lowest colour, so that the floor is told apart even without hatching.</summary>
    public static Color BelowFloor { get; } = Color.Of(0x2e0a3d);

    /// <summary>The colour of a cell of this kind at this place in the range, 0 … 1.</summary>
    public static Color Of(CellKind kind, double fraction) => kind switch
    {
        CellKind.Value => Viridis.At(fraction),
        CellKind.BelowFloor => BelowFloor,
        _ => NotFinite,
    };
}
