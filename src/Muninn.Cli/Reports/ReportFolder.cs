using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Muninn.Cli.Frame;
using Muninn.Cli.Results;
using Muninn.Engine.Files;
using Muninn.Microscope.Recordings;
using Muninn.Microscope.Writers;

namespace Muninn.Cli.Reports;

/// <summary>A report as a folder of files.</summary>
static class ReportFolder
{
    const string Recording = "recording.muninn";

    /// <summary>What the folder holds, by name.</summary>
    public static IReadOnlyList<string> FilesOf(Report report) =>
        ["report.html", "report.md", "report.json", "page.html", Recording, FormattableString.Invariant($"{report.Figures.Count()} figures")];

    /// <summary>Writes all files.</summary>
    /// <param name="folder">A folder that is empty.</param>
    /// <param name="report">The words and pictures.</param>
    /// <param name="recording">The numbers behind them.</param>
    /// <param name="shell">Who may stop it.</param>
    public static void Write(string folder, Report report, Recording recording, Shell shell)
    {
        string figures = Path.Combine(folder, ReportMarkdown.FigureFolder);
        Directory.CreateDirectory(figures);
        foreach (var figure in report.Figures)
        {
            shell.Stopping.ThrowIfCancellationRequested();
            Put(Path.Combine(figures, figure.Name + ".svg"), stream => SvgWriter.Write(figure.Picture, stream));
            Put(Path.Combine(figures, figure.Name + ".png"), stream => PngWriter.Write(figure.Picture, PngWriter.PublicationScale, stream));
        }

        Put(Path.Combine(folder, "report.md"), stream => ReportMarkdown.Write(report, stream));
        Put(Path.Combine(folder, "report.html"), stream => ReportHtml.Write(report, stream));
        Put(Path.Combine(folder, "report.json"), stream => JsonOutput.Write(stream, json => ReportJson.Write(json, report)));
        int[] all = [.. Enumerable.Range(0, recording.Tokens.Ids.Length)];
        Put(Path.Combine(folder, "page.html"), stream => HtmlWriter.Write(RecordingPage.Of(recording, HeatmapOutput.HeatmapOf(recording, all), all), stream));
        RecordingWriter.Write(FileTarget.Of(Path.Combine(folder, Recording)), recording);
    }

    // The folder as a whole is put in its place at once: a file of it needs no name of its own meanwhile.
    static void Put(string path, Action<Stream> write)
    {
        using var stream = File.Create(path);
        write(stream);
        stream.Flush(flushToDisk: true);
    }
}
