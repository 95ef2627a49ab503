using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;
using Muninn.Cli.Frame;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Model;
using Muninn.Engine.Recurrence;
using Muninn.Kernels;
using Muninn.Microscope.Measures;
using Muninn.Microscope.Trajectories;

namespace Muninn.Cli.Results;

/// <summary>Runs prompts through two checkpoints, one after the other, and says how far the second follows the first.</summary>
/// <param name="prompts">Token ids of each prompt.</param>
/// <param name="limit">The last iteration compared.</param>
/// <param name="seed">Seed of the start states, the same for both.</param>
/// <param name="threads">How many threads compute.</param>
sealed class FidelityReport(IReadOnlyList<int[]> prompts, int limit, ulong seed, int threads)
{
    readonly IReadOnlyList<int> _iterations = Fidelity.Iterations(limit);

    /// <summary>Compares; only one of the two models is in memory at a time.</summary>
    /// <param name="reference">The folder of the model that is followed.</param>
    /// <param name="other">The folder of the model that follows.</param>
    /// <param name="shell">Where progress is shown, and who may stop it.</param>
    public Fidelity Compare(string reference, string other, Shell shell) => Fidelity.Of(Run(reference, shell), Run(other, shell));

    /// <summary>The report as a table.</summary>
    public static IEnumerable<string> Table(Fidelity fidelity)
    {
        yield return "iteration   relative L2 (mean, worst)   cosine (mean, worst)";
        foreach (var row in fidelity.Rows)
        {
            yield return string.Create(CultureInfo.InvariantCulture,
                $"{row.Iteration,9}   {row.DistanceMean,12:0.00e+00} {row.DistanceWorst,12:0.00e+00}   {row.CosineMean,9:0.000000} {row.CosineWorst,10:0.000000}");
        }

        yield return string.Create(CultureInfo.InvariantCulture,
            $"next token: KL {fidelity.DivergenceMean:0.00e+00} nats on average, {fidelity.DivergenceWorst:0.00e+00} at worst; the likeliest is the same at {fidelity.TopAgreement:P1} of {fidelity.Positions} positions.");
    }

    /// <summary>The report as members of a JSON object.</summary>
    public void WriteJson(Utf8JsonWriter json, Fidelity fidelity)
    {
        json.WriteNumber("seed", seed);
        json.WriteNumber("prompts", prompts.Count);
        json.WriteNumber("positions", fidelity.Positions);
        json.WriteStartArray("iterations");
        foreach (var row in fidelity.Rows)
        {
            json.WriteStartObject();
            json.WriteNumber("iteration", row.Iteration);
            json.WriteNumber("relative_l2_mean", row.DistanceMean);
            json.WriteNumber("relative_l2_worst", row.DistanceWorst);
            json.WriteNumber("cosine_mean", row.CosineMean);
            json.WriteNumber("cosine_worst", row.CosineWorst);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteNumber("kl_mean", fidelity.DivergenceMean);
        json.WriteNumber("kl_worst", fidelity.DivergenceWorst);
        json.WriteNumber("top1_agreement", fidelity.TopAgreement);
    }

    List<FidelitySample> Run(string folder, Shell shell)
    {
        using var pool = new WorkerPool(threads);
        using var checkpoint = Checkpoint.Open(folder);
        using var model = RecurrentModel.Load(checkpoint, new ModelOptions(), pool);
        using var progress = new Progress(shell, Path.GetFileName(Path.TrimEndingDirectorySeparator(folder)) + ": iteration", limit * prompts.Count);
        return [.. prompts.Select((prompt, number) => Sample(prompt, number, model, pool, progress, shell))];
    }

    FidelitySample Sample(int[] prompt, int number, RecurrentModel model, WorkerPool pool, Progress progress, Shell shell)
    {
        var run = new PromptRun(model, pool, prompt);
        var recorder = new TrajectoryRecorder(prompt.Length, model.Config.Width, _iterations);
        IterationObserver observer = recorder.Observe;
        observer += (in IterationView iteration) =>
        {
            shell.Stopping.ThrowIfCancellationRequested();
            progress.Report(number * limit + iteration.Iteration);
        };
        var settings = new RunSettings { Limit = limit, Start = InitialState.Random(seed) };
        run.Run(settings, observer: observer, cancellation: shell.Stopping);
        var states = recorder.ToTrajectory();
        float[] logits = new float[(long)prompt.Length * model.Config.Vocabulary];
        run.Logits(states.State(limit), logits);
        return new FidelitySample(states, logits, model.Config.Vocabulary);
    }
}
