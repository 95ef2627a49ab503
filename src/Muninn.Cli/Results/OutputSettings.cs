using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Muninn.Cli.Frame;
using Muninn.Engine.Files;
using Muninn.Microscope.Figures;
using Muninn.Microscope.Writers;

namespace Muninn.Cli.Results;

/// <summary>Where the results of a command go: --out, --json and, for commands with figures, --figure and --graphics.</summary>
sealed class OutputSettings
{
    /// <summary>The endings of pictures.</summary>
    public static IReadOnlyList<string> PictureTypes { get; } = [".svg", ".png"];

    static readonly string[] _common = [".json", ".csv", ".npz", .. PictureTypes];

    readonly RepeatedSetting<OutputFile> _out;
    readonly Flag _json;
    readonly Setting<string>? _figure;
    readonly GraphicsSetting _graphics = new();

    /// <summary>The options of a command.</summary>
    /// <param name="types">Endings of the files it writes, pictures not counted.</param>
    /// <param name="figures">Names of its figures, the most important first; none where it draws nothing.</param>
    public OutputSettings(IReadOnlyList<string> types, params IReadOnlyList<string> figures)
    {
        FigureNames = figures;
        IReadOnlyList<string> all = figures.Count > 0 ? [.. types, .. PictureTypes] : types;
        _out = new(OutputFile.Read(all))
        {
            Name = "--out",
            ShortName = "-o",
            ValueName = "FILE",
            Description = $"Write FILE, whose ending says what: {string.Join(", ", all)}. May be given several times.",
            TakesFile = true,
        };
        _json = new() { Name = "--json", Description = "Print all numbers and findings as JSON, and nothing else." };
        _figure = figures.Count < 2 ? null : new(Reads.Word([.. figures.Select(static name => (name, name))]), figures[0])
        {
            Name = "--figure",
            ValueName = "NAME",
            Description = "Which figure .svg, .png and the terminal show.",
            Choices = figures,
            FallbackText = figures[0],
        };
    }

    /// <summary>Names of the command's figures, the most important first.</summary>
    public IReadOnlyList<string> FigureNames { get; }

    /// <summary>The options, for the command's help.</summary>
    public IReadOnlyList<Setting> Settings =>
        FigureNames.Count == 0 ? [_out, _json] : _figure is null ? [_out, _graphics.Setting, _json] : [_out, _figure, _graphics.Setting, _json];

    /// <summary>The files that are to be written, checked: asked for before any work is done.</summary>
    /// <exception cref="UsageException">Two names mean one file.</exception>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public IReadOnlyList<OutputFile> Files(Invocation invocation)
    {
        var files = invocation.Values(_out);
        OutputFile.Check(files);
        return files;
    }

    /// <summary>Prints a result and writes its files.</summary>
    /// <param name="invocation">The command line.</param>
    /// <param name="files">What <see cref="Files"/> gave.</param>
    /// <param name="result">What was measured.</param>
    public void Deliver(Invocation invocation, IReadOnlyList<OutputFile> files, CommandResult result)
    {
        var shell = invocation.Shell;
        bool isJson = invocation.IsSet(_json);
        Figure? figure = null;
        if (isJson) JsonOutput.Print(shell, result.Json);
        else result.Print(result.Figure is not null && _graphics.Draw(invocation, Figure));
        foreach (var file in files)
        {
            shell.Stopping.ThrowIfCancellationRequested();
            file.Write(shell, target =>
            {
                if (_common.Contains(file.Type)) FileOutput.Write(target, stream => Write(file.Type, stream));
                else result.Other!(file, target);
            });
            if (!isJson) shell.Output.WriteLine($"{file.Name}: {Amount.Bytes(new FileInfo(file.Path).Length)}");
        }

        Figure Figure() => figure ??= result.Figure!(_figure is null ? FigureNames[0] : invocation.Value(_figure));

        void Write(string type, Stream stream)
        {
            switch (type)
            {
                case ".json":
                    JsonOutput.Write(stream, result.Json);
                    break;
                case ".csv":
                    result.Csv!(stream);
                    break;
                case ".npz":
                    NpzWriter.Write(result.Arrays!(), stream);
                    break;
                default:
                    WritePicture(Figure(), type, stream);
                    break;
            }
        }
    }

    /// <summary>Writes a figure as <c>.svg</c> or <c>.png</c>.</summary>
    public static void WritePicture(Figure figure, string type, Stream stream)
    {
        var picture = figure.ToPicture(new FigureSize());
        if (type == ".svg") SvgWriter.Write(picture, stream);
        else PngWriter.Write(picture, PngWriter.PublicationScale, stream);
    }
}
