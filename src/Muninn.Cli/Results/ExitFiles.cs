using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;
using Muninn.Cli.Frame;
using Muninn.Microscope.Measures.Exits;
using Muninn.Microscope.Writers;

namespace Muninn.Cli.Results;

/// <summary>Writes what the exit laboratory found as JSON or CSV.</summary>
static class ExitFiles
{
    /// <summary>The endings that are known, pictures not counted.</summary>
    public static IReadOnlyList<string> Types { get; } = [".json", ".csv"];

    /// <summary>Writes the members of the object; numbers of tokens stand prompt after prompt.</summary>
    public static void WriteJson(Utf8JsonWriter json, ExitReading reading)
    {
        var table = reading.Table;
        json.WriteString("version", Product.Version);
        MicroscopeJson.WriteModel(json, reading.Source);
        json.WriteStartObject("options");
        json.WriteNumber("iterations", table.Limit);
        json.WriteNumber("horizon", table.Horizon);
        MicroscopeJson.WriteStart(json, reading.Source);
        json.WriteEndObject();
        json.WriteStartArray("prompts");
        foreach (var prompt in reading.Source.Prompts)
        {
            json.WriteStartObject();
            Raw(json, "ids", prompt.Ids.Select(static id => id.ToString(CultureInfo.InvariantCulture)));
            json.WriteStartArray("texts");
            foreach (string label in prompt.Labels) json.WriteStringValue(label);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartObject("full_depth");
        JsonOutput.WriteNumber(json, "divergence_mean", table.FullDepthDivergenceMean);
        json.WriteNumber("answers_changed", table.FullDepthChanged);
        Raw(json, "divergence", table.FullDepthDivergence.Select(Text));
        json.WriteEndObject();
        json.WriteStartArray("exits");
        foreach (var outcome in table.Outcomes) WriteOutcome(json, outcome, table);
        json.WriteEndArray();
        json.WriteStartArray("verified");
        foreach (var verified in reading.Verified) WriteVerified(json, verified);
        json.WriteEndArray();
        MicroscopeJson.WriteWords(json, reading.Findings, reading.Source);
    }

    static void WriteOutcome(Utf8JsonWriter json, ExitOutcome outcome, ExitTable table)
    {
        json.WriteStartObject();
        WriteCandidate(json, outcome.Candidate);
        json.WriteNumber("iterations_mean", outcome.IterationsMean);
        json.WriteNumber("share", outcome.IterationsMean / table.Limit);
        JsonOutput.WriteNumber(json, "divergence_mean", outcome.DivergenceMean);
        JsonOutput.WriteNumber(json, "divergence_worst", outcome.DivergenceWorst);
        json.WriteNumber("answers_changed", outcome.ChangedCount);
        json.WriteNumber("block_passes_mean", outcome.BlockPassesMean);
        json.WriteBoolean("on_divergence_front", outcome.OnDivergenceFront);
        json.WriteBoolean("on_answer_front", outcome.OnAnswerFront);
        json.WriteBoolean("on_pass_front", outcome.OnPassFront);
        json.WriteNumber("stopped_by_rule", outcome.RuleMet.Count(static met => met));
        WriteTokens(json, outcome.Iterations, outcome.Divergence, outcome.Changed);
        json.WriteEndObject();
    }

    static void WriteVerified(Utf8JsonWriter json, VerifiedExit verified)
    {
        json.WriteStartObject();
        WriteCandidate(json, verified.Replay.Candidate);
        json.WriteNumber("iterations_mean", verified.IterationsMean);
        JsonOutput.WriteNumber(json, "divergence_mean", verified.DivergenceMean);
        json.WriteNumber("answers_changed", verified.ChangedCount);
        json.WriteNumber("same_stops", verified.SameStops);
        json.WriteNumber("largest_shift", verified.LargestShift);
        json.WriteNumber("stopped_by_rule", verified.RuleMet.Count(static met => met));
        WriteTokens(json, verified.Iterations, verified.Divergence, verified.Changed);
        json.WriteEndObject();
    }

    static void WriteCandidate(Utf8JsonWriter json, ExitCandidate candidate)
    {
        json.WriteString("name", ExitReading.NameOf(candidate));
        if (candidate.Rule is null) json.WriteNumber("depth", candidate.Depth);
    }

    static void WriteTokens(Utf8JsonWriter json, int[] iterations, float[] divergence, bool[] changed)
    {
        Raw(json, "iterations", iterations.Select(static i => i.ToString(CultureInfo.InvariantCulture)));
        Raw(json, "divergence", divergence.Select(Text));
        Raw(json, "changed", changed.Select(static c => c ? "true" : "false"));
    }

    // One line: a number a line would be thousands of lines.
    static void Raw(Utf8JsonWriter json, string name, IEnumerable<string> values)
    {
        json.WritePropertyName(name);
        json.WriteRawValue($"[{string.Join(',', values)}]", skipInputValidation: true);
    }

    static string Text(float value) => float.IsFinite(value) ? value.ToString("R", CultureInfo.InvariantCulture) : "null";

    /// <summary>Writes a line for each candidate.</summary>
    public static void WriteCsv(ExitReading reading, Stream stream)
    {
        var table = reading.Table;
        CsvTable.Write(
            [
                "rule", "iterations_mean", "share", "divergence_mean", "divergence_worst", "answers_changed", "tokens", "block_passes_mean",
                "on_divergence_front", "on_answer_front", "on_pass_front", "real_iterations_mean", "real_divergence_mean", "real_answers_changed",
            ],
            table.Outcomes.Select(outcome =>
            {
                var real = reading.Verified.FirstOrDefault(verified => verified.Replay == outcome);
                return (IReadOnlyList<object?>)
                [
                    ExitReading.NameOf(outcome.Candidate), outcome.IterationsMean, outcome.IterationsMean / table.Limit, outcome.DivergenceMean,
                    outcome.DivergenceWorst, outcome.ChangedCount, table.Tokens, outcome.BlockPassesMean,
                    Word(outcome.OnDivergenceFront), Word(outcome.OnAnswerFront), Word(outcome.OnPassFront),
                    real?.IterationsMean, real?.DivergenceMean, real?.ChangedCount,
                ];
            }),
            stream);

        static string Word(bool value) => value ? "true" : "false";
    }
}
