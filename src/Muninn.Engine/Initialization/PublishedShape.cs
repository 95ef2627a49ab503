using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Engine.Checkpoints;

namespace Muninn.Engine.Initialization;

/// <summary>The shape of a published model, for fresh weights of the same shape; no reader of checkpoints uses it.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Config">Shape and constants.</param>
public sealed record PublishedShape(string Name, ModelConfig Config)
{
    /// <summary>All that are known.</summary>
    /// <remarks>Source: Geiping et al., "Scaling up test-time compute with latent reasoning", 2025.</remarks>
    public static IReadOnlyList<PublishedShape> All { get; } =
    [
        new("huginn-0125", new ModelConfig
        {
            Width = 5280,
            Heads = 55,
            Hidden = 17920,
            Vocabulary = 65536,
            Context = 4096,
            PreludeBlocks = 2,
            CoreBlocks = 4,
            CodaBlocks = 2,
            MeanRecurrence = 32,
            MeanBackpropagation = 8,
            BeginToken = 65504,
            EndTokens = [65505, 65508],
            PadToken = 65509,
        }),
    ];

    /// <summary>The shape of that name, or null.</summary>
    /// <param name="name">Case matters.</param>
    public static PublishedShape? Find(string name) =>
        All.FirstOrDefault(shape => string.Equals(shape.Name, name, StringComparison.Ordinal));
}
