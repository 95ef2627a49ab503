using System.Globalization;
using System.IO;
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
        foreach (var answer in report.Answers) Wrapping.Write("• ", $"{answer.Question} {answer.Reply}", columns, output);
        for (int s = 0; s < report.Sections.Count; s++)
        {
            var section = report.Sections[s];
            output.WriteLine();
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{s + 1}. {section.Question}"));
            if (section.Findings.Count == 0) Wrapping.Write("", "A picture alone, which --out DIR draws.", columns, output);
            for (int i = 0; i < section.Findings.Count; i++)
                Wrapping.Write(string.Create(CultureInfo.InvariantCulture, $"{s + 1}.{i + 1} "), section.Findings[i].Text, columns, output);
        }

        output.WriteLine();
        output.WriteLine("What cannot be told from this data");
        foreach (var finding in report.Open) Wrapping.Write("• ", finding.Text, columns, output);
        output.WriteLine();
        foreach (string note in report.Notes) Wrapping.Write("Note: ", note, columns, output);
    }
}
