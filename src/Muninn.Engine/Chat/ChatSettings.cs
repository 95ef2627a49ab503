using System;
using System.Globalization;
using Microsoft.Extensions.AI;
using Muninn.Engine.Generation;
using Muninn.Engine.Recurrence;

namespace Muninn.Engine.Chat;

/// <summary>What the options of a chat mean for a request. An option that would change the result and cannot is refused.</summary>
static class ChatSettings
{
    /// <summary>A request without its prompt.</summary>
    /// <param name="options">What the caller asks for; null: nothing.</param>
    /// <param name="given">What holds where the options say nothing.</param>
    /// <param name="modelId">Name of the model; null: it has none.</param>
    /// <exception cref="NotSupportedException">An option that this client does not have.</exception>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    internal static GenerationRequest Apply(ChatOptions? options, GenerationRequest given, string? modelId)
    {
        if (options is null)
            return given;
        RequireSupported(options, modelId);
        var request = given with
        {
            TokensMax = options.MaxOutputTokens ?? given.TokensMax,
            Sampler = SamplerOf(options, given.Sampler),
        };
        foreach (var (key, value) in options.AdditionalProperties ?? [])
        {
            request = key switch
            {
                RecurrentChatClient.IterationsKey => request with { Limit = IterationsOf(value) },
                RecurrentChatClient.ExitKey => request with { Exit = ExitOf(value) },
                _ => throw new NotSupportedException(
                    $"The additional property '{key}' is not known to this client; it knows '{RecurrentChatClient.IterationsKey}' and "
                    + $"'{RecurrentChatClient.ExitKey}'."),
            };
        }

        return request;
    }

    static void RequireSupported(ChatOptions options, string? modelId)
    {
        if (options.ModelId is { } asked && asked != modelId)
            throw NotSupported(nameof(options.ModelId), asked, modelId is null ? "leave it null" : $"this client has {modelId}");
        if (options.FrequencyPenalty is { } frequency && frequency != 0)
            throw NotSupported(nameof(options.FrequencyPenalty), frequency, "use a repetition penalty in the client's defaults");
        if (options.PresencePenalty is { } presence && presence != 0)
            throw NotSupported(nameof(options.PresencePenalty), presence, "use a repetition penalty in the client's defaults");
        if (options.ResponseFormat is not (null or ChatResponseFormatText))
            throw NotSupported(nameof(options.ResponseFormat), options.ResponseFormat.GetType().Name, "ask for text");
        if (options.Tools is { Count: > 0 } tools)
            throw NotSupported(nameof(options.Tools), $"a list of {tools.Count}", "leave it empty");
        if (options.ToolMode is RequiredChatToolMode)
            throw NotSupported(nameof(options.ToolMode), "to require a tool", "leave it null");
        if (options.ConversationId is { } conversation)
            throw NotSupported(nameof(options.ConversationId), conversation, "this client keeps no conversation; send all messages each time");
        if (options.Reasoning is not null)
            throw NotSupported(nameof(options.Reasoning), "set", $"give the additional property '{RecurrentChatClient.IterationsKey}' instead");
        if (options.ContinuationToken is not null)
            throw NotSupported(nameof(options.ContinuationToken), "set", "an answer cannot be resumed; ask again");
    }

    static Sampler SamplerOf(ChatOptions options, Sampler given)
    {
        bool draws = options.Temperature is { } temperature
            ? temperature != 0
            : given is FilteredSampler || options.TopK is not null || options.TopP is not null;
        if (!draws)
            return Sampler.Greedy with { LogitBias = given.LogitBias, RepetitionPenalty = given.RepetitionPenalty, Dry = given.Dry };
        var drawn = given as FilteredSampler ?? new FilteredSampler
        {
            LogitBias = given.LogitBias,
            RepetitionPenalty = given.RepetitionPenalty,
            Dry = given.Dry,
        };
        return drawn with
        {
            Temperature = options.Temperature ?? drawn.Temperature,
            TopK = options.TopK ?? drawn.TopK,
            TopP = options.TopP is { } share ? Decimal(share) : drawn.TopP,
            Seed = options.Seed is { } seed ? unchecked((ulong)seed) : drawn.Seed,
        };
    }

    /// <summary>The number that was written: 0.9 as a float is none of the doubles that print so.</summary>
    static double Decimal(float value) =>
        double.Parse(value.ToString("R", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    static int IterationsOf(object? value) => value switch
    {
        int count => count,
        long count and >= int.MinValue and <= int.MaxValue => (int)count,
        _ => throw new ArgumentException(
            $"The additional property '{RecurrentChatClient.IterationsKey}' is {Shown(value)}; give a whole number, the most iterations of a row."),
    };

    static ExitRule? ExitOf(object? value) => value switch
    {
        null => null,
        ExitRule rule => rule,
        _ => throw new ArgumentException(
            $"The additional property '{RecurrentChatClient.ExitKey}' is {Shown(value)}; give an {nameof(ExitRule)}, or null for none."),
    };

    static string Shown(object? value) => value is null
        ? "null"
        : string.Create(CultureInfo.InvariantCulture, $"{value} ({value.GetType().Name})");

    static NotSupportedException NotSupported(string option, object value, string remedy) => new(
        string.Create(CultureInfo.InvariantCulture, $"{nameof(ChatOptions)}.{option} is {value}, which this client does not support; {remedy}."));
}
