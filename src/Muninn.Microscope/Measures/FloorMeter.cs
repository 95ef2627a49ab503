using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Engine.Model;
using Muninn.Engine.Randomness;
using Muninn.Engine.Recurrence;
using Muninn.Microscope.Trajectories;

namespace Muninn.Microscope.Measures;

/// <summary>How a rounding floor is measured.</summary>
public sealed record FloorSettings
{
    /// <summary>Sizes of the perturbations as shares of ‖s*‖: one restart for each.</summary>
    public IReadOnlyList<double> Perturbations { get; init; } = [1e-4, 1e-3];

    /// <summary>Iterations of a leg: at the end of each the distances are looked at; at least 4.</summary>
    public int LegIterations { get; init; } = 16;

    /// <summary>Most legs of a restart, at least 2.</summary>
    public int LegsMax { get; init; } = 8;

    /// <summary>A level that shrinks by no more than this factor from one leg to the next has stopped to fall.</summary>
    public double SettledShare { get; init; } = 0.8;

    /// <summary>
    /// What the perturbation must have shrunk to at most; else nothing pulls the token back to s*. With the factor above and eight legs no
    /// ratio passes for settled: one that falls so slowly is still far away.
    /// </summary>
    public double DecayShare { get; init; } = 0.1;

    /// <summary>Seed of the directions.</summary>
    public ulong Seed { get; init; }
}

/// <summary>
/// Measures the rounding floor of each token: restarts from s* + δ, δ in a random direction and small, iterated until the states come no
/// nearer to rest. How far they then stray is what rounding alone does.
/// </summary>
/// <remarks>
/// As long as <see cref="NextLeg"/> has one, run it with <see cref="Observe"/> as the observer; legs of a restart go on where the one before
/// ended. The level of a leg is how far its states stray behind the final norm from the one it began with: that falls like the distance from
/// rest, and does not depend on how near to rest s* itself is. The floor is twice the largest distance of the last leg, over all
/// restarts, because a plot has more cells of noise than a leg; at least 2⁻²³, for states that return to the same bits. A token whose level
/// has not settled, or whose perturbation has not come back (an orbit, a drift, a ratio too near to 1, an s* too far from rest) has no
/// measured floor: it takes the median of the others, or the assumed one. All positions are perturbed together.
/// </remarks>
public sealed class FloorMeter
{
    const double HalfUnit = 1.0 / (1 << 24);

    /// <summary>A floor is this many times the largest level seen: a plot has more cells of noise than a leg.</summary>
    const double LevelMargin = 2;

    readonly FloorSettings _settings;
    readonly FinalNorm _norm;
    readonly int _positions;
    readonly float[] _rest;
    readonly float[] _normedRest;
    readonly float[] _row;
    readonly float[] _last;
    readonly float[] _begin;
    readonly double[] _restSize;
    readonly double[] _restNorm;
    readonly double[] _distances;
    readonly double[] _steps;
    readonly TokenLevel[] _tokens;
    WholePrompt _prompt;
    int _restart = -1;
    int _leg;

