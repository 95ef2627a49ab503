using System.Collections.Generic;
using System.IO;
using System.Text.Json;
using Muninn.Cli.Input;
using Muninn.Microscope.Measures;

namespace Muninn.Cli.Results;

/// <summary>What the JSON of the microscope's commands have in common.</summary>
static class MicroscopeJson
{
    /// <summary>The model, as an object of its own.</summary>
    public static void WriteModel(Utf8JsonWriter json, PromptModel source)
    {
        json.WriteStartObject("model");
        json.WriteString("name", source.Name);
        json.WriteString("fingerprint", source.Fingerprint);
        json.WriteNumber("width", source.Model.Config.Width);
        json.WriteNumber("vocabulary", source.Model.Config.Vocabulary);
        json.WriteEndObject();
    }

    /// <summary>Where the run started, as members of the options.</summary>
    public static void WriteStart(Utf8JsonWriter json, PromptModel source)
    {
        json.WriteString("initial_state", Path.GetFileName(source.Plan.Start.Name));
        if (source.Plan.Start.Equals(StartChoice.Random)) json.WriteNumber("seed", source.Plan.Seed);
        json.WriteString("rotary", source.Plan.RotaryName);
    }

    /// <summary>Findings and notes.</summary>
    public static void WriteWords(Utf8JsonWriter json, IReadOnlyList<Finding> findings, PromptModel source)
    {
        json.WriteStartArray("findings");
        foreach (var finding in findings)
        {
            json.WriteStartObject();
            json.WriteString("kind", finding.Kind.ToString().ToLowerInvariant());
            json.WriteString("text", finding.Text);
            json.WriteStartArray("positions");
            foreach (int position in finding.Positions) json.WriteNumberValue(position);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("notes");
        foreach (var note in source.Notes) json.WriteStringValue(note);
        json.WriteEndArray();
    }
}
