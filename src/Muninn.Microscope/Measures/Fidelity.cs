using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Microscope.Trajectories;

namespace Muninn.Microscope.Measures;

/// <summary>One prompt through one model, as far as it is compared.</summary>
/// <param name="States">Raw states at the iterations that are compared.</param>
/// <param name="Logits">Logits after the last of them, <c>[positions, vocabulary]</c>.</param>
/// <param name="Vocabulary">Numbers of a row of logits.</param>
public sealed record FidelitySample(Trajectory States, float[] Logits, int Vocabulary);

/// <summary>How far the states of two models lie apart at one iteration, over all positions of all prompts.</summary>
/// <param name="Iteration">The iteration; 0 is the start.</param>
/// <param name="DistanceMean">‖s′ − s‖ / ‖s‖ of the raw states, mean.</param>
/// <param name="DistanceWorst">The largest one.</param>
/// <param name="CosineMean">Cosine of the angle between s′ and s, mean.</param>
/// <param name="CosineWorst">The smallest one.</param>
public sealed record FidelityRow(int Iteration, double DistanceMean, double DistanceWorst, double CosineMean, double CosineWorst);

/// <summary>
/// How faithfully one model follows the trajectory of another, of the same shape from the same start: state by state, and in what
/// it predicts in the end.
/// </summary>
public sealed class Fidelity
{
    Fidelity(IReadOnlyList<FidelityRow> rows, double[] divergences, int agreeing)
    {
        Rows = rows;
        Positions = divergences.Length;
        DivergenceMean = divergences.Average();
        DivergenceWorst = divergences.Max();
        TopAgreement = (double)agreeing / Positions;
    }

    /// <summary>The iterations compared, ascending.</summary>
    public IReadOnlyList<FidelityRow> Rows { get; }

    /// <summary>Positions compared, over all prompts.</summary>
    public int Positions { get; }

    /// <summary>KL(reference ‖ other) of the next-token distributions after the last iteration, in nats; mean.</summary>
    public double DivergenceMean { get; }

    /// <summary>The largest one.</summary>
    public double DivergenceWorst { get; }

    /// <summary>Share of positions at which both hold the same token for the likeliest, 0 … 1.</summary>
    public double TopAgreement { get; }

    /// <summary>The iterations worth comparing up to a limit: powers of two and the limit itself.</summary>
    /// <param name="limit">The last iteration, at least 1.</param>
    public static IReadOnlyList<int> Iterations(int limit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        var iterations = new List<int>();
        for (int i = 1; i < limit; i *= 2) iterations.Add(i);
        iterations.Add(limit);
        return iterations;
    }

    /// <summary>Compares two models over some prompts; all sums are double precision.</summary>
    /// <param name="reference">The prompts through the model that is followed.</param>
    /// <param name="other">The same prompts, in the same order, through the model that follows.</param>
    /// <exception cref="ArgumentException">No prompts, or other prompts, shapes or iterations.</exception>
    public static Fidelity Of(IReadOnlyList<FidelitySample> reference, IReadOnlyList<FidelitySample> other)
    {
        ArgumentNullException.ThrowIfNull(reference);
        ArgumentNullException.ThrowIfNull(other);
        if (reference.Count == 0 || reference.Count != other.Count)
            throw new ArgumentException($"{reference.Count} prompts cannot be compared with {other.Count}; give the same ones, one at least.", nameof(other));
        for (int i = 0; i < reference.Count; i++)
        {
            if (reference[i].Logits.Length != other[i].Logits.Length
                || !reference[i].States.Iterations.SequenceEqual(other[i].States.Iterations)
                || !reference[i].States.Iterations.SequenceEqual(reference[0].States.Iterations))
                throw new ArgumentException($"Prompt {i} has other tokens or iterations in the two runs; they must agree.", nameof(other));
        }

        var pairs = reference.Zip(other).ToList();
        var rows = reference[0].States.Iterations.Select(iteration => RowOf(iteration, pairs)).ToList();
        var divergences = new List<double>();
        int agreeing = 0;
        foreach (var (a, b) in pairs)
        {
            for (int t = 0; t < a.States.Positions; t++)
            {
                var p = a.Logits.AsSpan(t * a.Vocabulary, a.Vocabulary);
                var q = b.Logits.AsSpan(t * a.Vocabulary, a.Vocabulary);
                divergences.Add(Divergence(p, q));
                if (Largest(p) == Largest(q)) agreeing++;
            }
        }

        return new Fidelity(rows, [.. divergences], agreeing);
    }

    static FidelityRow RowOf(int iteration, List<(FidelitySample A, FidelitySample B)> pairs)
    {
        var distances = new List<double>();
        var cosines = new List<double>();
        foreach (var (a, b) in pairs)
        {
            int width = a.States.Width;
            for (int t = 0; t < a.States.Positions; t++)
            {
                var s = a.States.State(iteration).Slice(t * width, width);
                var other = b.States.State(iteration).Slice(t * width, width);
                double apart = 0, squares = 0, otherSquares = 0, product = 0;
                for (int k = 0; k < width; k++)
                {
                    apart += ((double)other[k] - s[k]) * ((double)other[k] - s[k]);
                    squares += (double)s[k] * s[k];
                    otherSquares += (double)other[k] * other[k];
                    product += (double)s[k] * other[k];
                }

                distances.Add(Math.Sqrt(apart / squares));
                cosines.Add(product / Math.Sqrt(squares * otherSquares));
            }
        }

        return new FidelityRow(iteration, distances.Average(), distances.Max(), cosines.Average(), cosines.Min());
    }

    /// <summary>Σ p (ln p − ln q), p and q softmax of the logits.</summary>
    static double Divergence(ReadOnlySpan<float> p, ReadOnlySpan<float> q)
    {
        var (pTotal, qTotal) = (LogTotal(p), LogTotal(q));
        double sum = 0;
        for (int i = 0; i < p.Length; i++)
        {
            double log = p[i] - pTotal;
            sum += Math.Exp(log) * (log - (q[i] - qTotal));
        }

        // Rounding can take a divergence of nothing below zero.
        return Math.Max(0, sum);
    }

    static double LogTotal(ReadOnlySpan<float> logits)
    {
        double largest = double.NegativeInfinity;
        foreach (float logit in logits) largest = Math.Max(largest, logit);
        double sum = 0;
        foreach (float logit in logits) sum += Math.Exp(logit - largest);
        return largest + Math.Log(sum);
    }

    static int Largest(ReadOnlySpan<float> logits)
    {
        int place = 0;
        for (int i = 1; i < logits.Length; i++)
        {
            if (logits[i] > logits[place]) place = i;
        }

        return place;
    }
}
