using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text.Json;
using Muninn.Engine.Generation;
using Muninn.Engine.Recurrence;

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
    public static void WriteToken(Utf8JsonWriter json, in GeneratedToken token, string characters)
    {
        json.WriteNumber("position", token.Position);
        json.WriteNumber("id", token.Token);
        json.WriteString("text", characters);
        JsonOutput.WriteNumber(json, "log_probability", token.LogProbability);
        json.WriteNumber("iterations", token.Iterations);
        json.WriteString("exit", token.Reason == ExitReason.RuleMet ? "rule" : "limit");
        JsonOutput.WriteNumber(json, "value", token.ExitValue);
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
        if (record.Rounds > 0)
        {
            json.WriteNumber("rounds", record.Rounds);
            JsonOutput.WriteNumber(json, "tokens_per_round", record.TokensPerRound);
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
            ("exits", $"{record.ExitsBy(ExitReason.RuleMet)} by the rule, {record.ExitsBy(ExitReason.LimitReached)} at the limit"),
            ("block passes", $"{Number(record.BlockPassesPerToken)} a token, {record.BlockPasses} in all, one after the other"),
        };
        if (record.Rounds > 0) lines.Add(("drafts", $"{Number(record.TokensPerRound)} tokens a round, {record.Rounds} rounds"));
        lines.Add(("memory", $"{Amount.Bytes(record.StoreBytes)} for keys and values, {Amount.Bytes(record.WeightBytes)} for weights"));
        foreach (var (label, value) in lines) output.WriteLine($"{label,-13} {value}");
    }

    static string Rate(double rate) => double.IsFinite(rate) ? Amount.Count(rate) : "-";

    static string Number(double value) => double.IsFinite(value) ? value.ToString("0.##", CultureInfo.InvariantCulture) : "-";
}
