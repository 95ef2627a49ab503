using System;
using Muninn.Cli.Frame;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Model;
using Muninn.Microscope.Measures.Dynamics;

namespace Muninn.Cli.Input;

/// <summary>How commands measure dynamics: the same settings wherever the same is asked for.</summary>
static class DynamicsPlan
{
    /// <summary>Eigenvalues of each token where nothing is said.</summary>
    public const int Eigenvalues = 3;

    /// <summary>Lyapunov exponents of each token where nothing is said.</summary>
    public const int Exponents = 1;

    /// <summary>ε where nothing is said.</summary>
    public const double Epsilon = 1e-3;

    /// <summary>Refuses a run of too few iterations.</summary>
    /// <param name="iterations">How many there are.</param>
    /// <param name="source">The option that says so.</param>
    /// <exception cref="UsageException">No rate can be read from so few.</exception>
    public static void RequireSteps(int iterations, string source)
    {
        if (iterations < ContractionRate.StepsMin)
            throw new UsageException($"{source} is {iterations}, but a rate takes {ContractionRate.StepsMin} iterations at least; give more.");
    }

    /// <summary>The settings of a measurement.</summary>
    /// <param name="plan">The run; its seed is that of all directions.</param>
    /// <param name="eigenvalues">How many of each token.</param>
    /// <param name="exponents">How many of each token; 0: none.</param>
    /// <param name="epsilon">What counts as arrived.</param>
    /// <param name="hasStretch">Whether singular values are sought.</param>
    /// <param name="probes">Directions for each token's pulls; null: pulls are not measured.</param>
    public static DynamicsSettings Of(
        RunPlan plan, int eigenvalues = Eigenvalues, int exponents = Exponents, double epsilon = Epsilon, bool hasStretch = false, int? probes = null) => new()
        {
            Rate = new RateSettings { Epsilon = epsilon },
            Spectrum = new SpectrumSettings
            {
                Count = eigenvalues,
                Seed = plan.Seed,
                SubspaceMax = Math.Max(new SpectrumSettings().SubspaceMax, 8 * eigenvalues),
            },
            Stretch = hasStretch ? new StretchSettings { Seed = plan.Seed } : null,
            Lyapunov = exponents == 0 ? null : new LyapunovSettings
            {
                Count = exponents,
                Seed = plan.Seed,
                Discarded = Math.Min(new LyapunovSettings().Discarded, plan.Measure.Iterations / 4),
            },
            Pulls = probes is { } count ? new PullSettings { Probes = count, Seed = plan.Seed } : null,
        };

    /// <summary>Memory that a measurement takes beside the reading, in bytes.</summary>
    /// <param name="config">Shapes of the model.</param>
    /// <param name="positions">Positions of the prompt.</param>
    /// <param name="settings">What is measured.</param>
    public static long BytesFor(ModelConfig config, int positions, DynamicsSettings settings) =>
        TangentPass.BytesFor(config, positions) + (settings.Stretch is null ? 0 : TangentPass.TransposedBytesFor(config))
        + PromptDynamics.BytesFor(positions, config.Width, settings);
}
