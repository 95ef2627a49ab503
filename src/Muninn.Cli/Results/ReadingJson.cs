using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Muninn.Microscope.Measures;
using Muninn.Microscope.Recordings;

namespace Muninn.Cli.Results;

/// <summary>A recording as JSON: what was asked, what was measured, and what it shows. Numbers that are none are null.</summary>
static class ReadingJson
{
    /// <summary>Writes the members of the object.</summary>
    /// <param name="json">Stands inside the object.</param>
    /// <param name="recording">What to write.</param>
    /// <param name="positions">The rows wanted.</param>
    public static void Write(Utf8JsonWriter json, Recording recording, IReadOnlyList<int> positions)
    {
        var header = recording.Header;
        var convergence = recording.Convergence;
        json.WriteString("version", header.Version);
        json.WriteStartObject("model");
        json.WriteString("name", header.Model);
        json.WriteString("fingerprint", header.Fingerprint);
        json.WriteNumber("width", header.Width);
        json.WriteEndObject();
        json.WriteStartObject("options");
        json.WriteNumber("iterations", convergence.Settings.Iterations);
        json.WriteNumber("horizon", convergence.Settings.Horizon);
        json.WriteString("initial_state", header.Start);
        if (header.Start == RecordingHeader.RandomStart) json.WriteNumber("seed", header.Seed);
        if (header.StartHash is { } hash) json.WriteString("initial_state_sha256", hash);
        json.WriteString("rotary", header.Rotary);
        json.WriteEndObject();
        WriteNumber(json, "tolerance", convergence.Settings.Tolerance);
        WriteNumber(json, "floor", convergence.Floor ?? double.NaN);
        json.WriteNumber("floors_measured", convergence.FloorsMeasured);
        if (header.StoredRotaryDifference is { } difference) WriteNumber(json, "stored_rotary_difference", difference);

        json.WriteStartArray("tokens");
        foreach (int position in positions) WriteToken(json, recording, position);
        json.WriteEndArray();
        int iterations = convergence.Settings.Iterations;
        WriteRows(json, "distance", positions, convergence.Distance, iterations + 1);
        WriteRows(json, "residual", positions, convergence.Residual, iterations);
        WriteWords(json, recording);
    }

    static void WriteToken(Utf8JsonWriter json, Recording recording, int position)
    {
        var token = recording.Convergence.Tokens[position];
        var rest = recording.Convergence.Rest[position];
        json.WriteStartObject();
        json.WriteNumber("position", position);
        json.WriteNumber("id", recording.Tokens.Ids[position]);
        json.WriteString("text", recording.Tokens.Labels[position]);
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
        WriteNumber(json, "horizon_residual", recording.Convergence.HorizonResidual[position]);
        WriteNumber(json, "rest_norm", recording.Convergence.RestNorm[position]);
        WriteNumber(json, "contraction_ratio", rest.Ratio);
        WriteNumber(json, "contraction_ratio_most", rest.RatioMost);
        WriteNumber(json, "tail_bound", rest.TailBound);
        WriteNumber(json, "rest_error", token.RestError);
        WriteNumber(json, "floor", rest.Floor);
        json.WriteBoolean("floor_measured", rest.FloorIsMeasured);
        json.WriteEndObject();
    }

    static void WriteWords(Utf8JsonWriter json, Recording recording)
    {
        json.WriteStartArray("findings");
        foreach (var finding in recording.Findings)
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
        foreach (var note in recording.Header.Notes) json.WriteStringValue(note);
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
