using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;
using Muninn.Cli.Frame;
using Muninn.Engine.Checkpoints;
using Muninn.Microscope.Figures;
using Muninn.Microscope.Measures;
using Muninn.Microscope.Recordings;

namespace Muninn.Cli.Results;

/// <summary>What a recording holds, as lines of text and as JSON.</summary>
static class RecordingFacts
{
    /// <summary>Characters of the text that are shown.</summary>
    const int TextMax = 200;

    /// <summary>Writes a name and a value a line.</summary>
    public static void Write(Recording recording, int columns, TextWriter output)
    {
        foreach (var (name, value) in Lines(recording)) Wrapping.Write($"{name,-9} ", value, columns, output);
    }

    /// <summary>Writes the object <c>recording</c>: what the JSON of a heatmap does not have.</summary>
    public static void Write(Utf8JsonWriter json, Recording recording)
    {
        var header = recording.Header;
        json.WriteStartObject("recording");
        json.WriteString("weights", header.Weights);
        json.WriteNumber("heads", header.Heads);
        json.WriteNumber("vocabulary", header.Vocabulary);
        json.WriteNumber("prelude_blocks", header.PreludeBlocks);
        json.WriteNumber("core_blocks", header.CoreBlocks);
        json.WriteNumber("coda_blocks", header.CodaBlocks);
        json.WriteNumber("limit", header.Limit);
        if (recording.States is { } states)
        {
            json.WriteStartObject("states");
            json.WriteString("type", states.Type.ToString());
            JsonOutput.WriteNumber(json, "rounding", states.Rounding);
            WriteList(json, "iterations", states.Iterations);
            WriteList(json, "positions", states.Positions);
            json.WriteEndObject();
        }

        if (recording.Lens is { } lens) WriteLens(json, lens);
        json.WriteStartArray("other_tensors");
        foreach (var tensor in recording.OtherTensors) json.WriteStringValue(tensor);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    static IEnumerable<(string Name, string Value)> Lines(Recording recording)
    {
        var header = recording.Header;
        var convergence = recording.Convergence;
        int count = convergence.Positions;
        yield return ("model", string.Create(CultureInfo.InvariantCulture,
            $"{header.Model}, {header.Weights}, width {header.Width}, {header.Heads} heads, {header.PreludeBlocks} + {header.CoreBlocks} + {header.CodaBlocks} blocks, vocabulary {header.Vocabulary}; fingerprint {header.Fingerprint}"));
        yield return ("text", $"{count} token{(count == 1 ? "" : "s")}: {Shortened(string.Concat(recording.Tokens.Labels))}");
        yield return ("run", string.Create(CultureInfo.InvariantCulture,
            $"{convergence.Settings.Iterations} iterations measured, s* at {convergence.Settings.Horizon}, {header.Limit} run; start {header.StartText}; rotary table {header.Rotary}; tolerance {convergence.Settings.Tolerance}; Muninn {header.Version}"));
        yield return ("floor", Floor(convergence));
        yield return ("rest", Rest(convergence));
        if (recording.States is { } states)
        {
            yield return ("states",
                $"{Of(states.Iterations.Count, "iteration")} {RecordedStates.Listed(states.Iterations)} of {Of(states.Positions.Count, "token")} " +
                $"{RecordedStates.Listed(states.Positions)}, {states.Type}{Rounding(states, convergence)}");
        }

        if (recording.Lens is { } lens)
        {
            yield return ("lens", $"the {Of(lens.Top, "likeliest next token")} after {Of(lens.Iterations.Length, "iteration")} {RecordedStates.Listed(lens.Iterations)}");
            foreach (int m in Changes(lens)) yield return ("", LastPlace(lens, m));
        }

        foreach (var line in SectionFacts.Lines(recording)) yield return line;
        if (recording.OtherTensors.Count > 0)
            yield return ("unknown", $"tensors that this version leaves alone: {string.Join("; ", recording.OtherTensors.Take(20))}");
    }

    static string Floor(Convergence convergence) => convergence.Floor is not { } floor ? "none: no token has a finite s*"
        : convergence.FloorsMeasured == 0
            ? $"{ColorRange.NumberText(floor)} behind the final norm, assumed (a millionth of ‖ln_f(s*)‖)"
            : $"{ColorRange.NumberText(floor)} behind the final norm (median), measured by restarts beside s* for {convergence.FloorsMeasured} of " +
              $"{Of(convergence.Positions, "token")}";

    static string Rest(Convergence convergence)
    {
        var verdicts = convergence.Tokens.GroupBy(static token => token.Verdict).OrderBy(static group => group.Key)
            .Select(static group => $"{group.Count()} {group.Key.ToString().ToLowerInvariant()}");
        var read = convergence.Rest.Where(static rest => float.IsFinite(rest.Ratio)).Select(static rest => rest.Ratio).ToList();
        string ratios = read.Count == 0 ? "no contraction ratio can be read"
            : $"contraction ratio {ColorRange.NumberText(read.Min())} to {ColorRange.NumberText(read.Max())}";
        double worst = convergence.Tokens.Where(static token => token.FirstNotFinite is null).Select(static token => token.RestError)
            .DefaultIfEmpty(double.NaN).Max();
        string bound = double.IsFinite(worst) ? $"s* within {ColorRange.NumberText(worst)} of its size from rest (tail bound + floor, worst token)"
            : "the distance of s* from rest is not bounded for every token";
        return $"{string.Join(", ", verdicts)}; {ratios}; {bound}";
    }

    static string Rounding(RecordedStates states, Convergence convergence)
    {
        if (states.Type == DType.F32) return ", exact";
        string floors = convergence.Floor is { } floor
            ? $", {ColorRange.NumberText(states.Rounding / floor)} times the floor: distances below that are storage, not dynamics" : "";
        return $": storing them so moved one by up to {ColorRange.NumberText(states.Rounding)} behind the final norm{floors}";
    }

    /// <summary>Readings after which the likeliest token behind the last position is another than before, and the last one.</summary>
    static IEnumerable<int> Changes(RecordedLens lens)
    {
        int First(int m) => lens.Tokens[(m * lens.Positions + lens.Positions - 1) * lens.Top];
        int last = lens.Iterations.Length - 1;
        return Enumerable.Range(0, last + 1).Where(m => m == 0 || m == last || First(m) != First(m - 1));
    }

    static string LastPlace(RecordedLens lens, int m)
    {
        int place = m * lens.Positions + lens.Positions - 1;
        var tokens = Enumerable.Range(place * lens.Top, lens.Top).Where(i => lens.Tokens[i] >= 0).Select(i => string.Create(
            CultureInfo.InvariantCulture, $"{lens.Labels[lens.Tokens[i]]} {100 * Math.Exp(lens.LogProbabilities[i]):F1} %"));
        return string.Create(CultureInfo.InvariantCulture,
            $"after {lens.Iterations[m]}, last position: {string.Join(", ", tokens)}; {lens.Divergence[place]:F4} nats from the end");
    }

    static void WriteLens(Utf8JsonWriter json, RecordedLens lens)
    {
        json.WriteStartArray("lens");
        for (int m = 0; m < lens.Iterations.Length; m++)
        {
            for (int t = 0; t < lens.Positions; t++)
            {
                int place = m * lens.Positions + t;
                json.WriteStartObject();
                json.WriteNumber("iteration", lens.Iterations[m]);
                json.WriteNumber("position", t);
                JsonOutput.WriteNumber(json, "entropy", lens.Entropy[place]);
                JsonOutput.WriteNumber(json, "divergence", lens.Divergence[place]);
                json.WriteNumber("rank", lens.Rank[place]);
                json.WriteStartArray("top");
                for (int i = place * lens.Top; i < (place + 1) * lens.Top; i++)
                {
                    if (lens.Tokens[i] < 0) continue;
                    json.WriteStartObject();
                    json.WriteNumber("id", lens.Tokens[i]);
                    json.WriteString("text", lens.Labels[lens.Tokens[i]]);
                    JsonOutput.WriteNumber(json, "log_probability", lens.LogProbabilities[i]);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
                json.WriteEndObject();
            }
        }

        json.WriteEndArray();
    }

    static void WriteList(Utf8JsonWriter json, string name, IReadOnlyList<int> numbers)
    {
        json.WritePropertyName(name);
        json.WriteRawValue($"[{string.Join(',', numbers)}]", skipInputValidation: true);
    }

    /// <summary>A number of things: <c>1 token</c>, <c>3 tokens</c>.</summary>
    public static string Of(int count, string noun) => $"{count} {noun}{(count == 1 ? "" : "s")}";

    static string Shortened(string text) => text.Length <= TextMax ? text : text[..TextMax] + "…";
}
