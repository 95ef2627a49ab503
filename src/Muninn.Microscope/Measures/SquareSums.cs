using System;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using D = System.Runtime.Intrinsics.Vector512<double>;

namespace Muninn.Microscope.Measures;

/// <summary>
/// Sums of squares in double, sixteen partial sums whatever the machine, so that the bits are the same everywhere. Measures are taken
/// at every iteration: they must cost little beside it.
/// </summary>
static class SquareSums
{
    /// <summary>Σ (a_i − b_i)²; NaN or infinite where an entry is not finite.</summary>
    /// <param name="a">Any length.</param>
    /// <param name="b">As many.</param>
    public static double OfDifference(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        Require(a.Length, b.Length);
        ref readonly float x = ref MemoryMarshal.GetReference(a);
        ref readonly float y = ref MemoryMarshal.GetReference(b);
        D lower = D.Zero, upper = D.Zero;
        int i = 0;
        for (; i <= a.Length - Vector512<float>.Count; i += Vector512<float>.Count)
        {
            var (x0, x1) = Vector512.Widen(Vector512.LoadUnsafe(in x, (nuint)i));
            var (y0, y1) = Vector512.Widen(Vector512.LoadUnsafe(in y, (nuint)i));
            lower += (x0 - y0) * (x0 - y0);
            upper += (x1 - y1) * (x1 - y1);
        }

        double sum = Vector512.Sum(lower + upper);
        for (; i < a.Length; i++)
            sum += ((double)a[i] - b[i]) * ((double)a[i] - b[i]);
        return sum;
    }

    /// <summary>Σ (a_i − b_i)² and Σ a_i² in one pass.</summary>
    /// <param name="a">Any length.</param>
    /// <param name="b">As many.</param>
    public static (double Difference, double Size) OfStep(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        Require(a.Length, b.Length);
        ref readonly float x = ref MemoryMarshal.GetReference(a);
        ref readonly float y = ref MemoryMarshal.GetReference(b);
        D lower = D.Zero, upper = D.Zero, lowerSize = D.Zero, upperSize = D.Zero;
        int i = 0;
        for (; i <= a.Length - Vector512<float>.Count; i += Vector512<float>.Count)
        {
            var (x0, x1) = Vector512.Widen(Vector512.LoadUnsafe(in x, (nuint)i));
            var (y0, y1) = Vector512.Widen(Vector512.LoadUnsafe(in y, (nuint)i));
            lower += (x0 - y0) * (x0 - y0);
            upper += (x1 - y1) * (x1 - y1);
            lowerSize += x0 * x0;
            upperSize += x1 * x1;
        }

        double sum = Vector512.Sum(lower + upper);
        double size = Vector512.Sum(lowerSize + upperSize);
        for (; i < a.Length; i++)
        {
            sum += ((double)a[i] - b[i]) * ((double)a[i] - b[i]);
            size += (double)a[i] * a[i];
        }

        return (sum, size);
    }

    /// <summary>Σ a_i².</summary>
    /// <param name="a">Any length.</param>
    public static double Of(ReadOnlySpan<float> a)
    {
        ref readonly float x = ref MemoryMarshal.GetReference(a);
        D lower = D.Zero, upper = D.Zero;
        int i = 0;
        for (; i <= a.Length - Vector512<float>.Count; i += Vector512<float>.Count)
        {
            var (x0, x1) = Vector512.Widen(Vector512.LoadUnsafe(in x, (nuint)i));
            lower += x0 * x0;
            upper += x1 * x1;
        }

        double sum = Vector512.Sum(lower + upper);
        for (; i < a.Length; i++)
            sum += (double)a[i] * a[i];
        return sum;
    }

    static void Require(int a, int b)
    {
        if (a != b)
            throw new ArgumentException($"The vectors have {a} and {b} entries; they must be equally long.");
    }
}
