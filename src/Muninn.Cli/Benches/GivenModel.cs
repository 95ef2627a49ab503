using System.Collections.Generic;
using System.Diagnostics;
using Muninn.Cli.Frame;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Model;
using Muninn.Kernels;

namespace Muninn.Cli.Benches;

/// <summary>A model of the user's: loading, a prompt, memory, one row.</summary>
sealed class GivenModel : BenchGroup
{
    readonly Checkpoint _checkpoint;
    readonly BenchDepth _depth;
    readonly Limits _limits;
    readonly WorkerPool _pool;
    readonly Shell _shell;
    RecurrentModel? _model;
    double _loadSeconds;

    /// <summary>Opens the checkpoint; loads nothing yet.</summary>
    /// <param name="folder">Where it lies.</param>
    /// <param name="depth">How long to measure; with the size of the prompt.</param>
    /// <param name="limits">What figures are judged by.</param>
    /// <param name="pool">Who computes.</param>
    /// <param name="shell">Ends the measuring.</param>
    public GivenModel(string folder, BenchDepth depth, Limits limits, WorkerPool pool, Shell shell)
    {
        _checkpoint = Checkpoint.Open(folder);
        (_depth, _limits, _pool, _shell) = (depth, limits, pool, shell);
        if (depth.Tokens <= _checkpoint.Config.Context) return;
        _checkpoint.Dispose();
        throw new UsageException(
            $"--prompt-tokens is {depth.Tokens}, but this model reads at most {_checkpoint.Config.Context}. Give {_checkpoint.Config.Context} or fewer.");
    }

    /// <inheritdoc/>
    public override string Name => "model";

    /// <inheritdoc/>
    public override IEnumerable<BenchCase> Cases
    {
        get
        {
            const string Load = "load";
            yield return new(Load, () =>
            {
                _ = Model;
                return new(Name, Load, _loadSeconds * 1000, "ms");
            });
            var prompt = $"prompt, {_depth.Tokens} tokens, {_depth.Iterations} iterations";
            yield return new(prompt, () =>
            {
                using var clock = new PromptClock(Model, _depth.Tokens, _pool, _shell.Stopping);
                var figure = clock.Whole(_depth, clock.OperationsOf(_depth.Iterations), _limits.Arithmetic);
                return BenchRow.Of(Name, prompt, figure, "GFLOP/s", _limits.Arithmetic, IsLarge ? new(0.80) : null);
            });
            // Before one row is measured: reading bandwidth takes memory of its own to be probed.
            const string Peak = "peak resident memory";
            yield return new(Peak, () =>
            {
                _ = Model;
                using var process = Process.GetCurrentProcess();
                long bytes = process.PeakWorkingSet64;
                return new(
                    Name, Peak, bytes / 1e9, "GB", (double)bytes / _checkpoint.WeightBytes, "of the weights' bytes",
                    IsLarge ? new(1.15, AtMost: true) : null);
            });
            var row = $"one row, {_depth.Iterations} iterations";
            yield return new(row, () =>
            {
                using var clock = new PromptClock(Model, 1, _pool, _shell.Stopping);
                var figure = clock.Whole(_depth, clock.BytesOf(_depth.Iterations), _limits.Reading);
                return BenchRow.Of(Name, row, figure, "GB/s", _limits.Reading, IsLarge ? new(0.80) : null);
            });
        }
    }

    /// <summary>Whether the goals are meant for it: of a small one the program itself is the larger part, and a cache holds the weights.</summary>
    bool IsLarge => _checkpoint.Config.Width >= 1024 && _checkpoint.WeightBytes > 4 * Machine.LastLevelCacheBytes;

    RecurrentModel Model
    {
        get
        {
            if (_model is not null) return _model;
            long start = Stopwatch.GetTimestamp();
            _model = RecurrentModel.Load(_checkpoint, new ModelOptions(), _pool);
            _loadSeconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            return _model;
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _model?.Dispose();
        _checkpoint.Dispose();
    }
}
