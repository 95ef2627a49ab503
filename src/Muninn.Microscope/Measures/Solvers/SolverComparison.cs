using System;
using System.Collections.Generic;
using Muninn.Engine.Model;
using Muninn.Engine.Recurrence;
using Muninn.Engine.Recurrence.Solvers;

namespace Muninn.Microscope.Measures.Solvers;

/// <summary>Runs a prompt with a solver, from its beginning.</summary>
/// <param name="settings">Solver, start, limit and tolerance.</param>
/// <param name="observer">Sees every evaluation.</param>
/// <returns>What the solver did.</returns>
public delegate SolverTally SolverRunner(SolveSettings settings, IterationObserver observer);

/// <summary>logits[T, vocabulary] of raw states [T, width], overwritten.</summary>
public delegate void StateReader(ReadOnlySpan<float> state, Span<float> logits);

/// <summary>One prompt, ready to be solved any number of times.</summary>
public sealed record SolverSubject
{
    /// <summary>Tokens (T).</summary>
    public required int Positions { get; init; }

    /// <summary>Logits of a token.</summary>
    public required int Vocabulary { get; init; }

    /// <summary>ln_f of the model.</summary>
    public required FinalNorm Norm { get; init; }

    /// <summary>Runs it.</summary>
    public required SolverRunner Run { get; init; }

    /// <summary>What a state predicts.</summary>
    public required StateReader Logits { get; init; }
}

/// <summary>What counts as solved.</summary>
public sealed record SolverComparisonSettings
{
    /// <summary>Residual at which a prompt is solved, above 0.</summary>
    public double Tolerance { get; init; } = 1e-4;

    /// <summary>Evaluations each solver is given (K), at least 1.</summary>
    public int Evaluations { get; init; } = 64;

    /// <summary>The iteration at which plain iteration's s* is taken; at least <see cref="Evaluations"/>.</summary>
    public int Horizon { get; init; } = 128;

    /// <summary>An answer farther than this share of ‖ln_f(s*)‖ from s* is another point.</summary>
    public double BasinShare { get; init; } = 1e-2;

    /// <summary>Where every run starts.</summary>
    public InitialState Start { get; init; } = InitialState.Zero;

    /// <summary>Refuses settings that say nothing.</summary>
    /// <exception cref="ArgumentException">One is out of range; the message says which.</exception>
    public void Require()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Evaluations, 1);
        if (!(Tolerance > 0) || !(BasinShare > 0))
            throw new ArgumentException($"The tolerance is {Tolerance} and the share of a basin {BasinShare}; both must be above 0.");
        if (Horizon < Evaluations)
            throw new ArgumentException(
                $"The horizon is {Horizon} and each solver has {Evaluations} evaluations: s* cannot be taken before the last of them. " +
                $"Give a horizon of {Evaluations} or more.");
    }
}

/// <summary>
/// Several solvers on one prompt, each from the same start, each beside plain iteration: how many evaluations of the core they take to
/// each residual, and whether they came to the same rest and predict the same token.
/// </summary>
/// <remarks>
/// Residuals are of the iterated map, on raw states; distances behind the final norm. A small residual alone does not prove that a
/// point is the model's: that is why every answer is held against plain iteration at the horizon.
/// </remarks>
public sealed record SolverComparison
{
    /// <summary>The settings that were used.</summary>
    public required SolverComparisonSettings Settings { get; init; }

    /// <summary>Residual of plain iteration at the horizon, <c>[T]</c>: how far s* itself is from rest; NaN where it is not finite.</summary>
    public required double[] HorizonResidual { get; init; }

    /// <summary>Plain iteration, then each solver, in the order given.</summary>
    public required IReadOnlyList<SolverTrial> Trials { get; init; }

    /// <summary>Plain iteration.</summary>
    public SolverTrial Plain => Trials[0];

    /// <summary>Runs all of them. What is returned holds numbers only: neither the prompt, nor states or logits.</summary>
    /// <param name="subject">The prompt.</param>
    /// <param name="settings">Tolerance, limits and start.</param>
    /// <param name="solvers">What each is called, and what it is; plain iteration runs anyway.</param>
    public static SolverComparison Of(
        SolverSubject subject, SolverComparisonSettings settings, IReadOnlyList<(string Name, Solver Solver)> solvers)
    {
        ArgumentNullException.ThrowIfNull(subject);
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(solvers);
        settings.Require();
        var runner = new SolverTrialRunner(subject, settings);
        var trials = new List<SolverTrial> { runner.RunPlain() };
        foreach (var (name, solver) in solvers)
            trials.Add(runner.Run(name, solver, trials[0]));
        return new SolverComparison { Settings = settings, HorizonResidual = runner.HorizonResidual, Trials = trials };
    }
}
