using System;
using System.Linq;

namespace Muninn.Microscope.Measures;

/// <summary>What counts as far, at rest, and noise.</summary>
public sealed record ConvergenceSettings
{
    /// <summary>Last iteration that is measured (N), at least 1.</summary>
    public required int Iterations { get; init; }

    /// <summary>
    /// Iteration at which s* is taken (H); at least <see cref="Iterations"/>. Equal to it, the last column is 0 by
    /// construction and says nothing.
    /// </summary>
    public required int Horizon { get; init; }

    /// <summary>A token is at rest when its distance is below this share of ‖ln_f(s*)‖.</summary>
    public double Tolerance { get; init; } = 1e-3;

    /// <summary>
    /// Distances below this share of ‖ln_f(s*)‖ are taken for float32 rounding where no floor was measured. See docs/decisions/0005.
    /// </summary>
    public double RoundingShare { get; init; } = RoundingFloor.AssumedShare;
}

/// <summary>
/// Distance of every token's state from where it comes to rest, at every iteration:
/// <c>distance[t, i] = ‖ln_f(s_i) − ln_f(s*)‖₂</c> with s* = s_H, and <c>residual[t, i] = ‖s_i − s_{i−1}‖ / ‖s_i‖</c>.
/// A <see cref="ConvergenceMeter"/> takes them.
/// </summary>
/// <remarks>
/// Distances are measured behind the final norm, as published; residuals on the raw states that are iterated. Sums run in
/// double. Source: Geiping et al., "Scaling up Test-Time Compute with Latent Reasoning", 2025, fig. 11.
/// </remarks>
public sealed class Convergence
{
    internal Convergence(ConvergenceSettings settings, int positions)
    {
        Settings = settings;
        Positions = positions;
        Distance = new float[checked(positions * (settings.Iterations + 1))];
        Residual = new float[checked(positions * settings.Iterations)];
        HorizonResidual = new float[positions];
        RestNorm = new float[positions];
        Rest = new RestCertificate[positions];
        Tokens = new TokenConvergence[positions];
    }

    /// <summary>A measure from its numbers, as a recording holds them.</summary>
    internal Convergence(
        ConvergenceSettings settings, float[] distance, float[] residual, float[] horizonResidual, float[] restNorm,
        RestCertificate[] rest, ReadOnlySpan<int?> firstNotFinite)
    {
        Settings = settings;
        Positions = restNorm.Length;
        Distance = distance;
        Residual = residual;
        HorizonResidual = horizonResidual;
        RestNorm = restNorm;
        Rest = rest;
        Tokens = new TokenConvergence[Positions];
        Conclude(firstNotFinite);
    }

    /// <summary>The settings that were used.</summary>
    public ConvergenceSettings Settings { get; }

    /// <summary>Tokens measured (T).</summary>
    public int Positions { get; }

    /// <summary>‖ln_f(s_i) − ln_f(s*)‖₂, <c>[T, N + 1]</c>, column i for iteration i.</summary>
    public float[] Distance { get; }

    /// <summary>‖s_i − s_{i−1}‖ / ‖s_i‖, <c>[T, N]</c>, column i − 1 for iteration i.</summary>
    public float[] Residual { get; }

    /// <summary>‖s_H − s_{H−1}‖ / ‖s_H‖, <c>[T]</c>: how far s* itself is from rest.</summary>
    public float[] HorizonResidual { get; }

    /// <summary>‖ln_f(s*)‖₂, <c>[T]</c>: the size against which distances are small or large.</summary>
    public float[] RestNorm { get; }

    /// <summary>What is known of how far each s* is from rest: contraction ratio, tail bound, floor, <c>[T]</c>.</summary>
    public RestCertificate[] Rest { get; }

    /// <summary>What each token's row says, <c>[T]</c>.</summary>
    public TokenConvergence[] Tokens { get; }

    /// <summary>Distance below which differences are rounding, for the median token; null where no token has a finite, nonzero s*.</summary>
    public float? Floor { get; private set; }

    /// <summary>Tokens whose floor was measured from perturbed restarts; for the others it is assumed.</summary>
    public int FloorsMeasured => Rest.Count(static rest => rest.FloorIsMeasured);

    /// <summary>Columns that say something: iterations 0 … N, without the horizon itself, whose distance is 0 by construction.</summary>
    public int ReadableColumns => Math.Min(Settings.Iterations, Settings.Horizon - 1) + 1;

    /// <summary>Distances of one token, <c>[N + 1]</c>.</summary>
    public ReadOnlySpan<float> DistanceOf(int position) =>
        Distance.AsSpan(position * (Settings.Iterations + 1), Settings.Iterations + 1);

    /// <summary>Reads the finished rows: what each says, and the floor.</summary>
    /// <param name="firstNotFinite">First iteration at which a position's state held NaN or infinity, <c>[T]</c>; null: none.</param>
    internal void Conclude(ReadOnlySpan<int?> firstNotFinite)
    {
        for (int t = 0; t < Positions; t++)
        {
            Tokens[t] = TokenConvergence.Measure(
                new DistanceRow(DistanceOf(t)[..ReadableColumns], HorizonResidual[t], RestNorm[t], Rest[t], firstNotFinite[t]), Settings.Tolerance);
        }

        float floor = (float)Statistics.Median(Rest.Select(static rest => (double)rest.Floor));
        Floor = float.IsFinite(floor) && floor > 0 ? floor : null;
    }
}
