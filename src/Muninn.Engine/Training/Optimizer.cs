using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Muninn.Kernels;

namespace Muninn.Engine.Training;

/// <summary>How gradients become updates.</summary>
public sealed record OptimizerSettings
{
    /// <summary>The rule for each tensor.</summary>
    public required AdamSettings Adam { get; init; }

    /// <summary>Gradients are shortened to this norm over all tensors; above 0, infinite: never.</summary>
    public double GradientNormMax { get; init; } = 1;
}

/// <summary>What became of one update.</summary>
/// <param name="GradientNorm">‖g‖₂ over all tensors, after averaging and before clipping.</param>
/// <param name="Applied">Whether weights and moments changed: not where the norm is not finite.</param>
/// <param name="Surprise">The largest √ mean(g² / v) of a tensor: 1 where gradients are as they were; 0 where nothing was applied.</param>
public readonly record struct UpdateOutcome(double GradientNorm, bool Applied, double Surprise);

/// <summary>Updates all tensors of a model from their gradients.</summary>
/// <remarks>
/// Each tensor is the work of one thread from end to end, and sums over tensors are taken in their order: the same bits for
/// any number of threads. Whoever calls decides what a gradient that is not finite means; it never reaches a weight.
/// </remarks>
public sealed class Optimizer
{
    readonly OptimizerSettings _settings;
    readonly TrainedTensor[] _tensors;
    readonly double[] _results;
    readonly int[] _largestFirst;

    /// <summary>An optimiser of some tensors.</summary>
    /// <param name="settings">The rule.</param>
    /// <param name="tensors">All that are updated; each name once.</param>
    /// <exception cref="ArgumentException">A setting is out of its range, or a name occurs twice.</exception>
    public Optimizer(OptimizerSettings settings, IEnumerable<TrainedTensor> tensors)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(tensors);
        settings.Adam.Validated();
        GradientNorm.RequireBound(settings.GradientNormMax);
        _settings = settings;
        _tensors = [.. tensors];
        if (_tensors.GroupBy(static tensor => tensor.Name, StringComparer.Ordinal).FirstOrDefault(static same => same.Count() > 1) is { } twice)
            throw new ArgumentException($"{twice.Key} is given {twice.Count()} times; give every tensor once.", nameof(tensors));
        _results = new double[_tensors.Length];
        // The largest first: the last pieces handed out decide how long a thread waits for the others.
        _largestFirst = [.. Enumerable.Range(0, _tensors.Length).OrderByDescending(i => _tensors[i].Parameter.Length)];
    }

    /// <summary>The tensors, in the order they were given.</summary>
    public IReadOnlyList<TrainedTensor> Tensors => _tensors;

    /// <summary>Clips the gradients to the norm allowed and updates every tensor; leaves all as it is if the norm is not finite.</summary>
    /// <param name="pool">Threads.</param>
    /// <param name="rate">η_t, from the schedule; at least 0.</param>
    /// <param name="gradientScale">What gradients are multiplied by first: one over the number of batches that they are sums of.</param>
    public UpdateOutcome Update(WorkerPool pool, double rate, double gradientScale = 1)
    {
        ArgumentNullException.ThrowIfNull(pool);
        if (!(rate >= 0 && double.IsFinite(rate)))
            throw new ArgumentOutOfRangeException(nameof(rate), $"The learning rate is {rate}; give a number from 0.");
        if (!(gradientScale > 0 && double.IsFinite(gradientScale)))
            throw new ArgumentOutOfRangeException(nameof(gradientScale), $"The gradients' scale is {gradientScale}; give a number above 0.");
        pool.Run(new TensorJob(this, null));
        double squares = 0;
        foreach (double sum in _results)
            squares += sum;
        double norm = gradientScale * Math.Sqrt(squares);
        if (!double.IsFinite(norm))
            return new UpdateOutcome(norm, false, 0);
        double scale = gradientScale * GradientNorm.ClippingFactor(norm, _settings.GradientNormMax);
        pool.Run(new TensorJob(this, new AdamStep(rate, scale)));
        double surprise = 0;
        foreach (double value in _results)
            surprise = Math.Max(surprise, value);
        return new UpdateOutcome(norm, true, surprise);
    }

    /// <summary>One number for each tensor: Σ g², or what an update returns.</summary>
    struct TensorJob(Optimizer optimizer, AdamStep? step) : IWorkerJob
    {
        int _taken;

        public void Run(int worker)
        {
            for (int i = Next(); i < optimizer._tensors.Length; i = Next())
            {
                int number = optimizer._largestFirst[i];
                var tensor = optimizer._tensors[number];
                optimizer._results[number] = step is not { } update
                    ? GradientNorm.SquareSum(tensor.Gradient.Span)
                    : Adam.Update(
                        optimizer._settings.Adam, update with { Decays = tensor.Decays }, tensor.Gradient.Span, tensor.State, tensor.Parameter.Span);
            }
        }

        int Next() => Interlocked.Increment(ref _taken) - 1;
    }
}
