using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Threading;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Model;
using Muninn.Engine.Recurrence;
using Muninn.Kernels;

namespace Muninn.Cli.Benches;

/// <summary>One prompt through one model, against the clock: blocks, iterations, the whole.</summary>
/// <remarks>The probes stand between the iterations (the blocks): even a run of minutes is judged by what the machine gave meanwhile.</remarks>
sealed class PromptClock : IDisposable
{
    static readonly RunSettings _once = new() { Limit = 1, Start = InitialState.Random(0) };

    readonly RecurrentModel _model;
    readonly PromptRun _run;
    readonly float[] _logits;
    readonly CancellationToken _stopping;

    /// <summary>Takes the memory of a run and warms it up.</summary>
    /// <param name="model">The model.</param>
    /// <param name="tokens">Positions of the prompt.</param>
    /// <param name="pool">Who computes.</param>
    /// <param name="stopping">Ends a run.</param>
    public PromptClock(RecurrentModel model, int tokens, WorkerPool pool, CancellationToken stopping)
    {
        _model = model;
        _stopping = stopping;
        // Ids far apart: neighbouring rows of the embedding would lie in one page.
        _run = new PromptRun(model, pool, [.. Enumerable.Range(0, tokens).Select(i => (int)(i * 7919L % model.Config.Vocabulary))]);
        _logits = new float[checked(tokens * model.Config.Vocabulary)];
        _run.Run(_once, cancellation: stopping);
    }

    /// <inheritdoc/>
    public void Dispose() => _run.Dispose();

    int Tokens => _run.Positions;

    ModelConfig Config => _model.Config;

    /// <summary>Operations of all products of a run with logits.</summary>
    public double OperationsOf(int iterations) => 2.0 * Tokens *
        ((Config.PreludeBlocks + Config.CodaBlocks) * Config.ProductWeightsPerBlock
            + (double)iterations * Config.ProductWeightsPerIteration
            + (double)Config.Vocabulary * Config.Width);

    /// <summary>Bytes of weights that a run of one token with logits reads: the core at every iteration, all others once.</summary>
    public double BytesOf(int iterations) => _model.PackedBytes + (iterations - 1.0) * _model.CoreBytes;

    /// <summary>The whole: prelude, iterations, coda, logits; medians over the rounds.</summary>
    /// <param name="depth">Iterations, and how many rounds.</param>
    /// <param name="work">What a run does: <see cref="OperationsOf"/>, or <see cref="BytesOf"/>.</param>
    /// <param name="limit">What it is judged by.</param>
    public Figure Whole(BenchDepth depth, double work, Limit limit)
    {
        var figures = new List<Figure>();
        var yardstick = new Yardstick(limit, _stopping);
        var settings = _once with { Limit = depth.Iterations };
        long begin = Stopwatch.GetTimestamp();
        while (figures.Count == 0
            || (figures.Count < depth.PromptRounds && Stopwatch.GetElapsedTime(begin).TotalSeconds < BenchDepth.PromptSeconds))
        {
            yardstick.Start();
            var final = _run.Run(settings, observer: (in IterationView _) => yardstick.Mark(), cancellation: _stopping);
            _run.Logits(final, _logits);
            yardstick.Mark();
            figures.Add(yardstick.Take(work));
        }

        return Figure.MedianOf(figures);
    }

    /// <summary>One iteration; medians over the iterations of a run.</summary>
    /// <param name="iterations">How many are run.</param>
    /// <param name="limit">What it is judged by.</param>
    public Figure Iteration(int iterations, Limit limit)
    {
        double work = 2.0 * Tokens * Config.ProductWeightsPerIteration;
        var figures = new List<Figure>();
        var yardstick = new Yardstick(limit, _stopping);
        var settings = _once with { Limit = iterations };
        _run.Run(settings, observer: Observe, cancellation: _stopping);
        return Figure.MedianOf(figures);

        void Observe(in IterationView view)
        {
            if (view.Iteration == 0)
            {
                yardstick.Start();
                return;
            }

            yardstick.Mark();
            figures.Add(yardstick.Take(work));
        }
    }

    /// <summary>One core block, the second of each iteration: from the end of the first to its own; medians.</summary>
    /// <param name="iterations">How many are run.</param>
    /// <param name="limit">What it is judged by.</param>
    public Figure Block(int iterations, Limit limit)
    {
        var figures = new List<Figure>();
        var yardstick = new Yardstick(limit, _stopping);
        double work = 2.0 * Tokens * Config.ProductWeightsPerBlock;
        _run.SiteWatch = new SiteWatch(
            static (place, _) => place is { Part: ModelPart.Core, Block: 0 or 1, Site: BlockSite.Output }, Observe);
        _run.Run(_once with { Limit = iterations }, cancellation: _stopping);
        _run.SiteWatch = null;
        return Figure.MedianOf(figures);

        void Observe(in SiteView view)
        {
            if (view.Place.Block == 0)
            {
                yardstick.Start();
            }
            else
            {
                yardstick.Mark();
                figures.Add(yardstick.Take(work));
            }
        }
    }

    /// <summary>Bytes that the calling thread allocates from iteration to iteration, after the first.</summary>
    /// <param name="iterations">How many are run.</param>
    public long AllocatedBytes(int iterations)
    {
        long before = 0;
        long after = 0;
        _run.Run(_once with { Limit = iterations }, observer: Observe, cancellation: _stopping);
        return after - before;

        void Observe(in IterationView view)
        {
            if (view.Iteration == 1) before = GC.GetAllocatedBytesForCurrentThread();
            after = GC.GetAllocatedBytesForCurrentThread();
        }
    }
}
