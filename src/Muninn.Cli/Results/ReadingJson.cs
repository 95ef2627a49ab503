using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;
using System.Text.Json;
using Muninn.Cli.Frame;
using Muninn.Cli.Input;
using Muninn.Microscope.Measures;

namespace Muninn.Cli.Results;

/// <summary>A reading as JSON: what was asked, what was measured, and what it shows. Numbers that are none are null.</summary>
static class ReadingJson
{
    /// <summary>Writes the members of the object.</summary>
    /// <param name="json">Stands inside the object.</param>
    /// <param name="reading">What to write.</param>
    /// <param name="positions">The rows wanted.</param>
    public static void Write(Utf8JsonWriter json, Reading reading, IReadOnlyList<int> positions)
    {
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
        if (plan.Start.Equals(StartChoice.Random)) json.WriteNumber("seed", plan.Seed);
        if (reading.StartHash is { } hash) json.WriteString("initial_state_sha256", hash);
        json.WriteString("rotary", plan.RotaryName);
        json.WriteEndObject();
        WriteNumber(json, "tolerance", plan.Measure.Tolerance);
        WriteNumber(json, "floor", reading.Convergence.Floor ?? double.NaN);
        if (reading.StoredRotaryDifference is { } difference) WriteNumber(json, "stored_rotary_difference", difference);

        json.WriteStartArray("tokens");
        foreach (int position in positions) WriteToken(json, reading, position);
        json.WriteEndArray();
        int iterations = plan.Measure.Iterations;
        WriteRows(json, "distance", positions, reading.Convergence.Distance, iterations + 1);
        WriteRows(json, "residual", positions, reading.Convergence.Residual, iterations);
        WriteWords(json, reading);
    }

    static void WriteToken(Utf8JsonWriter json, Reading reading, int position)
    {
        var token = reading.Convergence.Tokens[position];
        json.WriteStartObject();
        json.WriteNumber("position", position);
        json.WriteNumber("id", reading.Tokens.Ids[position]);
        json.WriteString("text", reading.Tokens.Labels[position]);
        json.WriteString("verdict", token.Verdict switch
        {
            Verdict.Converged => "converged",
            Verdict.Approaching => "approaching",
            Verdict.Moving => "moving",
            _ => "diverged",
        });
        WriteNumber(json, "start", token.Start);
        WriteNumber(json, "end", token.End);
        WriteNumber(json, "rate", token.Rate);
        WriteCount(json, "iterations_to_tenth", token.IterationsToTenth);
        WriteCount(json, "iterations_to_hundredth", token.IterationsToHundredth);
        json.WriteBoolean("monotone", token.IsMonotone);
        WriteNumber(json, "horizon_residual", reading.Convergence.HorizonResidual[position]);
        WriteNumber(json, "rest_norm", reading.Convergence.RestNorm[position]);
        json.WriteEndObject();
    }

    static void WriteWords(Utf8JsonWriter json, Reading reading)
    {
        json.WriteStartArray("findings");
        foreach (var finding in reading.Findings)
        {
            json.WriteStartObject();
            json.WriteString("kind", finding.Kind.ToString().ToLowerInvariant());
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

    // One line a row: a number a line would be thousands of lines.
    static void WriteRows(Utf8JsonWriter json, string name, IReadOnlyList<int> positions, float[] values, int columns)
    {
        json.WriteStartArray(name);
        var line = new StringBuilder();
        foreach (int position in positions)
        {
            line.Clear().Append('[');
            foreach (float value in values.AsSpan(position * columns, columns))
            {
                if (line.Length > 1) line.Append(',');
                line.Append(float.IsFinite(value) ? value.ToString("R", CultureInfo.InvariantCulture) : "null");
            }

            json.WriteRawValue(line.Append(']').ToString(), skipInputValidation: true);
        }

        json.WriteEndArray();
    }

    // The shortest decimal of the single-precision number it was, where it was one.
    static void WriteNumber(Utf8JsonWriter json, string name, double value)
    {
        if (!double.IsFinite(value)) json.WriteNull(name);
        else if ((float)value == value) json.WriteNumber(name, (float)value);
        else json.WriteNumber(name, value);
    }

    static void WriteCount(Utf8JsonWriter json, string name, int? count)
    {
        if (count is { } number) json.WriteNumber(name, number);
        else json.WriteNull(name);
    }
}
