using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Engine.Recurrence;
using Muninn.Microscope.Trajectories;

namespace Muninn.Microscope.Measures.Lenses;

/// <summary>
/// Takes a <see cref="LensTable"/> while a prompt is iterated: run the prompt once for each of <see cref="Limits"/>, to that limit,
/// from the same start, with <see cref="Observe"/> as the observer.
/// </summary>
/// <remarks>
/// The divergence from the end needs the end first. So what the head reads at each reading, T · width floats behind the coda or
/// the norm, is held until the horizon is reached, and only then turned into logits, a few rows at a time, and reduced: holding
/// the states costs no second run, and logits, vocabulary / width times as large, are never held but for those rows. Where the
/// readings do not fit into the memory that was granted, the last of them are taken by the first run and the others by further
/// runs, whose bits are the same. The numbers do not depend on what was held.
/// </remarks>
public sealed class LensMeter
{
    readonly Readout _readout;
    readonly CoreBlockOutputs? _blocks;
    readonly LensTable _table;
    readonly LensReduction _reduction;
    readonly List<int[]> _groups = [];
    readonly float[][] _held;
    readonly float[] _end;
    readonly float[] _first;
    readonly List<(int Reading, float[] X)> _taken = [];
    WholePrompt? _prompt;
    int _run = -1;
    bool _isDone;

    /// <summary>Everything that is held, allocated at once.</summary>
    /// <param name="ids">Token ids of the prompt, at least one.</param>
    /// <param name="readout">The lens.</param>
    /// <param name="settings">What is read.</param>
    /// <param name="heldBytesMax">Memory for readings, in bytes; those of one iteration are held in any case.</param>
    /// <param name="blocks">The outputs of the core's blocks, to be read too, of the same run; null: states alone.</param>
    /// <exception cref="ArgumentException">Settings that cannot be.</exception>
    public LensMeter(
        ReadOnlySpan<int> ids, Readout readout, LensSettings settings, long heldBytesMax = long.MaxValue, CoreBlockOutputs? blocks = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(ids.Length, 1, nameof(ids));
        ArgumentNullException.ThrowIfNull(readout);
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentOutOfRangeException.ThrowIfNegative(heldBytesMax);
        settings.Require(readout.Vocabulary);
        foreach (int id in ids)
        {
            if ((uint)id >= (uint)readout.Vocabulary)
                throw new ArgumentException($"Token {id} is outside the vocabulary, 0 to {readout.Vocabulary - 1}.", nameof(ids));
        }

        _readout = readout;
        _blocks = blocks;
        int[] read = settings.Read();
        int perIteration = 1 + (blocks?.Count ?? 0);
        long bytes = sizeof(float) * (long)ids.Length * readout.Width * perIteration;
        int together = (int)Math.Clamp(heldBytesMax / bytes, 1, read.Length);
        for (int last = read.Length; last > 0; last -= together)
            _groups.Add(read[Math.Max(0, last - together)..last]);
        Limits = [.. _groups.Select(static group => group[^1])];
        _table = EmptyTable(ids, readout.Kind, settings, read, perIteration - 1);
        _reduction = new LensReduction(readout, _table);
        _end = new float[checked(ids.Length * readout.Width)];
        _first = new float[readout.Width];
        _held = new float[together * perIteration][];
        for (int i = 0; i < _held.Length; i++)
            _held[i] = new float[_end.Length];
    }

    /// <summary>The limit of each run that is needed, in order; the first goes on to the horizon.</summary>
    public IReadOnlyList<int> Limits { get; }

    /// <summary>Memory of a meter, in bytes.</summary>
    /// <param name="positions">Positions of the prompt.</param>
    /// <param name="width">Width of a state.</param>
    /// <param name="vocabulary">Logits of a row.</param>
    /// <param name="held">Readings that are held at the same time.</param>
    /// <param name="readings">All readings.</param>
    /// <param name="top">Tokens that are kept of each.</param>
    public static double BytesFor(int positions, int width, int vocabulary, double held, double readings, int top) =>
        sizeof(float) * ((held + 1) * positions * width + (2.0 * top + 5) * readings * positions
            + 2.0 * LensReduction.RowsTogether(vocabulary, positions) * vocabulary);

