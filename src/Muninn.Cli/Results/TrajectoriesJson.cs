using System;
using System.Globalization;
using System.IO;
using System.Text;
using System.Text.Json;
using Muninn.Cli.Frame;
using Muninn.Microscope.Measures.Geometry;
using Muninn.Microscope.Measures.Motion;

namespace Muninn.Cli.Results;

/// <summary>What <c>muninn trajectories</c> found as JSON. Numbers that are none are null.</summary>
static class TrajectoriesJson
{
    /// <summary>Writes the members of the object.</summary>
    /// <param name="json">Stands inside the object.</param>
    /// <param name="report">What to write.</param>
    public static void Write(Utf8JsonWriter json, TrajectoriesReport report)
    {
        var reading = report.Reading;
        var plan = reading.Plan;
        json.WriteString("version", Product.Version);
        json.WriteStartObject("model");
        json.WriteString("name", reading.ModelName);
        json.WriteString("fingerprint", reading.Fingerprint);
        json.WriteNumber("width", reading.Config.Width);
        json.WriteEndObject();
        json.WriteStartObject("options");
        json.WriteNumber("iterations", plan.Measure.Iterations);
        json.WriteNumber("horizon", plan.Measure.Horizon);
        json.WriteString("initial_state", Path.GetFileName(plan.Start.Name));
        json.WriteNumber("seed", plan.Seed);
        if (reading.StartHash is { } hash) json.WriteString("initial_state_sha256", hash);
        json.WriteString("rotary", plan.RotaryName);
        WriteSettings(json, report.Motions);
        json.WriteEndObject();

        json.WriteStartArray("tokens");
        for (int t = 0; t < report.Motions.Tokens.Length; t++) WriteToken(json, report, t);
        json.WriteEndArray();
        if (report.Basis is { } basis) WriteBasis(json, basis);
        if (report.Paths is { } paths) WritePaths(json, paths);
        json.WriteStartArray("findings");
        foreach (var finding in report.Findings)
        {
            json.WriteStartObject();
            json.WriteString("kind", JsonNamingPolicy.SnakeCaseLower.ConvertName(finding.Kind.ToString()));
            json.WriteString("text", finding.Text);
            json.WriteStartArray("positions");
            foreach (int position in finding.Positions) json.WriteNumberValue(position);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("notes");
        foreach (var note in reading.Notes) json.WriteStringValue(note);
        json.WriteEndArray();
    }

    static void WriteSettings(Utf8JsonWriter json, Motions motions)
    {
        var settings = motions.Settings;
        json.WriteNumber("surrogates", settings.Surrogates);
        json.WriteNumber("surrogates_max", motions.SurrogatesMost);
        JsonOutput.WriteNumber(json, "smallest_q", motions.SmallestAdjusted);
        json.WriteNumber("significance", settings.Significance);
        json.WriteNumber("phase_blocks", settings.PhaseBlocks);
        json.WriteNumber("rounding_share", settings.RoundingShare);
        json.WriteString("rounding_floor", "assumed");
        json.WriteNumber("steady_change", settings.SteadyChange);
        json.WriteNumber("rest_share", settings.RestShare);
        json.WriteNumber("straight_share", settings.StraightShare);
        json.WriteNumber("negligible_change", settings.NegligibleChange);
        json.WriteNumber("coherence_min", settings.CoherenceMin);
        json.WriteNumber("evenness_min", settings.EvennessMin);
        json.WriteNumber("tests", motions.Tests);
    }

    static void WriteToken(Utf8JsonWriter json, TrajectoriesReport report, int position)
    {
        var token = report.Motions.Tokens[position];
        json.WriteStartObject();
        json.WriteNumber("position", position);
        json.WriteNumber("id", report.Reading.Tokens.Ids[position]);
        json.WriteString("text", report.Reading.Tokens.Labels[position]);
        json.WriteString("class", TrajectoriesReport.NameOf(token.Class));
        json.WriteString("approach", TrajectoriesReport.NameOf(token.Approach));
        if (token.FirstNotFinite is { } first) json.WriteNumber("first_not_finite", first);
        json.WriteNumber("steps", token.Steps);
        json.WriteNumber("late_steps", token.LateSteps);
        json.WriteBoolean("reaches_floor", token.ReachesFloor);
        JsonOutput.WriteNumber(json, "ratio", token.Ratio);
        JsonOutput.WriteNumber(json, "rest_ratio", token.AtRest?.Ratio ?? double.NaN);
        JsonOutput.WriteNumber(json, "rest_ratio_standard_error", token.AtRest?.StandardError ?? double.NaN);
        JsonOutput.WriteNumber(json, "late_change", token.LateChange);
        JsonOutput.WriteNumber(json, "evenness", token.Evenness);
        JsonOutput.WriteNumber(json, "late_trend", token.LateTrend);
        JsonOutput.WriteNumber(json, "late_trend_error", token.LateTrendError);
        JsonOutput.WriteNumber(json, "remaining", token.Remaining);
        json.WriteNumber("phase_block_steps", token.PhaseBlockSteps);
        json.WriteString("class_one_phase_block", TrajectoriesReport.NameOf(token.StrictClass));
        JsonOutput.WriteNumber(json, "p", token.Carrier?.P ?? double.NaN);
        JsonOutput.WriteNumber(json, "q", token.Carrier?.Adjusted ?? double.NaN);
        WriteTest(json, "shrinking", token.Shrinking);
        WriteTest(json, "beating", token.Beating);
        WriteTest(json, "heading", token.Heading);
        if (token.Beat is { } beat)
        {
            json.WriteStartObject("beat");
            JsonOutput.WriteNumber(json, "frequency", beat.Frequency);
            JsonOutput.WriteNumber(json, "error", beat.Error);
            JsonOutput.WriteNumber(json, "resolution", beat.Resolution);
            JsonOutput.WriteNumber(json, "share", beat.Share);
            JsonOutput.WriteNumber(json, "coherence", beat.Coherence);
            JsonOutput.WriteNumber(json, "roundness", beat.Roundness);
            json.WriteEndObject();
        }

        if (report.Basis is { } basis) JsonOutput.WriteNumber(json, "plane_share", basis.PlaneShare[position]);
        json.WriteEndObject();
    }

    static void WriteTest(Utf8JsonWriter json, string name, MotionTest? test)
    {
        if (test is null) return;
        json.WriteStartObject(name);
        JsonOutput.WriteNumber(json, "statistic", test.Statistic);
        json.WriteNumber("surrogates", test.Surrogates);
        foreach (var model in Enum.GetValues<NullModel>())
            JsonOutput.WriteNumber(json, "p_" + JsonNamingPolicy.SnakeCaseLower.ConvertName(model.ToString()), test.ByModel[(int)model]);
        if (name == "shrinking") JsonOutput.WriteNumber(json, "p_sizes_alone", test.SizeP);
        else JsonOutput.WriteNumber(json, "p_one_phase_block", test.WholeP);
        JsonOutput.WriteNumber(json, "p", test.P);
        JsonOutput.WriteNumber(json, "q", test.Adjusted);
        json.WriteEndObject();
    }

    static void WriteBasis(Utf8JsonWriter json, SharedBasis basis)
    {
        json.WriteStartObject("basis");
        json.WriteString("centring", basis.Settings.Centring switch
        {
            Centring.Rest => "rest",
            Centring.TokenMean => "token-mean",
            _ => "common-mean",
        });
        json.WriteBoolean("exact", basis.IsExact);
        JsonOutput.WriteNumber(json, "residual", basis.Residual);
        json.WriteStartArray("iterations");
        foreach (int iteration in basis.Iterations) json.WriteNumberValue(iteration);
        json.WriteEndArray();
        json.WriteStartArray("explained");
        foreach (double share in basis.Explained) json.WriteNumberValue(share);
        json.WriteEndArray();
        json.WriteStartArray("scores");
        var line = new StringBuilder();
        for (int t = 0; t < basis.Positions; t++)
        {
            json.WriteStartArray();
            var scores = basis.ScoresOf(t);
            int axes = basis.Settings.Axes;
            for (int i = 0; i < basis.Iterations.Length; i++)
            {
                // One line a state: a number a line would be thousands of lines.
                line.Clear().Append('[');
                foreach (double score in scores.Slice(i * axes, axes))
                {
                    if (line.Length > 1) line.Append(',');
                    line.Append(((float)score).ToString("R", CultureInfo.InvariantCulture));
                }

                json.WriteRawValue(line.Append(']').ToString(), skipInputValidation: true);
            }

            json.WriteEndArray();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    static void WritePaths(Utf8JsonWriter json, PathIndependence paths)
    {
        json.WriteStartObject("paths");
        json.WriteNumber("runs", paths.Runs);
        json.WriteNumber("compared", paths.Compared);
        json.WriteNumber("share_min", paths.Settings.ShareMin);
        json.WriteNumber("runs_min", paths.Settings.RunsMin);
        json.WriteNumber("horizon", paths.Horizon);
        json.WriteNumber("margin", paths.Settings.Margin);
        JsonOutput.WriteNumber(json, "basin_share_seen", paths.BasinShareSeen);
        json.WriteStartArray("tokens");
        foreach (var token in paths.Tokens)
        {
            json.WriteStartObject();
            if (token.NotFiniteRun is { } run) json.WriteNumber("not_finite_run", run);
            JsonOutput.WriteNumber(json, "rest_norm", token.RestNorm);
            JsonOutput.WriteNumber(json, "between_starts", token.BetweenStarts);
            JsonOutput.WriteNumber(json, "between", token.Between);
            JsonOutput.WriteNumber(json, "between_most", token.BetweenMost);
            JsonOutput.WriteNumber(json, "within", token.Within);
            JsonOutput.WriteNumber(json, "link_distance", token.LinkDistance);
            json.WriteBoolean("basins_readable", token.BasinsAreReadable);
            json.WriteStartArray("basins");
            foreach (int basin in token.Basins) json.WriteNumberValue(basin);
            json.WriteEndArray();
            JsonOutput.WriteNumber(json, "separation", token.Separation);
            json.WriteNumber("near", token.Near);
            JsonOutput.WriteNumber(json, "share_bound", token.ShareBound);
            JsonOutput.WriteNumber(json, "p", token.P);
            JsonOutput.WriteNumber(json, "q", token.Adjusted);
            json.WriteBoolean("equivalent", token.IsEquivalent);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
