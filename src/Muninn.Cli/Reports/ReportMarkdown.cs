using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using Muninn.Microscope.Measures.Joint;

namespace Muninn.Cli.Reports;

/// <summary>A report as Markdown: answers, then every claim with its figure and test, what cannot be told, and how it was made.</summary>
static class ReportMarkdown
{
    /// <summary>The folder of the pictures, as links name it.</summary>
    public const string FigureFolder = "figures";

    /// <summary>Writes the report.</summary>
    public static void Write(Report report, Stream destination)
    {
        using var output = new StreamWriter(destination, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\n" };
        output.WriteLine($"# {Escaped(report.Title)}");
        output.WriteLine();
        foreach (string line in ReportFacts.TextLines(report)) output.WriteLine($"> {Escaped(line)}  ");
        output.WriteLine();
        output.WriteLine("## In short");
        output.WriteLine();
        output.WriteLine("| | | figures |");
        output.WriteLine("|---|---|---|");
        foreach (var answer in report.Answers) output.WriteLine($"| {Cell(answer.Question)} | {Cell(answer.Reply)} | {Links(ClaimFigures.Of(report, answer))} |");
        for (int number = 0; number < report.Sections.Count; number++)
            WriteSection(report, number, output);
        output.WriteLine();
        output.WriteLine($"## {report.Sections.Count + 1}. What cannot be told from this data");
        output.WriteLine();
        foreach (var finding in report.Open) output.WriteLine($"- {Escaped(finding.Text)}");
        WriteTests(report, output);
        output.WriteLine();
        output.WriteLine("## How it was made");
        output.WriteLine();
        output.WriteLine("| | |");
        output.WriteLine("|---|---|");
        foreach (var (name, value) in ReportFacts.Of(report)) output.WriteLine($"| {Cell(name)} | {Cell(value)} |");
        foreach (string note in report.Notes) output.WriteLine($"\nNote: {Escaped(note)}");
    }

    static void WriteSection(Report report, int index, StreamWriter output)
    {
        var section = report.Sections[index];
        output.WriteLine();
        output.WriteLine($"## {index + 1}. {Escaped(section.Question)}");
        foreach (var figure in section.Figures)
        {
            output.WriteLine();
            output.WriteLine($"![{Escaped(figure.Description)}]({FigureFolder}/{figure.Name}.svg)");
            if (figure.Caption.Length > 0) output.WriteLine($"\n<sub>{Escaped(figure.Caption)}</sub>");
        }

        output.WriteLine();
        foreach (var claim in ReportFacts.Claims(report, index))
            output.WriteLine($"- **{claim.Number}** {Escaped(claim.Finding.Text)}{(section.Figures.Count > 0 ? "" : $" ({Links(claim.Figures)})")}");
        if (section.Findings.Count == 0) output.WriteLine("No claim is made here: the picture shows numbers as they are.");
        output.WriteLine();
        output.WriteLine($"<sub>Alone, with the same text and options: `muninn {section.Command}`.</sub>");
    }

    /// <summary>Each claim with its figures, its test and what it does not prove.</summary>
    static void WriteTests(Report report, StreamWriter output)
    {
        output.WriteLine();
        output.WriteLine("## Every claim's figure and test");
        output.WriteLine();
        output.WriteLine("| claim | figure | test | does not prove |");
        output.WriteLine("|---|---|---|---|");
        foreach (var claim in ReportFacts.Claims(report))
        {
            var evidence = FindingEvidence.Of(claim.Finding.Kind);
            output.WriteLine($"| {claim.Number} | {Links(claim.Figures)} | {Cell(evidence.Test)} | {Cell(evidence.DoesNotProve)} |");
        }
    }

    static string Links(IReadOnlyList<ReportFigure> figures) =>
        string.Join(", ", figures.Select(static figure => $"[{figure.Name}]({FigureFolder}/{figure.Name}.svg)"));

    static string Cell(string text) => Escaped(text).Replace("|", "\\|", StringComparison.Ordinal);

    /// <summary>The text with nothing in it that Markdown would take for its own: tokens hold anything.</summary>
    static string Escaped(string text)
    {
        var result = new StringBuilder(text.Length);
        foreach (char c in text)
        {
            if (c is '\\' or '`' or '*' or '_' or '[' or ']' or '<' or '#' or '~' or '&' or '$') result.Append('\\');
            result.Append(char.IsControl(c) ? '�' : c);
        }

        return result.ToString();
    }
}
