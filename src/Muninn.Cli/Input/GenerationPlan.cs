using System;
using System.Collections.Generic;
using Muninn.Cli.Frame;
using Muninn.Engine.Caching;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Generation;
using Muninn.Engine.Model;
using Muninn.Engine.Recurrence;

namespace Muninn.Cli.Input;

/// <summary>How texts are continued, and by which model: the options, resolved and checked.</summary>
sealed record GenerationPlan
{
    /// <summary>The name of the model.</summary>
    public required string Model { get; init; }

    /// <summary>Most tokens to generate.</summary>
    public required int TokensMax { get; init; }

    /// <summary>Most iterations of a token; null for the mean with which the model was trained.</summary>
    public required int? Iterations { get; init; }

    /// <summary>When a token stops before that; null for never.</summary>
    public required ExitRule? Exit { get; init; }

    /// <summary>Whether tokens of the prompt may stop early, too.</summary>
    public required bool PromptExits { get; init; }

    /// <summary>Where every token starts.</summary>
    public required StartChoice Start { get; init; }

    /// <summary>Seed of all that is random.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Whether a token starts where the one before it ended.</summary>
    public required bool CarriesState { get; init; }

    /// <summary>Which keys and values are kept.</summary>
    public required CachePolicy Cache { get; init; }

    /// <summary>How they are stored.</summary>
    public required KeyValueFormat Format { get; init; }

    /// <summary>How tokens are chosen.</summary>
    public required Sampler Sampler { get; init; }

    /// <summary>How many of the likeliest tokens are told beside each.</summary>
    public required int Likeliest { get; init; }

    /// <summary>Texts that end the generation.</summary>
    public required StopStrings Stops { get; init; }

    /// <summary>The order in which tokens come about.</summary>
    public required DecodingMode Mode { get; init; }

    /// <summary>Whether the original implementation is reproduced.</summary>
    public required bool IsReference { get; init; }

    /// <summary>Which rotary table.</summary>
    public required RotarySource Rotary { get; init; }

    /// <summary>Threads that compute; null for as many as the work is worth.</summary>
    public required int? Threads { get; init; }

    /// <summary>Rows that pass together while tokens are generated.</summary>
    public int Rows => Mode switch
    {
        SpeculativeMode draft => draft.DraftTokens,
        WavefrontMode wave => wave.WaveMax,
        _ => 1,
    };

    /// <summary>The request for one text.</summary>
    /// <param name="config">Shapes of the model.</param>
    /// <param name="prompt">Tokens of the text.</param>
    /// <param name="stopTokens">Tokens that end the continuation.</param>
    /// <exception cref="UsageException">A bias of a token that the model has not.</exception>
    public GenerationRequest Request(ModelConfig config, int[] prompt, IReadOnlyList<int> stopTokens)
    {
        var request = new GenerationRequest
        {
            Prompt = prompt,
            TokensMax = TokensMax,
            Limit = Iterations ?? config.MeanRecurrence,
            Exit = Exit,
            PromptExits = PromptExits,
            Start = StartOf(config, prompt.Length),
            CarriesState = CarriesState,
            Sampler = Sampler,
            StopTokens = stopTokens,
            Likeliest = Likeliest,
            Cache = Cache,
            Mode = Mode,
        };
        foreach (int token in Sampler.LogitBias.Keys)
        {
            if (token >= config.Vocabulary)
                throw new UsageException($"--logit-bias: token id {token} is outside the model's vocabulary, 0 to {config.Vocabulary - 1}.");
        }

        return IsReference ? new ReferenceCompatibility().Apply(request) : request;
    }

    InitialState StartOf(ModelConfig config, int promptLength) =>
        Start.File is { } file ? InitialState.Given(StartFile.Read(file, Math.Min(config.Context, promptLength + TokensMax), config.Width))
        : Start == StartChoice.Zero ? InitialState.Zero
        : InitialState.Random(Seed);
}
