using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;

namespace Muninn.Cli.Results;

/// <summary>Writes a comparison of solvers to files.</summary>
static class SolveFiles
{
    /// <summary>The endings that are known, pictures not counted.</summary>
    public static IReadOnlyList<string> Types { get; } = [".json", ".csv"];

    /// <summary>Writes every residual, a line for each.</summary>
    /// <param name="stream">Appended to.</param>
    /// <param name="reading">What was measured.</param>
    public static void WriteCsv(Stream stream, SolveReading reading)
    {
        using var writer = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\n" };
        writer.WriteLine("prompt,solver,position,token_id,evaluation,residual");
        for (int prompt = 0; prompt < reading.Prompts.Count; prompt++)
        {
            foreach (var trial in reading.Report.Prompts[prompt].Trials)
            {
                for (int i = 0; i < trial.Residual.Length; i++)
                {
                    var (position, evaluation) = (i / trial.Limit, i % trial.Limit + 1);
                    double residual = trial.Residual[i];
                    writer.WriteLine(string.Create(CultureInfo.InvariantCulture,
                        $"{prompt},{trial.Name},{position},{reading.Prompts[prompt].Ids[position]},{evaluation},{(double.IsFinite(residual) ? $"{(float)residual:R}" : "")}"));
                }
            }
        }
    }
}
