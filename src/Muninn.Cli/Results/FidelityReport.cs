using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text.Json;
using Muninn.Cli.Frame;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Model;
using Muninn.Engine.Recurrence;
using Muninn.Kernels;
using Muninn.Microscope.Measures;
using Muninn.Microscope.Trajectories;

namespace Muninn.Cli.Results;

/// <summary>How faithfully a quantised model follows its original: both run the same prompts from the same starts, one after the other.</summary>
sealed record FidelityReport
{
    /// <summary>Share of the free memory up to which the original is run in float32.</summary>
    const double ReferenceShare = 0.5;

    /// <summary>The figures.</summary>
    public required Fidelity Fidelity { get; init; }

    /// <summary>Prompts that were run.</summary>
    public required int Prompts { get; init; }

    /// <summary>What the prompts are.</summary>
    public required string Origin { get; init; }

    /// <summary>How the original was held: float32, or as stored.</summary>
    public required string Reference { get; init; }

    /// <summary>Seed of the random starts.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Runs both models; never are both in memory.</summary>
    /// <param name="original">The original.</param>
    /// <param name="folder">The quantised checkpoint.</param>
    /// <param name="prompts">What is read.</param>
    /// <param name="horizon">Iterations.</param>
    /// <param name="seed">Seed of the start states.</param>
    /// <param name="pool">Threads.</param>
    /// <param name="shell">Where the run is called.</param>
    public static FidelityReport Of(
        Checkpoint original, string folder, FidelityPrompts prompts, int horizon, ulong seed, WorkerPool pool, Shell shell)
    {
        var isFloat32 = (double)sizeof(float) * original.ParameterCount
            <= ReferenceShare * System.GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        int runs = 2 * prompts.Ids.Count;
        using var progress = new Progress(shell, "run", runs);
        int done = 0;
        var reference = Outcomes(original, isFloat32 ? WeightPacking.Float32 : WeightPacking.AsStored);
        using var quantised = Checkpoint.Open(folder);
        var other = Outcomes(quantised, WeightPacking.AsStored);
        return new FidelityReport
        {
            Fidelity = Fidelity.Of(reference, other),
            Prompts = prompts.Ids.Count,
            Origin = prompts.Origin,
            Reference = isFloat32 || original.Tensor(WeightNames.Adapter).DType == DType.F32 ? "float32" : $"{original.Tensor(WeightNames.Adapter).DType}, because float32 would not fit in memory",
            Seed = seed,
        };

        List<PromptOutcome> Outcomes(Checkpoint checkpoint, WeightPacking packing)
        {
            using var model = RecurrentModel.Load(checkpoint, new ModelOptions { Packing = packing }, pool);
            var outcomes = new List<PromptOutcome>();
            foreach (int[] ids in prompts.Ids)
            {
                using var run = new PromptRun(model, pool, ids);
                var recorder = new TrajectoryRecorder(ids.Length, model.Config.Width, Fidelity.Iterations(horizon));
                var final = run.Run(
                    new RunSettings { Limit = horizon, Start = InitialState.Random(seed) }, observer: recorder.Observe, cancellation: shell.Stopping);
                var logits = new float[checked(ids.Length * model.Config.Vocabulary)];
                run.Logits(final, logits);
                outcomes.Add(new PromptOutcome(recorder.ToTrajectory(), logits));
                progress.Report(++done);
            }

            return outcomes;
        }
    }

    /// <summary>Prints a table.</summary>
    public void Print(TextWriter output)
    {
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"Trajectory fidelity: {Origin}, {Fidelity.Tokens} tokens, seed {Seed}, against the original in {Reference}"));
        FidelityTable.Print(Fidelity, output);
    }

    /// <summary>Writes the members of an object.</summary>
    /// <param name="json">Stands inside the object.</param>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteString("version", Product.Version);
        json.WriteString("prompts", Origin);
        json.WriteNumber("prompt_count", Prompts);
        json.WriteNumber("tokens", Fidelity.Tokens);
        json.WriteNumber("seed", Seed);
        json.WriteString("reference", Reference);
        FidelityTable.Write(json, Fidelity);
    }
}
