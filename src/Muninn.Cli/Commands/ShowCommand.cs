using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Muninn.Cli.Frame;
using Muninn.Cli.Results;
using Muninn.Microscope.Recordings;

namespace Muninn.Cli.Commands;

/// <summary>Opens recordings without the model: says what they hold, draws the heatmap, cuts them and puts them together.</summary>
sealed class ShowCommand : Verb
{
    readonly HeatmapOutput _output = new();

    readonly RepeatedSetting<OutputFile> _out = new(OutputFile.Read([.. ReadingFiles.Types, RecordCommand.FileType]))
    {
        Name = "--out",
        ShortName = "-o",
        ValueName = "FILE",
        Description =
            $"Write FILE, whose ending says what: {string.Join(", ", ReadingFiles.Types)} as heatmap does, or {RecordCommand.FileType}: the " +
            "recording with the states chosen by --iterations and --positions, or several made one. May be given several times.",
        TakesFile = true,
    };

    readonly Setting<int[]?> _iterations = new(Reads.Indices, null)
    {
        Name = "--iterations",
        ValueName = "LIST",
        Description = "Take only the states of these iterations into .muninn and .npz files, e.g. 0-4,64.",
    };

    /// <inheritdoc/>
    public override string Name => "show";

    /// <inheritdoc/>
    public override string Summary => "Open a recording without the model: facts, heatmap, findings, exports.";

    /// <inheritdoc/>
    public override string Description =>
        "Says all that a recording holds, draws its heatmap and says in words what it shows, from the file alone. Several recordings of the " +
        "same model, text and start, with states of other iterations or of other tokens, are put together.";

    /// <inheritdoc/>
    public override Positional Positional => new("FILE", "Recordings to open; several are merged into one.", 1, 64);

    /// <inheritdoc/>
    public override IReadOnlyList<SettingGroup> Groups =>
        [new("Output", [_out, _output.Positions, _iterations, _output.Graphics.Setting, _output.Json])];

    /// <inheritdoc/>
    public override IReadOnlyList<(string Purpose, string Line)> Examples =>
    [
        ("what it holds and what it shows", "muninn show raven.muninn"),
        ("a picture and arrays for NumPy", "muninn show raven.muninn --out raven.svg --out raven.npz"),
        ("a smaller recording", "muninn show raven.muninn --iterations 0,8,64 --positions 3-5 --out part.muninn"),
        ("two made one", "muninn show early.muninn late.muninn --out all.muninn"),
    ];

    /// <inheritdoc/>
    public override bool RunsAnywhere => true;

    /// <inheritdoc/>
    public override int Run(Invocation invocation)
    {
        var shell = invocation.Shell;
        var files = invocation.Values(_out);
        OutputFile.Check(files);
        bool states = invocation.Words.Count > 1 || files.Any(static file => file.Type is RecordCommand.FileType or ".npz" or ".html");
        var recording = Open(invocation.Words, states ? RecordingParts.All : RecordingParts.Measures, shell);
        int[] positions = _output.Shown(invocation, recording);
        var kept = states ? Kept(invocation, recording) : recording;
        var heatmap = HeatmapOutput.HeatmapOf(kept, positions);
        if (invocation.IsSet(_output.Json))
        {
            JsonOutput.Print(shell, json =>
            {
                ReadingJson.Write(json, kept, positions);
                RecordingFacts.Write(json, kept);
                SectionJson.Write(json, kept);
            });
        }
        else
        {
            RecordingFacts.Write(kept, shell.WindowSize().Columns, shell.Output);
            shell.Output.WriteLine();
            _output.Print(invocation, kept, heatmap);
            foreach (string finding in kept.SectionFindings) Wrapping.Write("• ", shell.Harmless(finding), shell.WindowSize().Columns, shell.Output);
        }

        foreach (var file in files.Where(static file => file.Type == RecordCommand.FileType))
        {
            file.Write(shell, target => RecordingWriter.Write(target, kept));
            if (!invocation.IsSet(_output.Json)) shell.Output.WriteLine($"{file.Name}: {Amount.Bytes(new FileInfo(file.Path).Length)}");
        }

        _output.Write(invocation, kept, [.. files.Where(static file => file.Type != RecordCommand.FileType)], heatmap, positions);
        return ExitCode.Success;
    }

    static Recording Open(IReadOnlyList<string> paths, RecordingParts parts, Shell shell)
    {
        Recording? merged = null;
        foreach (var path in paths)
        {
            shell.Stopping.ThrowIfCancellationRequested();
            if (!File.Exists(path) && !Directory.Exists(path))
                throw new FileNotFoundException($"there is no recording '{path}'. 'muninn record' makes one.");
            if (Directory.Exists(path))
                throw new InvalidDataException($"'{path}' is a folder, not a recording. Name a {RecordCommand.FileType} file in it; a report's is recording{RecordCommand.FileType}.");
            var next = Read(path, parts);
            try
            {
                merged = merged is null ? next : RecordingMerge.Of(merged, next);
            }
            catch (ArgumentException e)
            {
                throw new InvalidDataException($"'{path}' does not fit: {e.Message}", e);
            }
        }

        return merged ?? throw new InvalidOperationException("The frame lets no call without a file pass.");
    }

    /// <summary>The recording of a file; one that is none at all is called so, whatever its first bytes happen to claim.</summary>
    static Recording Read(string path, RecordingParts parts)
    {
        try
        {
            return RecordingReader.Read(path, parts);
        }
        catch (InvalidDataException e) when (!string.Equals(Path.GetExtension(path), RecordCommand.FileType, StringComparison.OrdinalIgnoreCase) && !e.Message.Contains("no recording", StringComparison.Ordinal))
        {
            throw new InvalidDataException($"'{path}' is no recording: {e.Message} 'muninn record' makes one, which ends in {RecordCommand.FileType}.", e);
        }
    }

    /// <summary>The recording with the states that the options choose.</summary>
    Recording Kept(Invocation invocation, Recording recording)
    {
        // Typed only: in the environment the same name says how many iterations other commands run.
        int[]? iterations = invocation.IsTyped(_iterations) ? invocation.Value(_iterations) : null;
        var (positions, positionsSource) = invocation.Resolve(_output.Positions);
        // A recording without states can still be drawn row by row.
        if (recording.States is null && iterations is null) return recording;
        try
        {
            return recording.Slice(iterations, positions);
        }
        catch (ArgumentException e)
        {
            throw new UsageException($"{(iterations is null ? positionsSource : _iterations.Name)}: {e.Message}");
        }
    }
}
