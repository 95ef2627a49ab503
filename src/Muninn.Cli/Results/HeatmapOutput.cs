using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Muninn.Cli.Frame;
using Muninn.Microscope.Figures;
using Muninn.Microscope.Recordings;
using Muninn.Microscope.Writers;

namespace Muninn.Cli.Results;

/// <summary>
/// The heatmap of a recording and what it says in words, on a terminal, as JSON and in files: what <c>heatmap</c>, which makes the recording,
/// and <c>show</c>, which opens one, have in common.
/// </summary>
sealed class HeatmapOutput
{
    /// <summary>Which rows are shown.</summary>
    public Setting<int[]?> Positions { get; } = new(Reads.Indices, null)
    {
        Name = "--positions",
        ValueName = "LIST",
        Description = "Show only these tokens, e.g. 0-9,15. All are read, and the findings speak of all.",
    };

    /// <summary>How a terminal shows the picture.</summary>
    public GraphicsSetting Graphics { get; } = new();

    /// <summary>Numbers in place of the picture.</summary>
    public Flag Json { get; } = new() { Name = "--json", Description = "Print all numbers and findings as JSON, and no picture." };

    /// <summary>The rows that are wanted, checked.</summary>
    /// <exception cref="UsageException">A position outside the text.</exception>
    public int[] Shown(Invocation invocation, Recording recording)
    {
        var (listed, source) = invocation.Resolve(Positions);
        int count = recording.Tokens.Ids.Length;
        if (listed is null) return [.. Enumerable.Range(0, count)];
        foreach (int position in listed)
        {
            if (position >= count)
                throw new UsageException($"{source}: position {position} is outside the text, whose {count} tokens are 0 to {count - 1}.");
        }

        return listed;
    }

    /// <summary>The picture's data.</summary>
    public static Heatmap HeatmapOf(Recording recording, int[] positions)
    {
        var convergence = recording.Convergence;
        int count = recording.Tokens.Ids.Length;
        var heatmap = new Heatmap
        {
            Subtitle = FormattableString.Invariant(
                $"{recording.Header.Model} · {count} token{(count == 1 ? "" : "s")} · s* at iteration {convergence.Settings.Horizon} · start {recording.Header.StartText}"),
            RowLabels = recording.Tokens.Labels,
            Values = convergence.Distance,
            Floor = convergence.Floor,
        };
        return heatmap.Select(positions);
    }

    /// <summary>Draws the picture and writes the findings and notes under it.</summary>
    public void Print(Invocation invocation, Recording recording, Heatmap heatmap)
    {
        var shell = invocation.Shell;
        var capability = Graphics.Capability(invocation);
        var (columns, rows) = shell.WindowSize();
        // Room for the prompt line under the picture; findings may scroll it up.
        TerminalWriter.Write(heatmap, new TerminalSize { Columns = columns, Lines = rows - 1 }, capability, shell.Output);
        if (capability.Graphics != TerminalGraphics.None) shell.Output.WriteLine();
        foreach (var finding in recording.Findings) Wrapping.Write("• ", finding.Text, columns, shell.Output);
        foreach (var note in recording.Header.Notes) Wrapping.Write("Note: ", note, columns, shell.Output);
    }

    /// <summary>Writes the files, and says how large each has become where no JSON is printed.</summary>
    public void Write(Invocation invocation, Recording recording, IReadOnlyList<OutputFile> files, Heatmap heatmap, int[] positions)
    {
        var shell = invocation.Shell;
        foreach (var file in files)
        {
            shell.Stopping.ThrowIfCancellationRequested();
            ReadingFiles.Write(file, recording, heatmap, positions, shell);
            if (!invocation.IsSet(Json)) shell.Output.WriteLine($"{file.Name}: {Amount.Bytes(new FileInfo(file.Path).Length)}");
        }
    }
}
