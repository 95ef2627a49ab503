using System;
using System.Linq;
using Muninn.Engine.Model;
using Muninn.Engine.Recurrence;
using Muninn.Microscope.Measures;
using Muninn.Microscope.Trajectories;

namespace Muninn.Tests.Oracle;

/// <summary>The slow, obvious twin of a convergence meter: every state is held, and all is measured at the end.</summary>
sealed class HeldConvergence
{
    readonly ConvergenceSettings _settings;
    readonly Trajectory _trajectory;
    readonly FinalNorm _norm;

    HeldConvergence(Trajectory trajectory, FinalNorm norm, ConvergenceSettings settings)
    {
        _trajectory = trajectory;
        _norm = norm;
        _settings = settings;
    }

    /// <summary>‖ln_f(s_i) − ln_f(s*)‖₂, <c>[T, N + 1]</c>.</summary>
    internal float[] Distance => Each(0, (i, t) => Norm(Difference(Normed(i), Normed(_settings.Horizon), t)));

    /// <summary>‖s_i − s_{i−1}‖ / ‖s_i‖, <c>[T, N]</c>.</summary>
    internal float[] Residual => Each(1, ResidualOf);

    /// <summary>‖s_H − s_{H−1}‖ / ‖s_H‖, <c>[T]</c>.</summary>
    internal float[] HorizonResidual =>
        [.. Enumerable.Range(0, _trajectory.Positions).Select(t => (float)ResidualOf(_settings.Horizon, t))];

    /// <summary>‖ln_f(s*)‖₂, <c>[T]</c>.</summary>
    internal float[] RestNorm => [.. Enumerable.Range(0, _trajectory.Positions)
        .Select(t => (float)Norm(Difference(Normed(_settings.Horizon), new float[Normed(0).Length], t)))];

    /// <summary>Runs with every state of 0 … limit held.</summary>
    internal static HeldConvergence Of(
        Action<RunSettings, IterationObserver> run, RunSettings settings, int positions, FinalNorm norm, ConvergenceSettings measure)
    {
        var recorder = new TrajectoryRecorder(positions, norm.Width, Enumerable.Range(0, settings.Limit + 1));
        run(settings, recorder.Observe);
        return new HeldConvergence(recorder.ToTrajectory(), norm, measure);
    }

    float[] Normed(int iteration)
    {
        var normed = new float[_trajectory.Positions * _trajectory.Width];
        _norm.Apply(_trajectory.State(iteration), _trajectory.Positions, normed);
        return normed;
    }

    double ResidualOf(int iteration, int position)
    {
        float[] state = _trajectory.State(iteration).ToArray();
        double change = Norm(Difference(state, _trajectory.State(iteration - 1).ToArray(), position));
        return change == 0 ? 0 : change / Norm(Difference(state, new float[state.Length], position));
    }

    double[] Difference(float[] a, float[] b, int position) =>
        [.. Enumerable.Range(position * _trajectory.Width, _trajectory.Width).Select(i => (double)a[i] - b[i])];

    float[] Each(int first, Func<int, int, double> value) =>
        [.. Enumerable.Range(0, _trajectory.Positions).SelectMany(t =>
            Enumerable.Range(first, _settings.Iterations + 1 - first).Select(i => (float)value(i, t)))];

    static double Norm(double[] values)
    {
        double sum = 0;
        foreach (double value in values)
            sum += value * value;
        return Math.Sqrt(sum);
    }
}
