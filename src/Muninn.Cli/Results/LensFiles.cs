using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;
using Muninn.Cli.Frame;
using Muninn.Microscope.Measures.Lenses;
using Muninn.Microscope.Writers;

namespace Muninn.Cli.Results;

/// <summary>Writes what a lens has read as JSON or CSV.</summary>
static class LensFiles
{
    /// <summary>The endings that are known, pictures not counted.</summary>
    public static IReadOnlyList<string> Types { get; } = [".json", ".csv"];

    /// <summary>Writes the members of the object; the arrays are aligned with the tokens that are read, [m, T] and [m, T, k].</summary>
    public static void WriteJson(Utf8JsonWriter json, LensReading reading)
    {
        var table = reading.Table;
        json.WriteString("version", Product.Version);
        MicroscopeJson.WriteModel(json, reading.Source);
        json.WriteStartObject("options");
        json.WriteString("kind", KindName(table));
        json.WriteNumber("horizon", table.Settings.Horizon);
        json.WriteNumber("top", table.TopCount);
        json.WriteNumber("divergence_bound", table.Settings.DivergenceBound);
        MicroscopeJson.WriteStart(json, reading.Source);
        json.WriteEndObject();
        json.WriteStartArray("tokens");
        for (int position = 0; position < table.Positions; position++) WriteToken(json, reading, position);
        json.WriteEndArray();
        json.WriteStartObject("texts");
        foreach (int id in table.Tokens.Concat(table.FinalTokens).Where(static id => id >= 0).Distinct().Order())
            json.WriteString(id.ToString(CultureInfo.InvariantCulture), reading.Source.LabelOf(id));
        json.WriteEndObject();
        json.WriteStartObject("lens");
        WriteArray(json, "iterations", table.Iterations);
        WriteArray(json, "blocks", table.Blocks);
        int cells = table.Positions;
        WriteTable(json, "tokens", table, (m, t) => List(table.TopTokens(m, t).ToArray()));
        WriteTable(json, "log_probabilities", table,
            (m, t) => List(table.LogProbabilities.AsSpan((m * cells + t) * table.TopCount, table.TopCount).ToArray()));
        WriteTable(json, "entropy", table, (m, t) => Text(table.Entropy[m * cells + t]));
        WriteTable(json, "divergence", table, (m, t) => Text(table.Divergence[m * cells + t]));
        WriteTable(json, "rank", table, (m, t) => Text(table.Rank[m * cells + t]));
        WriteTable(json, "next_log_probability", table, (m, t) => Text(table.NextLogProbability[m * cells + t]));
        WriteTable(json, "next_rank", table, (m, t) => Text(table.NextRank[m * cells + t]));
        json.WriteEndObject();
        MicroscopeJson.WriteWords(json, reading.Findings, reading.Source);
    }

    /// <summary><c>coda</c> or <c>raw</c>.</summary>
    public static string KindName(LensTable table) => table.Kind == LensKind.Coda ? "coda" : "raw";

    static void WriteToken(Utf8JsonWriter json, LensReading reading, int position)
    {
        var table = reading.Table;
        json.WriteStartObject();
        json.WriteNumber("position", position);
        json.WriteNumber("id", table.Ids[position]);
        json.WriteString("text", reading.Tokens.Labels[position]);
        json.WriteNumber("final_token", table.FinalTokens[position]);
        json.WriteString("final_text", reading.Source.LabelOf(table.FinalTokens[position]));
        JsonOutput.WriteNumber(json, "final_margin", table.FinalMargin[position]);
        JsonOutput.WriteNumber(json, "commit", table.Commit[position] ?? double.NaN);
        JsonOutput.WriteNumber(json, "settled", table.Settled[position] ?? double.NaN);
        json.WriteNumber("changes", table.Changes[position]);
        json.WriteEndObject();
    }

    static void WriteArray(Utf8JsonWriter json, string name, int[] values)
    {
        json.WritePropertyName(name);
        json.WriteRawValue(List(values), skipInputValidation: true);
    }

    // One line a reading: a number a line would be thousands of lines.
    static void WriteTable(Utf8JsonWriter json, string name, LensTable table, Func<int, int, string> cell)
    {
        json.WriteStartArray(name);
        var line = new StringBuilder();
        for (int m = 0; m < table.Readings; m++)
        {
            line.Clear().Append('[');
            for (int t = 0; t < table.Positions; t++) line.Append(t > 0 ? "," : "").Append(cell(m, t));
            json.WriteRawValue(line.Append(']').ToString(), skipInputValidation: true);
        }

        json.WriteEndArray();
    }

    static string List(int[] values) => $"[{string.Join(',', values)}]";

    static string List(float[] values) => $"[{string.Join(',', values.Select(Text))}]";

    static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);

    static string Text(float value) => float.IsFinite(value) ? value.ToString("R", CultureInfo.InvariantCulture) : "null";

    /// <summary>Writes a line for each row and reading.</summary>
    public static void WriteCsv(LensReading reading, Stream stream)
    {
        var table = reading.Table;
        var header = new List<string>
        {
            "row", "token", "read_at", "iteration", "block", "entropy", "divergence", "rank", "actual", "actual_log_probability", "actual_rank",
        };
        for (int i = 1; i <= table.TopCount; i++) header.AddRange([$"top{i}", $"top{i}_text", $"top{i}_log_probability"]);
        CsvTable.Write(header, Rows(reading), stream);
    }

    static IEnumerable<IReadOnlyList<object?>> Rows(LensReading reading)
    {
        var (table, aligned) = (reading.Table, reading.Aligned);
        for (int row = 0; row < aligned.Rows; row++)
        {
            if (aligned.PositionOf(row) is not { } position) continue;
            for (int m = 0; m < table.Readings; m++)
            {
                int cell = m * table.Positions + position;
                var actual = aligned.ActualOf(row);
                var cells = new List<object?>
                {
                    row, reading.Tokens.Labels[row], position, table.Iterations[m], table.Blocks[m] == LensTable.State ? null : table.Blocks[m],
                    table.Entropy[cell], table.Divergence[cell], table.Rank[cell],
                    actual, actual is null ? null : table.NextLogProbability[cell], actual is null ? null : table.NextRank[cell],
                };
                for (int i = 0; i < table.TopCount; i++)
                {
                    int id = table.TopTokens(m, position)[i];
                    cells.AddRange([id, id < 0 ? null : reading.Source.LabelOf(id), table.LogProbabilities[cell * table.TopCount + i]]);
                }

                yield return cells;
            }
        }
    }
}
