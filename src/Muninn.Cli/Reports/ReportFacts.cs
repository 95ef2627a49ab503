using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;

namespace Muninn.Cli.Reports;

/// <summary>What all forms of a report have in common: its text, its claims by number, and how it was made.</summary>
static class ReportFacts
{
    /// <summary>Characters of a text that a heading shows.</summary>
    const int TextMost = 2000;

    /// <summary>The text that was read, line by line, of which a heading shows the beginning.</summary>
    public static IEnumerable<string> TextLines(Report report)
    {
        byte[] bytes = [.. report.Tokens.Pieces.SelectMany(static piece => piece.ToArray())];
        // Token ids without a tokenizer stand for no bytes: then their names.
        string text = bytes.Length > 0 ? Encoding.UTF8.GetString(bytes) : string.Join(' ', report.Tokens.Labels);
        var runes = text.EnumerateRunes().ToList();
        if (runes.Count > TextMost) text = string.Concat(runes.Take(TextMost)) + "…";
        return text.ReplaceLineEndings("\n").Split('\n').Select(static line => line.TrimEnd());
    }

    /// <summary>The claims of all sections.</summary>
    public static IEnumerable<ReportClaim> Claims(Report report) => Enumerable.Range(0, report.Sections.Count).SelectMany(section => Claims(report, section));

    /// <summary>The claims of a section.</summary>
    /// <param name="report">The report.</param>
    /// <param name="index">Which section, from 0.</param>
    public static IEnumerable<ReportClaim> Claims(Report report, int index)
    {
        var section = report.Sections[index];
        for (int i = 0; i < section.Findings.Count; i++)
        {
            var finding = section.Findings[i];
            yield return new ReportClaim(
                string.Create(CultureInfo.InvariantCulture, $"{index + 1}.{i + 1}"), finding, section.Command, ClaimFigures.Of(report, section, finding));
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
