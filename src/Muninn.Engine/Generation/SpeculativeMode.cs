using Muninn.Engine.Caching;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Model;

namespace Muninn.Engine.Generation;

/// <summary>
/// Self-speculation: tokens are drafted with few iterations, one after the other, and verified with all of them, side by
/// side. Lossless: greedy tokens are those of plain decoding, drawn ones have its distribution.
/// </summary>
/// <remarks>
/// Where every iteration keeps its own keys and values, the first iterations of a row are the same whether it is a
/// draft or not: verification goes on from the draft's states, bit for bit where plain decoding would be. A draft is
/// accepted with probability min(1, p/q), and where it is not, the token is drawn from what p exceeds q by.
/// Sources: Leviathan et al., "Fast inference from transformers via speculative decoding", 2023; Geiping et al., 2025, section 6.
/// </remarks>
public sealed record SpeculativeMode : DecodingMode
{
    /// <summary>Most tokens of a draft.</summary>
    public const int DraftTokensLimit = 64;

    /// <summary>Iterations of a draft, 1 … limit − 1.</summary>
    public int DraftIterations { get; init; } = 4;

    /// <summary>Most tokens of a draft, 1 … <see cref="DraftTokensLimit"/>.</summary>
    public int DraftTokens { get; init; } = 8;

    /// <summary>Whether drafts become longer while all of them are accepted, and shorter where they are not.</summary>
    public bool AdaptsLength { get; init; } = true;

    /// <summary>Whether verification starts from the states of the draft; otherwise from the beginning, with the same result.</summary>
    public bool ContinuesDrafts { get; init; } = true;

    internal override int RowsMax => DraftTokens;

    internal override long BytesFor(ModelConfig model) =>
        sizeof(float) * ((2L * model.Width + model.Vocabulary) * DraftTokens + model.Vocabulary);

    internal override string? RefusalOf(GenerationRequest request)
    {
        if (DraftTokens is < 1 or > DraftTokensLimit)
            return $"A draft of {DraftTokens} tokens is not possible; give 1 to {DraftTokensLimit}.";
        if (DraftIterations < 1 || DraftIterations >= request.Limit)
            return $"Drafts of {DraftIterations} iterations and {request.Limit} to verify them leave nothing to gain; give drafts 1 to {request.Limit - 1}.";
        if (request.CarriesState)
            return "A draft cannot start from a state that is not final yet; take either speculation or carried states.";
        if (request.Reference is not null)
            return null;
        if (request.Cache != CachePolicy.PerIteration)
            return $"Speculation is lossless only where every iteration keeps its own keys and values, but the cache is {request.Cache} with {request.Cache.Missing} entries; take per-iteration with {MissingEntries.LatestAvailable} ones.";
        return request.Exit is { ReadsLogits: true }
            ? "Speculation is lossless only with exit rules that read states, and this one reads logits; take residual, for one."
            : null;
    }

    internal override RequestRun Start(RequestTicket ticket, RecurrentModel model) => ticket.Request.Reference is null
        ? new SpeculativeRun(this, ticket, model)
        : new ReferenceSpeculativeRun(this, ticket, model);
}
