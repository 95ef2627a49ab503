using System;
using Muninn.Engine.Model;
using Muninn.Microscope.Trajectories;

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
    /// Distances below this share of ‖ln_f(s*)‖ are float32 rounding, not dynamics. See docs/decisions/0002.
    /// </summary>
    public double RoundingShare { get; init; } = 1e-6;
}

/// <summary>
/// Distance of every token's state from where it comes to rest, at every iteration:
/// <c>distance[t, i] = ‖ln_f(s_i) − ln_f(s*)‖₂</c> with s* = s_H, and <c>residual[t, i] = ‖s_i − s_{i−1}‖ / ‖s_i‖</c>.
/// </summary>
/// <remarks>
/// Distances are measured behind the final norm, as published; residuals on the raw states that are iterated. Sums run in
/// double. Source: Geiping et al., "Scaling up Test-Time Compute with Latent Reasoning", 2025, fig. 11.
/// </remarks>
public sealed class Convergence
{
    Convergence(ConvergenceSettings settings, int positions)
    {
        Settings = settings;
        Positions = positions;
        Distance = new float[checked(positions * (settings.Iterations + 1))];
        Residual = new float[checked(positions * settings.Iterations)];
        HorizonResidual = new float[positions];
        RestNorm = new float[positions];
        Tokens = new TokenConvergence[positions];
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

    /// <summary>What each token's row says, <c>[T]</c>.</summary>
    public TokenConvergence[] Tokens { get; }

    /// <summary>Distance below which differences are rounding, for the median token; null where no token has a finite, nonzero s*.</summary>
    public float? Floor { get; private set; }

    /// <summary>Columns that say something: iterations 0 … N, without the horizon itself, whose distance is 0 by construction.</summary>
    public int ReadableColumns => Math.Min(Settings.Iterations, Settings.Horizon - 1) + 1;

    /// <summary>Distances of one token, <c>[N + 1]</c>.</summary>
    public ReadOnlySpan<float> DistanceOf(int position) =>
        Distance.AsSpan(position * (Settings.Iterations + 1), Settings.Iterations + 1);

    /// <summary>The iterations that a trajectory must hold to be measured: 0 … N, H − 1 and H.</summary>
    public static int[] IterationsNeeded(ConvergenceSettings settings)
    {
        Require(settings);
        int last = settings.Iterations;
        int[] needed = new int[last + 3];
        for (int i = 0; i <= last; i++)
            needed[i] = i;
        needed[last + 1] = settings.Horizon - 1;
        needed[last + 2] = settings.Horizon;
        return needed;
    }

    /// <summary>Measures a trajectory that holds <see cref="IterationsNeeded"/>.</summary>
    /// <param name="trajectory">Raw states.</param>
    /// <param name="norm">ln_f of the model that made them.</param>
    /// <param name="settings">Iterations, horizon and thresholds.</param>
    public static Convergence Measure(Trajectory trajectory, FinalNorm norm, ConvergenceSettings settings)
    {
        ArgumentNullException.ThrowIfNull(trajectory);
        ArgumentNullException.ThrowIfNull(norm);
        Require(settings);
        int width = trajectory.Width;
        var measure = new Convergence(settings, trajectory.Positions);
        float[] rest = new float[trajectory.Positions * width];
        float[] normed = new float[rest.Length];
        norm.Apply(trajectory.State(settings.Horizon), trajectory.Positions, rest);
        for (int iteration = 0; iteration <= settings.Iterations; iteration++)
        {
            ReadOnlySpan<float> state = trajectory.State(iteration);
            norm.Apply(state, trajectory.Positions, normed);
            for (int t = 0; t < trajectory.Positions; t++)
            {
                measure.Distance[t * (settings.Iterations + 1) + iteration] =
                    DistanceBetween(normed.AsSpan(t * width, width), rest.AsSpan(t * width, width));
                if (iteration > 0)
                    measure.Residual[t * settings.Iterations + iteration - 1] = (float)Engine.Recurrence.Residual.Of(
                        state.Slice(t * width, width), trajectory.State(iteration - 1).Slice(t * width, width));
            }
        }

        measure.Conclude(trajectory, rest);
        return measure;
    }

    void Conclude(Trajectory trajectory, float[] rest)
    {
        int width = trajectory.Width;
        ReadOnlySpan<float> end = trajectory.State(Settings.Horizon);
        ReadOnlySpan<float> before = trajectory.State(Settings.Horizon - 1);
        float[] zero = new float[width];
        for (int t = 0; t < Positions; t++)
        {
            HorizonResidual[t] = (float)Engine.Recurrence.Residual.Of(
                end.Slice(t * width, width), before.Slice(t * width, width));
            RestNorm[t] = DistanceBetween(rest.AsSpan(t * width, width), zero);
            Tokens[t] = TokenConvergence.Measure(
                new DistanceRow(
                    DistanceOf(t)[..ReadableColumns], Residual.AsSpan(t * Settings.Iterations, Settings.Iterations),
                    HorizonResidual[t], Settings.Horizon - Settings.Iterations, RestNorm[t], trajectory.FirstNotFinite(t)),
                Settings);
        }

        float floor = (float)(Statistics.Median(RestNorm) * Settings.RoundingShare);
        Floor = float.IsFinite(floor) && floor > 0 ? floor : null;
    }

    static float DistanceBetween(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
        {
            double difference = (double)a[i] - b[i];
            sum += difference * difference;
        }

        return (float)Math.Sqrt(sum);
    }

    static void Require(ConvergenceSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.Iterations, 1, nameof(settings));
        if (settings.Horizon < settings.Iterations)
            throw new ArgumentException(
                $"The horizon is iteration {settings.Horizon}, but {settings.Iterations} iterations are plotted; " +
                $"take s* at {settings.Iterations} or later, at best at {2 * settings.Iterations}.", nameof(settings));
    }
}
