using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using Muninn.Engine.Generation;
using Muninn.Engine.Model;
using Muninn.Kernels;

namespace Muninn.Cli.Benches;

/// <summary>Work that is done a pass at a time and against the clock.</summary>
interface IRunner
{
    /// <summary>Share of it that is done; 1 at the end.</summary>
    double Done { get; }

    /// <summary>Does a pass.</summary>
    /// <returns>Whether anything is left.</returns>
    bool Step();
}

/// <summary>Requests through a scheduler, all handed in at once.</summary>
/// <remarks>
/// Occupancy is that of the core while work is waiting, which is as long as more requests are left than run at a time:
/// row passes that took place ÷ row passes that full passes could hold. Afterwards no scheduler could fill them.
/// </remarks>
sealed class DepthRun : IRunner, IDisposable
{
    readonly DepthScheduler _scheduler;
    readonly List<int>[] _iterations;
    readonly int _atATime;
    readonly int _rows;
    readonly int _tokens;
    int _generated;
    long _passes;
    long _rowPasses;
    long _allocated;
    long _quietTokens;

    /// <summary>Hands in the requests; computes nothing yet.</summary>
    /// <param name="requests">All of them.</param>
    /// <param name="atATime">How many run beside each other.</param>
    /// <param name="rows">Most rows of a pass.</param>
    /// <param name="model">The weights.</param>
    /// <param name="pool">Who computes.</param>
    public DepthRun(IReadOnlyList<GenerationRequest> requests, int atATime, int rows, RecurrentModel model, WorkerPool pool)
    {
        (_atATime, _rows) = (atATime, rows);
        _tokens = requests.Sum(static request => request.TokensMax);
        _iterations = [.. requests.Select(static request => new List<int>(request.TokensMax))];
        _scheduler = new DepthScheduler(model, pool, SettingsFor(requests, atATime, rows, model));
        for (int i = 0; i < requests.Count; i++)
        {
            var iterations = _iterations[i];
            var ticket = _scheduler.Submit(requests[i], (in GeneratedToken token) =>
            {
                iterations.Add(token.Iterations);
                _generated++;
                return true;
            });
            if (ticket.Explanation is { } refusal) throw new InvalidDataException(refusal);
        }
    }

    /// <inheritdoc/>
    public double Done => (double)_generated / _tokens;

    /// <summary>Time of all passes.</summary>
    public double Seconds { get; private set; }

    /// <summary>Tokens in that time.</summary>
    public double TokensPerSecond => _generated / Seconds;

    /// <summary>Iterations of the row behind each token, request by request.</summary>
    public IReadOnlyList<IReadOnlyList<int>> Iterations => _iterations;

    /// <summary>Rows of a pass through the core, on average, while work is waiting.</summary>
    public double RowsPerPass => (double)_rowPasses / _passes;

    /// <summary>That, as a share of what a pass holds.</summary>
    public double Occupancy => RowsPerPass / _rows;

    /// <summary>Bytes in passes in which no request came or went, for a token of these passes.</summary>
    public double AllocatedPerToken => (double)_allocated / _quietTokens;

    /// <inheritdoc/>
    public bool Step()
    {
        var (running, waiting, generated, counts) = (_scheduler.Running, _scheduler.Waiting, _generated, _scheduler.Counts);
        long bytes = GC.GetAllocatedBytesForCurrentThread();
        long start = Stopwatch.GetTimestamp();
        bool goesOn = _scheduler.Step();
        Seconds += Stopwatch.GetElapsedTime(start).TotalSeconds;
        bytes = GC.GetAllocatedBytesForCurrentThread() - bytes;
        if ((_scheduler.Running, _scheduler.Waiting) == (running, waiting))
        {
            _allocated += bytes;
            _quietTokens += _generated - generated;
        }

        if (running + waiting > _atATime)
        {
            _passes += _scheduler.Counts.CorePasses - counts.CorePasses;
            _rowPasses += _scheduler.Counts.CoreRows - counts.CoreRows;
        }

        return goesOn;
    }

    /// <inheritdoc/>
    public void Dispose() => _scheduler.Dispose();

    static SchedulerSettings SettingsFor(IReadOnlyList<GenerationRequest> requests, int atATime, int rows, RecurrentModel model)
    {
        var stores = requests.Select(request => SchedulerSettings.For(request, model.Config).Store).ToList();
        return new SchedulerSettings
        {
            RowsMax = rows,
            HeadRowsMax = rows,
            RequestsMax = atATime,
            Store = stores[0] with
            {
                Sequences = atATime,
                OuterPanels = atATime * stores.Max(static store => store.OuterPanels),
                CorePanels = atATime * stores.Max(static store => store.CorePanels),
            },
        };
    }
}
