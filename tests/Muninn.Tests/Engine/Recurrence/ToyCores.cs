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

    /// <summary>A contraction in which position 1 becomes NaN at the third iteration.</summary>
    public static CoreStep NotANumberBomb { get; } = (rows, injected, state, next) =>
    {
        for (int i = 0; i < rows.Count * Width; i++)
        {
            int row = i / Width;
            next[i] = rows.Positions[row] == 1 && rows.Iterations[row] == 2 ? float.NaN : 0.5f * state[i] + injected[i];
        }
    };
}
