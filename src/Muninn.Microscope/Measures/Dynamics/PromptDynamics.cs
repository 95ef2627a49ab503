using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Muninn.Engine.Model;
using Muninn.Kernels;
using Muninn.Microscope.Trajectories;

namespace Muninn.Microscope.Measures.Dynamics;

/// <summary>What is measured of a prompt's dynamics.</summary>
public sealed record DynamicsSettings
{
    /// <summary>How rates are read.</summary>
    public RateSettings Rate { get; init; } = new();

    /// <summary>How eigenvalues are sought.</summary>
    public SpectrumSettings Spectrum { get; init; } = new();

    /// <summary>How the largest singular values are sought; null: not at all.</summary>
    public StretchSettings? Stretch { get; init; }

    /// <summary>Which Lyapunov exponents are measured; null: none.</summary>
    public LyapunovSettings? Lyapunov { get; init; }

    /// <summary>How token-block norms are taken; null: not at all.</summary>
    public PullSettings? Pulls { get; init; }
}

/// <summary>How one token moves.</summary>
public sealed record TokenDynamics
{
    /// <summary>Its position.</summary>
    public required int Position { get; init; }

    /// <summary>How fast it comes to rest, as its trajectory shows.</summary>
    public required ContractionRate Rate { get; init; }

    /// <summary>‖core(s) − s‖ / ‖core(s)‖ of its state where the Jacobian is taken: small, where that is a fixed point.</summary>
    public required double RestResidual { get; init; }

    /// <summary>Leading eigenvalues of its own block J_{t,t}: its answer to itself, all other tokens standing still.</summary>
    public required Spectrum Spectrum { get; init; }

    /// <summary>
    /// Largest spectral radius of the tokens up to this one. They all drive it, so in the long run it falls no faster, unless
    /// it happens to be deaf to the slowest. Tokens whose Jacobian is not finite have none; NaN where no token up to here has one.
    /// </summary>
    public required double RadiusUpTo { get; init; }

    /// <summary>The token of that radius.</summary>
    public required int SlowestUpTo { get; init; }

    /// <summary>Largest singular value of its own block; null: not asked for.</summary>
    public Stretch? Stretch { get; init; }

    /// <summary>Largest Lyapunov exponents of its own block along the trajectory; null: not asked for.</summary>
    public LyapunovExponents? Lyapunov { get; init; }

    /// <summary>σ − ρ: 0 for a normal block; how much further one iteration may stretch than the long run tells. Null: σ was not asked for.</summary>
    public double? NormalityGap => Stretch is { } stretch ? stretch.Largest - Spectrum.Radius : null;
}

/// <summary>
/// The dynamics of one prompt: rates from its trajectory, and from the exact Jacobian at its last state what the map itself does
/// there. All numbers are about raw states, which are what is iterated.
/// </summary>
/// <remarks>
/// Attention is causal, so the Jacobian of the whole prompt is block lower triangular and its spectrum the union of those of the
/// blocks J_{t,t}: token by token nothing is lost.
/// </remarks>
public sealed class PromptDynamics
{
    internal PromptDynamics(int restIteration, IReadOnlyList<TokenDynamics> tokens, TokenPulls? pulls)
    {
        RestIteration = restIteration;
        Tokens = tokens;
        Pulls = pulls;
    }

    /// <summary>Iteration at whose state the Jacobian is taken, for s*.</summary>
    public int RestIteration { get; }

    /// <summary>Every token, in order.</summary>
    public IReadOnlyList<TokenDynamics> Tokens { get; }

    /// <summary>Which tokens pull which; null: not asked for.</summary>
    public TokenPulls? Pulls { get; }

    /// <summary>Spectral radius of the whole prompt: the largest of its tokens', of those that have one.</summary>
    public double Radius => Tokens[^1].RadiusUpTo;

    /// <summary>Memory that measuring takes beside pass and trajectory, in bytes: mostly the bases of Krylov spaces.</summary>
    /// <param name="positions">Positions of the prompt.</param>
    /// <param name="width">Width of a state.</param>
    /// <param name="settings">What is measured.</param>
    public static long BytesFor(int positions, int width, DynamicsSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        int Size(int vectors) => Math.Min(vectors, width) + 1;
        long arnoldi = Size(settings.Spectrum.SubspaceMax);
        long stretch = settings.Stretch is { } stretches ? 2 * Size(stretches.StepsMax) : 0;
        // Both are held in turn; directions in double, and in float for the pass.
        long together = Math.Max(2, settings.Pulls?.Together ?? 0);
        return sizeof(double) * (Math.Max(arnoldi, stretch) + 3 * together) * positions * width;
    }

