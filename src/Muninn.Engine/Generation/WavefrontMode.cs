using Muninn.Engine.Caching;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Model;

namespace Muninn.Engine.Generation;

/// <summary>
/// Wavefront sampling (diffusion forcing): a position sets out before the one in front of it has come to rest. All open
/// positions iterate side by side on guesses of their tokens; the front of the wave freezes as it converges.
/// </summary>
/// <remarks>
/// A sweep: prelude of the guesses, some iterations, coda, new guesses. A position is frozen when every position before it is,
/// when its token was the one that is now certain, and when the sweep hardly moved its state; then the token behind it is
/// certain. Only a <em>prefix</em> freezes, converged or, as in plain decoding, at the limit;
/// iterations count from the sweep since which neither the position's token nor one before it has changed. Sweeps count their iterations anew, so that a cache by iterations
/// would mix early and late states: it takes <see cref="CachePolicy.LatestOnly"/>. An exit rule of the request holds for its
/// prompt alone.
/// Sources: Geiping et al., "Efficient Parallel Samplers for Recurrent-Depth Models", 2025; Chen et al., "Diffusion Forcing", 2024.
/// </remarks>
public sealed record WavefrontMode : DecodingMode
{
    /// <summary>Most open positions.</summary>
    public const int WaveLimit = 256;

    /// <summary>Iterations of a sweep, at least 1.</summary>
    public int Inner { get; init; } = 4;

    /// <summary>Positions that join at each sweep, at least 1.</summary>
    public int Headway { get; init; } = 1;

    /// <summary>Most open positions, 1 … <see cref="WaveLimit"/>.</summary>
    public int WaveMax { get; init; } = 32;

    /// <summary>A position has come to rest when a sweep moves its state by less than this share of its norm; above 0.</summary>
    public double Threshold { get; init; } = 0.03;

    /// <summary>Share of the last sweep's e that stays in the next, 0 … 1 (1 excluded): a guess that changes pulls softly.</summary>
    public double EmbeddingMomentum { get; init; }

    /// <summary>
    /// Deviation of the noise on a state before its first sweep, in units of a start state, at least 0; it fades to 0 at the limit.
    /// </summary>
    public double StateNoise { get; init; }

    /// <summary>Seed of the noise.</summary>
    public ulong NoiseSeed { get; init; }

    internal override int RowsMax => WaveMax;

    internal override long BytesFor(ModelConfig model) => sizeof(float) * 2L * model.Width * WaveMax;

    internal override string? RefusalOf(GenerationRequest request)
    {
        if (Inner < 1 || Inner > request.Limit)
            return $"Sweeps of {Inner} iterations are not possible with a limit of {request.Limit}; give 1 to {request.Limit}.";
        if (WaveMax is < 1 or > WaveLimit)
            return $"A wave of {WaveMax} positions is not possible; give 1 to {WaveLimit}.";
        if (Headway < 1 || Headway > WaveMax)
            return $"{Headway} positions cannot join a wave of at most {WaveMax} at each sweep; give 1 to {WaveMax}.";
        if (!(Threshold > 0) || double.IsInfinity(Threshold))
            return $"The threshold of the wave is {Threshold}; give a finite number above 0.";
        if (!(EmbeddingMomentum is >= 0 and < 1))
            return $"The momentum of the embeddings is {EmbeddingMomentum}; give a number from 0 to below 1.";
        if (!(StateNoise >= 0) || double.IsInfinity(StateNoise))
            return $"The noise on states is {StateNoise}; give a finite number of at least 0.";
        if (request.CarriesState)
            return "A wave cannot start from a state that is not final yet; take either the wavefront or carried states.";
        return request.Cache == CachePolicy.LatestOnly
            ? null
            : $"A wave needs a cache that holds the latest iteration only, but the cache is {request.Cache} with {request.Cache.Missing} entries; take latest with {MissingEntries.LatestAvailable} ones.";
    }

    internal override RequestRun Start(RequestTicket ticket, RecurrentModel model) => new WavefrontRun(this, ticket, model);
}

/// <summary>What an observer sees after a sweep.</summary>
/// <param name="FirstPosition">Position of the front of the wave during the sweep.</param>
/// <param name="OpenPositions">Positions that took part.</param>
/// <param name="Frozen">Tokens that became certain.</param>
/// <param name="LargestResidual">The largest share of its norm by which the sweep moved a state.</param>
public readonly record struct WaveSweep(int FirstPosition, int OpenPositions, int Frozen, double LargestResidual);

/// <summary>Called after every sweep of a wave.</summary>
public delegate void WaveObserver(in WaveSweep sweep);
