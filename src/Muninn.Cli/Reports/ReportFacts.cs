using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Muninn.Microscope.Measures;

namespace Muninn.Cli.Reports;

/// <summary>What all forms of a report have in common: its text, its claims by number, and how it was made.</summary>
static class ReportFacts
{
    /// <summary>Characters of a text that a heading shows.</summary>
    const int TextMost = 2000;

    /// <summary>The text that was read, line by line, as its tokens are called.</summary>
    public static IEnumerable<string> TextLines(Report report)
    {
        string text = string.Concat(report.Tokens.Labels).Replace('␣', ' ');
        if (text.Length > TextMost) text = text[..TextMost] + "…";
        return text.Split('↵').Select(static line => line.TrimEnd());
    }

    /// <summary>Claims with their numbers and sections.</summary>
    public static IEnumerable<(string Number, Finding Finding, ReportSection Section)> Claims(Report report)
    {
        for (int s = 0; s < report.Sections.Count; s++)
        {
            var section = report.Sections[s];
            for (int i = 0; i < section.Findings.Count; i++)
                yield return (string.Create(CultureInfo.InvariantCulture, $"{s + 1}.{i + 1}"), section.Findings[i], section);
        }
    }

    /// <summary>How it was made, for a reader who wants to make it again.</summary>
    public static IEnumerable<(string Name, string Value)> Of(Report report)
    {
        var header = report.Header;
        yield return ("model", FormattableString.Invariant($"{header.Model}, fingerprint {header.Fingerprint}, weights {header.Weights}"));
        yield return ("shape", FormattableString.Invariant(
            $"width {header.Width}, {header.Heads} heads, {header.PreludeBlocks} + {header.CoreBlocks} + {header.CodaBlocks} blocks, vocabulary {header.Vocabulary}"));
        yield return ("tokens", report.Tokens.Labels.Count.ToString(CultureInfo.InvariantCulture));
        yield return ("iterations, horizon", FormattableString.Invariant($"{report.Measure.Iterations}, {report.Measure.Horizon}"));
        yield return ("start", header.StartText);
        yield return ("rotary table", header.Rotary);
        foreach (var fact in report.Facts) yield return fact;
        yield return ("version", $"muninn {header.Version}");
    }
}
