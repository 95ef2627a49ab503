using System;
using System.Collections.Generic;
using System.Linq;
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
public sealed class SolverComparison
{
    readonly SolverSubject _subject;
    readonly SolverComparisonSettings _settings;
    readonly float[] _rest;
    readonly float[] _restLogits;
    readonly float[] _logits;

    SolverComparison(SolverSubject subject, SolverComparisonSettings settings)
    {
        _subject = subject;
        _settings = settings;
        _rest = new float[checked(subject.Positions * subject.Norm.Width)];
        _restLogits = new float[checked(subject.Positions * subject.Vocabulary)];
        _logits = new float[_restLogits.Length];
        HorizonResidual = new double[subject.Positions];
    }

    /// <summary>The settings that were used.</summary>
    public SolverComparisonSettings Settings => _settings;

    /// <summary>Residual of plain iteration at the horizon, <c>[T]</c>: how far s* itself is from rest; NaN where it is not finite.</summary>
    public double[] HorizonResidual { get; }

    /// <summary>Plain iteration.</summary>
    public SolverTrial Plain => Trials[0];

    /// <summary>Plain iteration, then each solver, in the order given.</summary>
    public IReadOnlyList<SolverTrial> Trials { get; private set; } = [];

    /// <summary>Runs all of them.</summary>
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
        var comparison = new SolverComparison(subject, settings);
        var trials = new List<SolverTrial> { comparison.RunPlain() };
        comparison.Trials = trials;
        foreach (var (name, solver) in solvers)
            trials.Add(comparison.Run(name, solver));
        return comparison;
    }

    /// <summary>One run to the horizon is plain iteration's trial and where the others are held against.</summary>
    SolverTrial RunPlain()
    {
        var meter = Meter(_settings.Horizon);
        IterationObserver observer = meter.Observe;
        observer += (in IterationView view) =>
        {
            if (view.Iteration != _settings.Horizon)
                return;
            view.State.CopyTo(_rest);
            Residuals(view, HorizonResidual);
        };
        var tally = _subject.Run(SettingsOf(Solver.Plain, _settings.Horizon), observer);
        _subject.Logits(_rest, _restLogits);
        return Trial("plain", Solver.Plain, meter, tally);
    }

    SolverTrial Run(string name, Solver solver)
    {
        var meter = Meter(_settings.Evaluations);
        return Trial(name, solver, meter, _subject.Run(SettingsOf(solver, _settings.Evaluations), meter.Observe));
    }

    SolverTrial Trial(string name, Solver solver, SolverMeter meter, SolverTally tally)
    {
        var trial = new SolverTrial
        {
            Name = name,
            Solver = solver,
            Positions = _subject.Positions,
            Limit = meter.Evaluations,
            Residual = meter.Residual,
            ReachedAt = meter.ReachedAt,
            FallbackEvaluations = 0,
            Certificate = Certify(meter.Answer),
            Tally = tally,
            Elapsed = meter.Elapsed,
        };
        if (Trials.Count == 0 || trial.IsAccepted || Plain.ReachedAt is not { } plain)
            return trial;
        return trial with { FallbackEvaluations = plain, Elapsed = trial.Elapsed + Plain.Elapsed };
    }

    SolverCertificate Certify(float[] answer)
    {
        int positions = _subject.Positions;
        double[] residual = ResidualAt(answer);
        _subject.Logits(answer, _logits);
        var certificate = new SolverCertificate
        {
            Residual = residual,
            Distance = Distances(answer),
            Divergence = new double[positions],
            Departure = [.. Enumerable.Repeat(double.NaN, positions)],
            SameToken = new bool[positions],
            Verdict = new SolverVerdict[positions],
        };
        int vocabulary = _subject.Vocabulary;
        for (int t = 0; t < positions; t++)
        {
            (certificate.Divergence[t], certificate.SameToken[t]) = Prediction.Compare(
                _restLogits.AsSpan(t * vocabulary, vocabulary), _logits.AsSpan(t * vocabulary, vocabulary));
            certificate.Verdict[t] = VerdictOf(residual[t], HorizonResidual[t], certificate.Distance[t]);
        }

        if (certificate.Count(SolverVerdict.BeyondPlain) > 0)
            SolverDeparture.Measure(_subject, answer, certificate);
        return certificate;
    }

    /// <summary>Residuals of one plain evaluation at a state, <c>[T]</c>.</summary>
    double[] ResidualAt(float[] state)
    {
        var residual = new double[_subject.Positions];
        var settings = SettingsOf(Solver.Plain, 1) with { Start = InitialState.Given(state) };
        _ = _subject.Run(settings, (in IterationView view) =>
        {
            if (view.Iteration == 1)
                Residuals(view, residual);
        });
        return residual;
    }

    SolverVerdict VerdictOf(double residual, double horizonResidual, double distance)
    {
        if (!double.IsFinite(residual))
            return SolverVerdict.Diverged;
        if (residual > _settings.Tolerance)
            return SolverVerdict.NotReached;
        if (!(horizonResidual <= _settings.Tolerance))
            return SolverVerdict.BeyondPlain;
        return distance <= _settings.BasinShare ? SolverVerdict.SamePoint : SolverVerdict.OtherPoint;
    }

    double[] Distances(float[] answer)
    {
        int width = _subject.Norm.Width;
        var normed = new float[answer.Length];
        var rest = new float[answer.Length];
        _subject.Norm.Apply(answer, _subject.Positions, normed);
        _subject.Norm.Apply(_rest, _subject.Positions, rest);
        // The residual of the second with respect to the first is the distance as a share of the first.
        return [.. Enumerable.Range(0, _subject.Positions).Select(t =>
            Engine.Recurrence.Residual.Of(rest.AsSpan(t * width, width), normed.AsSpan(t * width, width)))];
    }

    static void Residuals(in IterationView view, double[] residual)
    {
        for (int t = 0; t < residual.Length; t++)
        {
            double value = Residual.Of(view.State.Slice(t * view.Width, view.Width), view.Previous.Slice(t * view.Width, view.Width));
            residual[t] = double.IsFinite(value) ? value : double.NaN;
        }
    }

    SolverMeter Meter(int evaluations) => new(_subject.Positions, _subject.Norm.Width, evaluations, _settings.Tolerance);

    SolveSettings SettingsOf(Solver solver, int evaluations) =>
        new() { Solver = solver, Evaluations = evaluations, Start = _settings.Start };
}