    /// <summary>A meter beside a state of rest.</summary>
    /// <param name="positions">Positions of the prompt (T), at least 1.</param>
    /// <param name="norm">ln_f of the model.</param>
    /// <param name="rest">Raw s*, <c>[T, width]</c>; copied.</param>
    /// <param name="settings">Perturbations, legs and thresholds.</param>
    /// <exception cref="ArgumentException">A shape or a setting that makes no sense.</exception>
    public FloorMeter(int positions, FinalNorm norm, ReadOnlySpan<float> rest, FloorSettings settings)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(positions, 1);
        ArgumentNullException.ThrowIfNull(norm);
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.LegIterations, 4, nameof(settings));
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.LegsMax, 2, nameof(settings));
        if (settings.Perturbations.Count == 0 || settings.Perturbations.Any(static size => !(size > 0 && size < 1)))
            throw new ArgumentException("A restart needs a perturbation between 0 and 1, a share of ‖s*‖; give at least one.", nameof(settings));
        if (rest.Length != (long)positions * norm.Width)
            throw new ArgumentException(
                $"s* has {rest.Length} values; {positions} positions of width {norm.Width} need {(long)positions * norm.Width}.", nameof(rest));
        (_settings, _norm, _positions) = (settings, norm, positions);
        _rest = rest.ToArray();
        _last = new float[rest.Length];
        _begin = new float[rest.Length];
        _normedRest = new float[rest.Length];
        norm.Apply(rest, positions, _normedRest);
        _row = new float[norm.Width];
        _distances = new double[settings.LegIterations * positions];
        _steps = new double[_distances.Length];
        _restSize = [.. Enumerable.Range(0, positions).Select(t => Size(Row(_rest, t)))];
        _restNorm = [.. Enumerable.Range(0, positions).Select(t => Size(Row(_normedRest, t)))];
        _tokens = new TokenLevel[positions];
        _prompt = new WholePrompt("floor meter", positions, norm.Width);
        BeginRestart();
    }

    /// <summary>The run that must come next; null: the floor is known.</summary>
    public RunSettings? NextLeg { get; private set; }

    /// <summary>Measures an iteration of a leg.</summary>
    /// <exception cref="InvalidOperationException">The run is not the leg that was asked for.</exception>
    public void Observe(in IterationView iteration)
    {
        if (NextLeg is null)
            throw new InvalidOperationException("The floor is known; make a meter for each s*.");
        _prompt.Require(iteration);
        int i = iteration.Iteration;
        if (i == 0)
            return;
        for (int t = 0; t < _positions; t++)
        {
            var state = Row(iteration.State, t);
            _norm.Apply(state, 1, _row);
            _distances[(i - 1) * _positions + t] = Distance(_row, Row(_begin, t));
            if (i == _settings.LegIterations)
                _tokens[t] = _tokens[t] with { Left = Distance(_row, Row(_normedRest, t)) };
            _steps[(i - 1) * _positions + t] = Distance(state, Row(iteration.Previous, t));
        }

        if (i < _settings.LegIterations)
            return;
        iteration.State.CopyTo(_last);
        EndLeg();
    }

    /// <summary>The floor of every token.</summary>
    /// <exception cref="InvalidOperationException">A leg is still to be run.</exception>
    public RoundingFloor ToFloor()
    {
        if (NextLeg is not null)
            throw new InvalidOperationException("A leg is still to be run: go on while NextLeg has one.");
        var distance = new float[_positions];
        var step = new float[_positions];
        var measured = new bool[_positions];
        for (int t = 0; t < _positions; t++)
        {
            measured[t] = _tokens[t].Settled == _settings.Perturbations.Count && _restNorm[t] > 0 && _restSize[t] > 0;
            if (!measured[t])
                continue;
            distance[t] = (float)(LevelMargin * Math.Max(_tokens[t].Distance / _restNorm[t], HalfUnit));
            step[t] = (float)(LevelMargin * Math.Max(_tokens[t].Step / _restSize[t], HalfUnit));
        }

        double borrowedDistance = Statistics.Median(distance.Where((_, t) => measured[t]).Select(static share => (double)share));
        double borrowedStep = Statistics.Median(step.Where((_, t) => measured[t]).Select(static share => (double)share));
        for (int t = 0; t < _positions; t++)
        {
            if (measured[t])
                continue;
            distance[t] = (float)(double.IsNaN(borrowedDistance) ? RoundingFloor.AssumedShare : borrowedDistance);
            step[t] = (float)(double.IsNaN(borrowedStep) ? RoundingFloor.AssumedShare : borrowedStep);
        }

        return new RoundingFloor(distance, step, measured);
    }

    void BeginRestart()
    {
        _restart++;
        _leg = 0;
        if (_restart == _settings.Perturbations.Count)
        {
            NextLeg = null;
            return;
        }

        double share = _settings.Perturbations[_restart];
        for (int t = 0; t < _positions; t++)
        {
            // Another position in the counter for each restart: other directions.
            int counter = checked(_restart * _positions + t);
            var direction = new double[_norm.Width];
            double sum = 0;
            for (int i = 0; i < direction.Length; i++)
            {
                direction[i] = CounterRandom.TruncatedNormal(_settings.Seed, RandomStream.Perturbation, counter, i);
                sum += direction[i] * direction[i];
            }

            double scale = share * _restSize[t] / Math.Sqrt(sum);
            for (int i = 0; i < direction.Length; i++)
                _last[t * _norm.Width + i] = (float)(_rest[t * _norm.Width + i] + scale * direction[i]);
            _norm.Apply(Row(_last, t), 1, _row);
            _tokens[t] = _tokens[t] with { Begin = Distance(_row, Row(_normedRest, t)), Before = double.NaN };
        }

        BeginLeg();
    }

    void BeginLeg()
    {
        _prompt = new WholePrompt("floor meter", _positions, _norm.Width);
        _norm.Apply(_last, _positions, _begin);
        NextLeg = new RunSettings { Limit = _settings.LegIterations, Start = InitialState.Given(_last.ToArray()) };
    }

    void EndLeg()
    {
        _leg++;
        bool all = true;
        for (int t = 0; t < _positions; t++)
        {
            double level = MiddleOf(_distances, t);
            bool settled = level >= _settings.SettledShare * _tokens[t].Before
                && Math.Max(level, _tokens[t].Left) <= _settings.DecayShare * _tokens[t].Begin;
            _tokens[t] = _tokens[t] with { Before = level, IsSettled = settled };
            all &= settled || !double.IsFinite(level);
        }

        if (!all && _leg < _settings.LegsMax)
        {
            BeginLeg();
            return;
        }

        for (int t = 0; t < _positions; t++)
        {
            if (_tokens[t].IsSettled)
                _tokens[t] = _tokens[t] with
                {
                    Settled = _tokens[t].Settled + 1,
                    Distance = Math.Max(_tokens[t].Distance, LargestOf(_distances, t)),
                    Step = Math.Max(_tokens[t].Step, LargestOf(_steps, t)),
                };
        }

        BeginRestart();
    }

    /// <summary>Median over the second half of a leg; NaN where a value is not finite.</summary>
    double MiddleOf(double[] values, int position)
    {
        var half = new List<double>();
        for (int i = _settings.LegIterations / 2; i < _settings.LegIterations; i++)
            half.Add(values[i * _positions + position]);
        return half.TrueForAll(double.IsFinite) ? Statistics.Median(half) : double.NaN;
    }

    double LargestOf(double[] values, int position)
    {
        double largest = 0;
        for (int i = 0; i < _settings.LegIterations; i++)
            largest = Math.Max(largest, values[i * _positions + position]);
        return largest;
    }

    ReadOnlySpan<float> Row(ReadOnlySpan<float> states, int position) => states.Slice(position * _norm.Width, _norm.Width);

    static double Size(ReadOnlySpan<float> a) => Math.Sqrt(SquareSums.Of(a));

    static double Distance(ReadOnlySpan<float> a, ReadOnlySpan<float> b) => Math.Sqrt(SquareSums.OfDifference(a, b));

    /// <summary>What is known of one token so far.</summary>
    /// <param name="Begin">Distance of the perturbed start.</param>
    /// <param name="Left">Distance from s* at the end of the last leg.</param>
    /// <param name="Before">Level of the leg before; NaN before the second.</param>
    /// <param name="IsSettled">Whether the level stopped to fall in this restart.</param>
    /// <param name="Settled">Restarts in which it did.</param>
    /// <param name="Distance">Largest distance of a last leg.</param>
    /// <param name="Step">Largest step of a last leg.</param>
    readonly record struct TokenLevel(double Begin, double Left, double Before, bool IsSettled, int Settled, double Distance, double Step);
}
