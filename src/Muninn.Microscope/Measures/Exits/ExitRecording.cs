using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Engine.Recurrence;
using Muninn.Microscope.Measures.Lenses;
using Muninn.Microscope.Trajectories;

namespace Muninn.Microscope.Measures.Exits;

/// <summary>What candidates did with one prompt, token by token.</summary>
/// <param name="Iterations">Iterations of each token, by candidate: <c>[T]</c> each.</param>
/// <param name="RuleMet">Whether a rule stopped it; false: it ran to its depth or to the limit.</param>
/// <param name="Divergence">Σ p_full (ln p_full − ln p_exit), in nats; NaN where logits are not finite.</param>
/// <param name="Changed">Whether the likeliest next token is another than at full depth.</param>
/// <param name="DepthDivergence">Sum over positions of the divergence after each iteration, <c>[limit]</c>; the first is that of iteration 1.</param>
public sealed record PromptExits(int[][] Iterations, bool[][] RuleMet, float[][] Divergence, bool[][] Changed, double[] DepthDivergence);

/// <summary>
/// One run of a prompt to its full depth, kept so that every exit rule can be replayed on it. Hand <see cref="Observe"/> to the
/// run, which must go on to the horizon, and then <see cref="Replay"/> as often as wanted.
/// </summary>
/// <remarks>
/// <para>A replay shows a rule, for each token, the states and logits that the token had in a run in which nobody stops. What a
/// monitor says depends on its row's own views alone, so where rows do not see each other the replay is the real run, to the
/// iteration. In a model they do: in a real run a token attends to earlier ones as they stopped, here as they went on. The first
/// position sees nothing but itself and is exact in any case; <see cref="ExitVerification"/> measures the rest.</para>
/// <para>States and what the head reads of them are held: 8 · T · width bytes an iteration. Logits are made for a few positions at
/// a time and never kept.</para>
/// </remarks>
public sealed class ExitRecording
{
    /// <summary>Memory for logits of a replay, those that monitors keep included.</summary>
    const long LogitBytes = 64 << 20;

    readonly Readout _readout;
    readonly WholePrompt _prompt;
    readonly float[][] _states;
    readonly float[][] _x;
    readonly float[] _horizon;

