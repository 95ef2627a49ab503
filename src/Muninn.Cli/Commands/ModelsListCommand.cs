using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Muninn.Cli.Frame;
using Muninn.Cli.Results;
using Muninn.Engine.Checkpoints;

namespace Muninn.Cli.Commands;

/// <summary>Lists the models that can be named.</summary>
sealed class ModelsListCommand : Verb
{
    readonly Flag _json = new() { Name = "--json", Description = "Print JSON." };

    /// <inheritdoc/>
    public override string Name => "models list";

    /// <inheritdoc/>
    public override string Summary => "List the models that ship with the tool or lie in the Hugging Face cache.";

    /// <inheritdoc/>
    public override IReadOnlyList<SettingGroup> Groups => [new("Options", [_json])];

    /// <inheritdoc/>
    public override bool RunsAnywhere => true;

    /// <inheritdoc/>
    public override int Run(Invocation invocation)
    {
        var shell = invocation.Shell;
        var rows = new ModelLocator(ModelPlaces.FromProcess()).List().Select(Read).ToList();
        if (invocation.IsSet(_json))
        {
            JsonOutput.Print(shell, json =>
            {
                json.WriteStartArray("models");
                foreach (var row in rows)
                {
                    json.WriteStartObject();
                    json.WriteString("name", row.Location.Reference);
                    json.WriteString("folder", row.Location.Folder);
                    if (row.Parameters is { } count) json.WriteNumber("parameters", count);
                    if (row.Problem is not null) json.WriteString("problem", row.Problem);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
            });
            return ExitCode.Success;
        }

        int width = rows.Select(r => r.Location.Reference.Length).Append(0).Max();
        foreach (var row in rows)
        {
            shell.Output.WriteLine(
                $"{row.Location.Reference.PadRight(width)}  {(row.Parameters is { } count ? Amount.Count(count) : "?"),8}  {row.Location.Folder}");
            if (row.Problem is not null) shell.Output.WriteLine($"{"",-4}not usable: {row.Problem}");
        }

        if (rows.Count == 0) shell.Output.WriteLine("No models found; 'muninn doctor' shows where they are looked for.");
        return ExitCode.Success;
    }

    // One damaged model must not hide the others: its damage is what the row says.
    static (ModelLocation Location, long? Parameters, string? Problem) Read(ModelLocation location)
    {
        try
        {
            using var checkpoint = Checkpoint.Open(location.Folder);
            return (location, checkpoint.ParameterCount, null);
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            return (location, null, e.Message);
        }
    }
}
