using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using Muninn.Engine.Generation;
using Muninn.Engine.Model;
using Muninn.Engine.Recurrence;
using Muninn.Kernels;

namespace Muninn.Cli.Benches;

/// <summary>
/// Continuous batching by token, as it is done for models without recurrence: a round gives every request of the batch a token, and
/// lasts until the slowest row of it has stopped; where a request has ended, the next one joins at the next round.
/// </summary>
/// <remarks>
/// The rows run as long as depth batching let them. A round is one flight of that many rows of the same engine, whose rows stop when
/// the table says so. What is cheaper here than it would be: logits of one row, and keys of the round alone.
/// </remarks>
/// <param name="rounds">Iterations of each row, round by round.</param>
/// <param name="goesOn">Whether rows that stopped are computed on to the end of the round; otherwise their places stay empty.</param>
/// <param name="rows">Most rows of a pass.</param>
/// <param name="model">The weights.</param>
/// <param name="pool">Who computes.</param>
sealed class TokenRounds(IReadOnlyList<int[]> rounds, bool goesOn, int rows, RecurrentModel model, WorkerPool pool) : IRunner, IDisposable
{
    readonly DepthScheduler _scheduler = new(
        model, pool, SchedulerSettings.For(RequestOf([.. Enumerable.Repeat(TextMode.Limit, rows)], goesOn), model.Config));

    int _begun;
    int _done;

    /// <inheritdoc/>
    public double Done => (double)_done / rounds.Count;

    /// <summary>Time of all passes.</summary>
    public double Seconds { get; private set; }

    /// <summary>Passes so far.</summary>
    public PassCounts Counts => _scheduler.Counts;

    /// <summary>The rounds of some requests.</summary>
    /// <param name="iterations">Iterations of each row, request by request.</param>
    /// <param name="rows">Requests at a time.</param>
    public static IReadOnlyList<int[]> Of(IReadOnlyList<IReadOnlyList<int>> iterations, int rows)
    {
        var waiting = new Queue<IReadOnlyList<int>>(iterations);
        var batch = new List<Queue<int>>();
        var rounds = new List<int[]>();
        while (true)
        {
            batch.RemoveAll(static request => request.Count == 0);
            while (batch.Count < rows && waiting.TryDequeue(out var next)) batch.Add(new Queue<int>(next));
            if (batch.Count == 0) return rounds;
            rounds.Add([.. batch.Select(static request => request.Dequeue())]);
        }
    }

    /// <inheritdoc/>
    public bool Step()
    {
        if (_begun == _done) _scheduler.Submit(RequestOf(rounds[_begun++], goesOn));
        long start = Stopwatch.GetTimestamp();
        bool isUnderWay = _scheduler.Step();
        Seconds += Stopwatch.GetElapsedTime(start).TotalSeconds;
        if (!isUnderWay) _done = _begun;
        return _done < rounds.Count;
    }

    /// <inheritdoc/>
    public void Dispose() => _scheduler.Dispose();

    static GenerationRequest RequestOf(int[] round, bool goesOn) => new()
    {
        Prompt = Enumerable.Range(0, round.Length).ToArray(),
        PromptChunk = round.Length,
        TokensMax = 1,
        Limit = round.Max(),
        Exit = goesOn ? null : new TableExit(round),
    };

    /// <summary>Stops each row at an iteration that is known before.</summary>
    sealed record TableExit(int[] Iterations) : ExitRule
    {
        public override bool IsMet(double value) => value >= 0;

        public override ExitMonitor Start(int rows, int width, int vocabulary) => new Monitor(Iterations);

        sealed class Monitor(int[] iterations) : ExitMonitor
        {
            public override void Begin(int row)
            {
            }

            public override ExitCheck Check(int row, in ExitView view)
            {
                int left = view.Iteration - iterations[row];
                return new ExitCheck(left >= 0, left);
            }
        }
    }
}
