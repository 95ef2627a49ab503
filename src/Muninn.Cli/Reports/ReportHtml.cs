using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Text;
using Muninn.Microscope.Measures.Joint;
using Muninn.Microscope.Writers;

namespace Muninn.Cli.Reports;

/// <summary>A report as one HTML file that needs nothing else: the pictures are in it.</summary>
static class ReportHtml
{
    const string Style = """
        :root { color-scheme: light dark; }
        body { font: 16px/1.55 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem; }
        h1, h2 { line-height: 1.25; } h2 { margin-top: 2.5rem; }
        blockquote { margin: 1rem 0; padding: .2rem 1rem; border-left: 4px solid #8886; white-space: pre-wrap; overflow-wrap: anywhere; }
        table { border-collapse: collapse; width: 100%; font-size: .95em; } td, th { text-align: left; vertical-align: top; padding: .35rem .6rem; border-top: 1px solid #8884; }
        figure { margin: 1.2rem 0; } img { max-width: 100%; height: auto; background: #fff; border-radius: 4px; }
        .claim { font-weight: 600; margin-right: .4em; } .command { font-size: .85em; opacity: .75; }
        figcaption { font-size: .85em; opacity: .8; } code, td, li { overflow-wrap: anywhere; }
        a { color: inherit; } li { margin: .4rem 0; }
        """;

    /// <summary>Writes the report.</summary>
    public static void Write(Report report, Stream destination)
    {
        using var output = new StreamWriter(destination, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\n" };
        output.WriteLine($"<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">");
        output.WriteLine($"<title>{Text(report.Title)}</title>\n<style>\n{Style}\n</style></head><body>");
        output.WriteLine($"<h1>{Text(report.Title)}</h1>");
        output.WriteLine($"<blockquote>{string.Join("\n", ReportFacts.TextLines(report).Select(Text))}</blockquote>");
        output.WriteLine("<h2>In short</h2>\n<table>");
        foreach (var answer in report.Answers) output.WriteLine($"<tr><th scope=\"row\">{Text(answer.Question)}</th><td>{Text(answer.Reply)}</td><td>{Links(ClaimFigures.Of(report, answer))}</td></tr>");
        output.WriteLine("</table>");
        for (int number = 0; number < report.Sections.Count; number++)
            WriteSection(report, number, output);
        output.WriteLine($"<h2>{report.Sections.Count + 1}. What cannot be told from this data</h2>\n<ul>");
        foreach (var finding in report.Open) output.WriteLine($"<li>{Text(finding.Text)}</li>");
        output.WriteLine("</ul>");
        WriteTests(report, output);
        output.WriteLine("<h2>How it was made</h2>\n<table>");
        foreach (var (name, value) in ReportFacts.Of(report)) output.WriteLine($"<tr><th scope=\"row\">{Text(name)}</th><td>{Text(value)}</td></tr>");
        output.WriteLine("</table>");
        foreach (string note in report.Notes) output.WriteLine($"<p>Note: {Text(note)}</p>");
        output.WriteLine("</body></html>");
    }

    static void WriteSection(Report report, int index, StreamWriter output)
    {
        var section = report.Sections[index];
        output.WriteLine($"<h2>{index + 1}. {Text(section.Question)}</h2>");
        foreach (var figure in section.Figures)
        {
            using var svg = new MemoryStream();
            SvgWriter.Write(figure.Picture, svg);
            string data = Convert.ToBase64String(svg.GetBuffer(), 0, (int)svg.Length);
            output.WriteLine($"<figure id=\"{Text(figure.Name)}\"><img alt=\"{Text(figure.Description)}\" src=\"data:image/svg+xml;base64,{data}\">{(figure.Caption.Length > 0 ? $"<figcaption>{Text(figure.Caption)}</figcaption>" : "")}</figure>");
        }

        output.WriteLine("<ul>");
        foreach (var claim in ReportFacts.Claims(report, index))
        {
            string links = section.Figures.Count > 0 ? "" : $" ({Links(claim.Figures)})";
            output.WriteLine($"<li id=\"c{claim.Number}\"><span class=\"claim\">{claim.Number}</span>{Text(claim.Finding.Text)}{links}</li>");
        }

        if (section.Findings.Count == 0) output.WriteLine("<li>No claim is made here: the picture shows numbers as they are.</li>");
        output.WriteLine($"</ul>\n<p class=\"command\">Alone, with the same text and options: <code>muninn {Text(section.Command)}</code></p>");
    }

    static void WriteTests(Report report, StreamWriter output)
    {
        output.WriteLine("<h2>Every claim's figure and test</h2>\n<table><tr><th>claim</th><th>figure</th><th>test</th><th>does not prove</th></tr>");
        foreach (var claim in ReportFacts.Claims(report))
        {
            var evidence = FindingEvidence.Of(claim.Finding.Kind);
            output.WriteLine($"<tr><td><a href=\"#c{claim.Number}\">{claim.Number}</a></td><td>{Links(claim.Figures)}</td><td>{Text(evidence.Test)}</td><td>{Text(evidence.DoesNotProve)}</td></tr>");
        }

        output.WriteLine("</table>");
    }

    static string Links(IReadOnlyList<ReportFigure> figures) =>
        string.Join(", ", figures.Select(static figure => $"<a href=\"#{Text(figure.Name)}\">{Text(figure.Name)}</a>"));

    static string Text(string text) => WebUtility.HtmlEncode(text);
}
