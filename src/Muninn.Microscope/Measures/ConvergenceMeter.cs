using System;
using Muninn.Engine.Model;
using Muninn.Engine.Recurrence;
using Muninn.Microscope.Trajectories;

namespace Muninn.Microscope.Measures;

/// <summary>
/// Measures a <see cref="Convergence"/> while a prompt is iterated. Hand <see cref="Observe"/> to the run as its observer; where
/// <see cref="Repeated"/> is not 0, run the same once more with <see cref="ObserveAgain"/>.
/// </summary>
/// <remarks>
/// Residuals need two neighbouring states, but a distance needs s*, which is known only at the horizon. So the last of the
/// plotted states are held, as many as fit into the memory that was granted, and the others are computed a second time: the
/// same run gives the same bits. Beside them s* and one row are held, whatever the number of iterations. The numbers do not
/// depend on what was held.
/// </remarks>
public sealed class ConvergenceMeter
{
    readonly ConvergenceSettings _settings;
    readonly FinalNorm _norm;
    readonly int _positions;
    readonly WholePrompt _run;
    readonly WholePrompt _again;
    readonly Convergence _measure;
    readonly int?[] _firstNotFinite;
    readonly float[] _steps;
    readonly double[] _sizes;
    readonly float[] _rest;
    readonly float[] _row;
    readonly float[][] _held;

