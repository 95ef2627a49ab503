using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text.Json;
using Muninn.Cli.Input;
using Muninn.Engine.Generation;
using Muninn.Engine.Recurrence;
using Muninn.Engine.Text;

namespace Muninn.Cli.Results;

/// <summary>Tokens and records of generations, as JSON and in words.</summary>
static class GenerationReport
{
    /// <summary>The word for an end.</summary>
    public static string WordOf(GenerationEnd end) => end switch
    {
        GenerationEnd.TokensMax => "max-tokens",
        GenerationEnd.StopToken => "stop-token",
        GenerationEnd.StopText => "stop-text",
        GenerationEnd.ContextFull => "context-full",
        GenerationEnd.Cancelled => "cancelled",
        GenerationEnd.NotFinite => "not-finite",
        GenerationEnd.EveryTokenBanned => "every-token-banned",
        _ => "none",
    };

    /// <summary>Writes the members of a token.</summary>
    /// <param name="json">Stands inside the object.</param>
    /// <param name="token">The token.</param>
    /// <param name="characters">The characters that it completed.</param>
    /// <param name="tokenizer">Names the likeliest tokens; null where there is none.</param>
    public static void WriteToken(Utf8JsonWriter json, in GeneratedToken token, string characters, Tokenizer? tokenizer)
    {
        json.WriteNumber("position", token.Position);
        json.WriteNumber("id", token.Token);
        json.WriteString("text", characters);
        JsonOutput.WriteNumber(json, "log_probability", token.LogProbability);
        json.WriteNumber("iterations", token.Iterations);
        json.WriteString("exit", token.Reason == ExitReason.RuleMet ? "rule" : "limit");
        JsonOutput.WriteNumber(json, "value", token.ExitValue);
        if (token.Likeliest.Count == 0) return;
        json.WriteStartArray("likeliest");
        foreach (var (id, logProbability) in token.Likeliest)
        {
            json.WriteStartObject();
            json.WriteNumber("id", id);
            json.WriteString("token", tokenizer?.DisplayText(id));
            json.WriteNumber("log_probability", logProbability);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>Writes the members of the object behind the last token.</summary>
    /// <param name="json">Stands inside the object.</param>
    /// <param name="record">The generation.</param>
    /// <param name="text">Its text.</param>
    /// <param name="stop">The stop string that ended it, or null.</param>
    public static void WriteEnd(Utf8JsonWriter json, GenerationRecord record, string text, string? stop)
    {
        json.WriteString("end", WordOf(record.End));
        json.WriteString("stop", stop);
        json.WriteString("text", text);
        json.WriteNumber("prompt_tokens", record.Request.Prompt.Length);
        json.WriteNumber("tokens", record.Tokens.Count);
        json.WriteStartObject("stats");
        JsonOutput.WriteNumber(json, "prompt_tokens_per_second", record.PromptRate);
        JsonOutput.WriteNumber(json, "tokens_per_second", record.DecodeRate);
        JsonOutput.WriteNumber(json, "mean_iterations", record.MeanIterations);
        json.WriteNumber("exits_by_rule", record.ExitsBy(ExitReason.RuleMet));
        json.WriteNumber("exits_at_limit", record.ExitsBy(ExitReason.LimitReached));
        json.WriteNumber("block_passes", record.BlockPasses);
        JsonOutput.WriteNumber(json, "block_passes_per_token", record.BlockPassesPerToken);
        if (record.Drafted > 0)
        {
            json.WriteNumber("drafted", record.Drafted);
            json.WriteNumber("accepted", record.Accepted);
            JsonOutput.WriteNumber(json, "acceptance", record.Acceptance);
        }

        json.WriteNumber("key_value_bytes", record.StoreBytes);
        json.WriteNumber("weight_bytes", record.WeightBytes);
        json.WriteEndObject();
    }

    /// <summary>Writes the record in words.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="record">The generation.</param>
    public static void WriteStats(TextWriter output, GenerationRecord record)
    {
        var lines = new List<(string Label, string Value)>
        {
            ("end", $"{WordOf(record.End)}, {record.Tokens.Count} tokens behind {record.Request.Prompt.Length} of the prompt"),
            ("prompt", $"{Rate(record.PromptRate)} tokens/s, until the first token"),
            ("decode", $"{Rate(record.DecodeRate)} tokens/s, behind it"),
            ("iterations", $"{Number(record.MeanIterations)} a token on average, limit {record.Request.Limit}"),
            ("exits", ExitsOf(record)),
            ("block passes", $"{Number(record.BlockPassesPerToken)} a token, {record.BlockPasses} in all, one after the other"),
        };
        if (record.Drafted > 0) lines.Add(("acceptance", $"{Number(100 * record.Acceptance)} %: {record.Accepted} of {record.Drafted} drafted tokens"));
        lines.Add(("memory", $"{Amount.Bytes(record.StoreBytes)} for keys and values, {Amount.Bytes(record.WeightBytes)} for weights"));
        foreach (var (label, value) in lines) output.WriteLine($"{label,-13} {value}");
    }

    static string ExitsOf(GenerationRecord record)
    {
        int met = record.ExitsBy(ExitReason.RuleMet);
        // A wave has a rule of its own; that of the request holds for the prompt alone.
        var rule = record.Request.Mode is WavefrontMode ? "at rest" : record.Request.Exit is { } exit ? $"by {ExitRules.NameOf(exit)}" : null;
        var atLimit = $"{record.ExitsBy(ExitReason.LimitReached)} at the limit";
        return rule is null ? atLimit : $"{met} {rule}, {atLimit}";
    }

    static string Rate(double rate) => double.IsFinite(rate) ? Amount.Count(rate) : "-";

    static string Number(double value) => double.IsFinite(value) ? value.ToString("0.##", CultureInfo.InvariantCulture) : "-";
}
