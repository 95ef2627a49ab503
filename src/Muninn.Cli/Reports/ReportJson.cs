using System.Collections.Generic;
using System.Text.Json;
using Muninn.Microscope.Measures.Joint;

namespace Muninn.Cli.Reports;

/// <summary>A report for programs: every claim with its kind, tokens, figures and test. The numbers behind it are in the recording.</summary>
static class ReportJson
{
    /// <summary>Writes the members of the object.</summary>
    public static void Write(Utf8JsonWriter json, Report report)
    {
        json.WriteStartObject("facts");
        foreach (var (name, value) in ReportFacts.Of(report)) json.WriteString(name, value);
        json.WriteEndObject();
        json.WriteStartArray("tokens");
        foreach (string label in report.Tokens.Labels) json.WriteStringValue(label);
        json.WriteEndArray();
        json.WriteStartArray("answers");
        foreach (var answer in report.Answers)
        {
            json.WriteStartObject();
            json.WriteString("question", answer.Question);
            json.WriteString("answer", answer.Reply);
            WriteFigures(json, ClaimFigures.Of(report, answer));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("claims");
        foreach (var claim in ReportFacts.Claims(report)) WriteClaim(json, claim);
        json.WriteEndArray();
        json.WriteStartArray("open");
        foreach (var finding in report.Open) json.WriteStringValue(finding.Text);
        json.WriteEndArray();
        json.WriteStartArray("notes");
        foreach (string note in report.Notes) json.WriteStringValue(note);
        json.WriteEndArray();
    }

    static void WriteClaim(Utf8JsonWriter json, ReportClaim claim)
    {
        var finding = claim.Finding;
        var evidence = FindingEvidence.Of(finding.Kind);
        json.WriteStartObject();
        json.WriteString("claim", claim.Number);
        json.WriteString("kind", finding.Kind.ToString().ToLowerInvariant());
        json.WriteString("text", finding.Text);
        json.WriteStartArray("positions");
        foreach (int position in finding.Positions) json.WriteNumberValue(position);
        json.WriteEndArray();
        WriteFigures(json, claim.Figures);
        json.WriteString("command", claim.Command);
        json.WriteString("test", evidence.Test);
        json.WriteString("does_not_prove", evidence.DoesNotProve);
        json.WriteEndObject();
    }

    static void WriteFigures(Utf8JsonWriter json, IReadOnlyList<ReportFigure> figures)
    {
        json.WriteStartArray("figures");
        foreach (var figure in figures) json.WriteStringValue(figure.Name);
        json.WriteEndArray();
    }
}
