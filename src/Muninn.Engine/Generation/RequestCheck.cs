using System;
using Muninn.Engine.Caching;
using Muninn.Engine.Checkpoints;

namespace Muninn.Engine.Generation;

/// <summary>What a request needs, and why it cannot run.</summary>
static class RequestCheck
{
    /// <summary>Most iterations of a row.</summary>
    internal const int LimitMax = 1 << 16;

    /// <summary>Most of the likeliest tokens that are reported with each.</summary>
    internal const int LikeliestMax = 1024;

    /// <summary>Why a request cannot run, with the remedy; null: it can.</summary>
    internal static string? RefusalOf(GenerationRequest request, ModelConfig model, SchedulerSettings settings) =>
        OfNumbers(request)
        ?? OfTokens(request, model)
        ?? request.Start.RefusalOf(RequestSize.PositionsOf(request, model), model.Width)
        ?? request.Mode.RefusalOf(request)
        ?? OfRules(request, model)
        ?? OfCache(request, settings)
        ?? OfRows(request, settings)
        ?? OfMemory(request, model, settings);

    static string? OfNumbers(GenerationRequest request)
    {
        if (request.Prompt.IsEmpty)
            return "The prompt is empty; give at least one token.";
        if (request.TokensMax < 1)
            return $"{request.TokensMax} tokens were asked for; ask for at least 1.";
        if (request.Limit is < 1 or > LimitMax)
            return $"The limit is {request.Limit} iterations; give 1 to {LimitMax}.";
        if (request.Likeliest is < 0 or > LikeliestMax)
            return $"{request.Likeliest} of the likeliest tokens were asked for; ask for 0 to {LikeliestMax}.";
        return request.PromptChunk < 1 ? $"A prompt in chunks of {request.PromptChunk} positions never ends; give at least 1." : null;
    }

    static string? OfTokens(GenerationRequest request, ModelConfig model)
    {
        if (request.Prompt.Length >= model.Context)
            return $"The prompt has {request.Prompt.Length} tokens, but this model reads at most {model.Context}, "
                + $"one of them the next; shorten it by {request.Prompt.Length - model.Context + 1}.";
        var prompt = request.Prompt.Span;
        for (int position = 0; position < prompt.Length; position++)
        {
            if ((uint)prompt[position] >= (uint)model.Vocabulary)
                return $"Token {prompt[position]} at position {position} is not in this model's vocabulary; ids run from 0 to {model.Vocabulary - 1}.";
        }

        foreach (int token in request.StopTokens)
        {
            if ((uint)token >= (uint)model.Vocabulary)
                return $"Stop token {token} is not in this model's vocabulary; ids run from 0 to {model.Vocabulary - 1}.";
        }

        return null;
    }

    /// <summary>What a sampler or an exit rule says of itself: one that is out of range must not stop the others.</summary>
    static string? OfRules(GenerationRequest request, ModelConfig model)
    {
        try
        {
            request.Sampler.Validate(model.Vocabulary);
            request.Exit?.Start(1, model.Width, model.Vocabulary);
            return null;
        }
        catch (ArgumentException e)
        {
            // Without the name of the parameter, which is none of the request's.
            return e.ParamName is null ? e.Message : e.Message.Replace($" (Parameter '{e.ParamName}')", "", StringComparison.Ordinal);
        }
    }

    static string? OfCache(GenerationRequest request, SchedulerSettings settings)
    {
        if (!request.Cache.SharesBetweenBlocks)
            return null;
        if (settings.RequestsMax > 1)
            return $"The cache {request.Cache} shares entries between blocks, so its request must run alone, but {settings.RequestsMax} "
                + "may run at a time; allow 1, or take another cache.";
        return request.Cache.Missing == MissingEntries.LeftOut
            ? null
            : $"The cache {request.Cache} cannot show {request.Cache.Missing} entries, because blocks share them; take {MissingEntries.LeftOut}.";
    }

    static string? OfRows(GenerationRequest request, SchedulerSettings settings)
    {
        int chunk = int.Min(request.PromptChunk, request.Prompt.Length);
        if (chunk > settings.RowsMax)
            return $"A chunk of the prompt has {chunk} rows, but a pass takes {settings.RowsMax}; make the chunks smaller or the passes larger.";
        int most = int.Min(settings.RowsMax, settings.HeadRowsMax);
        return request.Mode.RowsMax > most
            ? $"This way of decoding passes {request.Mode.RowsMax} rows at a time, but {most} are allowed; make it smaller or the passes larger."
            : null;
    }

    static string? OfMemory(GenerationRequest request, ModelConfig model, SchedulerSettings settings)
    {
        RequestSize size;
        try
        {
            size = RequestSize.Of(request, model);
        }
        catch (OverflowException)
        {
            return $"Keys and values of {RequestSize.PositionsOf(request, model)} positions and {request.Limit} iterations are more than a store can "
                + "address; ask for fewer tokens, lower the limit, or let iterations share slots.";
        }

        if (size.Bytes > settings.MemoryMax)
            return $"It takes {size.Bytes >> 10} KiB beside its keys and values, but {settings.MemoryMax >> 10} KiB are allowed; "
                + "pass its prompt in smaller chunks, make drafts or the wave smaller, or take a rule that reads states.";
        if (size.Store.OuterPanels <= settings.Store.OuterPanels && size.Store.CorePanels <= settings.Store.CorePanels)
            return null;
        return $"Its keys and values may need {size.Store.Bytes(model, settings.Format) >> 10} KiB, but the store has room for "
            + $"{settings.Store.Bytes(model, settings.Format) >> 10} KiB; ask for fewer tokens, lower the limit, or let iterations share slots.";
    }
}
