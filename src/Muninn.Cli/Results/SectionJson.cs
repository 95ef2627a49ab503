using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.Json;
using Muninn.Microscope.Measures.Motion;
using Muninn.Microscope.Recordings;

namespace Muninn.Cli.Results;

/// <summary>Dynamics, classes, exits and attention of a recording as JSON, of all tokens. Numbers that are none are null.</summary>
static class SectionJson
{
    static readonly string[] _tests = ["shrinking", "beating", "heading"];

    /// <summary>Writes a member for each section that there is.</summary>
    public static void Write(Utf8JsonWriter json, Recording recording)
    {
        if (recording.Dynamics is { } dynamics) Write(json, dynamics);
        if (recording.Classes is { } classes) Write(json, classes);
        if (recording.Exits is { } exits) Write(json, exits);
        if (recording.Patterns is { } patterns) Write(json, patterns);
    }

    static void Write(Utf8JsonWriter json, RecordedDynamics dynamics)
    {
        json.WriteStartObject("dynamics");
        json.WriteNumber("rest_iteration", dynamics.RestIteration);
        json.WriteNumber("epsilon", dynamics.Epsilon);
        json.WriteNumber("tolerance", dynamics.Tolerance);
        json.WriteNumber("seed", dynamics.Seed);
        if (dynamics.ExponentCount > 0) json.WriteNumber("lyapunov_iterations", dynamics.ExponentIterations);
        json.WriteStartArray("tokens");
        for (int t = 0; t < dynamics.Positions; t++)
        {
            json.WriteStartObject();
            json.WriteNumber("position", t);
            Number(json, "rate", dynamics.Rate[t]);
            Number(json, "rate_standard_error", dynamics.RateError[t]);
            json.WriteNumber("rate_first_iteration", dynamics.Window[2 * t]);
            json.WriteNumber("rate_last_iteration", dynamics.Window[2 * t + 1]);
            if (dynamics.FloorIteration[t] < 0) json.WriteNull("floor_iteration");
            else json.WriteNumber("floor_iteration", dynamics.FloorIteration[t]);
            JsonOutput.WriteNumber(json, "half_life", dynamics.HalfLife(t));
            Number(json, "iterations_to_epsilon", dynamics.Arrival[t]);
            json.WriteBoolean("is_extrapolated", dynamics.IsExtrapolated[t]);
            Number(json, "rest_residual", dynamics.RestResidual[t]);
            JsonOutput.WriteNumber(json, "radius", dynamics.Radius(t));
            Number(json, "radius_up_to", dynamics.RadiusUpTo[t]);
            json.WriteNumber("slowest_up_to", dynamics.SlowestUpTo[t]);
            WriteEigenvalues(json, dynamics, t);
            if (dynamics is { Stretch: { } stretch, StretchResidual: { } residual })
            {
                Number(json, "stretch", stretch[t]);
                Number(json, "stretch_residual", residual[t]);
            }

            if (dynamics.ExponentCount > 0)
            {
                Raw(json, "lyapunov", dynamics.Exponents.Skip(t * dynamics.ExponentCount).Take(dynamics.ExponentCount).Select(Text));
                Raw(json, "lyapunov_standard_error", dynamics.ExponentErrors.Skip(t * dynamics.ExponentCount).Take(dynamics.ExponentCount).Select(Text));
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        WriteFindings(json, dynamics.Findings);
        json.WriteEndObject();
    }

    static void WriteEigenvalues(Utf8JsonWriter json, RecordedDynamics dynamics, int t)
    {
        json.WriteStartArray("eigenvalues");
        for (int k = 0; k < dynamics.Count && float.IsFinite(dynamics.Eigenvalues[2 * (t * dynamics.Count + k)]); k++)
        {
            int at = t * dynamics.Count + k;
            json.WriteStartObject();
            Number(json, "real", dynamics.Eigenvalues[2 * at]);
            Number(json, "imaginary", dynamics.Eigenvalues[2 * at + 1]);
            JsonOutput.WriteNumber(json, "modulus", dynamics.Modulus(t, k));
            JsonOutput.WriteNumber(json, "angle", dynamics.Angle(t, k));
            Number(json, "residual", dynamics.Residual[at]);
            json.WriteBoolean("is_certified", dynamics.IsCertified[at]);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    static void Write(Utf8JsonWriter json, RecordedClasses classes)
    {
        json.WriteStartObject("classes");
        json.WriteNumber("iterations", classes.Iterations);
        json.WriteNumber("seed", classes.Seed);
        json.WriteNumber("significance", classes.Significance);
        json.WriteNumber("phase_blocks", classes.PhaseBlocks);
        json.WriteNumber("tests", classes.Tests);
        json.WriteStartArray("tokens");
        for (int t = 0; t < classes.Positions; t++)
        {
            json.WriteStartObject();
            json.WriteNumber("position", t);
            json.WriteString("class", MotionNames.Of(classes.Class[t]));
            json.WriteString("class_one_phase_block", MotionNames.Of(classes.StrictClass[t]));
            json.WriteString("approach", MotionNames.Of(classes.Approach[t]));
            json.WriteString("carried_by", classes.Carrier[t] < 0 ? null : _tests[classes.Carrier[t]]);
            for (int k = 0; k < RecordedClasses.TestCount; k++)
            {
                int at = t * RecordedClasses.TestCount + k;
                if (classes.Surrogates[at] == 0) continue;
                json.WriteStartObject(_tests[k]);
                Number(json, "p", classes.P[at]);
                Number(json, "q", classes.Corrected[at]);
                json.WriteNumber("surrogates", classes.Surrogates[at]);
                json.WriteEndObject();
            }

            Number(json, "frequency", classes.Frequency[t]);
            Number(json, "frequency_error", classes.FrequencyError[t]);
            Number(json, "beat_share", classes.BeatShare[t]);
            Number(json, "ratio", classes.Ratio[t]);
            json.WriteNumber("steps", classes.Steps[t]);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        WriteFindings(json, classes.Findings);
        json.WriteEndObject();
    }

    static void Write(Utf8JsonWriter json, RecordedExits exits)
    {
        json.WriteStartObject("exits");
        json.WriteNumber("full_depth", exits.Limit);
        json.WriteNumber("horizon", exits.Horizon);
        json.WriteNumber("full_depth_answers_changed", exits.FullDepthChanged);
        Raw(json, "full_depth_divergence", exits.FullDepthDivergence.Select(Text));
        json.WriteStartArray("candidates");
        for (int c = 0; c < exits.Candidates.Count; c++)
        {
            int at = c * exits.Positions;
            json.WriteStartObject();
            json.WriteString("name", exits.Candidates[c]);
            if (exits.Depth[c] > 0) json.WriteNumber("depth", exits.Depth[c]);
            json.WriteNumber("iterations_mean", exits.IterationsMean(c));
            JsonOutput.WriteNumber(json, "divergence_mean", exits.DivergenceMean(c));
            json.WriteNumber("answers_changed", exits.ChangedCount(c));
            Number(json, "block_passes_mean", exits.BlockPasses[c]);
            json.WriteBoolean("on_divergence_front", exits.OnFront[3 * c]);
            json.WriteBoolean("on_answer_front", exits.OnFront[3 * c + 1]);
            json.WriteBoolean("on_pass_front", exits.OnFront[3 * c + 2]);
            Raw(json, "iterations", exits.Iterations.Skip(at).Take(exits.Positions).Select(static i => i.ToString(CultureInfo.InvariantCulture)));
            Raw(json, "rule_met", exits.RuleMet.Skip(at).Take(exits.Positions).Select(Word));
            Raw(json, "divergence", exits.Divergence.Skip(at).Take(exits.Positions).Select(Text));
            Raw(json, "changed", exits.Changed.Skip(at).Take(exits.Positions).Select(Word));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        WriteFindings(json, exits.Findings);
        json.WriteEndObject();
    }

    static void Write(Utf8JsonWriter json, RecordedPatterns patterns)
    {
        json.WriteStartObject("attention");
        json.WriteNumber("block", patterns.Block);
        Raw(json, "iterations", patterns.Iterations.Select(static i => i.ToString(CultureInfo.InvariantCulture)));
        json.WriteStartArray("weights");
        for (int m = 0; m < patterns.Iterations.Length; m++)
        {
            json.WriteStartArray();
            for (int t = 0; t < patterns.Positions; t++) Raw(json, null, patterns.Row(m, t).ToArray().Select(Text));
            json.WriteEndArray();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    static void WriteFindings(Utf8JsonWriter json, IReadOnlyList<string> findings)
    {
        json.WriteStartArray("findings");
        foreach (string finding in findings) json.WriteStringValue(finding);
        json.WriteEndArray();
    }

    // One line an array: a number a line would be thousands of lines.
    static void Raw(Utf8JsonWriter json, string? name, IEnumerable<string> values)
    {
        if (name is not null) json.WritePropertyName(name);
        json.WriteRawValue($"[{string.Join(',', values)}]", skipInputValidation: true);
    }

    // The shortest decimal of the single-precision number that it is.
    static void Number(Utf8JsonWriter json, string name, float value)
    {
        if (float.IsFinite(value)) json.WriteNumber(name, value);
        else json.WriteNull(name);
    }

    static string Word(bool value) => value ? "true" : "false";

    static string Text(float value) => float.IsFinite(value) ? value.ToString("R", CultureInfo.InvariantCulture) : "null";
}
