using System;

namespace Muninn.Microscope.Pictures;

/// <summary>
/// The colour map viridis (van der Walt and Smith, 2015; public domain): dark violet to yellow, evenly spaced in
/// lightness, safe for colour-blind readers and in grey print.
/// </summary>
public static class Viridis
{
    /// <summary>How many colours <see cref="At(int)"/> knows.</summary>
    public const int Length = 256;

    // Every eighth entry of the published 256-entry map. Between them the map is so smooth that a straight line in
    // sRGB stays within two of 255 steps.
    static ReadOnlySpan<int> Knots =>
    [
        0x440154, 0x470d60, 0x48186a, 0x482374, 0x472d7b, 0x453781, 0x424086, 0x3e4989,
        0x3b528b, 0x375b8d, 0x33638d, 0x2f6b8e, 0x2c728e, 0x297a8e, 0x26828e, 0x23898e,
        0x21918c, 0x1f988b, 0x1fa088, 0x22a785, 0x28ae80, 0x32b67a, 0x3fbc73, 0x4ec36b,
        0x5ec962, 0x70cf57, 0x84d44b, 0x98d83e, 0xaddc30, 0xc2df23, 0xd8e219, 0xece51b,
        0xfde725,
    ];

    /// <summary>The colour at <paramref name="index"/>.</summary>
    /// <param name="index">0 (least) … 255 (most).</param>
    public static Color At(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Length);
        // The knots stand at 0, 8, …, 248 and the last one at 255.
        int knot = index / 8;
        double amount = index % 8 / (knot == 31 ? 7.0 : 8.0);
        return Color.Of(Knots[knot]).Toward(Color.Of(Knots[knot + 1]), amount);
    }

    /// <summary>The colour at a fraction of the way through the map; fractions outside 0 … 1 are clamped.</summary>
    public static Color At(double fraction) =>
        At((int)Math.Round(Math.Clamp(fraction, 0, 1) * (Length - 1)));
}
