using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Muninn.Cli.Frame;
using Muninn.Engine.Files;
using Muninn.Microscope.Figures;
using Muninn.Microscope.Recordings;
using Muninn.Microscope.Trajectories;
using Muninn.Microscope.Writers;

namespace Muninn.Cli.Results;

/// <summary>Writes a recording to files, one type for every purpose.</summary>
static class ReadingFiles
{
    /// <summary>The endings that are known.</summary>
    public static IReadOnlyList<string> Types { get; } = [".svg", ".png", ".html", ".json", ".csv", ".npz"];

    /// <summary>Writes one file, whole or not at all.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Write(OutputFile file, Recording recording, Heatmap heatmap, IReadOnlyList<int> positions, Shell shell) =>
        file.Write(shell, target => FileOutput.Write(target, stream =>
        {
            switch (file.Type)
            {
                case ".svg":
                    SvgWriter.Write(heatmap.ToPicture(new PictureSize()), stream);
                    break;
                case ".png":
                    PngWriter.Write(heatmap.ToPicture(new PictureSize()), PngWriter.PublicationScale, stream);
                    break;
                case ".html":
                    HtmlWriter.Write(RecordingPage.Of(recording, heatmap, positions), stream);
                    break;
                case ".json":
                    JsonOutput.Write(stream, json =>
                    {
                        ReadingJson.Write(json, recording, positions);
                        if (HasSections(recording)) SectionJson.Write(json, recording);
                    });
                    break;
                case ".csv":
                    WriteCsv(recording, heatmap, positions, stream);
                    break;
                default:
                    WriteArrays(recording, positions, stream);
                    break;
            }
        }));

    static void WriteCsv(Recording recording, Heatmap heatmap, IReadOnlyList<int> positions, Stream stream)
    {
        int iterations = recording.Convergence.Settings.Iterations;
        CsvWriter.Write(positions, heatmap.RowLabels, heatmap.Values, Rows(recording.Convergence.Residual, positions, iterations), stream);
    }

    static void WriteArrays(Recording recording, IReadOnlyList<int> positions, Stream stream)
    {
        var convergence = recording.Convergence;
        int iterations = recording.Convergence.Settings.Iterations;
        int rows = positions.Count;
        var certificates = positions.Select(p => convergence.Rest[p]).ToArray();
        List<NpzArray> arrays =
        [
            NpzArray.Of("tokens", [.. positions.Select(p => recording.Tokens.Ids[p])], rows),
            NpzArray.Of("positions", [.. positions], rows),
            NpzArray.Of("distance", Rows(convergence.Distance, positions, iterations + 1), rows, iterations + 1),
            NpzArray.Of("residual", Rows(convergence.Residual, positions, iterations), rows, iterations),
            NpzArray.Of("horizon_residual", Rows(convergence.HorizonResidual, positions, 1), rows),
            NpzArray.Of("floor", [convergence.Floor ?? float.NaN], 1),
            NpzArray.Of("horizon", [recording.Convergence.Settings.Horizon], 1),
            NpzArray.Of("contraction_ratio", [.. certificates.Select(static rest => rest.Ratio)], rows),
            NpzArray.Of("tail_bound", [.. certificates.Select(static rest => rest.TailBound)], rows),
            NpzArray.Of("floors", [.. certificates.Select(static rest => rest.Floor)], rows),
        ];
        if (recording.States is { Trajectory: { } trajectory } states)
        {
            arrays.Add(NpzArray.Of("state_iterations", [.. states.Iterations], states.Iterations.Count));
            arrays.Add(NpzArray.Of("state_positions", [.. states.Positions], states.Positions.Count));
            arrays.Add(NpzArray.Of("states", States(states, trajectory), states.Iterations.Count, states.Positions.Count, trajectory.Width));
        }

        if (HasSections(recording)) arrays.AddRange(new SectionArrays(positions).Of(recording));
        NpzWriter.Write(arrays, stream);
    }

    static bool HasSections(Recording recording) =>
        recording.Dynamics is not null || recording.Classes is not null || recording.Exits is not null || recording.Patterns is not null;

    static float[] States(RecordedStates states, Trajectory trajectory)
    {
        int length = trajectory.Positions * trajectory.Width;
        if ((long)length * states.Iterations.Count > Array.MaxLength)
            throw new UsageException(
                $"the states are {(long)length * states.Iterations.Count} numbers, and an array of .npz holds at most {Array.MaxLength} here. " +
                "Choose fewer with --iterations and --positions, or write a .muninn file.");
        var all = new float[length * states.Iterations.Count];
        for (int i = 0; i < states.Iterations.Count; i++)
            trajectory.State(states.Iterations[i]).CopyTo(all.AsSpan(i * length));
        return all;
    }

    static float[] Rows(float[] values, IReadOnlyList<int> positions, int columns)
    {
        var rows = new float[positions.Count * columns];
        for (int row = 0; row < positions.Count; row++)
            Array.Copy(values, positions[row] * columns, rows, row * columns, columns);
        return rows;
    }
}
