using System;

namespace Muninn.Engine.Training.Runs;

/// <summary>Everything that decides what an update does, beside the data and the weights that it begins with.</summary>
public sealed record TrainerSettings
{
    /// <summary>Iterations of each micro-batch.</summary>
    public required DepthSampler Depth { get; init; }

    /// <summary>How gradients become updates.</summary>
    public required OptimizerSettings Optimizer { get; init; }

    /// <summary>The learning rate by update.</summary>
    public required RateSchedule Schedule { get; init; }

    /// <summary>The most rows of a micro-batch; at least 1.</summary>
    public required int Rows { get; init; }

    /// <summary>Micro-batches of an update; at least 1.</summary>
    public int MicroBatches { get; init; } = 1;

    /// <summary>The share of the average of the weights that an update keeps; in [0, 1); null: no average is held.</summary>
    public double? AverageDecay { get; init; }

    /// <summary>Whether activations of blocks are computed again on the way back, not kept: less memory, more time, the same bits.</summary>
    public bool Recompute { get; init; }

    /// <summary>Seed of the states that runs start from.</summary>
    public ulong Seed { get; init; }

    /// <summary>These settings, if a run can be made with them.</summary>
    /// <exception cref="ArgumentException">One is out of its range.</exception>
    public TrainerSettings Validated()
    {
        Depth.Validated();
        Optimizer.Adam.Validated();
        Schedule.Validated();
        if (Rows < 1 || MicroBatches < 1)
            throw new ArgumentException($"An update has {MicroBatches} batches of {Rows} rows; give at least 1 of each.");
        if (AverageDecay is not (null or (>= 0 and < 1)))
            throw new ArgumentException($"The average of the weights keeps {AverageDecay}; give a number in [0, 1), such as 0.999.");
        return this;
    }
}
