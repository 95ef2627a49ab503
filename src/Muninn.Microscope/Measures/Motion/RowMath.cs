using System;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Muninn.Microscope.Measures.Motion;

/// <summary>
/// Arithmetic on rows of doubles. Sums run in four lanes whose order does not depend on the machine.
/// </summary>
static class RowMath
{
    const int Lanes = 4;

    /// <summary>Σ x².</summary>
    public static double NormSquared(ReadOnlySpan<double> x) => Dot(x, x);

    /// <summary>Σ x · y.</summary>
    public static double Dot(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        ref double first = ref MemoryMarshal.GetReference(x);
        ref double second = ref MemoryMarshal.GetReference(y[..x.Length]);
        var even = Vector256<double>.Zero;
        var odd = Vector256<double>.Zero;
        int i = 0;
        for (; i <= x.Length - 2 * Lanes; i += 2 * Lanes)
        {
            even += Vector256.LoadUnsafe(ref first, (nuint)i) * Vector256.LoadUnsafe(ref second, (nuint)i);
            odd += Vector256.LoadUnsafe(ref first, (nuint)(i + Lanes)) * Vector256.LoadUnsafe(ref second, (nuint)(i + Lanes));
        }

        even += odd;
        double sum = even[0] + even[1] + (even[2] + even[3]);
        for (; i < x.Length; i++)
            sum += x[i] * y[i];
        return sum;
    }

    /// <summary>y += factor · x.</summary>
    public static void AddScaled(Span<double> y, ReadOnlySpan<double> x, double factor)
    {
        ref double target = ref MemoryMarshal.GetReference(y);
        ref double source = ref MemoryMarshal.GetReference(x[..y.Length]);
        int i = 0;
        for (; i <= y.Length - Lanes; i += Lanes)
            (Vector256.LoadUnsafe(ref target, (nuint)i) + factor * Vector256.LoadUnsafe(ref source, (nuint)i)).StoreUnsafe(ref target, (nuint)i);
        for (; i < y.Length; i++)
            y[i] += factor * x[i];
    }

    /// <summary>y += sign · factors · x, entry by entry.</summary>
    public static void AddProduct(Span<double> y, ReadOnlySpan<double> x, ReadOnlySpan<double> factors, double sign)
    {
        ref double target = ref MemoryMarshal.GetReference(y);
        ref double source = ref MemoryMarshal.GetReference(x[..y.Length]);
        ref double factor = ref MemoryMarshal.GetReference(factors[..y.Length]);
        int i = 0;
        for (; i <= y.Length - Lanes; i += Lanes)
        {
            var product = Vector256.LoadUnsafe(ref factor, (nuint)i) * Vector256.LoadUnsafe(ref source, (nuint)i);
            (Vector256.LoadUnsafe(ref target, (nuint)i) + sign * product).StoreUnsafe(ref target, (nuint)i);
        }

        for (; i < y.Length; i++)
            y[i] += sign * (factors[i] * x[i]);
    }

    /// <summary>x ·= factor.</summary>
    public static void Scale(Span<double> x, double factor)
    {
        for (int i = 0; i < x.Length; i++)
            x[i] *= factor;
    }

    /// <summary>(x, y) ← (cosine · x − sine · y, sine · x + cosine · y): turns the plane of two rows.</summary>
    public static void Turn(Span<double> x, Span<double> y, double cosine, double sine)
    {
        ref double first = ref MemoryMarshal.GetReference(x);
        ref double second = ref MemoryMarshal.GetReference(y[..x.Length]);
        int i = 0;
        for (; i <= x.Length - Lanes; i += Lanes)
        {
            var a = Vector256.LoadUnsafe(ref first, (nuint)i);
            var b = Vector256.LoadUnsafe(ref second, (nuint)i);
            (cosine * a - sine * b).StoreUnsafe(ref first, (nuint)i);
            (sine * a + cosine * b).StoreUnsafe(ref second, (nuint)i);
        }

        for (; i < x.Length; i++)
            (x[i], y[i]) = (cosine * x[i] - sine * y[i], sine * x[i] + cosine * y[i]);
    }

    /// <summary>(u, v) ← (u + w · v, u − w · v) on complex rows, real parts first: one butterfly of a Fourier transform.</summary>
    public static void Butterfly(Span<double> u, Span<double> v, double real, double imaginary)
    {
        int half = u.Length / 2;
        ref double ur = ref MemoryMarshal.GetReference(u);
        ref double ui = ref MemoryMarshal.GetReference(u[half..]);
        ref double vr = ref MemoryMarshal.GetReference(v[..u.Length]);
        ref double vi = ref MemoryMarshal.GetReference(v[half..]);
        int i = 0;
        for (; i <= half - Lanes; i += Lanes)
        {
            var a = Vector256.LoadUnsafe(ref vr, (nuint)i);
            var b = Vector256.LoadUnsafe(ref vi, (nuint)i);
            var c = Vector256.LoadUnsafe(ref ur, (nuint)i);
            var d = Vector256.LoadUnsafe(ref ui, (nuint)i);
            var tr = real * a - imaginary * b;
            var ti = imaginary * a + real * b;
            (c - tr).StoreUnsafe(ref vr, (nuint)i);
            (d - ti).StoreUnsafe(ref vi, (nuint)i);
            (c + tr).StoreUnsafe(ref ur, (nuint)i);
            (d + ti).StoreUnsafe(ref ui, (nuint)i);
        }

        for (; i < half; i++)
        {
            double tr = real * v[i] - imaginary * v[half + i];
            double ti = imaginary * v[i] + real * v[half + i];
            (v[i], u[i]) = (u[i] - tr, u[i] + tr);
            (v[half + i], u[half + i]) = (u[half + i] - ti, u[half + i] + ti);
        }
    }
}
