using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;
using Muninn.Cli.Frame;
using Muninn.Microscope.Measures;
using Muninn.Microscope.Measures.Comparisons;
using Muninn.Microscope.Writers;

namespace Muninn.Cli.Results;

/// <summary>A comparison as text, JSON and CSV.</summary>
sealed class ComparisonReport(ComparisonSide left, ComparisonSide right, Comparison comparison)
{
    /// <summary>Pairs named in the text.</summary>
    const int NamesMax = 6;

    /// <summary>The endings that are known, pictures not counted.</summary>
    public static IReadOnlyList<string> Types { get; } = [".json", ".csv"];

    /// <summary>The reference.</summary>
    public ComparisonSide Left => left;

    /// <summary>What is held against it.</summary>
    public ComparisonSide Right => right;

    /// <summary>How they differ.</summary>
    public Comparison Comparison => comparison;

    /// <summary>Prints what a person wants to know first.</summary>
    public void Print(TextWriter output)
    {
        Head(output, "left ", left);
        Head(output, "right", right);
        output.WriteLine(Text($"{comparison.Tokens.Count} tokens stand for each other"));
        output.WriteLine();
        output.WriteLine("                                      left       right");
        Line("tokens that converge", Converged(left), Converged(right));
        Line("median rate, log10 per iteration", Number(MedianRate(left)), Number(MedianRate(right)));
        Line("median distance at the start", Number(MedianStart(left)), Number(MedianStart(right)));
        output.WriteLine();
        output.WriteLine(Text(
            $"Of the pairs {comparison.FasterRight} fall faster on the right, {comparison.FasterLeft} on the left (sign test p = {Number(comparison.SignTest)};"));
        output.WriteLine("tokens of one prompt are not independent: a hint, no proof).");
        Pairs(output);
        if (comparison.Fidelity is { } fidelity) States(output, fidelity);
        else output.WriteLine("States are not compared: the models have other widths or vocabularies.");
        foreach (string note in left.Notes.Union(right.Notes)) output.WriteLine("Note: " + note);

        void Line(string what, string a, string b) => output.WriteLine($"{what,-32}  {a,8}    {b,8}");
    }

    /// <summary>Writes the members of an object.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteString("version", Product.Version);
        WriteSide(json, "left", left);
        WriteSide(json, "right", right);
        json.WriteNumber("iterations", comparison.Iterations);
        json.WriteNumber("horizon", left.Run.Convergence.Settings.Horizon);
        json.WriteNumber("faster_left", comparison.FasterLeft);
        json.WriteNumber("faster_right", comparison.FasterRight);
        json.WriteNumber("sign_test", comparison.SignTest);
        json.WriteStartArray("pairs");
        for (int pair = 0; pair < comparison.Tokens.Count; pair++)
        {
            var token = comparison.Tokens[pair];
            json.WriteStartObject();
            json.WriteNumber("left", token.Left);
            json.WriteNumber("right", token.Right);
            json.WriteString("text", left.Labels[token.Left]);
            JsonOutput.WriteNumber(json, "rate_left", token.RateLeft);
            JsonOutput.WriteNumber(json, "rate_right", token.RateRight);
            JsonOutput.WriteNumber(json, "mean_log10_ratio", token.LogRatio);
            json.WriteStartArray("log10_ratio");
            foreach (float ratio in RatiosOf(pair))
            {
                if (float.IsFinite(ratio)) json.WriteNumberValue(ratio);
                else json.WriteNullValue();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (comparison.Fidelity is not { } fidelity) return;
        json.WriteStartObject("fidelity");
        FidelityTable.Write(json, fidelity);
        json.WriteEndObject();
    }

    /// <summary>Writes a line for each pair and iteration.</summary>
    public void WriteTable(Stream stream)
    {
        using var writer = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true);
        writer.NewLine = "\r\n";
        writer.WriteLine("left,right,token,iteration,log10_ratio");
        for (int pair = 0; pair < comparison.Tokens.Count; pair++)
        {
            var token = comparison.Tokens[pair];
            string start = Text($"{token.Left},{token.Right},{CsvWriter.Quote(left.Labels[token.Left])},");
            int iteration = 0;
            foreach (float ratio in RatiosOf(pair))
                writer.WriteLine(start + Text($"{iteration++},") + (float.IsFinite(ratio) ? ratio.ToString("R", CultureInfo.InvariantCulture) : ""));
        }
    }

    ReadOnlySpan<float> RatiosOf(int pair) => comparison.LogRatio.AsSpan(pair * (comparison.Iterations + 1), comparison.Iterations + 1);

    static void WriteSide(Utf8JsonWriter json, string name, ComparisonSide side)
    {
        json.WriteStartObject(name);
        json.WriteString("model", side.Model);
        json.WriteString("fingerprint", side.Fingerprint);
        json.WriteString("start", side.Start);
        json.WriteNumber("tokens", side.Labels.Count);
        json.WriteNumber("converged", side.Run.Convergence.Tokens.Count(token => token.Verdict == Verdict.Converged));
        JsonOutput.WriteNumber(json, "median_rate", MedianRate(side));
        JsonOutput.WriteNumber(json, "floor", side.Run.Convergence.Floor ?? double.NaN);
        json.WriteEndObject();
    }

    void Pairs(TextWriter output)
    {
        var apart = comparison.Tokens.Where(token => double.IsFinite(token.LogRatio)).OrderByDescending(token => Math.Abs(token.LogRatio)).Take(NamesMax).ToList();
        if (apart.Count == 0) return;
        output.WriteLine();
        output.WriteLine("Farthest apart, in powers of ten on average over the iterations above the floor:");
        foreach (var token in apart)
        {
            output.WriteLine(Text(
                $"  “{left.Labels[token.Left]}” ({token.Left} | {token.Right}): {(token.LogRatio > 0 ? "+" : "")}{Number(token.LogRatio)}, rates {Number(token.RateLeft)} | {Number(token.RateRight)}"));
        }
    }

    static void States(TextWriter output, Fidelity fidelity)
    {
        output.WriteLine();
        output.WriteLine("States of the pairs, ‖right − left‖ / ‖left‖, and the cosine between them:");
        FidelityTable.Print(fidelity, output);
    }

    static void Head(TextWriter output, string side, ComparisonSide of) =>
        output.WriteLine(Text($"{side}  {of.Model}, {of.Labels.Count} tokens, start {of.Start}"));

    static string Converged(ComparisonSide side) =>
        Text($"{side.Run.Convergence.Tokens.Count(token => token.Verdict == Verdict.Converged)} of {side.Labels.Count}");

    static double MedianRate(ComparisonSide side) => Statistics.Median(side.Run.Convergence.Tokens.Select(token => token.Rate));

    static double MedianStart(ComparisonSide side) => Statistics.Median(side.Run.Convergence.Tokens.Select(token => token.Start));

    static string Number(double value) => double.IsNaN(value) ? "-" : value.ToString("G3", CultureInfo.InvariantCulture);

    static string Text(FormattableString text) => FormattableString.Invariant(text);
}
