using System;
using Muninn.Engine.Checkpoints;

namespace Muninn.Microscope.Addresses;

/// <summary>What addresses can name in one run of one prompt.</summary>
public sealed record RunShape
{
    /// <summary>Blocks of the prelude.</summary>
    public required int PreludeBlocks { get; init; }

    /// <summary>Blocks of the core.</summary>
    public required int CoreBlocks { get; init; }

    /// <summary>Blocks of the coda.</summary>
    public required int CodaBlocks { get; init; }

    /// <summary>Heads of a block.</summary>
    public required int Heads { get; init; }

    /// <summary>Width of a head.</summary>
    public required int HeadWidth { get; init; }

    /// <summary>Positions of the prompt.</summary>
    public required int Positions { get; init; }

    /// <summary>Iterations of the run: states 0 … limit, passes through the core 1 … limit.</summary>
    public required int Limit { get; init; }

    /// <summary>Width of a state.</summary>
    public int Width => Heads * HeadWidth;

    /// <summary>Blocks of a part.</summary>
    /// <param name="part">The part.</param>
    public int BlocksOf(ModelPart part) => part switch
    {
        ModelPart.Prelude => PreludeBlocks,
        ModelPart.Core => CoreBlocks,
        _ => CodaBlocks,
    };

    /// <summary>The shape of a run.</summary>
    /// <param name="config">Shapes of the model.</param>
    /// <param name="positions">Positions of the prompt.</param>
    /// <param name="limit">Iterations of the run.</param>
    public static RunShape Of(ModelConfig config, int positions, int limit)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentOutOfRangeException.ThrowIfLessThan(positions, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(limit);
        return new RunShape
        {
            PreludeBlocks = config.PreludeBlocks,
            CoreBlocks = config.CoreBlocks,
            CodaBlocks = config.CodaBlocks,
            Heads = config.Heads,
            HeadWidth = config.HeadWidth,
            Positions = positions,
            Limit = limit,
        };
    }
}
