using System;
using System.Linq;
using Muninn.Engine.Recurrence;
using Muninn.Engine.Recurrence.Solvers;

namespace Muninn.Microscope.Measures.Solvers;

/// <summary>Runs and certifies the trials of one prompt; s*, its logits and the prompt itself go with it when all are done.</summary>
sealed class SolverTrialRunner(SolverSubject subject, SolverComparisonSettings settings)
{
    readonly float[] _rest = new float[checked(subject.Positions * subject.Norm.Width)];
    readonly float[] _restLogits = new float[checked(subject.Positions * subject.Vocabulary)];
    readonly float[] _logits = new float[subject.Positions * subject.Vocabulary];

    /// <summary>Residual of plain iteration at the horizon, <c>[T]</c>.</summary>
    public double[] HorizonResidual { get; } = new double[subject.Positions];

    /// <summary>One run to the horizon is plain iteration's trial and where the others are held against.</summary>
    public SolverTrial RunPlain()
    {
        var meter = Meter(settings.Horizon);
        IterationObserver observer = meter.Observe;
        observer += (in IterationView view) =>
        {
            if (view.Iteration != settings.Horizon)
                return;
            view.State.CopyTo(_rest);
            Residuals(view, HorizonResidual);
        };
        var tally = subject.Run(SettingsOf(Solver.Plain, settings.Horizon), observer);
        subject.Logits(_rest, _restLogits);
        return Trial("plain", Solver.Plain, meter, tally, null);
    }

    /// <summary>A solver; where its answer is not plain iteration's, the latter is counted on top.</summary>
    public SolverTrial Run(string name, Solver solver, SolverTrial plain)
    {
        var meter = Meter(settings.Evaluations);
        return Trial(name, solver, meter, subject.Run(SettingsOf(solver, settings.Evaluations), meter.Observe), plain);
    }

    SolverTrial Trial(string name, Solver solver, SolverMeter meter, SolverTally tally, SolverTrial? plain)
    {
        var trial = new SolverTrial
        {
            Name = name,
            Solver = solver,
            Positions = subject.Positions,
            Limit = meter.Evaluations,
            Residual = meter.Residual,
            ReachedAt = meter.ReachedAt,
            FallbackEvaluations = 0,
            Certificate = Certify(meter.Answer),
            Tally = tally,
            Elapsed = meter.Elapsed,
        };
        if (trial.IsAccepted || plain?.ReachedAt is not { } reached)
            return trial;
        return trial with { FallbackEvaluations = reached, Elapsed = trial.Elapsed + plain.Elapsed };
    }

    SolverCertificate Certify(float[] answer)
    {
        int positions = subject.Positions;
        double[] residual = ResidualAt(answer);
        subject.Logits(answer, _logits);
        var certificate = new SolverCertificate
        {
            Residual = residual,
            Distance = Distances(answer),
            Divergence = new double[positions],
            Departure = [.. Enumerable.Repeat(double.NaN, positions)],
            SameToken = new bool[positions],
            Verdict = new SolverVerdict[positions],
        };
        int vocabulary = subject.Vocabulary;
        for (int t = 0; t < positions; t++)
        {
            (certificate.Divergence[t], certificate.SameToken[t]) = Prediction.Compare(
                _restLogits.AsSpan(t * vocabulary, vocabulary), _logits.AsSpan(t * vocabulary, vocabulary));
            certificate.Verdict[t] = VerdictOf(residual[t], HorizonResidual[t], certificate.Distance[t]);
        }

        if (certificate.Count(SolverVerdict.BeyondPlain) > 0)
            SolverDeparture.Measure(subject, answer, certificate);
        return certificate;
    }

    /// <summary>Residuals of one plain evaluation at a state, <c>[T]</c>.</summary>
    double[] ResidualAt(float[] state)
    {
        var residual = new double[subject.Positions];
        var once = SettingsOf(Solver.Plain, 1) with { Start = InitialState.Given(state) };
        _ = subject.Run(once, (in IterationView view) =>
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
        if (residual > settings.Tolerance)
            return SolverVerdict.NotReached;
        if (!(horizonResidual <= settings.Tolerance))
            return SolverVerdict.BeyondPlain;
        return distance <= settings.BasinShare ? SolverVerdict.SamePoint : SolverVerdict.OtherPoint;
    }

    double[] Distances(float[] answer)
    {
        int width = subject.Norm.Width;
        var normed = new float[answer.Length];
        var rest = new float[answer.Length];
        subject.Norm.Apply(answer, subject.Positions, normed);
        subject.Norm.Apply(_rest, subject.Positions, rest);
        // The residual of the second with respect to the first is the distance as a share of the first.
        return [.. Enumerable.Range(0, subject.Positions).Select(t =>
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

    SolverMeter Meter(int evaluations) => new(subject.Positions, subject.Norm.Width, evaluations, settings.Tolerance);

    SolveSettings SettingsOf(Solver solver, int evaluations) =>
        new() { Solver = solver, Evaluations = evaluations, Start = settings.Start };
}
