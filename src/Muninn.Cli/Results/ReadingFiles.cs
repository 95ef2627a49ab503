using System.Collections.Generic;
using System.IO;
using System.Linq;
using Muninn.Cli.Frame;
using Muninn.Engine.Files;
using Muninn.Microscope.Figures;
using Muninn.Microscope.Writers;

namespace Muninn.Cli.Results;

/// <summary>Writes a reading to files, one type for every purpose.</summary>
static class ReadingFiles
{
    /// <summary>The endings that are known.</summary>
    public static IReadOnlyList<string> Types { get; } = [".svg", ".png", ".html", ".json", ".csv", ".npz"];

    /// <summary>Writes one file, whole or not at all.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Write(OutputFile file, Reading reading, Heatmap heatmap, IReadOnlyList<int> positions, Shell shell) =>
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
                    HtmlWriter.Write(new MicroscopePage { Heatmap = heatmap, Findings = [.. reading.Findings.Select(f => f.Text)] }, stream);
                    break;
                case ".json":
                    JsonOutput.Write(stream, json => ReadingJson.Write(json, reading, positions));
                    break;
                case ".csv":
                    WriteCsv(reading, heatmap, positions, stream);
                    break;
                default:
                    WriteArrays(reading, positions, stream);
                    break;
            }
        }));

    static void WriteCsv(Reading reading, Heatmap heatmap, IReadOnlyList<int> positions, Stream stream)
    {
        int iterations = reading.Plan.Measure.Iterations;
        CsvWriter.Write(positions, heatmap.RowLabels, heatmap.Values, Rows(reading.Convergence.Residual, positions, iterations), stream);
    }

    static void WriteArrays(Reading reading, IReadOnlyList<int> positions, Stream stream)
    {
        var convergence = reading.Convergence;
        int iterations = reading.Plan.Measure.Iterations;
        int rows = positions.Count;
        NpzWriter.Write(
        [
            NpzArray.Of("tokens", [.. positions.Select(p => reading.Tokens.Ids[p])], rows),
            NpzArray.Of("positions", [.. positions], rows),
            NpzArray.Of("distance", Rows(convergence.Distance, positions, iterations + 1), rows, iterations + 1),
            NpzArray.Of("residual", Rows(convergence.Residual, positions, iterations), rows, iterations),
            NpzArray.Of("horizon_residual", Rows(convergence.HorizonResidual, positions, 1), rows),
            NpzArray.Of("floor", [convergence.Floor ?? float.NaN], 1),
            NpzArray.Of("horizon", [reading.Plan.Measure.Horizon], 1),
        ], stream);
    }

    static float[] Rows(float[] values, IReadOnlyList<int> positions, int columns)
    {
        var rows = new float[positions.Count * columns];
        for (int row = 0; row < positions.Count; row++)
            System.Array.Copy(values, positions[row] * columns, rows, row * columns, columns);
        return rows;
    }
}