    /// <summary>Measures a prompt.</summary>
    /// <param name="pass">Of the same model and tokens as the trajectory.</param>
    /// <param name="trajectory">Raw states of iterations 0, 1, … without a gap; the last one held, which may lie further on, stands for s*.</param>
    /// <param name="settings">What, and how exact.</param>
    /// <param name="progress">Told after every product how many there were; null: nobody asks.</param>
    /// <param name="cancellation">Checked before every product.</param>
    /// <exception cref="ArgumentException">The trajectory does not belong to the pass, or is too short.</exception>
    public static PromptDynamics Measure(
        TangentPass pass, Trajectory trajectory, DynamicsSettings settings, Action<int>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(pass);
        ArgumentNullException.ThrowIfNull(trajectory);
        ArgumentNullException.ThrowIfNull(settings);
        if (trajectory.Positions != pass.Positions || trajectory.Width != pass.Width)
            throw new ArgumentException(
                $"The trajectory has {trajectory.Positions} positions of width {trajectory.Width}, the pass {pass.Positions} of {pass.Width}; "
                + "give both of one prompt.", nameof(trajectory));
        var (positions, width) = (pass.Positions, pass.Width);
        int done = 0;
        var rates = ContractionRate.Of(trajectory, settings.Rate);
        var own = new PromptTangents(pass, TangentReach.Own);
        var whole = new PromptTangents(pass, TangentReach.Whole);
        var exponents = settings.Lyapunov is { } lyapunov
            ? LyapunovExponents.OfBlocks(Along(pass, trajectory, Watched(own.Apply)), positions, width, lyapunov)
            : null;

        int rest = trajectory.Iterations.Last();
        pass.At(trajectory.State(rest));
        var residuals = RestResiduals(pass, trajectory.State(rest));
        var spectra = Spectrum.OfBlocks(Watched(own.Apply), positions, width, settings.Spectrum);
        var stretches = settings.Stretch is { } stretch
            ? Stretch.OfBlocks(Watched(own.Apply), Watched(own.ApplyTransposed), positions, width, stretch)
            : null;
        var pulls = settings.Pulls is { } pull ? TokenPulls.Of(Watched(whole.Apply), positions, width, pull) : null;
        int[] slowest = SlowestUpTo([.. spectra.Select(static spectrum => spectrum.Radius)]);
        var tokens = new TokenDynamics[positions];
        for (int t = 0; t < positions; t++)
        {
            tokens[t] = new TokenDynamics
            {
                Position = t,
                Rate = rates[t],
                RestResidual = residuals[t],
                Spectrum = spectra[t],
                RadiusUpTo = spectra[slowest[t]].Radius,
                SlowestUpTo = slowest[t],
                Stretch = stretches?[t],
                Lyapunov = exponents?[t],
            };
        }

        return new PromptDynamics(rest, tokens, pulls);

        TangentStep Watched(TangentStep step) => (tangents, directions, products) =>
        {
            cancellation.ThrowIfCancellationRequested();
            step(tangents, directions, products);
            progress?.Invoke(++done);
        };
    }

    /// <summary>Of every token, the first of the largest radius up to it. NaN is no radius to wait for, and does not hide the others.</summary>
    internal static int[] SlowestUpTo(ReadOnlySpan<double> radii)
    {
        var slowest = new int[radii.Length];
        int largest = 0;
        for (int t = 0; t < radii.Length; t++)
        {
            if (!double.IsNaN(radii[t]) && !(radii[t] <= radii[largest]))
                largest = t;
            slowest[t] = largest;
        }

        return slowest;
    }

    /// <summary>The Jacobians at s₀, s₁, … as far as the trajectory has no gap.</summary>
    static IEnumerable<TangentStep> Along(TangentPass pass, Trajectory trajectory, TangentStep step)
    {
        int next = 0;
        foreach (int iteration in trajectory.Iterations)
        {
            if (iteration != next++)
                yield break;
            pass.At(trajectory.State(iteration));
            yield return step;
        }
    }

    static double[] RestResiduals(TangentPass pass, ReadOnlySpan<float> state)
    {
        var residuals = new double[pass.Positions];
        for (int t = 0; t < residuals.Length; t++)
        {
            int start = t * pass.Width;
            residuals[t] = Engine.Recurrence.Residual.Of(pass.Next.Slice(start, pass.Width), state.Slice(start, pass.Width));
        }

        return residuals;
    }
}
