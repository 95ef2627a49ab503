using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using Muninn.Engine.Files;
using Muninn.Engine.Training;
using Muninn.Engine.Training.Data;
using Muninn.Engine.Training.Recipes;
using Muninn.Engine.Training.Runs;
using Muninn.Kernels;

namespace Muninn.Cli.Training;

/// <summary>How many updates fill a budget of minutes: measured once, when the run begins, and kept, so that it is one run however often it is stopped.</summary>
static class RunLength
{
    const int WarmUpUpdates = 3;
    const int MeasuredUpdates = 12;

    /// <summary>Reads the number, or measures and keeps it. The model is as before afterwards.</summary>
    /// <param name="recipe">With a budget of minutes.</param>
    /// <param name="folder">Where the number is kept.</param>
    /// <param name="model">Is trained, and put back.</param>
    /// <param name="pool">Threads.</param>
    /// <param name="source">Documents from the beginning, of which the run itself knows nothing.</param>
    public static long Of(TrainingRecipe recipe, TrainingFolder folder, TrainingModel model, WorkerPool pool, ExampleSource source)
    {
        string path = Path.Combine(folder.Path, "updates.txt");
        if (File.Exists(path))
        {
            return long.TryParse(File.ReadAllText(path), NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out long kept) && kept > 0
                ? kept
                : throw new InvalidDataException($"{path}: expected the number of updates of this run, found something else. Begin the run anew in another folder.");
        }

        var before = model.Weights.Select(static weight => weight.Values.ToArray()).ToArray();
        var trainer = new Trainer(recipe.Settings(model.Config, 1 << 20), model, source, pool);
        for (int i = 0; i < WarmUpUpdates; i++)
            trainer.Step();
        long begun = Stopwatch.GetTimestamp();
        for (int i = 0; i < MeasuredUpdates; i++)
            trainer.Step();
        double seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds / MeasuredUpdates;
        for (int i = 0; i < before.Length; i++)
            before[i].CopyTo(model.Weights[i].Values, 0);
        long updates = Math.Max(1, (long)(60 * recipe.Budget.Minutes!.Value / seconds));
        FileOutput.Write(path, stream => stream.Write(System.Text.Encoding.ASCII.GetBytes(updates.ToString(CultureInfo.InvariantCulture) + "\n")));
        return updates;
    }
}
