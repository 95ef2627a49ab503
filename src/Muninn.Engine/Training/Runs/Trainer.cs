using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Engine.Randomness;
using Muninn.Engine.Training.Data;
using Muninn.Kernels;

namespace Muninn.Engine.Training.Runs;

/// <summary>
/// Trains a model, update by update: takes documents, draws a depth and a start for each micro-batch, adds up gradients, and moves
/// the weights.
/// </summary>
/// <remarks>
/// An update is a function of the settings, the data and what <see cref="Progress"/>, weights, moments, averages and the data's memory
/// are before it: the same bits in one run or in many, on any number of threads. Not safe for two threads at once.
/// </remarks>
public sealed class Trainer
{
    readonly TrainerSettings _settings;
    readonly WorkerPool _pool;
    readonly GradientPass _pass;
    readonly BatchPacker _packer;
    readonly Optimizer _optimizer;
    readonly float[] _start;

    /// <summary>A trainer at the beginning of a run.</summary>
    /// <param name="settings">What an update does.</param>
    /// <param name="model">The weights; must outlive this object.</param>
    /// <param name="source">The documents.</param>
    /// <param name="pool">Threads; must outlive this object.</param>
    /// <exception cref="ArgumentException">A setting is out of its range.</exception>
    public Trainer(TrainerSettings settings, TrainingModel model, ExampleSource source, WorkerPool pool)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(pool);
        (_settings, Model, Source, _pool) = (settings.Validated(), model, source, pool);
        _pass = new GradientPass(model, pool, new GradientShape { RowsMax = settings.Rows, RecordedMax = settings.Depth.Tracked, Recompute = settings.Recompute });
        _packer = new BatchPacker(source, settings.Rows, model.Config.Context);
        Tensors = TrainedTensor.Of(model);
        _optimizer = new Optimizer(settings.Optimizer, Tensors);
        Averages = settings.AverageDecay is { } decay
            ? [.. Tensors.Select(tensor => new WeightAverage(tensor.Parameter.Length, decay))]
            : [];
        _start = new float[checked(settings.Rows * model.Config.Width)];
    }

    /// <summary>The weights.</summary>
    public TrainingModel Model { get; }

    /// <summary>The documents.</summary>
    public ExampleSource Source { get; }

    /// <summary>Every weight with its gradient and moments.</summary>
    public IReadOnlyList<TrainedTensor> Tensors { get; }

    /// <summary>The average of each weight, in the order of <see cref="Tensors"/>; empty where none is held.</summary>
    public IReadOnlyList<WeightAverage> Averages { get; }

    /// <summary>Updates of the whole run, by which its rate goes.</summary>
    public long RunUpdates => _settings.Schedule.Steps;

    /// <summary>How far the run has come.</summary>
    public TrainingProgress Progress { get; private set; }

    /// <summary>Goes on from where another run was; weights, moments, averages and the data's memory are put back by the caller.</summary>
    /// <param name="progress">How far that run had come.</param>
    public void GoOnFrom(TrainingProgress progress)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(progress.Updates, nameof(progress));
        ArgumentOutOfRangeException.ThrowIfNegative(progress.NextDocument, nameof(progress));
        Progress = progress;
        (_packer.Next, _packer.Passed) = (progress.NextDocument, progress.Passed);
    }

    /// <summary>One update.</summary>
    public TrainingStep Step()
    {
        var depths = new TrainingDepth[_settings.MicroBatches];
        var answered = new List<(long Number, TrainingExample Document, bool Right)>();
        double loss = 0;
        int rows = 0;
        Model.ClearGradients();
        for (int i = 0; i < _settings.MicroBatches; i++)
        {
            long micro = Progress.Updates * _settings.MicroBatches + i;
            var packed = _packer.Take();
            depths[i] = _settings.Depth.At(micro);
            var start = Start(micro, packed.Batch);
            loss += _pass.Run(packed.Batch, start, depths[i].Free, depths[i].Tracked, 1.0 / _settings.MicroBatches) / _settings.MicroBatches;
            rows += packed.Batch.Tokens.Length;
            answered.AddRange(packed.Answered(_pass.Hits.ToArray()));
        }

        double rate = _settings.Schedule.At(Progress.Updates);
        var outcome = _optimizer.Update(_pool, rate);
        if (outcome.Applied)
        {
            for (int i = 0; i < Averages.Count; i++)
                Averages[i].Add(Tensors[i].Parameter.Span);
        }

        foreach (var (number, document, right) in answered)
            Source.Heard(number, document, right);
        Progress = new TrainingProgress(
            Progress.Updates + 1, _packer.Next, Progress.Rows + rows, Progress.Skipped + (outcome.Applied ? 0 : 1), _packer.Passed);
        return new TrainingStep
        {
            Number = Progress.Updates,
            Loss = loss,
            Rate = rate,
            Update = outcome,
            Depths = depths,
            Rows = rows,
            Documents = answered.Count,
        };
    }

    /// <summary>Looks at the model on the documents that come next, before it has learnt them; changes nothing.</summary>
    public TrainingProbe Probe()
    {
        var (next, passed) = (_packer.Next, _packer.Passed);
        var packed = _packer.Take();
        (_packer.Next, _packer.Passed) = (next, passed);
        long micro = Progress.Updates * _settings.MicroBatches;
        return TrainingProbe.Of(_pass, packed.Batch, Start(micro, packed.Batch), _settings.Depth.Mean, Model.Config.Width);
    }

    /// <summary>s₀ of a micro-batch: the published law for each entry, from (seed, micro-batch, place in the batch).</summary>
    ReadOnlySpan<float> Start(long micro, TrainingBatch batch)
    {
        var start = _start.AsSpan(0, batch.Tokens.Length * Model.Config.Width);
        // √width · √(2 / (5·width)): the width cancels.
        new WeightNoise(_settings.Seed, FormattableString.Invariant($"start {micro}")).Fill(0, Math.Sqrt(2.0 / 5.0), start);
        return start;
    }
}
