using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using Muninn.Microscope.Figures;

namespace Muninn.Microscope.Writers;

/// <summary>
/// Writes one HTML file that needs nothing else: no network, no fonts, no other file. It draws a heatmap and the views that are
/// linked to it on canvases and answers to pointer and keyboard: exact values, zoom, other measures, links to a view, exports.
/// </summary>
/// <remarks>
/// Title, findings and a summary are plain HTML; the values are little-endian 32-bit floats in base64, so that what the
/// page shows is what was measured. <c>page.html</c>, <c>page.css</c> and the scripts beside this file become one;
/// <see cref="PageData"/> writes what the scripts read.
/// </remarks>
public static class HtmlWriter
{
    /// <summary>The scripts, in the order in which they build on each other.</summary>
    static readonly string[] _scripts = ["numbers.js", "heatmap.js", "attention.js", "views.js", "link.js", "page.js"];

    /// <summary>Writes the page, as UTF-8. The same input gives the same bytes.</summary>
    /// <param name="page">What to show; all rows are written, the page scrolls.</param>
    /// <param name="destination">Stream to write to; stays open.</param>
    /// <exception cref="ArgumentException">The heatmap has no row or no column, or a part does not fit it.</exception>
    public static void Write(MicroscopePage page, Stream destination)
    {
        ArgumentNullException.ThrowIfNull(page);
        ArgumentNullException.ThrowIfNull(destination);
        page.Validated();
        var heatmap = page.Heatmap;
        string template = Part("page.html");
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
                    writer.Write(Part("page.css"));
                    break;
                case "script":
                    writer.Write(string.Join('\n', Array.ConvertAll(_scripts, Part)));
                    break;
                case "findings":
                    WriteFindings(page.Findings, writer);
                    break;
                case "data":
                    writer.Flush();
                    PageData.Write(page, destination);
                    break;
                case var unknown:
                    throw new InvalidOperationException($"page.html has a place holder “{unknown}” that nothing fills; see HtmlWriter.");
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
