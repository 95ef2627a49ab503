using System;
using Muninn.Engine.Caching;

namespace Muninn.Engine.Generation;

/// <summary>
/// What the original implementation does otherwise. <see cref="Apply"/> makes a request reproduce its tokens, iterations and
/// exit values.
/// </summary>
/// <remarks>
/// Rows of a chunk stop together: at the mean of their values where a rule reads states, at the value of the last row where it
/// reads logits. A prompt is one chunk. Positions that stopped before an iteration are left out of its attention. A state that is
/// carried to the next token is normalised by ln_f where there is no exit rule, and raw where there is one. Drafts are accepted
/// above a share of the largest probability, which does not keep the distribution, and verified from the beginning. Nucleus
/// sampling drops the token that crosses the border. Source: recurrent-pretraining, raven_modeling_minimal.py, 2025.
/// </remarks>
public sealed record ReferenceCompatibility
{
    /// <summary>A draft token stands if its probability is at least this share of the largest; 1: only the likeliest.</summary>
    public double AcceptanceShare { get; init; } = 1;

    /// <summary>A request as the original understands it.</summary>
    /// <param name="request">Ours.</param>
    public GenerationRequest Apply(GenerationRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return request with
        {
            Reference = this,
            PromptChunk = Math.Max(1, request.Prompt.Length),
            Cache = request.Cache == CachePolicy.PerIteration ? request.Cache with { Missing = MissingEntries.LeftOut } : request.Cache,
            Sampler = request.Sampler is FilteredSampler filtered ? filtered with { Nucleus = NucleusRule.DropCrossing } : request.Sampler,
            Mode = request.Mode is SpeculativeMode drafts ? drafts with { AdaptsLength = false } : request.Mode,
        };
    }
}
