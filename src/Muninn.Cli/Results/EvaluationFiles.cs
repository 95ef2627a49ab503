using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;
using Muninn.Cli.Frame;
using Muninn.Cli.Input;
using Muninn.Microscope.Measures.Evaluations;

namespace Muninn.Cli.Results;

/// <summary>Writes an evaluation to files.</summary>
static class EvaluationFiles
{
    /// <summary>The endings that are known, pictures not counted.</summary>
    public static IReadOnlyList<string> Types { get; } = [".json", ".csv"];

    /// <summary>Writes the accuracy after every iteration, a line for each.</summary>
    /// <param name="stream">Appended to.</param>
    /// <param name="reading">What was answered.</param>
    /// <exception cref="UsageException">No question was asked.</exception>
    public static void WriteCsv(Stream stream, EvaluationReading reading)
    {
        if (reading.Accuracy is not { } accuracy)
            throw new UsageException("a .csv file holds answers to questions, and --questions is 0. Write .json, or ask some.");
        using var writer = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\n" };
        writer.WriteLine("task,steps,iterations,questions,right,accuracy,low,high");
        foreach (var cell in accuracy.Cells)
        {
            for (int i = 0; i < accuracy.Iterations.Count; i++)
            {
                var share = Proportion.Of(cell.Right[i], cell.Questions);
                writer.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{EvaluationSettings.NameOf(cell.Task)},{cell.Steps},{accuracy.Iterations[i]},{cell.Questions},{cell.Right[i]},{share.Value:R},{share.Low:0.####},{share.High:0.####}"));
            }
        }
    }
}