    /// <summary>Everything that is held, allocated at once: measuring allocates nothing.</summary>
    /// <param name="positions">Positions of the prompt (T), at least 1.</param>
    /// <param name="norm">ln_f of the model.</param>
    /// <param name="settings">Iterations, horizon and thresholds.</param>
    /// <param name="heldBytesMax">Memory for plotted states, in bytes, at least 0: 4 · T · width for each.</param>
    /// <exception cref="ArgumentException">The horizon lies before the last plotted iteration.</exception>
    public ConvergenceMeter(int positions, FinalNorm norm, ConvergenceSettings settings, long heldBytesMax)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(positions, 1);
        ArgumentNullException.ThrowIfNull(norm);
        ArgumentOutOfRangeException.ThrowIfNegative(heldBytesMax);
        Require(settings);
        _settings = settings;
        _norm = norm;
        _positions = positions;
        _run = new WholePrompt("meter", positions, norm.Width);
        _again = new WholePrompt("meter", positions, norm.Width);
        _measure = new Convergence(settings, positions);
        _firstNotFinite = new int?[positions];
        _steps = new float[checked(positions * settings.Horizon)];
        _sizes = new double[positions];
        _rest = new float[checked(positions * norm.Width)];
        _row = new float[norm.Width];
        int held = (int)Math.Min(heldBytesMax / ((long)sizeof(float) * _rest.Length), _measure.ReadableColumns);
        Repeated = _measure.ReadableColumns - held;
        _held = new float[held][];
        for (int i = 0; i < held; i++)
            _held[i] = new float[_rest.Length];
    }

    /// <summary>
    /// Plotted states that are not held: iterations 0 … Repeated − 1 must be run a second time; 0: one run is enough.
    /// </summary>
    public int Repeated { get; }

    /// <summary>Measures an iteration of the run; it must go on to the horizon at least.</summary>
    /// <exception cref="InvalidOperationException">
    /// The run is not of one whole prompt, rows have left it, or it is a second run.
    /// </exception>
    public void Observe(in IterationView iteration)
    {
        _run.Require(iteration);
        int i = iteration.Iteration;
        for (int t = 0; t < _positions; t++)
        {
            double size = i > 0 && i <= _settings.Horizon ? Step(iteration, t) : SquareSums.Of(Row(iteration.State, t));
            // A float squared is far from the end of a double: the sum is finite if and only if every entry is.
            if (!double.IsFinite(size) && _firstNotFinite[t] is null)
                _firstNotFinite[t] = i;
        }

        if (i == _settings.Horizon)
            Rest(iteration.State);
        else if (i >= Repeated && i - Repeated < _held.Length)
            _norm.Apply(iteration.State, _positions, _held[i - Repeated]);
    }

    /// <summary>Measures an iteration of the second run, which must go on to iteration <see cref="Repeated"/> − 1 at least.</summary>
    /// <exception cref="InvalidOperationException">
    /// The first run has not come to the horizon, or this one is not the same.
    /// </exception>
    public void ObserveAgain(in IterationView iteration)
    {
        if (_run.Next <= _settings.Horizon)
            throw new InvalidOperationException(
                $"A second run began when the first had come to iteration {_run.Next - 1}; s* is known at {_settings.Horizon}.");
        _again.Require(iteration);
        int i = iteration.Iteration;
        if (i >= Repeated)
            return;
        for (int t = 0; t < _positions; t++)
        {
            // NaN equals NaN here.
            if (i > 0 && !_measure.Residual[t * _settings.Iterations + i - 1].Equals(ResidualOf(iteration, t)))
                throw new InvalidOperationException(
                    $"The second run is not the first: iteration {i} of position {t} has another residual. " +
                    "Run the same prompt from the same start, with the same edits.");
            _norm.Apply(Row(iteration.State, t), 1, _row);
            SetDistance(i, t, _row);
        }
    }

    /// <summary>What was measured, with the floor assumed: <see cref="ConvergenceSettings.RoundingShare"/>.</summary>
    /// <exception cref="InvalidOperationException">A run ended too early.</exception>
    public Convergence ToConvergence() => ToConvergence(RoundingFloor.Assumed(_positions, _settings.RoundingShare));

    /// <summary>What was measured; the meter must not be used for another run.</summary>
    /// <param name="floor">What rounding does to each token.</param>
    /// <exception cref="InvalidOperationException">A run ended too early.</exception>
    /// <exception cref="ArgumentException">A floor of another number of tokens.</exception>
    public Convergence ToConvergence(RoundingFloor floor)
    {
        ArgumentNullException.ThrowIfNull(floor);
        if (floor.Distance.Length != _positions)
            throw new ArgumentException($"The floor is that of {floor.Distance.Length} tokens, the run that of {_positions}.", nameof(floor));
        if (_run.Next <= _settings.Horizon)
            throw new InvalidOperationException(
                $"The run ended at iteration {_run.Next - 1}, before the horizon, {_settings.Horizon}. Raise the limit.");
        if (_again.Next < Repeated)
            throw new InvalidOperationException(
                $"Iterations 0 to {Repeated - 1} must be run a second time; {_again.Next} of them were. " +
                "Run the same again with ObserveAgain as its observer.");
        for (int t = 0; t < _positions; t++)
        {
            var decay = StepDecay.Read(
                _steps.AsSpan(t * _settings.Horizon, _settings.Horizon), floor.Step[t] * _sizes[t]);
            _measure.Rest[t] = RestCertificate.Of(decay, _measure.HorizonResidual[t], _sizes[t], _measure.RestNorm[t], floor, t);
        }

        _measure.Conclude(_firstNotFinite);
        return _measure;
    }

    /// <summary>Step and residual of one row.</summary>
    /// <returns>‖s_i‖².</returns>
    double Step(in IterationView iteration, int position)
    {
        int i = iteration.Iteration;
        var (difference, squaredSize) = SquareSums.OfStep(Row(iteration.State, position), Row(iteration.Previous, position));
        double step = Math.Sqrt(difference);
        double size = Math.Sqrt(squaredSize);
        _steps[position * _settings.Horizon + i - 1] = (float)step;
        float residual = (float)Residual.ShareOf(step, size);
        if (i <= _settings.Iterations)
            _measure.Residual[position * _settings.Iterations + i - 1] = residual;
        if (i == _settings.Horizon)
        {
            _measure.HorizonResidual[position] = residual;
            _sizes[position] = size;
        }

        return squaredSize;
    }

    void Rest(ReadOnlySpan<float> state)
    {
        _norm.Apply(state, _positions, _rest);
        for (int t = 0; t < _positions; t++)
        {
            _measure.RestNorm[t] = (float)Math.Sqrt(SquareSums.Of(Row(_rest, t)));
            for (int held = 0; held < _held.Length; held++)
                SetDistance(Repeated + held, t, Row(_held[held], t));
            if (_settings.Iterations == _settings.Horizon)
                SetDistance(_settings.Horizon, t, Row(_rest, t));
        }
    }

    void SetDistance(int iteration, int position, ReadOnlySpan<float> normed) =>
        _measure.Distance[position * (_settings.Iterations + 1) + iteration] = DistanceBetween(normed, Row(_rest, position));

    float ResidualOf(in IterationView iteration, int position)
    {
        var (difference, size) = SquareSums.OfStep(Row(iteration.State, position), Row(iteration.Previous, position));
        return (float)Residual.ShareOf(Math.Sqrt(difference), Math.Sqrt(size));
    }

    ReadOnlySpan<float> Row(ReadOnlySpan<float> states, int position) => states.Slice(position * _norm.Width, _norm.Width);

    static float DistanceBetween(ReadOnlySpan<float> a, ReadOnlySpan<float> b) => (float)Math.Sqrt(SquareSums.OfDifference(a, b));

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
