using System.Collections.Generic;
using System.Text.Json;
using Muninn.Microscope.Measures;
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
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("claims");
        foreach (var (number, finding, section) in ReportFacts.Claims(report)) WriteClaim(json, number, finding, section.Figures, section.Command);
        json.WriteEndArray();
        json.WriteStartArray("open");
        foreach (var finding in report.Open) json.WriteStringValue(finding.Text);
        json.WriteEndArray();
        json.WriteStartArray("notes");
        foreach (string note in report.Notes) json.WriteStringValue(note);
        json.WriteEndArray();
    }

    static void WriteClaim(Utf8JsonWriter json, string number, Finding finding, IReadOnlyList<ReportFigure> figures, string command)
    {
        var evidence = FindingEvidence.Of(finding.Kind);
        json.WriteStartObject();
        json.WriteString("claim", number);
        json.WriteString("kind", finding.Kind.ToString().ToLowerInvariant());
        json.WriteString("text", finding.Text);
        json.WriteStartArray("positions");
        foreach (int position in finding.Positions) json.WriteNumberValue(position);
        json.WriteEndArray();
        json.WriteStartArray("figures");
        foreach (var figure in figures) json.WriteStringValue(figure.Name);
        json.WriteEndArray();
        json.WriteString("command", command);
        json.WriteString("test", evidence.Test);
        json.WriteString("does_not_prove", evidence.DoesNotProve);
        json.WriteEndObject();
    }
}
