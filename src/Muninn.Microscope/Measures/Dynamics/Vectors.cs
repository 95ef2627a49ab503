using System;
using Muninn.Engine.Randomness;

namespace Muninn.Microscope.Measures.Dynamics;

/// <summary>Vectors in double: what Krylov spaces are made of.</summary>
static class Vectors
{
    public static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
            sum += a[i] * b[i];
        return sum;
    }

    public static double Norm(ReadOnlySpan<double> a) => Math.Sqrt(Dot(a, a));

    /// <summary>sums += factor · x.</summary>
    public static void Add(double factor, ReadOnlySpan<double> x, Span<double> sums)
    {
        for (int i = 0; i < sums.Length; i++)
            sums[i] += factor * x[i];
    }

    public static void Scale(double factor, Span<double> x)
    {
        foreach (ref double value in x)
            value *= factor;
    }

    /// <summary>Takes from x its parts along orthonormal vectors, twice: once leaves rounding behind that grows from step to step.</summary>
    /// <param name="basis">Orthonormal vectors.</param>
    /// <param name="count">How many of them count.</param>
    /// <param name="x">Changed in place.</param>
    /// <param name="parts">What was taken, <c>[count]</c>, overwritten.</param>
    /// <returns>‖x‖ of what remains.</returns>
    public static double Orthogonalize(double[]?[] basis, int count, Span<double> x, Span<double> parts)
    {
        parts[..count].Clear();
        for (int pass = 0; pass < 2; pass++)
        {
            for (int i = 0; i < count; i++)
            {
                if (basis[i] is not { } vector)
                    continue;
                double part = Dot(vector, x);
                Add(-part, vector, x);
                parts[i] += part;
            }
        }

        return Norm(x);
    }

    /// <summary>A vector of length 1 in any direction: a pure function of (seed, number).</summary>
    public static void Random(ulong seed, int number, Span<double> destination)
    {
        for (int i = 0; i < destination.Length; i++)
            destination[i] = CounterRandom.Uniform(seed, RandomStream.Tangents, number, i) - 0.5;
        Scale(1 / Norm(destination), destination);
    }
}
