using System;
using System.Runtime.Intrinsics;
using Muninn.Engine.Randomness;

namespace Muninn.Engine.Training;

/// <summary>How deep one training step goes.</summary>
/// <param name="Free">n, iterations without a record.</param>
/// <param name="Tracked">k, the iterations after them, through which gradients flow.</param>
public readonly record struct TrainingDepth(int Free, int Tracked)
{
    /// <summary>n + k.</summary>
    public int Total => Free + Tracked;
}

/// <summary>
/// Draws (n, k) for a step: rate = r̄ · exp(σ z − σ² / 2), z standard normal; p = Poisson(rate) + 1; n = max(p − s, 0);
/// k = min(s, p), with s the iterations that are backpropagated.
/// </summary>
/// <remarks>
/// A draw is a function of (seed, step) alone: the same whatever came before it, for every part of a batch, and when a run is taken up
/// again. p has mean r̄ + 1 and variance r̄ + r̄² (e^{σ²} − 1). Where r̄ is below s, s stands in its place. Source: Geiping et al., 2025.
/// </remarks>
public sealed record DepthSampler
{
    /// <summary>The largest mean; the largest draw of many is about ten times as much.</summary>
    public const int MeanMax = 4096;

    /// <summary>r̄, the mean of the rate; 1 … <see cref="MeanMax"/>.</summary>
    public required int Mean { get; init; }

    /// <summary>s, iterations that gradients flow through; 1 … <see cref="MeanMax"/>.</summary>
    public required int Tracked { get; init; }

    /// <summary>σ, the deviation of the rate's logarithm; 0 … 1.</summary>
    public double Deviation { get; init; } = 0.5;

    /// <summary>Which of all sequences of draws.</summary>
    public ulong Seed { get; init; }

    /// <summary>What a model is evaluated with: r̄ iterations, none of them tracked.</summary>
    public TrainingDepth Evaluated => new(Mean, 0);

    /// <summary>This sampler, if it can draw.</summary>
    /// <exception cref="ArgumentException">A number is out of its range.</exception>
    public DepthSampler Validated()
    {
        if (Mean is < 1 or > MeanMax)
            throw new ArgumentException($"The mean of iterations is {Mean}; give 1 to {MeanMax}, such as 32.");
        if (Tracked is < 1 or > MeanMax)
            throw new ArgumentException($"Gradients flow through {Tracked} iterations; give 1 to {MeanMax}, such as 8.");
        if (!(Deviation >= 0 && Deviation <= 1))
            throw new ArgumentException($"The deviation of the rate's logarithm is {Deviation}; give a number from 0 to 1, such as 0.5.");
        return this;
    }

    /// <summary>(n, k) of a step.</summary>
    /// <param name="step">The micro-batch step, 0 … 2³¹ − 1.</param>
    public TrainingDepth At(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(step, int.MaxValue);
        Validated();
        int position = (int)step;
        double normal = CounterRandom.NormalQuantile(Draw(position, 0));
        double rate = Math.Max(Mean, Tracked) * Exponential(Deviation * normal - 0.5 * Deviation * Deviation);
        int total = Poisson(rate, position) + 1;
        return new TrainingDepth(Math.Max(total - Tracked, 0), Math.Min(Tracked, total));
    }

    /// <summary>How many events of a steady stream fall before <paramref name="rate"/>: gaps between them are −ln u.</summary>
    /// <remarks>Takes as long as the number is large, but neither underflows nor approximates.</remarks>
    int Poisson(double rate, int position)
    {
        int events = 0;
        double time = Gap(position, 1);
        while (time < rate)
        {
            events++;
            time += Gap(position, events + 1);
        }

        return events;
    }

    double Gap(int position, int index) => -Vector512.Log(Vector512.Create(Draw(position, index))).ToScalar();

    double Draw(int position, int index) => CounterRandom.Uniform(Seed, RandomStream.Depths, position, index);

    /// <summary>The framework's own exponential: the C runtime's differs by system.</summary>
    static double Exponential(double x) => Vector512.Exp(Vector512.Create(x)).ToScalar();
}
