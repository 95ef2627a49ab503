namespace Muninn.Engine.Generation;

/// <summary>
/// What the original implementation does otherwise, in one place: with this record a request reproduces its tokens,
/// iterations and exit values.
/// </summary>
/// <remarks>
/// Rows of a chunk stop together: at the mean of their values where a rule reads states, at the value of the last row where it
/// reads logits. A state that is carried to the next token is normalised by ln_f where there is no exit rule, and raw
/// where there is one. Drafts are accepted above a share of the largest probability (see <see cref="AcceptanceShare"/>),
/// which does not keep the distribution. The wave is kept after it was shortened but compared as if it had not been.
/// Caches are those of <see cref="Caching.ReferenceCache"/>; nucleus sampling drops the token that crosses the border.
/// Source: recurrent-pretraining, raven_modeling_minimal.py, 2025.
/// </remarks>
public sealed record ReferenceCompatibility
{
    /// <summary>A draft token stands if its probability is at least this share of the largest; 1: only the likeliest.</summary>
    public double AcceptanceShare { get; init; } = 1;
}
