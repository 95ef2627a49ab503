using System;

namespace Muninn.Microscope.Pictures;

/// <summary>
/// A colour map for values on both sides of zero: deep blue over white to orange, safe for colour-blind readers. The blue
/// end is much darker than the orange one, so that the strong ends differ in grey print too.
/// </summary>
public static class Diverging
{
    static ReadOnlySpan<int> Knots => [0x08306b, 0x2166ac, 0x67a9cf, 0xd1e5f0, 0xf7f7f7, 0xfee8c8, 0xfdbb84, 0xf08a3c, 0xd95f0e];

    /// <summary>The colour at −1 (most negative) … 0 (almost white) … 1; clamped beyond.</summary>
    public static Color At(double value)
    {
        double place = (Math.Clamp(value, -1, 1) + 1) / 2 * (Knots.Length - 1);
        int knot = Math.Min(Knots.Length - 2, (int)place);
        return Color.Of(Knots[knot]).Toward(Color.Of(Knots[knot + 1]), place - knot);
    }
}
