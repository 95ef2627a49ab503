using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Muninn.Engine.Model;
using Muninn.Engine.Recurrence;
using Muninn.Kernels;

namespace Muninn.Engine.Training.Evaluation;

/// <summary>What a model reads, and how many of the tokens at its end it is asked to predict.</summary>
/// <param name="Tokens">At least two.</param>
/// <param name="Targets">From 1 to one fewer than there are tokens: each is predicted from all tokens before it.</param>
public readonly record struct ReadSequence(int[] Tokens, int Targets)
{
    /// <summary>Rows that it takes: every token but the last is read.</summary>
    public int Rows => Tokens.Length - 1;

    /// <summary>The first row whose prediction counts.</summary>
    public int FirstTarget => Rows - Targets;
}

/// <summary>How well logits predict the token that comes.</summary>
/// <param name="logits">Raw logits of a row, <c>[vocabulary]</c>.</param>
/// <param name="target">The token that comes.</param>
public delegate float TokenScore(ReadOnlySpan<float> logits, int target);

/// <summary>How deep sequences are read, and how many at a time.</summary>
public sealed record ReadSettings
{
    /// <summary>After which iterations the coda reads, rising from 1; the last is the limit of the run.</summary>
    public required IReadOnlyList<int> Iterations { get; init; }

    /// <summary>Where every row starts.</summary>
    public InitialState Start { get; init; } = InitialState.Zero;

    /// <summary>
    /// A row leaves the run when an iteration moves its state by no more than this share of its size, and those before it have left; it is
    /// read as it stood from then on. 0: every row goes on to the limit.
    /// </summary>
    public double RestResidual { get; init; } = RestResidualDefault;

    /// <summary>A few roundings of float32: far below what changes a prediction.</summary>
    public const double RestResidualDefault = 1e-6;

    /// <summary>Most rows of a pass, at least 1; a longer sequence has a pass to itself. Changes the speed, never a bit of the result.</summary>
    public int RowsMax { get; init; } = 256;

    /// <summary>1, 2, 4, … and the limit.</summary>
    /// <param name="limit">At least 1.</param>
    public static IReadOnlyList<int> Doubling(int limit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        var iterations = new List<int>();
        for (long iteration = 1; iteration < limit; iteration *= 2)
            iterations.Add((int)iteration);
        return [.. iterations, limit];
    }
}

/// <summary>
/// Reads many sequences at many depths in one run each: the core goes to the limit once, and the coda reads on the way. All rows of a
/// sequence are at the same iteration, so what the coda reads after iteration n is what a run of limit n gives: bit for bit, until rows
/// come to rest.
/// </summary>
/// <remarks>
/// Sequences are independent: threads take bundles of them, each with scratch memory of its own. States never rest to the bit, they move by
/// some roundings for ever: rows that move no further than <see cref="ReadSettings.RestResidual"/> are counted as at rest and leave, which
/// saves most of a deep run. Rows in a cycle do not.
/// </remarks>
public static class DepthReader
{
    /// <summary>Scores of every target after every wanted iteration.</summary>
    /// <param name="model">The weights.</param>
    /// <param name="sequences">What is read.</param>
    /// <param name="settings">How deep.</param>
    /// <param name="score">What is kept of a row's logits; called by several threads.</param>
    /// <param name="pool">Threads.</param>
    /// <param name="read">Told how many sequences have been read since it was last told, by any thread; null: nobody is.</param>
    /// <param name="cancellation">Checked in every block; a cancelled reading throws.</param>
    /// <returns>For each sequence <c>[iterations, targets]</c>.</returns>
    /// <exception cref="ArgumentException">A sequence that the model cannot read, or iterations that do not rise from 1.</exception>
    public static float[][] Read(
        RecurrentModel model, IReadOnlyList<ReadSequence> sequences, ReadSettings settings, TokenScore score, WorkerPool pool,
        Action<int>? read = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(sequences);
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(score);
        ArgumentNullException.ThrowIfNull(pool);
        Check(model, sequences, settings);
        var scores = new float[sequences.Count][];
        if (sequences.Count == 0)
            return scores;
        var bundles = Bundles(sequences, settings.RowsMax, pool.Threads);
        var room = new ReadRoom(
            bundles.Max(static bundle => bundle.Rows), bundles.Max(static bundle => bundle.Count), bundles.Max(static bundle => bundle.Panels));
        var free = new ConcurrentBag<ReadLane>();
        try
        {
            SharedWork.Run(bundles.Count, Work, pool, cancellation);
        }
        finally
        {
            foreach (var lane in free)
                lane.Dispose();
        }

        return scores;

        void Work(int number)
        {
            var bundle = bundles[number];
            if (!free.TryTake(out var lane))
                lane = new ReadLane(model, settings, score, room);
            try
            {
                lane.Read([.. Enumerable.Range(bundle.First, bundle.Count).Select(i => sequences[i])], scores.AsSpan(bundle.First, bundle.Count), cancellation);
            }
            finally
            {
                free.Add(lane);
            }

            read?.Invoke(bundle.Count);
        }
    }

    static void Check(RecurrentModel model, IReadOnlyList<ReadSequence> sequences, ReadSettings settings)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.RowsMax, 1, nameof(settings));
        int last = 0;
        foreach (int iteration in settings.Iterations)
        {
            if (iteration <= last)
                throw new ArgumentException($"Iteration {iteration} follows {last}; give iterations that rise from 1.", nameof(settings));
            last = iteration;
        }

        if (last == 0)
            throw new ArgumentException("There is no iteration to read at; give one at least.", nameof(settings));
        foreach (var sequence in sequences)
        {
            model.RequireTokens(sequence.Tokens);
            if (sequence.Targets < 1 || sequence.Targets > sequence.Rows)
                throw new ArgumentException(
                    $"Of {sequence.Tokens.Length} tokens {sequence.Targets} are to be predicted; 1 to {sequence.Rows} can be.", nameof(sequences));
        }
    }

    /// <summary>Neighbouring sequences that go through the model together: no more rows than allowed, and work for every thread.</summary>
    static List<Bundle> Bundles(IReadOnlyList<ReadSequence> sequences, int rowsMax, int threads)
    {
        long all = sequences.Sum(static sequence => (long)sequence.Rows);
        long share = Math.Min(rowsMax, Math.Max(1, (all + threads - 1) / threads));
        var bundles = new List<Bundle>();
        var bundle = default(Bundle);
        for (int i = 0; i < sequences.Count; i++)
        {
            int rows = sequences[i].Rows;
            if (bundle.Count > 0 && bundle.Rows + rows > share)
            {
                bundles.Add(bundle);
                bundle = new Bundle(i, 0, 0, 0);
            }

            bundle = bundle with { Count = bundle.Count + 1, Rows = bundle.Rows + rows, Panels = bundle.Panels + ReadRoom.PanelsFor(rows) };
        }

        bundles.Add(bundle);
        return bundles;
    }

    /// <summary>Some neighbouring sequences.</summary>
    readonly record struct Bundle(int First, int Count, int Rows, int Panels);
}
