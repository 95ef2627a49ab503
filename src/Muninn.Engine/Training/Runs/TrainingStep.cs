using System.Collections.Generic;

namespace Muninn.Engine.Training.Runs;

/// <summary>What one update did.</summary>
public sealed record TrainingStep
{
    /// <summary>Number of the update, from 1.</summary>
    public required long Number { get; init; }

    /// <summary>The mean of the losses of its micro-batches before it, in nats; labels count by their weights.</summary>
    public required double Loss { get; init; }

    /// <summary>η_t.</summary>
    public required double Rate { get; init; }

    /// <summary>Gradient norm, and whether weights changed.</summary>
    public required UpdateOutcome Update { get; init; }

    /// <summary>Depth of each micro-batch.</summary>
    public required IReadOnlyList<TrainingDepth> Depths { get; init; }

    /// <summary>Rows that went through the model.</summary>
    public required int Rows { get; init; }

    /// <summary>Documents that they were of.</summary>
    public required int Documents { get; init; }
}

/// <summary>How far a run has come; with weights, moments and averages it is all that a checkpoint has to keep.</summary>
/// <param name="Updates">Updates, skipped ones included.</param>
/// <param name="NextDocument">Number of the next document.</param>
/// <param name="Rows">Rows that went through the model: tokens trained on.</param>
/// <param name="Skipped">Updates whose gradient was not finite, and that changed nothing.</param>
/// <param name="Passed">Documents that no batch holds, or in which nothing counts.</param>
public readonly record struct TrainingProgress(long Updates, long NextDocument, long Rows, long Skipped, long Passed);
