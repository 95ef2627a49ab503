using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;
using Muninn.Cli.Frame;
using Muninn.Cli.Input;
using Muninn.Microscope.Measures;
using Muninn.Microscope.Measures.Solvers;

namespace Muninn.Cli.Results;

/// <summary>A comparison of solvers as JSON. Numbers that are none, or infinite, are null; times are wall times, and differ from run to run.</summary>
static class SolveJson
{
    /// <summary>Writes the members of the object.</summary>
    /// <param name="json">Stands inside the object.</param>
    /// <param name="reading">What was measured.</param>
    /// <param name="findings">What it shows.</param>
    public static void Write(Utf8JsonWriter json, SolveReading reading, IReadOnlyList<Finding> findings)
    {
        var report = reading.Report;
        var plan = reading.Plan.Run;
        json.WriteString("version", Product.Version);
        json.WriteStartObject("model");
        json.WriteString("name", reading.ModelName);
        json.WriteString("fingerprint", reading.Fingerprint);
        json.WriteEndObject();
        json.WriteStartObject("options");
        json.WriteNumber("evaluations", report.Settings.Evaluations);
        json.WriteNumber("horizon", report.Settings.Horizon);
        JsonOutput.WriteNumber(json, "tolerance", report.Settings.Tolerance);
        JsonOutput.WriteNumber(json, "basin_share", report.Settings.BasinShare);
        JsonOutput.WriteNumber(json, "rounding_residual", SolverTrial.RoundingNoise);
        json.WriteString("rounding_floor", "assumed");
        json.WriteString("initial_state", Path.GetFileName(plan.Start.Name));
        if (plan.Start.Equals(StartChoice.Random) || reading.Plan.Questions is not null) json.WriteNumber("seed", plan.Seed);
        json.WriteString("rotary", plan.RotaryName);
        json.WriteEndObject();
        json.WriteNumber("tokens", report.Tokens);
        json.WriteNumber("tokens_at_rest", report.TokensAtRest);
        json.WriteNumber("prompts_compared", report.Compared);
        json.WriteStartArray("solvers");
        foreach (var row in report.Rows) WriteRow(json, row);
        json.WriteEndArray();
        json.WriteStartArray("prompts");
        foreach (var (prompt, tokens) in report.Prompts.Zip(reading.Prompts)) WritePrompt(json, prompt, tokens);
        json.WriteEndArray();
        Strings(json, "findings", findings.Select(static finding => finding.Text));
        Strings(json, "notes", reading.Notes);
    }

    static void WriteRow(Utf8JsonWriter json, SolverRow row)
    {
        json.WriteStartObject();
        json.WriteString("solver", row.Name);
        json.WriteStartArray("reach");
        foreach (var reach in row.Reach)
        {
            json.WriteStartObject();
            JsonOutput.WriteNumber(json, "residual", reach.Bound);
            JsonOutput.WriteNumber(json, "mean", reach.Mean);
            JsonOutput.WriteNumber(json, "median", reach.Median);
            JsonOutput.WriteNumber(json, "worst", reach.Worst);
            json.WriteNumber("tokens", reach.Reached);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        JsonOutput.WriteNumber(json, "evaluations", row.Evaluations);
        JsonOutput.WriteNumber(json, "fewer", row.Fewer);
        JsonOutput.WriteNumber(json, "fewer_certified", row.FewerCertified);
        JsonOutput.WriteNumber(json, "fewer_strict", row.FewerStrict);
        JsonOutput.WriteNumber(json, "fewer_worst_prompt", row.FewerWorst);
        JsonOutput.WriteNumber(json, "fewer_by_token", row.FewerByToken);
        json.WriteNumber("accepted", row.Accepted);
        json.WriteNumber("fell_back", row.FellBack);
        json.WriteStartObject("verdicts");
        foreach (var verdict in Enum.GetValues<SolverVerdict>()) json.WriteNumber(Name(verdict), row.Verdicts[(int)verdict]);
        json.WriteEndObject();
        json.WriteNumber("same_tokens", row.SameTokens);
        JsonOutput.WriteNumber(json, "kl_mean", row.DivergenceMean);
        JsonOutput.WriteNumber(json, "kl_worst", row.DivergenceWorst);
        JsonOutput.WriteNumber(json, "distance_worst", row.DistanceWorst);
        JsonOutput.WriteNumber(json, "residual_worst", row.ResidualWorst);
        JsonOutput.WriteNumber(json, "departure_most", row.DepartureMost);
        json.WriteNumber("mixed", row.Tally.Mixed);
        json.WriteNumber("restarts", row.Tally.Restarts);
        json.WriteNumber("rejected", row.Tally.Rejected);
        json.WriteNumber("gave_up", row.Tally.GaveUp);
        json.WriteNumber("seconds", row.Elapsed.TotalSeconds);
        json.WriteEndObject();
    }

    static void WritePrompt(Utf8JsonWriter json, SolverComparison prompt, PromptTokens tokens)
    {
        json.WriteStartObject();
        Row(json, "ids", tokens.Ids.Select(static id => (double)id));
        Strings(json, "tokens", tokens.Labels);
        Row(json, "horizon_residual", prompt.HorizonResidual);
        json.WriteStartArray("trials");
        foreach (var trial in prompt.Trials)
        {
            json.WriteStartObject();
            json.WriteString("solver", trial.Name);
            if (trial.ReachedAt is { } reached) json.WriteNumber("reached_at", reached);
            else json.WriteNull("reached_at");
            json.WriteNumber("evaluations", trial.Evaluations);
            json.WriteNumber("fallback_evaluations", trial.FallbackEvaluations);
            json.WriteBoolean("accepted", trial.IsAccepted);
            json.WriteNumber("seconds", trial.Elapsed.TotalSeconds);
            Strings(json, "verdict", trial.Certificate.Verdict.Select(Name));
            Row(json, "same_token", trial.Certificate.SameToken.Select(static same => same ? 1.0 : 0));
            Row(json, "certified_residual", trial.Certificate.Residual);
            Row(json, "distance", trial.Certificate.Distance);
            Row(json, "kl", trial.Certificate.Divergence);
            Row(json, "departure", trial.Certificate.Departure);
            json.WriteStartArray("residual");
            for (int t = 0; t < trial.Positions; t++)
                json.WriteRawValue(Line(trial.Residual.Skip(t * trial.Limit).Take(trial.Limit)), skipInputValidation: true);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>How a verdict is written.</summary>
    internal static string Name(SolverVerdict verdict) => verdict switch
    {
        SolverVerdict.SamePoint => "same_point",
        SolverVerdict.OtherPoint => "other_point",
        SolverVerdict.BeyondPlain => "beyond_plain",
        SolverVerdict.NotReached => "not_reached",
        _ => "diverged",
    };

    static void Strings(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts) json.WriteStringValue(text);
        json.WriteEndArray();
    }

    // One line a row: a number a line would be thousands of lines.
    static void Row(Utf8JsonWriter json, string name, IEnumerable<double> values)
    {
        json.WritePropertyName(name);
        json.WriteRawValue(Line(values), skipInputValidation: true);
    }

    static string Line(IEnumerable<double> values)
    {
        var line = new StringBuilder("[");
        foreach (double value in values)
        {
            if (line.Length > 1) line.Append(',');
            // A residual has no more than the digits of the floats it comes from.
            line.Append(double.IsFinite(value) ? ((float)value).ToString("R", CultureInfo.InvariantCulture) : "null");
        }

        return line.Append(']').ToString();
    }
}
