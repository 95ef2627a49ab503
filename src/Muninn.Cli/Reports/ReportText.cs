using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using Muninn.Cli.Frame;

namespace Muninn.Cli.Reports;

/// <summary>A report as text, as wide as a terminal.</summary>
static class ReportText
{
    /// <summary>Writes the answers, every claim with its number, and what cannot be told.</summary>
    public static void Write(Report report, int columns, TextWriter output)
    {
        output.WriteLine(report.Title);
        output.WriteLine();
        foreach (var answer in report.Answers) Wrapping.Write("• ", $"{answer.Question} {answer.Reply}{Named(ClaimFigures.Of(report, answer))}", columns, output);
        for (int s = 0; s < report.Sections.Count; s++)
        {
            var section = report.Sections[s];
            output.WriteLine();
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{s + 1}. {section.Question}"));
            if (section.Findings.Count == 0) Wrapping.Write("", "A picture alone, which --out DIR draws.", columns, output);
            foreach (var claim in ReportFacts.Claims(report, s))
                Wrapping.Write(claim.Number + " ", claim.Finding.Text + Named(claim.Figures), columns, output);
        }

        output.WriteLine();
        output.WriteLine("What cannot be told from this data");
        foreach (var finding in report.Open) Wrapping.Write("• ", finding.Text, columns, output);
        output.WriteLine();
        Wrapping.Write("", "In brackets: the figures that show it, drawn by --out DIR.", columns, output);
        foreach (string note in report.Notes) Wrapping.Write("Note: ", note, columns, output);
    }

    static string Named(IReadOnlyList<ReportFigure> figures) => figures.Count == 0 ? "" : $" [{string.Join(", ", figures.Select(static figure => figure.Name))}]";
}
