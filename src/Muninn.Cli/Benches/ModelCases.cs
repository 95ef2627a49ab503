using System;
using System.Collections.Generic;
using Muninn.Cli.Frame;
using Muninn.Engine.Checkpoints;
using Muninn.Kernels;

namespace Muninn.Cli.Benches;

/// <summary>A prompt through a fresh model: a block, an iteration, the whole.</summary>
sealed class PromptCases : BenchGroup
{
    readonly BenchDepth _depth;
    readonly Limits _limits;
    readonly Held<DType, Loaded> _models;

    /// <summary>Makes nothing yet.</summary>
    public PromptCases(BenchDepth depth, Limits limits, WorkerPool pool, Shell shell)
    {
        (_depth, _limits) = (depth, limits);
        var shape = TemporaryModel.PromptShape(depth.Width);
        _models = new(type => new Loaded(TemporaryModel.Create(shape, type, pool, shell), depth.Tokens, pool, shell));
    }

    /// <inheritdoc/>
    public override string Name => "prompt";

    /// <inheritdoc/>
    public override IEnumerable<BenchCase> Cases
    {
        get
        {
            foreach (var type in new[] { DType.F32, DType.BF16 })
            {
                var what = $"{type.ToString().ToLowerInvariant()}, {_depth.Tokens} tokens, width {_depth.Width}";
                yield return Of(type, $"block, {what}", clock => clock.Block(_depth.Iterations, _limits.Arithmetic), null);
                yield return Of(type, $"core iteration, {what}", clock => clock.Iteration(
                    _depth.Iterations, 2.0 * _depth.Tokens * TemporaryModel.PromptShape(_depth.Width).ProductWeightsPerIteration, _limits.Arithmetic), null);
                yield return Of(
                    type,
                    $"prompt, {what}, {_depth.Iterations} iterations",
                    clock => clock.Whole(_depth, _limits.Arithmetic),
                    _depth.Width >= 1024 ? new(type == DType.F32 ? 0.82 : 0.80) : null);
            }

            var name = $"allocated per iteration, {_depth.Tokens} tokens, width {_depth.Width}";
            yield return new(name, () => new(
                Name, name, _models.Get(DType.BF16).Clock.AllocatedBytes(1 + _depth.Iterations) / (double)_depth.Iterations, "B",
                Goal: new(0, AtMost: true)));
        }
    }

    /// <inheritdoc/>
    public override void Dispose() => _models.Dispose();

    BenchCase Of(DType type, string name, Func<PromptClock, Figure> measure, Goal? goal) => new(name, () =>
    {
        var figure = measure(_models.Get(type).Clock);
        return new(Name, name, figure.PerSecond / 1e9, "GFLOP/s", figure.Ratio, _limits.Arithmetic.Name, goal);
    });
}

/// <summary>One row, as when a text is continued, through a fresh model whose core no cache holds.</summary>
sealed class RowCases : BenchGroup
{
    readonly BenchDepth _depth;
    readonly Limits _limits;
    readonly ModelConfig _shape;
    readonly Held<DType, Loaded> _models;

    /// <summary>Makes nothing yet.</summary>
    public RowCases(BenchDepth depth, Limits limits, WorkerPool pool, Shell shell)
    {
        (_depth, _limits) = (depth, limits);
        _shape = TemporaryModel.RowShape(depth.RowWidth, depth.CacheBytes);
        _models = new(type => new Loaded(TemporaryModel.Create(_shape, type, pool, shell), 1, pool, shell));
    }

    /// <inheritdoc/>
    public override string Name => "row";

    /// <inheritdoc/>
    public override IEnumerable<BenchCase> Cases
    {
        get
        {
            var name = $"one row, bf16, width {_shape.Width}, 4 core blocks, an iteration";
            yield return new(name, () =>
            {
                var loaded = _models.Get(DType.BF16);
                var figure = loaded.Clock.Iteration(_depth.Rounds, loaded.CoreBytes, _limits.Reading);
                return new(Name, name, figure.PerSecond / 1e9, "GB/s", figure.Ratio, _limits.Reading.Name, new(0.80));
            });
        }
    }

    /// <inheritdoc/>
    public override void Dispose() => _models.Dispose();
}

/// <summary>A model together with its run.</summary>
sealed class Loaded(TemporaryModel model, int tokens, WorkerPool pool, Shell shell) : IDisposable
{
    /// <summary>Bytes of weights that one iteration reads.</summary>
    public long CoreBytes { get; } = model.Model.CoreBytes;

    /// <summary>Measures the run.</summary>
    public PromptClock Clock { get; } = new(model.Model, tokens, pool, shell.Stopping);

    /// <inheritdoc/>
    public void Dispose() => model.Dispose();
}