    /// <summary>Reads an iteration.</summary>
    /// <exception cref="InvalidOperationException">
    /// The run is not of one whole prompt, rows have left it, it is one run too many, or not the same as the first.
    /// </exception>
    public void Observe(in IterationView iteration)
    {
        if (iteration.Iteration == 0)
            Begin();
        if (_prompt is null)
            throw new InvalidOperationException($"The run begins at iteration {iteration.Iteration}; observe it from 0 on.");
        _prompt.Require(iteration);
        if (_isDone || iteration.Iteration > Limits[_run])
            return;
        RequireSame(iteration);
        if (Array.IndexOf(_groups[_run], iteration.Iteration) >= 0)
            Take(iteration);
        if (iteration.Iteration < Limits[_run])
            return;
        // The first run ends at the horizon, whose state is read last.
        if (_run == 0)
            _taken[^1].X.CopyTo(_end, 0);
        _reduction.Add(_taken, _end);
        _taken.Clear();
        _isDone = _run == _groups.Count - 1;
    }

    /// <summary>What was read; the meter must not be used for another run.</summary>
    /// <exception cref="InvalidOperationException">A run is missing or ended too early.</exception>
    public LensTable ToTable()
    {
        if (!_isDone)
            throw new InvalidOperationException(
                $"Run {_run + 1} of {_groups.Count} came to iteration {(_prompt?.Next ?? 0) - 1}; " +
                $"runs to {string.Join(", ", Limits)} iterations are needed, in this order.");
        LensCommitment.Conclude(_table);
        return _table;
    }

    void Begin()
    {
        if (_isDone)
            throw new InvalidOperationException($"All {_groups.Count} runs are done; make a meter for each prompt.");
        if (_prompt is not null && _prompt.Next <= Limits[_run])
            throw new InvalidOperationException(
                $"A run began when that before it had come to iteration {_prompt.Next - 1}; it must go on to {Limits[_run]}.");
        _run++;
        _prompt = new WholePrompt("meter", _table.Positions, _readout.Width);
    }

    void Take(in IterationView iteration)
    {
        int reading = _table.ReadingOf(iteration.Iteration);
        int blocks = iteration.Iteration > 0 ? _blocks?.Count ?? 0 : 0;
        for (int block = 0; block < blocks; block++)
            Take(reading - blocks + block, _blocks!.Output(block));
        Take(reading, iteration.State);
    }

    void Take(int reading, ReadOnlySpan<float> state)
    {
        float[] x = _held[_taken.Count];
        _readout.Read(state, x);
        _taken.Add((reading, x));
    }

    /// <summary>Further runs must be the first again: their first states are compared at the last position, which sees all others.</summary>
    void RequireSame(in IterationView iteration)
    {
        if (iteration.Iteration != 1)
            return;
        var state = iteration.State[^_first.Length..];
        if (_run == 0)
            state.CopyTo(_first);
        // NaN equals NaN here.
        else if (!state.SequenceEqual(_first) && _first.All(float.IsFinite))
            throw new InvalidOperationException(
                $"Run {_run + 1} is not the first again: its state at iteration {iteration.Iteration} differs. Run the same prompt from the same start.");
    }

    static LensTable EmptyTable(ReadOnlySpan<int> ids, LensKind kind, LensSettings settings, int[] read, int blocks)
    {
        var depths = new List<(int Iteration, int Block)>();
        foreach (int iteration in read)
        {
            for (int block = 0; block < blocks && iteration > 0; block++)
                depths.Add((iteration, block));
            depths.Add((iteration, LensTable.State));
        }

        int cells = checked(depths.Count * ids.Length);
        return new LensTable
        {
            Kind = kind,
            Settings = settings,
            Ids = ids.ToArray(),
            Iterations = [.. depths.Select(static depth => depth.Iteration)],
            Blocks = [.. depths.Select(static depth => depth.Block)],
            Tokens = new int[checked(cells * settings.TopCount)],
            LogProbabilities = new float[cells * settings.TopCount],
            Entropy = new float[cells],
            Divergence = new float[cells],
            Rank = new int[cells],
            NextLogProbability = new float[cells],
            NextRank = new int[cells],
            FinalTokens = new int[ids.Length],
            FinalMargin = new float[ids.Length],
            Commit = new int?[ids.Length],
            Settled = new int?[ids.Length],
            Changes = new int[ids.Length],
        };
    }
}
