using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace Muninn.Cli.Frame;

/// <summary>Writes the help of one command and the overview of all.</summary>
static class HelpPage
{
    const int Indent = 28;

    /// <summary>Writes what there is to call.</summary>
    public static void WriteOverview(IReadOnlyList<(string Name, Func<Verb> Create)> verbs, TextWriter output)
    {
        output.WriteLine("muninn - runs and looks into recurrent-depth transformers");
        output.WriteLine();
        output.WriteLine("Usage: muninn COMMAND [options]");
        output.WriteLine();
        output.WriteLine("Commands:");
        foreach (var (name, create) in verbs) WriteColumns("  " + name, create().Summary, 22, output);
        output.WriteLine();
        output.WriteLine("Options:");
        WriteColumns("  -h, --help", "Show help; 'muninn COMMAND --help' for one command.", 22, output);
        WriteColumns("  --version", "Show the version.", 22, output);
        output.WriteLine();
        output.WriteLine("Examples:");
        output.WriteLine("  muninn heatmap");
        output.WriteLine("  muninn generate \"The raven remembers\" --stats");
        output.WriteLine("  muninn heatmap \"The raven remembers what it saw.\" --out picture.svg");
        output.WriteLine();
        WriteParagraph(
            "Exit codes: 0 done, 1 failure, 2 usage, 3 model or file not found, 130 interrupted, 143 terminated.", output);
    }

    /// <summary>Writes the help page of <paramref name="verb"/>.</summary>
    public static void Write(Verb verb, TextWriter output)
    {
        output.WriteLine($"muninn {verb.Name} - {FirstLower(verb.Summary)}");
        output.WriteLine();
        output.WriteLine("Usage: " + verb.Usage);
        if (verb.Description != verb.Summary)
        {
            foreach (var paragraph in verb.Description.Split("\n\n"))
            {
                output.WriteLine();
                WriteParagraph(paragraph.Replace('\n', ' '), output);
            }
        }

        if (verb.Positional is { } positional)
        {
            output.WriteLine();
            output.WriteLine("Argument:");
            WriteColumns("  " + positional.Name, positional.Description, Indent, output);
        }

        foreach (var group in verb.Groups)
        {
            output.WriteLine();
            output.WriteLine(group.Title + ":");
            foreach (var setting in group.Settings) WriteColumns("  " + Label(setting), Explained(setting), Indent, output);
        }

        if (verb.Examples.Count > 0)
        {
            output.WriteLine();
            output.WriteLine("Examples:");
            foreach (var (purpose, line) in verb.Examples)
            {
                output.WriteLine($"  # {purpose}");
                output.WriteLine("  " + line);
            }
        }

        if (verb.Settings.FirstOrDefault() is { } first)
        {
            output.WriteLine();
            WriteParagraph(
                $"Every option can be set by an environment variable, e.g. {first.Variable} for {first.Name}; " +
                "the command line wins.", output);
        }
    }

    static string Label(Setting setting)
    {
        var names = setting.ShortName is null ? setting.Name : $"{setting.ShortName}, {setting.Name}";
        return setting.ValueName is null ? names : $"{names} {setting.ValueName}";
    }

    static string Explained(Setting setting)
    {
        var text = setting.Description;
        if (setting.Choices.Count > 0) text += $" One of {string.Join(", ", setting.Choices)}.";
        return setting.FallbackText is null ? text : $"{text} [default: {setting.FallbackText}]";
    }

    static void WriteParagraph(string text, TextWriter output)
    {
        foreach (var line in Wrapping.Lines(text, Wrapping.WidthMax)) output.WriteLine(line);
    }

    static void WriteColumns(string label, string text, int indent, TextWriter output)
    {
        var lines = Wrapping.Lines(text, Wrapping.WidthMax - indent).ToList();
        if (label.Length > indent - 2)
        {
            output.WriteLine(label);
            label = "";
        }

        foreach (var line in lines)
        {
            output.WriteLine(label.PadRight(indent) + line);
            label = "";
        }
    }

    static string FirstLower(string text) => char.ToLowerInvariant(text[0]) + text[1..];
}
