using System;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using V = System.Runtime.Intrinsics.Vector512;

namespace Muninn.Engine.Training;

/// <summary>How long gradients are, and by how much they are shortened.</summary>
public static class GradientNorm
{
    const int Group = 16;

    /// <summary>Σ g², in double, in one order whatever the machine; not finite where a gradient is not.</summary>
    /// <param name="gradient">Any number of values.</param>
    public static double SquareSum(ReadOnlySpan<float> gradient)
    {
        ref float g = ref MemoryMarshal.GetReference(gradient);
        Vector512<double> lower = Vector512<double>.Zero, upper = Vector512<double>.Zero;
        int whole = gradient.Length / Group * Group;
        for (int i = 0; i < whole; i += Group)
        {
            var (low, high) = V.Widen(V.LoadUnsafe(ref g, (nuint)i));
            lower = V.FusedMultiplyAdd(low, low, lower);
            upper = V.FusedMultiplyAdd(high, high, upper);
        }

        double sum = Adam.Lanes(lower, upper);
        foreach (float value in gradient[whole..])
            sum += (double)value * value;
        return sum;
    }

    /// <summary>What every gradient is multiplied by so that their norm is at most <paramref name="normMax"/>: min(1, normMax / norm).</summary>
    /// <param name="norm">‖g‖₂ over all tensors.</param>
    /// <param name="normMax">The bound, above 0; infinite: none.</param>
    public static double ClippingFactor(double norm, double normMax)
    {
        RequireBound(normMax);
        return norm > normMax ? normMax / norm : 1;
    }

    /// <summary>The bound, if it is one.</summary>
    internal static double RequireBound(double normMax) => normMax > 0 ? normMax : throw new ArgumentException(
        $"The largest gradient norm is {normMax}; give a number above 0, such as 1, or infinity for none.", nameof(normMax));
}