    /// <summary>Everything that is held, allocated at once.</summary>
    /// <param name="positions">Positions of the prompt, at least 1.</param>
    /// <param name="readout">The coda lens.</param>
    /// <param name="limit">Full depth, at least 1: what every exit is compared with.</param>
    /// <param name="horizon">An iteration beyond it, or itself: what full depth is compared with.</param>
    public ExitRecording(int positions, Readout readout, int limit, int horizon)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(positions, 1);
        ArgumentNullException.ThrowIfNull(readout);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        if (horizon < limit)
            throw new ArgumentException($"The horizon, {horizon}, lies before full depth, {limit}; give {limit} or more.", nameof(horizon));
        _readout = readout;
        _prompt = new WholePrompt("recording", positions, readout.Width);
        Positions = positions;
        Limit = limit;
        Horizon = horizon;
        _horizon = new float[checked(positions * readout.Width)];
        _states = [.. Enumerable.Range(0, limit + 1).Select(_ => new float[_horizon.Length])];
        _x = [.. Enumerable.Range(0, limit).Select(_ => new float[_horizon.Length])];
    }

    /// <summary>Positions of the prompt.</summary>
    public int Positions { get; }

    /// <summary>Full depth.</summary>
    public int Limit { get; }

    /// <summary>The last iteration.</summary>
    public int Horizon { get; }

    /// <summary>Memory of a recording and of a replay, in bytes.</summary>
    /// <param name="positions">Positions of the prompt.</param>
    /// <param name="width">Width of a state.</param>
    /// <param name="limit">Full depth.</param>
    public static double BytesFor(int positions, int width, int limit) =>
        sizeof(float) * (2.0 * limit + 2) * positions * width + LogitBytes;

    /// <summary>What the head reads at full depth, <c>[T, width]</c>.</summary>
    internal ReadOnlySpan<float> FullDepth => _x[^1];

    /// <summary>The lens.</summary>
    internal Readout Readout => _readout;

    /// <summary>Keeps an iteration.</summary>
    /// <exception cref="InvalidOperationException">The run is not of one whole prompt, rows have left it, or it is a second run.</exception>
    public void Observe(in IterationView iteration)
    {
        _prompt.Require(iteration);
        if (iteration.Iteration <= Limit)
        {
            iteration.State.CopyTo(_states[iteration.Iteration]);
            if (iteration.Iteration > 0)
                _readout.Read(iteration.State, _x[iteration.Iteration - 1]);
        }

        if (iteration.Iteration == Horizon)
            _readout.Read(iteration.State, _horizon);
    }

    /// <summary>What each candidate would have done.</summary>
    /// <param name="candidates">The candidates; depths beyond the limit end at it.</param>
    /// <exception cref="InvalidOperationException">The run has not come to the horizon.</exception>
    public PromptExits Replay(IReadOnlyList<ExitCandidate> candidates)
    {
        ArgumentNullException.ThrowIfNull(candidates);
        Require();
        var exits = new PromptExits(
            Each(_ => new int[Positions]), Each(_ => new bool[Positions]), Each(_ => new float[Positions]), Each(_ => new bool[Positions]), new double[Limit]);
        int readers = candidates.Count(static candidate => candidate.Rule is { ReadsLogits: true });
        int rows = (int)Math.Clamp(LogitBytes / (sizeof(float) * (long)_readout.Vocabulary * (2 + readers)), 1, Positions);
        var monitors = candidates.Select(candidate => candidate.Rule?.Start(rows, _readout.Width, _readout.Vocabulary)).ToArray();
        var full = new LogitRows(_readout, rows);
        var now = new LogitRows(_readout, rows);
        for (int first = 0; first < Positions; first += rows)
        {
            int count = Math.Min(rows, Positions - first);
            full.Read(FullDepth, first, count);
            foreach (var monitor in monitors)
            {
                for (int row = 0; row < count; row++)
                    monitor?.Begin(row);
            }

            for (int iteration = 1; iteration <= Limit; iteration++)
            {
                now.Read(_x[iteration - 1], first, count);
                for (int row = 0; row < count; row++)
                    Step(candidates, monitors, exits, iteration, first + row, row, now, full);
            }
        }

        return exits;

        T[] Each<T>(Func<int, T> make) => [.. Enumerable.Range(0, candidates.Count).Select(make)];
    }

    /// <summary>How far full depth itself is from the horizon, position by position: what no exit can be blamed for.</summary>
    /// <exception cref="InvalidOperationException">The run has not come to the horizon.</exception>
    public (float[] Divergence, bool[] Changed) FullDepthAgainstHorizon()
    {
        Require();
        return LogitRows.Compare(_readout, FullDepth, _horizon, Positions);
    }

    void Require()
    {
        if (_prompt.Next <= Horizon)
            throw new InvalidOperationException(
                $"The run came to iteration {_prompt.Next - 1}, and {Horizon} are needed. Raise the limit of the run.");
    }

    void Step(
        IReadOnlyList<ExitCandidate> candidates, ExitMonitor?[] monitors, PromptExits exits,
        int iteration, int position, int row, LogitRows now, LogitRows full)
    {
        var outcome = now.Against(row, full);
        exits.DepthDivergence[iteration - 1] += outcome.Divergence;
        for (int c = 0; c < candidates.Count; c++)
        {
            if (exits.Iterations[c][position] > 0)
                continue;
            bool stops = monitors[c] is { } monitor
                ? monitor.Check(row, new ExitView(iteration, State(iteration, position), State(iteration - 1, position),
                    candidates[c].Rule!.ReadsLogitsAt(iteration) ? now.Logits(row) : default)).Stops
                : candidates[c].Depth == iteration;
            if (!stops && iteration < Limit)
                continue;
            exits.Iterations[c][position] = iteration;
            exits.RuleMet[c][position] = stops && monitors[c] is not null;
            (exits.Divergence[c][position], exits.Changed[c][position]) = outcome;
        }
    }

    ReadOnlySpan<float> State(int iteration, int position) =>
        _states[iteration].AsSpan(position * _readout.Width, _readout.Width);
}
