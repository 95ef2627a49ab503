using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Microscope.Trajectories;

namespace Muninn.Microscope.Measures.Comparisons;

/// <summary>One side of a comparison: a prompt that was run, and what was measured of it.</summary>
/// <param name="Tokens">Token ids, <c>[T]</c>.</param>
/// <param name="Convergence">Its distances.</param>
/// <param name="Outcome">States of some iterations, and the logits after the last; null: not asked for.</param>
public sealed record ComparedRun(int[] Tokens, Convergence Convergence, PromptOutcome? Outcome);

/// <summary>How one pair of tokens differs.</summary>
/// <param name="Left">Position in the left prompt.</param>
/// <param name="Right">Position in the right prompt.</param>
/// <param name="RateLeft">Slope of log₁₀ distance per iteration on the left; NaN where nothing can be read.</param>
/// <param name="RateRight">The same on the right.</param>
/// <param name="LogRatio">
/// Mean over the iterations at which either side stands above the floor of log₁₀ (distance right ÷ distance left); NaN: there is none.
/// </param>
public sealed record ComparedToken(int Left, int Right, double RateLeft, double RateRight, double LogRatio);

/// <summary>
/// Two runs beside each other, token by token: other words, another checkpoint, another precision, another start. The first is the
/// left one, which the right one is measured against.
/// </summary>
public sealed record Comparison
{
    /// <summary>Which tokens stand for each other.</summary>
    public required TokenAlignment Alignment { get; init; }

    /// <summary>Last iteration compared (N).</summary>
    public required int Iterations { get; init; }

    /// <summary>
    /// log₁₀ (distance right ÷ distance left), <c>[pairs, N + 1]</c>. A distance below the higher of the two floors counts as
    /// that; NaN where both are below, or one is not finite.
    /// </summary>
    public required float[] LogRatio { get; init; }

    /// <summary>The pairs.</summary>
    public required IReadOnlyList<ComparedToken> Tokens { get; init; }

    /// <summary>Pairs whose right side falls faster; ties and rates that cannot be read are left out.</summary>
    public required int FasterRight { get; init; }

    /// <summary>Pairs whose left side falls faster.</summary>
    public required int FasterLeft { get; init; }

    /// <summary>
    /// Two-sided exact sign test of <see cref="FasterRight"/> against <see cref="FasterLeft"/>: how often a fair coin is at least so
    /// one-sided. Tokens of one prompt are no independent draws, so a small value is a hint and no proof; 1 where there is no pair.
    /// </summary>
    public required double SignTest { get; init; }

    /// <summary>
    /// How near the states and the next-token distributions of the pairs are, the left one the reference; null where the widths or
    /// vocabularies differ or a side has no <see cref="ComparedRun.Outcome"/>.
    /// </summary>
    public required Fidelity? Fidelity { get; init; }

    /// <summary>Compares two runs.</summary>
    /// <param name="left">The reference.</param>
    /// <param name="right">What is held against it.</param>
    /// <param name="alignment">Which tokens stand for each other, at least one pair.</param>
    /// <exception cref="ArgumentException">No pair, positions that a run does not have, or other iterations on the two sides.</exception>
    public static Comparison Of(ComparedRun left, ComparedRun right, TokenAlignment alignment)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        ArgumentNullException.ThrowIfNull(alignment);
        Check(left, right, alignment);
        int iterations = left.Convergence.Settings.Iterations;
        // One floor for both: equal distances must not differ because the floors do.
        float floor = Math.Max(left.Convergence.Floor ?? 0, right.Convergence.Floor ?? 0);
        var ratios = new float[checked(alignment.Count * (iterations + 1))];
        var tokens = new ComparedToken[alignment.Count];
        for (int pair = 0; pair < tokens.Length; pair++)
        {
            var row = ratios.AsSpan(pair * (iterations + 1), iterations + 1);
            var (l, r) = (alignment.Left[pair], alignment.Right[pair]);
            Ratios(left.Convergence.DistanceOf(l), right.Convergence.DistanceOf(r), floor, row);
            tokens[pair] = new ComparedToken(l, r, left.Convergence.Tokens[l].Rate, right.Convergence.Tokens[r].Rate, MeanOf(row));
        }

