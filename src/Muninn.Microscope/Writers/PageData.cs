using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.Text;
using System.Text.Json;
using Muninn.Microscope.Figures;
using Muninn.Microscope.Pictures;

namespace Muninn.Microscope.Writers;

/// <summary>
/// What the scripts of a page read, as JSON; numbers by the thousand are little-endian values in base64: 32-bit floats, whole numbers of 16
/// or 32 bits, and attention weights in a byte each (<see cref="PagePatterns"/>), the only numbers that are rounded.
/// </summary>
/// <remarks>The writer's default escapes leave no character that ends a script element.</remarks>
static class PageData
{
    /// <summary>Writes the numbers of a valid page.</summary>
    public static void Write(MicroscopePage page, Stream destination)
    {
        var heatmap = page.Heatmap;
        using var json = new Utf8JsonWriter(destination, new JsonWriterOptions { Indented = false });
        json.WriteStartObject();
        json.WriteNumber("rows", heatmap.Rows);
        json.WriteNumber("columns", heatmap.Columns);
        json.WriteString("columnTitle", heatmap.ColumnTitle);
        json.WriteString("palette", Palette());
        json.WriteString("below", CellColors.BelowFloor.Hex[1..]);
        json.WriteString("notFinite", CellColors.NotFinite.Hex[1..]);
        WriteTexts(json, "labels", heatmap.RowLabels);
        WriteNumbers(json, "positions", heatmap.Positions);
        json.WriteStartArray("layers");
        WriteLayer(json, DistanceOf(heatmap), gaps: false);
        foreach (var layer in page.Layers)
            WriteLayer(json, layer, gaps: true);
        json.WriteEndArray();
        if (page.Lens is { } lens)
            WriteLens(json, lens);
        if (page.Paths is { } paths)
            WritePaths(json, paths);
        if (page.Spectrum is { } spectrum)
            WriteSpectrum(json, spectrum);
        if (page.Patterns is { } patterns)
            WritePatterns(json, patterns);
        if (page.Facts.Count > 0)
            WriteFacts(json, page.Facts);
        json.WriteEndObject();
    }

    static PageLayer DistanceOf(Heatmap heatmap) => new()
    {
        Name = PageLayer.DistanceName,
        Label = "Distance",
        ColorTitle = heatmap.ColorTitle.Replace("Log ", "", StringComparison.Ordinal),
        Values = heatmap.Values,
        Floor = heatmap.Floor,
        Scale = heatmap.Scale,
    };

    static void WriteLayer(Utf8JsonWriter json, PageLayer layer, bool gaps)
    {
        json.WriteStartObject();
        json.WriteString("name", layer.Name);
        json.WriteString("label", layer.Label);
        json.WriteString("noun", layer.Label.ToLowerInvariant());
        json.WriteString("zero", layer.Name == PageLayer.DistanceName ? "exactly at s*" : "exactly 0");
        json.WriteBoolean("gaps", gaps);
        json.WriteString("scale", NameOf(layer.Scale));
        if (layer.Floor is { } floor)
            json.WriteNumber("floor", floor);
        else
            json.WriteNull("floor");
        json.WriteStartObject("scales");
        WriteScale(json, layer, ColorScale.Logarithmic, "Log " + layer.ColorTitle);
        WriteScale(json, layer, ColorScale.Linear, layer.ColorTitle);
        json.WriteEndObject();
        WriteFloats(json, "values", layer.Values);
        json.WriteEndObject();
    }

    static string NameOf(ColorScale scale) => scale == ColorScale.Linear ? "linear" : "log";

