using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Cli.Frame;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Generation;
using Muninn.Engine.Model;
using Muninn.Engine.Recurrence;
using Muninn.Kernels;

namespace Muninn.Cli.Benches;

/// <summary>
/// Depth batching by all threads: 16 requests at a time whose exits differ, others waiting, on a model that no cache holds; beside it
/// the same rows token by token, as batches usually run.
/// </summary>
sealed class DepthCases : BenchGroup
{
    const int Seed = 3;
    const int AtATime = 16;
    const int PassRows = 12;
    const int PromptChunk = 4;
    const int WholePrompt = int.MaxValue;

    static readonly ExitRule?[] _exits = [new ResidualExit(0.1), new ResidualExit(0.01), new ResidualExit(0.001), null];
    static readonly int[] _limits = [8, 16, 24, 32];

    readonly BenchDepth _depth;
    readonly int _threads = int.Min(Environment.ProcessorCount, WorkerPool.ThreadsMax);
    readonly Shell _shell;
    readonly Held<int, Loaded> _models;
    (double Waiting, double Computing, DepthRun Run)? _measured;

    /// <summary>Makes nothing yet.</summary>
    public DepthCases(BenchDepth depth, Shell shell)
    {
        (_depth, _shell) = (depth, shell);
        _models = new(threads => new Loaded(threads, depth, shell));
    }

    /// <inheritdoc/>
    public override string Name => "depth";

    /// <inheritdoc/>
    public override IEnumerable<BenchCase> Cases
    {
        get
        {
            yield return OfPasses("prompts beside tokens", Prompted);
            yield return OfPasses("tokens alone", () => Measured.Run);
            yield return OfSpeed("against rows that wait", () => Measured.Waiting);
            yield return OfSpeed("against rows that go on", () => Measured.Computing);
            const string Allocated = "allocated per token: 16 requests";
            yield return new(Allocated, () => new(Name, Allocated, Measured.Run.AllocatedPerToken, "B", Goal: new(0, AtMost: true)));
        }
    }

    (double Waiting, double Computing, DepthRun Run) Measured => _measured ??= Measure();

    /// <inheritdoc/>
    public override void Dispose() => _models.Dispose();

    BenchCase OfPasses(string what, Func<DepthRun> run)
    {
        var name = $"{AtATime} requests, {what}";
        return new(name, () =>
        {
            var done = run();
            return new(Name, name, done.RowsPerPass, "rows", done.Occupancy, "of full passes", new(0.90));
        });
    }

    BenchCase OfSpeed(string what, Func<double> ratio)
    {
        var name = $"{AtATime} requests, {(_threads == 1 ? "one thread" : $"{_threads} threads")}, {what}";
        return new(name, () => new(Name, name, Measured.Run.TokensPerSecond, "tokens/s", ratio(), "of token by token", new(1.4)));
    }

    /// <summary>Requests whose exits, limits and lengths are drawn.</summary>
    /// <param name="promptMost">Tokens of a prompt, at most.</param>
    List<GenerationRequest> Requests(int promptMost)
    {
        var draws = new Draws(Seed, 0);
        var text = DefaultModel.Text;
        return [.. new HeldOutPrompts(Seed).Questions(_depth.Requests).Select(question =>
        {
            int[] ids = text.Tokenizer.Encode(question);
            return new GenerationRequest
            {
                Prompt = ids.AsMemory(0, int.Min(ids.Length, promptMost)),
                PromptChunk = PromptChunk,
                Limit = _limits[draws.Next(_limits.Length)],
                Exit = _exits[draws.Next(_exits.Length)],
                TokensMax = draws.Next(8, 25),
            };
        })];
    }

    /// <summary>Passes alone are counted: the narrow model has the same.</summary>
    DepthRun Prompted()
    {
        using var checkpoint = Checkpoint.Open(DefaultModel.Folder);
        using var model = RecurrentModel.Load(checkpoint, new ModelOptions());
        using var pool = new WorkerPool(1);
        using var run = new DepthRun(Requests(WholePrompt), AtATime, PassRows, model, pool);
        while (run.Step()) _shell.Stopping.ThrowIfCancellationRequested();
        return run;
    }

    (double Waiting, double Computing, DepthRun Run) Measure()
    {
        var (model, pool) = (_models.Get(_threads).Model, _models.Get(_threads).Pool);
        // The first time warms up and tells how long every row runs.
        using var first = new DepthRun(Requests(promptMost: 1), AtATime, PassRows, model, pool);
        while (first.Step()) _shell.Stopping.ThrowIfCancellationRequested();
        var rounds = TokenRounds.Of(first.Iterations, AtATime);
        using var run = new DepthRun(Requests(promptMost: 1), AtATime, PassRows, model, pool);
        using var waiting = new TokenRounds(rounds, goesOn: false, AtATime, model, pool);
        using var computing = new TokenRounds(rounds, goesOn: true, AtATime, model, pool);
        IRunner[] runners = [run, waiting, computing];
        // In turns, a pass at a time: a neighbour on the machine slows all of them alike.
        while (runners.Where(static runner => runner.Done < 1).MinBy(static runner => runner.Done) is { } behind)
        {
            _shell.Stopping.ThrowIfCancellationRequested();
            behind.Step();
        }

        return (waiting.Seconds / run.Seconds, computing.Seconds / run.Seconds, run);
    }

    sealed class Loaded(int threads, BenchDepth depth, Shell shell) : IDisposable
    {
        TemporaryModel? _wide;

        public WorkerPool Pool { get; } = new(threads);

        public RecurrentModel Model => (_wide ??= TemporaryModel.Widen(DefaultModel.Folder, depth, Pool, shell)).Model;

        public void Dispose()
        {
            _wide?.Dispose();
            Pool.Dispose();
        }
    }
}
