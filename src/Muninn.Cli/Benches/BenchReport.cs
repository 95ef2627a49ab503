using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;
using System.Text.Json;
using Muninn.Cli.Frame;

namespace Muninn.Cli.Benches;

/// <summary>The rows of a bench as a line of text, a table, or JSON.</summary>
static class BenchReport
{
    /// <summary>One row for the terminal.</summary>
    public static string Line(BenchRow row)
    {
        var share = row.Ratio is { } ratio ? Invariant($"{ratio,6:F2} {row.Limit}") : "";
        return Invariant($"{row.Name,-56} {row.Value,8:F1} {row.Unit,-8}{share,-26} {RemarkOf(row)}").TrimEnd();
    }

    /// <summary>What <c>bench --json</c> prints, between the braces.</summary>
    public static void WriteJson(Utf8JsonWriter json, BenchPlan plan, IEnumerable<BenchRow> rows)
    {
        json.WriteString("version", Product.Version);
        json.WriteString("processor", Machine.ProcessorName);
        json.WriteNumber("processors", Environment.ProcessorCount);
        json.WriteNumber("vectorBits", Machine.VectorBits);
        json.WriteNumber("largestCacheBytes", Machine.LastLevelCacheBytes);
        json.WriteNumber("threads", plan.Threads);
        json.WriteBoolean("quick", plan.Quick);
        if (plan.ModelName is { } model) json.WriteString("model", model);
        json.WriteStartArray("figures");
        foreach (var row in rows)
        {
            json.WriteStartObject();
            json.WriteString("group", row.Group);
            json.WriteString("name", row.Name);
            json.WriteNumber("value", Math.Round(row.Value, 3));
            json.WriteString("unit", row.Unit);
            if (row.Ratio is { } ratio) json.WriteNumber("ratio", Math.Round(ratio, 4));
            if (row.Limit is not null) json.WriteString("limit", row.Limit);
            if (row.Quiet is { } quiet) json.WriteNumber("quiet", Math.Round(quiet, 3));
            if (row.Goal is { } goal)
            {
                json.WriteNumber(goal.AtMost ? "atMost" : "atLeast", goal.Value);
                json.WriteBoolean("reached", goal.IsReached(row.Ratio ?? row.Value));
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>A table for people, in Markdown.</summary>
    public static void WriteMarkdown(Stream stream, BenchPlan plan, IReadOnlyList<BenchRow> rows)
    {
        using var text = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\n" };
        text.WriteLine($"# {Machine.ProcessorName}");
        text.WriteLine();
        text.WriteLine(
            $"muninn {Product.Version}, {(plan.Threads == 1 ? "one thread" : $"{plan.Threads} threads")} of {Environment.ProcessorCount} processors, "
            + $"{Machine.VectorBits}-bit vectors, largest cache {Machine.LastLevelCacheBytes >> 20} MiB"
            + $"{(plan.Quick ? ", --quick: the figures say little" : "")}{(plan.ModelName is { } model ? $", model {model}" : "")}.");
        text.WriteLine("Medians; each share is taken against a probe right beside its case.");
        var group = "";
        foreach (var row in rows)
        {
            if (row.Group != group)
            {
                group = row.Group;
                text.WriteLine();
                text.WriteLine($"| {group} | | share | goal |");
                text.WriteLine("|---|---:|---|---|");
            }

            var share = row.Ratio is { } ratio ? Invariant($"{ratio:F3} {row.Limit}") : "";
            text.WriteLine(Invariant($"| {row.Name} | {row.Value:F1} {row.Unit} | {share} | {RemarkOf(row)} |"));
        }
    }

    static string RemarkOf(BenchRow row)
    {
        var disturbed = row.IsDisturbed ? "disturbed" : "";
        if (row.Goal is not { } goal) return disturbed;
        var unit = row.Ratio is null ? " " + row.Unit : "";
        var bound = goal.Value.ToString(row.Ratio is null ? "0.##" : "F2", CultureInfo.InvariantCulture);
        return $"{(goal.AtMost ? "at most" : "at least")} {bound}{unit}{(row.Reached == false ? ": missed" : "")}{(row.IsDisturbed ? ", disturbed" : "")}";
    }

    static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
