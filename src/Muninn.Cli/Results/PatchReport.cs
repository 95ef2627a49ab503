using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using Muninn.Cli.Frame;
using Muninn.Cli.Input;
using Muninn.Microscope.Interventions;
using Muninn.Microscope.Measures;
using Muninn.Microscope.Writers;

namespace Muninn.Cli.Results;

/// <summary>What edits did, as text, JSON and files.</summary>
/// <param name="prompt">What was run.</param>
/// <param name="donor">The other prompt; null where no edit swapped.</param>
/// <param name="map">How positions were matched.</param>
/// <param name="effects">Each edit alone where there are several, then all of them.</param>
sealed class PatchReport(OpenPrompt prompt, PromptTokens? donor, PositionMap map, IReadOnlyList<InterventionEffect> effects)
{
    readonly InterventionEffect _all = effects[^1];

    /// <summary>The endings of files that numbers are written to.</summary>
    public static IReadOnlyList<string> Types { get; } = [".json", ".npz"];

    IReadOnlyList<Finding> Findings => field ??= InterventionFindings.Describe(_all, prompt.Tokens.Labels);

    /// <summary>Writes what was done, a line for each edit, a line for each token, and what that says in words.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="columns">Room in a line.</param>
    public void Print(TextWriter output, int columns)
    {
        for (int i = 0; i < _all.Edits.Count; i++) output.WriteLine($"{i + 1,4}  {_all.Edits[i]}");
        if (donor is not null) output.WriteLine($"      swap takes from: {string.Join(' ', donor.Labels)} (aligned: {map})");
        output.WriteLine();
        var last = _all.Shifts[^1];
        output.WriteLine($"{"edits",-8}{"KL mean",9}{"KL most",10}  {"top changed",-12}log-probability of “{prompt.LabelOf(last.Before)}” at the end");
        for (int i = 0; i < effects.Count; i++)
        {
            var effect = effects[i];
            string name = i < effects.Count - 1 ? $"{i + 1}" : effects.Count == 1 ? "1" : "all";
            var end = effect.Shifts[^1];
            output.WriteLine(
                $"{name,-8}{Text(effect.DivergenceMean),9}{Text(effect.Shifts[effect.MostDiverged].Divergence),10}  " +
                $"{$"{effect.TopChanges} of {effect.Positions}",-12}{Plain(end.LogProbabilityBefore)} → {Plain(end.LogProbabilityAfter)} " +
                $"({effect.FinalChange.ToString("+0.000;-0.000;0.000", CultureInfo.InvariantCulture)})");
        }

        output.WriteLine();
        output.WriteLine($"{"",4}{"farthest",10}{"at",4}{"end",9}  {"state",-10}{"KL",8}  {"likeliest next",-14}  token");
        for (int t = 0; t < _all.Positions; t++)
        {
            var shift = _all.Shifts[t];
            int peak = _all.PeakOf(t);
            var distances = _all.DistanceOf(t);
            string next = shift.Before == shift.After ? "the same" : $"{prompt.LabelOf(shift.Before)} → {prompt.LabelOf(shift.After)}";
            output.WriteLine(
                $"{t,4}{Text(distances[peak]),10}{(distances[peak] > 0 ? peak.ToString(CultureInfo.InvariantCulture) : ""),4}{Text(distances[^1]),9}  " +
                $"{WordOf(_all.VerdictOf(t)),-10}{Text(shift.Divergence),8}  {next,-14}  {prompt.Tokens.Labels[t]}");
        }

        output.WriteLine();
        foreach (var finding in Findings) Wrapping.Write("• ", finding.Text, columns, output);
        Wrapping.Write("Rounding: ", FormattableString.Invariant(
            $"what ends within {_all.Settings.RoundingShare:0e0} of ‖s*‖ counts as the same. That floor is assumed, not measured; 'muninn heatmap --measure-floor' measures it for a text."), columns, output);
    }

    /// <summary>Writes what was asked, what was done, and all numbers.</summary>
    /// <param name="json">Stands inside the object.</param>
    public void Write(Utf8JsonWriter json)
    {
        PromptJson.Write(json, prompt);
        if (donor is not null)
        {
            json.WriteStartObject("other");
            PromptJson.WriteTokens(json, "tokens", donor);
            json.WriteString("align", map.ToString());
            json.WriteEndObject();
        }

        JsonOutput.WriteNumber(json, "tolerance", _all.Settings.Tolerance);
        JsonOutput.WriteNumber(json, "rounding_share", _all.Settings.RoundingShare);
        json.WriteString("rounding_floor", "assumed");
        json.WriteStartArray("edits");
        foreach (var edit in _all.Edits) WriteEdit(json, edit);
        json.WriteEndArray();
        json.WriteStartArray("effects");
        for (int i = 0; i < effects.Count; i++) WriteEffect(json, effects[i], i < effects.Count - 1 ? [i] : [.. Enumerable.Range(0, _all.Edits.Count)]);
        json.WriteEndArray();
        json.WriteStartArray("findings");
        foreach (var finding in Findings) json.WriteStringValue(finding.Text);
        json.WriteEndArray();
        PromptJson.WriteNotes(json, prompt);
    }