        int fasterRight = tokens.Count(token => token.RateRight < token.RateLeft);
        int fasterLeft = tokens.Count(token => token.RateLeft < token.RateRight);
        return new Comparison
        {
            Alignment = alignment,
            Iterations = iterations,
            LogRatio = ratios,
            Tokens = tokens,
            FasterRight = fasterRight,
            FasterLeft = fasterLeft,
            SignTest = SignTestOf(fasterLeft, fasterRight),
            Fidelity = FidelityOf(left, right, alignment),
        };
    }

    /// <summary>P(at least so one-sided | fair coin) = min(1, 2 · Σ_{k ≤ min} C(n, k) / 2ⁿ).</summary>
    internal static double SignTestOf(int first, int second)
    {
        int n = first + second;
        if (n == 0)
            return 1;
        double sum = 0;
        double logChoose = 0;
        for (int k = 0; k <= Math.Min(first, second); k++)
        {
            sum += Math.Exp(logChoose - n * Math.Log(2));
            logChoose += Math.Log(n - k) - Math.Log(k + 1);
        }

        return Math.Min(1, 2 * sum);
    }

    static void Check(ComparedRun left, ComparedRun right, TokenAlignment alignment)
    {
        if (alignment.Count == 0)
            throw new ArgumentException("The prompts have no token in common; align them by position.", nameof(alignment));
        if (alignment.Left[^1] >= left.Convergence.Positions || alignment.Right[^1] >= right.Convergence.Positions)
            throw new ArgumentException(
                $"The last pair is ({alignment.Left[^1]}, {alignment.Right[^1]}), but the runs have {left.Convergence.Positions} and " +
                $"{right.Convergence.Positions} positions; align the prompts that were run.", nameof(alignment));
        var (a, b) = (left.Convergence.Settings, right.Convergence.Settings);
        if (a.Iterations != b.Iterations || a.Horizon != b.Horizon)
            throw new ArgumentException(
                $"The left run has {a.Iterations} iterations and its s* at {a.Horizon}, the right one {b.Iterations} and {b.Horizon}; run both the same.",
                nameof(right));
    }

    static void Ratios(ReadOnlySpan<float> left, ReadOnlySpan<float> right, float floor, Span<float> ratios)
    {
        for (int i = 0; i < ratios.Length; i++)
        {
            bool readable = float.IsFinite(left[i]) && float.IsFinite(right[i]) && (left[i] > floor || right[i] > floor);
            double l = Math.Max(left[i], floor);
            double r = Math.Max(right[i], floor);
            ratios[i] = readable && l > 0 && r > 0 ? (float)Math.Log10(r / l) : float.NaN;
        }
    }

    static double MeanOf(ReadOnlySpan<float> ratios)
    {
        double sum = 0;
        int count = 0;
        foreach (float ratio in ratios)
        {
            if (float.IsNaN(ratio))
                continue;
            sum += ratio;
            count++;
        }

        return count == 0 ? double.NaN : sum / count;
    }

    static Fidelity? FidelityOf(ComparedRun left, ComparedRun right, TokenAlignment alignment)
    {
        if (left.Outcome is not { } a || right.Outcome is not { } b || a.Trajectory.Width != b.Trajectory.Width
            || (long)a.Logits.Length * right.Tokens.Length != (long)b.Logits.Length * left.Tokens.Length)
            return null;
        return Fidelity.Of([Chosen(a, alignment.Left, left.Tokens.Length)], [Chosen(b, alignment.Right, right.Tokens.Length)]);
    }

    /// <summary>The outcome at some positions alone.</summary>
    static PromptOutcome Chosen(PromptOutcome outcome, int[] positions, int count)
    {
        var states = new SortedDictionary<int, float[]>();
        foreach (int iteration in outcome.Trajectory.Iterations)
            states.Add(iteration, Rows(outcome.Trajectory.State(iteration), positions, outcome.Trajectory.Width));
        return new PromptOutcome(
            new Trajectory(positions.Length, outcome.Trajectory.Width, states), Rows(outcome.Logits, positions, outcome.Logits.Length / count));
    }

    static float[] Rows(ReadOnlySpan<float> values, int[] positions, int width)
    {
        var rows = new float[checked(positions.Length * width)];
        for (int row = 0; row < positions.Length; row++)
            values.Slice(positions[row] * width, width).CopyTo(rows.AsSpan(row * width));
        return rows;
    }
}
