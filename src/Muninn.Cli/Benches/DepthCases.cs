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
/// Depth batching: 16 requests at a time whose exits differ, others waiting, on a model that no cache holds; beside it the same rows
/// token by token, as batches usually run.
/// </summary>
sealed class DepthCases : BenchGroup
{
    const int Seed = 3;
    const int Rows = 16;
    const int PromptChunk = 4;
    const int WholePrompt = int.MaxValue;

    static readonly ExitRule?[] _exits = [new ResidualExit(0.1), new ResidualExit(0.01), new ResidualExit(0.001), null];
    static readonly int[] _limits = [8, 16, 24, 32];

    readonly BenchDepth _depth;
    readonly WorkerPool _pool;
    readonly Shell _shell;
    readonly Held<int, TemporaryModel> _models;
    (double Waiting, double Computing, DepthRun Run)? _measured;

    /// <summary>Makes nothing yet.</summary>
    public DepthCases(BenchDepth depth, WorkerPool pool, Shell shell)
    {
        (_depth, _pool, _shell) = (depth, pool, shell);
        _models = new(_ => TemporaryModel.Widen(DefaultModel.Folder, depth, pool, shell));
    }

    /// <inheritdoc/>
    public override string Name => "depth";

    /// <inheritdoc/>
    public override IEnumerable<BenchCase> Cases
    {
        get
        {
            yield return Of("prompts beside tokens", "rows a pass", () => Prompted(), static run => run.RowsPerPass, static run => run.Occupancy, "of full passes", new(0.90));
            yield return Of("tokens alone", "rows a pass", () => Measured.Run, static run => run.RowsPerPass, static run => run.Occupancy, "of full passes", new(0.90));
            yield return Of("rows that stopped wait", "tokens/s", () => Measured.Run, static run => run.TokensPerSecond, _ => Measured.Waiting, "of token by token", new(1.4));
            yield return Of("rows that stopped go on", "tokens/s", () => Measured.Run, static run => run.TokensPerSecond, _ => Measured.Computing, "of token by token", new(1.4));
            const string Allocated = "allocated per token: 16 requests";
            yield return new(Allocated, () => new(Name, Allocated, Measured.Run.AllocatedPerToken, "B", Goal: new(0, AtMost: true)));
        }
    }

    (double Waiting, double Computing, DepthRun Run) Measured => _measured ??= Measure();

    /// <inheritdoc/>
    public override void Dispose() => _models.Dispose();

    BenchCase Of(
        string what, string unit, Func<DepthRun> run, Func<DepthRun, double> value, Func<DepthRun, double> ratio, string limit, Goal goal)
    {
        var name = $"{Rows} requests, {what}";
        return new(name, () =>
        {
            var done = run();
            return new(Name, name, value(done), unit, ratio(done), limit, goal);
        });
    }

    /// <summary>Requests that differ in exits, limits and lengths.</summary>
    /// <param name="promptMost">Tokens of a prompt, at most.</param>
    List<GenerationRequest> Requests(int promptMost) => [.. new HeldOutPrompts(Seed).Questions(_depth.Requests).Select((text, i) =>
    {
        int[] ids = DefaultModel.Text.Tokenizer.Encode(text);
        return new GenerationRequest
        {
            Prompt = ids.AsMemory(0, int.Min(ids.Length, promptMost)),
            PromptChunk = PromptChunk,
            Limit = _limits[i / _exits.Length % _limits.Length],
            Exit = _exits[i % _exits.Length],
            TokensMax = 8 + i * 5 % 9,
        };
    })];

    /// <summary>Passes alone are counted: the narrow model has the same.</summary>
    DepthRun Prompted()
    {
        using var checkpoint = Checkpoint.Open(DefaultModel.Folder);
        using var model = RecurrentModel.Load(checkpoint, new ModelOptions());
        using var run = new DepthRun(Requests(WholePrompt), Rows, model, _pool);
        while (run.Step()) _shell.Stopping.ThrowIfCancellationRequested();
        return run;
    }

    (double Waiting, double Computing, DepthRun Run) Measure()
    {
        var model = _models.Get(0).Model;
        // The first time warms up and tells how long every row runs.
        using var first = new DepthRun(Requests(promptMost: 1), Rows, model, _pool);
        while (first.Step()) _shell.Stopping.ThrowIfCancellationRequested();
        var rounds = TokenRounds.Of(first.Iterations, Rows);
        using var run = new DepthRun(Requests(promptMost: 1), Rows, model, _pool);
        using var waiting = new TokenRounds(rounds, goesOn: false, Rows, model, _pool);
        using var computing = new TokenRounds(rounds, goesOn: true, Rows, model, _pool);
        IRunner[] runners = [run, waiting, computing];
        // In turns, a pass at a time: a neighbour on the machine slows all of them alike.
        while (runners.Where(static runner => runner.Done < 1).MinBy(static runner => runner.Done) is { } behind)
        {
            _shell.Stopping.ThrowIfCancellationRequested();
            behind.Step();
        }

        return (waiting.Seconds / run.Seconds, computing.Seconds / run.Seconds, run);
    }
}
