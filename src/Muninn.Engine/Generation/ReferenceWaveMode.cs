using Muninn.Engine.Model;

namespace Muninn.Engine.Generation;

/// <summary>When the original freezes positions of its wave.</summary>
public enum ReferenceFreeze
{
    /// <summary>‖w − w′‖ / ‖w‖ below the threshold.</summary>
    LatentDifference,

    /// <summary>‖w − 2w′ + w″‖ / ‖w‖ below the threshold: the original's <c>latent-acceleration-1</c> and <c>-2</c>.</summary>
    LatentAcceleration,

    /// <summary>The guess matched often enough.</summary>
    TokenStability,

    /// <summary>One position a sweep, once the first sweeps are over.</summary>
    Fixed,
}

/// <summary>
/// The original's parallel sampler, with all that is wrong in it: it freezes everything up to the <em>last</em> converged position,
/// compares shifted positions after a freeze, and may miss or exceed the count. Only for agreement with its
/// published values; <see cref="WavefrontMode"/> is ours.
/// </summary>
sealed record ReferenceWaveMode : DecodingMode
{
    /// <summary>Iterations of a sweep.</summary>
    public required int Inner { get; init; }

    /// <summary>When positions freeze.</summary>
    public required ReferenceFreeze Freeze { get; init; }

    /// <summary>Threshold of the latent rules.</summary>
    public required double Threshold { get; init; }

    /// <summary>Most rows of the wave.</summary>
    public int WaveMax { get; init; } = 128;

    internal override int RowsMax => WaveMax;

    internal override int PositionsBeyond => WaveMax;

    internal override string? RefusalOf(GenerationRequest request) =>
        request.Reference is null ? "This sampler is the original's; it runs only in compatible mode." : null;

    internal override RequestRun Start(RequestTicket ticket, RecurrentModel model) => new ReferenceWaveRun(this, ticket, model);
}
