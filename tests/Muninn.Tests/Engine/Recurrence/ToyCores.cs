using System;
using Muninn.Engine.Recurrence;

namespace Muninn.Tests.Engine.Recurrence;

/// <summary>Cores with known answers, two numbers wide.</summary>
static class ToyCores
{
    public const int Width = 2;

    /// <summary>s ← a · s + e: rests at e / (1 − a), at a rate of log₁₀ a.</summary>
    public static CoreStep Contraction(float a) => (rows, injected, state, next) =>
    {
        for (int i = 0; i < rows.Count * Width; i++)
            next[i] = a * state[i] + injected[i];
    };

    /// <summary>Each row contracts at its own rate: row position p by rates[p].</summary>
    public static CoreStep Contractions(float[] rates) => (rows, injected, state, next) =>
    {
        for (int row = 0; row < rows.Count; row++)
        {
            for (int i = row * Width; i < (row + 1) * Width; i++)
                next[i] = rates[rows.Positions[row]] * state[i] + injected[i];
        }
    };

    /// <summary>Turns the plane by an angle: an orbit that never rests.</summary>
    public static CoreStep Rotation(double angle) => (rows, _, state, next) =>
    {
        float cosine = (float)Math.Cos(angle);
        float sine = (float)Math.Sin(angle);
        for (int i = 0; i < rows.Count * Width; i += 2)
        {
            next[i] = cosine * state[i] - sine * state[i + 1];
            next[i + 1] = sine * state[i] + cosine * state[i + 1];
        }
    };

    /// <summary>s ← −s: a cycle of two.</summary>
    public static CoreStep Flip { get; } = (rows, _, state, next) =>
    {
        for (int i = 0; i < rows.Count * Width; i++)
            next[i] = -state[i];
    };

    /// <summary>s ← s + e: drifts away by e at every iteration.</summary>
    public static CoreStep Drift { get; } = (rows, injected, state, next) =>
    {
        for (int i = 0; i < rows.Count * Width; i++)
            next[i] = state[i] + injected[i];
    };

    /// <summary>Turns the plane and shrinks it towards e: comes to rest in a spiral.</summary>
    public static CoreStep Spiral(double angle, double shrink) => (rows, injected, state, next) =>
    {
        float cosine = (float)(shrink * Math.Cos(angle));
        float sine = (float)(shrink * Math.Sin(angle));
        for (int i = 0; i < rows.Count * Width; i += 2)
        {
            next[i] = injected[i] + cosine * (state[i] - injected[i]) - sine * (state[i + 1] - injected[i + 1]);
            next[i + 1] = injected[i + 1] + sine * (state[i] - injected[i]) + cosine * (state[i + 1] - injected[i + 1]);
        }
    };

    /// <summary>Rests at 1 or −1 in each number, whichever it starts nearer to; the last steps shrink by 1 − 2 · pace.</summary>
    public static CoreStep TwoBasins(float pace) => (rows, _, state, next) =>
    {
        for (int i = 0; i < rows.Count * Width; i++)
            next[i] = state[i] + pace * (state[i] - state[i] * state[i] * state[i]);
    };

    /// <summary>(x, y) ← (a · x + push · y, a · y) + e: grows before it shrinks.</summary>
    public static CoreStep NonNormal(float a, float push) => (rows, injected, state, next) =>
    {
        for (int i = 0; i < rows.Count * Width; i += 2)
        {
            next[i] = a * state[i] + push * state[i + 1] + injected[i];
            next[i + 1] = a * state[i + 1] + injected[i + 1];
        }
    };

    /// <summary>s ← [rate, shear; 0, rate] s: stretches before it shrinks towards 0, where no rounding ends the fall.</summary>
    public static CoreStep Shear(float rate, float shear) => (rows, _, state, next) =>
    {
        for (int i = 0; i < rows.Count * Width; i += Width)
        {
            next[i] = rate * state[i] + shear * state[i + 1];
            next[i + 1] = rate * state[i + 1];
        }
    };

    /// <summary>A contraction in which position 1 becomes NaN at the third iteration.</summary>
    public static CoreStep NotANumberBomb { get; } = (rows, injected, state, next) =>
    {
        for (int i = 0; i < rows.Count * Width; i++)
        {
            int row = i / Width;
            next[i] = rows.Positions[row] == 1 && rows.Iterations[row] == 2 ? float.NaN : 0.5f * state[i] + injected[i];
        }
    };

    /// <summary>s ← A · s + e, as wide as A, summed in double: rests at (1 − A)⁻¹ · e.</summary>
    public static CoreStep Linear(double[,] matrix) => (rows, injected, state, next) =>
    {
        int width = matrix.GetLength(0);
        for (int row = 0; row < rows.Count; row++)
        {
            for (int i = 0; i < width; i++)
            {
                double sum = injected[row * width + i];
                for (int j = 0; j < width; j++)
                    sum += matrix[i, j] * state[row * width + j];
                next[row * width + i] = (float)sum;
            }
        }
    };

    /// <summary>s ← e − s: circles e / 2 with λ = −1, and never comes nearer.</summary>
    public static CoreStep Mirror { get; } = (rows, injected, state, next) =>
    {
        for (int i = 0; i < rows.Count * Width; i++)
            next[i] = injected[i] - state[i];
    };

    /// <summary>A contraction in which position 1 is NaN from an iteration on.</summary>
    public static CoreStep NotANumberFrom(int iteration) => (rows, injected, state, next) =>
    {
        for (int i = 0; i < rows.Count * Width; i++)
        {
            int row = i / Width;
            next[i] = rows.Positions[row] == 1 && rows.Iterations[row] >= iteration ? float.NaN : 0.5f * state[i] + injected[i];
        }
    };

    /// <summary>A contraction that answers nothing but its own last result: anything mixed gets NaN.</summary>
    public static CoreStep PlainOnly(float a)
    {
        float[]? last = null;
        return (rows, injected, state, next) =>
        {
            bool isMixed = last is not null && rows.Iterations[0] > 0 && !state.SequenceEqual(last);
            for (int i = 0; i < rows.Count * Width; i++)
                next[i] = isMixed ? float.NaN : a * state[i] + injected[i];
            if (!isMixed)
                last = next[..(rows.Count * Width)].ToArray();
        };
    }
}
