using System;
using System.Collections.Generic;
using Muninn.Engine.Caching;
using Muninn.Engine.Recurrence;

namespace Muninn.Engine.Generation;

/// <summary>What to generate, and how. The same request gives the same tokens, alone or among others.</summary>
public sealed record GenerationRequest
{
    /// <summary>Tokens of the prompt, at least 1.</summary>
    public required ReadOnlyMemory<int> Prompt { get; init; }

    /// <summary>Most tokens to generate, at least 1. The end of the context ends a text, too.</summary>
    public int TokensMax { get; init; } = 128;

    /// <summary>Most iterations of a row, at least 1.</summary>
    public required int Limit { get; init; }

    /// <summary>When a row stops before the limit, each row for itself; null: never.</summary>
    public ExitRule? Exit { get; init; }

    /// <summary>Whether rows of the prompt may stop early, too.</summary>
    public bool PromptExits { get; init; } = true;

    /// <summary>Where every row starts.</summary>
    public InitialState Start { get; init; } = InitialState.Zero;

    /// <summary>
    /// Continuous chain of thought: a generated token starts from the final state of the one before it in place of
    /// <see cref="Start"/>.
    /// </summary>
    public bool CarriesState { get; init; }

    /// <summary>How the next token is chosen.</summary>
    public Sampler Sampler { get; init; } = Sampler.Greedy;

    /// <summary>How many of the likeliest tokens every generated token reports beside itself, at least 0.</summary>
    public int Likeliest { get; init; }

    /// <summary>Tokens that end the text; they are reported, as its last.</summary>
    public IReadOnlyList<int> StopTokens { get; init; } = [];

    /// <summary>Which keys and values are kept.</summary>
    public CachePolicy Cache { get; init; } = CachePolicy.PerIteration;

    /// <summary>
    /// Positions of the prompt that pass together, at least 1; part of the result where iterations share slots, or where a rule reads
    /// logits in the prompt.
    /// </summary>
    public int PromptChunk { get; init; } = 64;

    /// <summary>One token after the other, drafts that are verified, or a wave of positions.</summary>
    public DecodingMode Mode { get; init; } = DecodingMode.Plain;

    /// <summary>How to differ from what is right in order to agree with the original implementation; null: not at all.</summary>
    public ReferenceCompatibility? Reference { get; init; }
}
