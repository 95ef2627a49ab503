using System.Collections.Generic;

namespace Muninn.Engine.Text;

/// <summary>What a <c>tokenizer.json</c> describes.</summary>
sealed record TokenizerParts
{
    /// <summary>Names and ids of the model's own tokens.</summary>
    public required Dictionary<string, int> Vocabulary { get; init; }

    /// <summary>Tokens that are found in the text first.</summary>
    public required IReadOnlyList<AddedToken> Added { get; init; }

    public required TextNormalizer? Normalizer { get; init; }

    public required PreTokenizer? PreTokenizer { get; init; }

    public required BytePairModel Model { get; init; }

    /// <summary>The steps back to text; null where the file has none.</summary>
    public required IReadOnlyList<TokenDecoder>? Decoders { get; init; }

    /// <summary>What the post-processor puts around a text; null where there is none that does.</summary>
    public required SpecialFrame? Frame { get; init; }
}