    static void WriteScale(Utf8JsonWriter json, PageLayer layer, ColorScale scale, string title)
    {
        var range = ColorRange.Of(layer.Values, scale, layer.Floor);
        json.WriteStartObject(NameOf(scale));
        json.WriteString("title", title);
        json.WriteNumber("low", range.Low);
        json.WriteNumber("high", range.High);
        json.WriteStartArray("ticks");
        foreach (var tick in range.Ticks())
        {
            json.WriteStartArray();
            json.WriteNumberValue(Math.Round(tick.Fraction, 5));
            json.WriteStringValue(tick.Text);
            json.WriteEndArray();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    static void WriteLens(Utf8JsonWriter json, PageLens lens)
    {
        json.WriteStartObject("lens");
        WriteNumbers(json, "iterations", lens.Iterations);
        json.WriteNumber("k", lens.Top);
        WriteTexts(json, "texts", lens.Texts);
        int width = lens.Texts.Count > ushort.MaxValue || Array.Exists(lens.Rank, static rank => rank is < 0 or > ushort.MaxValue) ? sizeof(int) : sizeof(ushort);
        json.WriteNumber("width", width);
        WriteIntegers(json, "tokens", lens.Tokens, width);
        WriteFloats(json, "logProbabilities", lens.LogProbabilities);
        WriteFloats(json, "entropy", lens.Entropy);
        WriteFloats(json, "divergence", lens.Divergence);
        WriteIntegers(json, "rank", lens.Rank, width);
        WriteNumbers(json, "commit", lens.Commit);
        json.WriteEndObject();
    }

    static void WritePaths(Utf8JsonWriter json, PagePaths paths)
    {
        json.WriteStartObject("paths");
        WriteNumbers(json, "iterations", paths.Iterations);
        json.WriteNumber("axes", paths.Variance.Length);
        json.WriteStartArray("variance");
        foreach (double share in paths.Variance)
            json.WriteNumberValue(Math.Round(share, 6));
        json.WriteEndArray();
        if (paths.Classes is { } classes)
            WriteTexts(json, "classes", classes);
        WriteFloats(json, "scores", paths.Scores);
        json.WriteEndObject();
    }

    static void WriteSpectrum(Utf8JsonWriter json, PageSpectrum spectrum)
    {
        json.WriteStartObject("spectrum");
        json.WriteStartArray("points");
        foreach (var point in spectrum.Points)
        {
            if (!double.IsFinite(point.Modulus) || !double.IsFinite(point.Angle))
                continue;
            json.WriteStartObject();
            json.WriteNumber("row", point.Row);
            json.WriteNumber("modulus", Math.Round(point.Modulus, 7));
            json.WriteNumber("angle", Math.Round(point.Angle, 7));
            if (!point.IsCertified)
                json.WriteBoolean("uncertain", true);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    static void WritePatterns(Utf8JsonWriter json, PagePatterns patterns)
    {
        const int Shades = 129;
        var diverging = new StringBuilder(6 * Shades);
        for (int i = 0; i < Shades; i++)
            diverging.Append(Diverging.At(2.0 * i / (Shades - 1) - 1).Hex.AsSpan(1));
        json.WriteStartObject("patterns");
        json.WriteString("title", WellFormed(patterns.Title));
        WriteNumbers(json, "iterations", patterns.Iterations);
        WriteTexts(json, "labels", patterns.Labels);
        WriteNumbers(json, "positions", patterns.Positions);
        json.WriteNumber("steps", PagePatterns.Steps);
        json.WriteNumber("notFinite", PagePatterns.NotFinite);
        json.WriteNumber("rounding", Math.Round(PagePatterns.Rounding, 4));
        json.WriteString("diverging", diverging.ToString());
        json.WriteBase64String("weights", patterns.ToBytes());
        json.WriteEndObject();
    }

    static void WriteFacts(Utf8JsonWriter json, IReadOnlyList<PageFact> facts)
    {
        json.WriteStartArray("facts");
        foreach (var fact in facts)
        {
            json.WriteStartObject();
            json.WriteString("name", WellFormed(fact.Name));
            json.WriteBoolean("brief", fact.IsBrief);
            WriteTexts(json, "values", fact.Values);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    static void WriteNumbers(Utf8JsonWriter json, string name, IReadOnlyList<int> values)
    {
        json.WriteStartArray(name);
        foreach (int value in values)
            json.WriteNumberValue(value);
        json.WriteEndArray();
    }

    static void WriteTexts(Utf8JsonWriter json, string name, IReadOnlyList<string> texts)
    {
        json.WriteStartArray(name);
        foreach (string text in texts)
            json.WriteStringValue(WellFormed(text));
        json.WriteEndArray();
    }

    static void WriteFloats(Utf8JsonWriter json, string name, ReadOnlySpan<float> values)
    {
        byte[] bytes = new byte[checked(values.Length * sizeof(float))];
        for (int i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * sizeof(float)), values[i]);
        json.WriteBase64String(name, bytes);
    }

    static void WriteIntegers(Utf8JsonWriter json, string name, ReadOnlySpan<int> values, int width)
    {
        byte[] bytes = new byte[checked(values.Length * width)];
        for (int i = 0; i < values.Length; i++)
        {
            if (width == sizeof(ushort))
                BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(i * width), checked((ushort)values[i]));
            else
                BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(i * width), values[i]);
        }

        json.WriteBase64String(name, bytes);
    }

    static string Palette()
    {
        var text = new StringBuilder(6 * Viridis.Length);
        for (int i = 0; i < Viridis.Length; i++)
            text.Append(Viridis.At(i).Hex.AsSpan(1));
        return text.ToString();
    }

    /// <summary>The text with U+FFFD for halves of surrogate pairs, which no JSON can hold.</summary>
    static string WellFormed(string text)
    {
        var result = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
            result.Append(rune);
        return result.ToString();
    }
}
