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
/// Writes a heatmap as one HTML file that needs nothing else: no network, no fonts, no other file. It draws the cells on a
/// canvas and answers to pointer and keyboard: exact values, zoom, scrolling, logarithmic or linear colours.
/// </summary>
/// <remarks>
/// Title, findings and a summary are plain HTML; the values are little-endian 32-bit floats in base64, so that what the
/// page shows is what was measured. <c>heatmap.html</c>, <c>heatmap.css</c> and <c>heatmap.js</c> beside this file become one.
/// </remarks>
public static class HtmlWriter
{
    /// <summary>Writes the page, as UTF-8. The same input gives the same bytes.</summary>
    /// <param name="heatmap">What to show; all rows are written, the page scrolls.</param>
    /// <param name="findings">Sentences under the picture, the most important first; may be empty.</param>
    /// <param name="destination">Stream to write to; stays open.</param>
    /// <exception cref="ArgumentException">The heatmap has no row or no column, or its counts do not fit.</exception>
    public static void Write(Heatmap heatmap, IReadOnlyList<string> findings, Stream destination)
    {
        ArgumentNullException.ThrowIfNull(heatmap);
        ArgumentNullException.ThrowIfNull(findings);
        ArgumentNullException.ThrowIfNull(destination);
        heatmap.Validated();
        string template = Part("heatmap.html");
        using var writer = new StreamWriter(destination, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), 1 << 16, leaveOpen: true);
        writer.NewLine = "\n";

        // One pass over the template: a token text that looks like a place holder is never filled in.
        int at = 0;
        while (template.IndexOf("{{", at, StringComparison.Ordinal) is >= 0 and var open)
        {
            int close = template.IndexOf("}}", open, StringComparison.Ordinal);
            writer.Write(template.AsSpan(at, open - at));
            switch (template[(open + 2)..close])
            {
                case "title":
                    writer.Write(Escape(heatmap.Title));
                    break;
                case "subtitle":
                    writer.Write(Escape(heatmap.Subtitle));
                    break;
                case "description":
                    writer.Write(Escape(heatmap.Describe()));
                    break;
                case "style":
                    writer.Write(Part("heatmap.css"));
                    break;
                case "script":
                    writer.Write(Part("heatmap.js"));
                    break;
                case "findings":
                    WriteFindings(findings, writer);
                    break;
                case "data":
                    writer.Flush();
                    WriteData(heatmap, destination);
                    break;
                case var unknown:
                    throw new InvalidOperationException($"heatmap.html has a place holder “{unknown}” that nothing fills; see HtmlWriter.");
            }

            at = close + 2;
        }

        writer.WriteLine(template.AsSpan(at));
    }

    /// <summary>A part of the page, without its last line end.</summary>
    static string Part(string name)
    {
        using var stream = typeof(HtmlWriter).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The assembly lacks its resource {name}; rebuild Muninn.Microscope.");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        // A checkout with other line ends must not give other bytes.
        return reader.ReadToEnd().Replace("\r\n", "\n", StringComparison.Ordinal)[..^1];
    }

    static void WriteFindings(IReadOnlyList<string> findings, StreamWriter writer)
    {
        if (findings.Count == 0)
            return;
        writer.Write("<h2>What the picture shows</h2>\n    <ul class=\"findings\">\n");
        foreach (string finding in findings)
            writer.Write($"      <li>{Escape(finding)}</li>\n");
        writer.Write("    </ul>");
    }

    /// <summary>What the script reads. The writer's default escapes leave no character that ends a script element.</summary>
    static void WriteData(Heatmap heatmap, Stream destination)
    {
        using var json = new Utf8JsonWriter(destination, new JsonWriterOptions { Indented = false });
        json.WriteStartObject();
        json.WriteNumber("rows", heatmap.Rows);
        json.WriteNumber("columns", heatmap.Columns);
        json.WriteString("columnTitle", heatmap.ColumnTitle);
        json.WriteString("scale", NameOf(heatmap.Scale));
        if (heatmap.Floor is { } floor)
            json.WriteNumber("floor", floor);
        else
            json.WriteNull("floor");
        json.WriteStartObject("scales");
        WriteScale(json, heatmap, ColorScale.Logarithmic, heatmap.ColorTitle);
        WriteScale(json, heatmap, ColorScale.Linear, heatmap.ColorTitle.Replace("Log ", "", StringComparison.Ordinal));
        json.WriteEndObject();
        json.WriteString("palette", Palette());
        json.WriteString("below", CellColors.BelowFloor.Hex[1..]);
        json.WriteString("notFinite", CellColors.NotFinite.Hex[1..]);
        json.WriteStartArray("labels");
        foreach (string label in heatmap.RowLabels)
            json.WriteStringValue(WellFormed(label));
        json.WriteEndArray();
        json.WriteStartArray("positions");
        foreach (int position in heatmap.Positions)
            json.WriteNumberValue(position);
        json.WriteEndArray();
        json.WriteBase64String("values", LittleEndian(heatmap.Values));
        json.WriteEndObject();
    }

    static string NameOf(ColorScale scale) => scale == ColorScale.Linear ? "linear" : "log";

    static void WriteScale(Utf8JsonWriter json, Heatmap heatmap, ColorScale scale, string title)
    {
        var range = ColorRange.Of(heatmap.Values, scale, heatmap.Floor);
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

    static string Palette()
    {
        var text = new StringBuilder(6 * Viridis.Length);
        for (int i = 0; i < Viridis.Length; i++)
            text.Append(Viridis.At(i).Hex.AsSpan(1));
        return text.ToString();
    }

    static byte[] LittleEndian(ReadOnlySpan<float> values)
    {
        var bytes = new byte[checked(values.Length * sizeof(float))];
        for (int i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * sizeof(float)), values[i]);
        return bytes;
    }

    /// <summary>The text with U+FFFD for halves of surrogate pairs, which no JSON can hold.</summary>
    static string WellFormed(string text)
    {
        var result = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
            result.Append(rune);
        return result.ToString();
    }

    /// <summary>Text for elements and attributes: markup as entities, control characters (which HTML forbids) as their pictures.</summary>
    static string Escape(string text)
    {
        var result = new StringBuilder(text.Length + 16);
        foreach (var rune in text.EnumerateRunes())
        {
            _ = rune.Value switch
            {
                '&' => result.Append("&amp;"),
                '<' => result.Append("&lt;"),
                '>' => result.Append("&gt;"),
                '"' => result.Append("&quot;"),
                '\'' => result.Append("&#39;"),
                < 0x20 => result.Append((char)(0x2400 + rune.Value)),
                0x7f => result.Append('\u2421'),
                >= 0x80 and < 0xa0 => result.Append('\ufffd'),
                _ => result.Append(rune),
            };
        }

        return result.ToString();
    }
}
