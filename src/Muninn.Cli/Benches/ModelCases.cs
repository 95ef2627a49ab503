using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Cli.Frame;
using Muninn.Engine.Checkpoints;
using Muninn.Kernels;

namespace Muninn.Cli.Benches;

/// <summary>A prompt through a fresh model: a block, an iteration, the whole.</summary>
sealed class PromptCases : BenchGroup
{
    readonly BenchDepth _depth;
    readonly Limits _limits;
    readonly Held<WeightFormat, Loaded> _models;

    /// <summary>Makes nothing yet.</summary>
    public PromptCases(BenchDepth depth, Limits limits, WorkerPool pool, Shell shell)
    {
        (_depth, _limits) = (depth, limits);
        var shape = TemporaryModel.PromptShape(depth.Width);
        _models = new(format => new Loaded(TemporaryModel.Create(shape, format, pool, shell), depth.Tokens, pool, shell));
    }

    /// <inheritdoc/>
    public override string Name => "prompt";

    /// <inheritdoc/>
    public override IEnumerable<BenchCase> Cases
    {
        get
        {
            foreach (var format in new[] { WeightFormat.Float32, WeightFormat.BrainFloat16 })
            {
                var what = $"{Products.NameOf(format)}, {_depth.Tokens} tokens, width {_depth.Width}";
                yield return Of(format, $"block, {what}", clock => clock.Block(_depth.Iterations, _limits.Arithmetic), null);
                yield return Of(format, $"core iteration, {what}", clock => clock.Iteration(_depth.Iterations, _limits.Arithmetic), null);
                yield return Of(
                    format,
                    $"prompt, {what}, {_depth.Iterations} iterations",
                    clock => clock.Whole(_depth, clock.OperationsOf(_depth.Iterations), _limits.Arithmetic),
                    _depth.Width >= 1024 ? new(format == WeightFormat.Float32 ? 0.82 : 0.80) : null);
            }

            var name = $"allocated per iteration, {_depth.Tokens} tokens, width {_depth.Width}";
            yield return new(name, () => new(
                Name, name, _models.Get(WeightFormat.BrainFloat16).Clock.AllocatedBytes(1 + _depth.Iterations) / (double)_depth.Iterations, "B",
                Goal: new(0, AtMost: true)));
        }
    }

    /// <inheritdoc/>
    public override void Dispose() => _models.Dispose();

    BenchCase Of(WeightFormat format, string name, Func<PromptClock, Figure> measure, Goal? goal) => new(name, () =>
    {
        var figure = measure(_models.Get(format).Clock);
        return BenchRow.Of(Name, name, figure, "GFLOP/s", _limits.Arithmetic, goal);
    });
}

/// <summary>One row, as when a text is continued, through a fresh model whose core no cache holds.</summary>
sealed class RowCases : BenchGroup
{
    static readonly WeightFormat[] _formats = [WeightFormat.BrainFloat16, WeightFormat.Int8, WeightFormat.Int4];

    readonly BenchDepth _depth;
    readonly Limits _limits;
    readonly ModelConfig _shape;
    readonly Held<WeightFormat, Loaded> _models;

    /// <summary>Makes nothing yet.</summary>
    public RowCases(BenchDepth depth, Limits limits, WorkerPool pool, Shell shell)
    {
        (_depth, _limits) = (depth, limits);
        _shape = TemporaryModel.RowShape(depth.RowWidth, depth.CacheBytes);
        _models = new(format => new Loaded(TemporaryModel.Create(_shape, format, pool, shell), 1, pool, shell));
    }

    /// <inheritdoc/>
    public override string Name => "row";

    /// <inheritdoc/>
    public override IEnumerable<BenchCase> Cases => _formats.Select(Of);

    /// <inheritdoc/>
    public override void Dispose() => _models.Dispose();

    BenchCase Of(WeightFormat format)
    {
        var name = $"one row, {Products.NameOf(format)}, width {_shape.Width}, {_depth.Iterations} iterations";
        return new(name, () =>
        {
            var clock = _models.Get(format).Clock;
            var figure = clock.Whole(_depth, clock.BytesOf(_depth.Iterations), _limits.Reading);
            return BenchRow.Of(Name, name, figure, "GB/s", _limits.Reading, new(format == WeightFormat.Int4 ? 0.75 : 0.80));
        });
    }
}

/// <summary>A model together with its run.</summary>
sealed class Loaded(TemporaryModel model, int tokens, WorkerPool pool, Shell shell) : IDisposable
{
    /// <summary>Measures the run.</summary>
    public PromptClock Clock { get; } = new(model.Model, tokens, pool, shell.Stopping);

    /// <inheritdoc/>
    public void Dispose()
    {
        Clock.Dispose();
        model.Dispose();
    }
}
