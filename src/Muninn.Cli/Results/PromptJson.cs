using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;
using System.Text.Json;
using Muninn.Cli.Frame;
using Muninn.Cli.Input;

namespace Muninn.Cli.Results;

/// <summary>What the results of a run depend on, as JSON and as the metadata of a file: no time, no machine, no thread count.</summary>
static class PromptJson
{
    /// <summary>Writes version, model, options and tokens.</summary>
    /// <param name="json">Stands inside the object.</param>
    /// <param name="prompt">What was run.</param>
    public static void Write(Utf8JsonWriter json, OpenPrompt prompt)
    {
        var plan = prompt.Plan;
        json.WriteString("version", Product.Version);
        json.WriteStartObject("model");
        json.WriteString("name", prompt.Location.Name);
        json.WriteString("fingerprint", prompt.Fingerprint);
        json.WriteNumber("width", prompt.Config.Width);
        json.WriteEndObject();
        json.WriteStartObject("options");
        json.WriteNumber("iterations", prompt.Limit);
        json.WriteString("initial_state", Path.GetFileName(plan.Start.Name));
        if (plan.Start.Equals(StartChoice.Random)) json.WriteNumber("seed", plan.Seed);
        json.WriteString("rotary", plan.RotaryName);
        json.WriteEndObject();
        WriteTokens(json, "tokens", prompt.Tokens);
    }

    /// <summary>Writes tokens.</summary>
    public static void WriteTokens(Utf8JsonWriter json, string name, PromptTokens tokens)
    {
        json.WriteStartArray(name);
        for (int position = 0; position < tokens.Ids.Length; position++)
        {
            json.WriteStartObject();
            json.WriteNumber("position", position);
            json.WriteNumber("id", tokens.Ids[position]);
            json.WriteString("text", tokens.Labels[position]);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>Writes what a person should know of the checkpoint.</summary>
    public static void WriteNotes(Utf8JsonWriter json, OpenPrompt prompt)
    {
        json.WriteStartArray("notes");
        foreach (var note in prompt.Notes) json.WriteStringValue(note);
        json.WriteEndArray();
    }

    /// <summary>Writes rows of numbers, a line each; what is not finite is null.</summary>
    /// <param name="json">Stands inside the object.</param>
    /// <param name="name">Of the member.</param>
    /// <param name="values"><c>[rows, columns]</c>.</param>
    /// <param name="columns">Values of a row.</param>
    public static void WriteRows(Utf8JsonWriter json, string name, ReadOnlySpan<float> values, int columns)
    {
        json.WriteStartArray(name);
        var line = new StringBuilder();
        for (int start = 0; start < values.Length; start += columns)
        {
            line.Clear().Append('[');
            foreach (float value in values.Slice(start, columns))
            {
                if (line.Length > 1) line.Append(',');
                line.Append(float.IsFinite(value) ? value.ToString("R", CultureInfo.InvariantCulture) : "null");
            }

            json.WriteRawValue(line.Append(']').ToString(), skipInputValidation: true);
        }

        json.WriteEndArray();
    }

    /// <summary>The same as <see cref="Write"/>, but for the tokens, as metadata of a safetensors file.</summary>
    /// <param name="prompt">What was run.</param>
    /// <param name="format">The format of the file.</param>
    public static IReadOnlyDictionary<string, string> Metadata(OpenPrompt prompt, string format) => new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["format"] = format,
        ["version"] = Product.Version,
        ["model"] = prompt.Location.Name,
        ["fingerprint"] = prompt.Fingerprint,
        ["iterations"] = prompt.Limit.ToString(CultureInfo.InvariantCulture),
        ["initial_state"] = Path.GetFileName(prompt.Plan.Start.Name),
        ["rotary"] = prompt.Plan.RotaryName,
        ["seed"] = prompt.Plan.Seed.ToString(CultureInfo.InvariantCulture),
    };
}