    /// <summary>The numbers as arrays; the first axis is that of the effects.</summary>
    public IReadOnlyList<NpzArray> Arrays()
    {
        int runs = effects.Count;
        int positions = _all.Positions;
        return
        [
            NpzArray.Of("tokens", prompt.Tokens.Ids, positions),
            NpzArray.Of("distance", [.. effects.SelectMany(static e => e.Distance)], runs, positions, _all.Limit + 1),
            NpzArray.Of("residual", [.. effects.SelectMany(static e => e.Residual)], runs, positions),
            NpzArray.Of("baseline_residual", _all.BaselineResidual, positions),
            NpzArray.Of("rest_norm", _all.RestNorm, positions),
            NpzArray.Of("divergence", [.. Shifts(static s => (float)s.Divergence)], runs, positions),
            NpzArray.Of("top_before", [.. Shifts(static s => s.Before)], runs, positions),
            NpzArray.Of("top_after", [.. Shifts(static s => s.After)], runs, positions),
            NpzArray.Of("log_probability_before", [.. Shifts(static s => (float)s.LogProbabilityBefore)], runs, positions),
            NpzArray.Of("log_probability_after", [.. Shifts(static s => (float)s.LogProbabilityAfter)], runs, positions),
        ];
    }

    IEnumerable<T> Shifts<T>(Func<NextTokenShift, T> number) => effects.SelectMany(effect => effect.Shifts.Select(number));

    void WriteEdit(Utf8JsonWriter json, Edit edit)
    {
        var selection = edit.At.In(prompt.Shape);
        json.WriteStartObject();
        json.WriteString("edit", edit.ToString());
        json.WriteString("address", edit.At.ToString());
        json.WriteString("operation", edit switch
        {
            ZeroEdit => "zero",
            MeanEdit => "mean",
            ScaleEdit => "scale",
            AddEdit => "add",
            ReplaceEdit => "replace",
            _ => "swap",
        });
        if (edit is ScaleEdit scale) json.WriteNumber("factor", scale.Factor);
        if (edit is AddEdit add) json.WriteNumber("factor", add.Factor);
        if ((edit as AddEdit)?.Given is { } given || ((given = (edit as ReplaceEdit)?.Given) is not null))
        {
            json.WriteString("file", given.Origin);
            json.WriteString("values_sha256", Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(given.Values.Span))));
        }

        if (edit is SwapEdit swap) json.WriteString("from_address", swap.Donor.Selection.Address.ToString());
        json.WriteStartArray("changes");
        foreach (int size in selection.Sizes) json.WriteNumberValue(size);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    void WriteEffect(Utf8JsonWriter json, InterventionEffect effect, IReadOnlyList<int> edits)
    {
        json.WriteStartObject();
        json.WriteStartArray("edits");
        foreach (int edit in edits) json.WriteNumberValue(edit);
        json.WriteEndArray();
        json.WriteBoolean("acts_to_the_end", effect.ActsToTheEnd);
        JsonOutput.WriteNumber(json, "divergence_mean", effect.DivergenceMean);
        json.WriteNumber("top_changes", effect.TopChanges);
        JsonOutput.WriteNumber(json, "final_log_probability_change", effect.FinalChange);
        json.WriteStartArray("tokens");
        for (int t = 0; t < effect.Positions; t++)
        {
            var shift = effect.Shifts[t];
            json.WriteStartObject();
            json.WriteNumber("position", t);
            json.WriteString("state", WordOf(effect.VerdictOf(t)));
            json.WriteNumber("peak_iteration", effect.PeakOf(t));
            JsonOutput.WriteNumber(json, "residual", effect.Residual[t]);
            JsonOutput.WriteNumber(json, "baseline_residual", effect.BaselineResidual[t]);
            JsonOutput.WriteNumber(json, "rest_norm", effect.RestNorm[t]);
            JsonOutput.WriteNumber(json, "divergence", shift.Divergence);
            json.WriteNumber("top_before", shift.Before);
            json.WriteString("top_before_text", prompt.LabelOf(shift.Before));
            json.WriteNumber("top_after", shift.After);
            json.WriteString("top_after_text", prompt.LabelOf(shift.After));
            JsonOutput.WriteNumber(json, "log_probability_before", shift.LogProbabilityBefore);
            JsonOutput.WriteNumber(json, "log_probability_after", shift.LogProbabilityAfter);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        PromptJson.WriteRows(json, "distance", effect.Distance, effect.Limit + 1);
        json.WriteEndObject();
    }

    static string WordOf(ReturnVerdict verdict) => verdict switch
    {
        ReturnVerdict.Untouched => "untouched",
        ReturnVerdict.Returned => "back",
        ReturnVerdict.Elsewhere => "elsewhere",
        ReturnVerdict.Undecided => "undecided",
        _ => "not finite",
    };

    // Nothing at all is a plain 0: rounding it to digits would claim that something was measured.
    static string Text(double value) => value == 0 ? "0" : value.ToString("0.0e0", CultureInfo.InvariantCulture);

    static string Plain(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);
}
