using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Muninn.Cli.Frame;
using Muninn.Cli.Input;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Model;
using Muninn.Engine.Recurrence;
using Muninn.Engine.Text;
using Muninn.Kernels;
using Muninn.Microscope.Measures;
using Muninn.Microscope.Trajectories;

namespace Muninn.Cli.Results;

/// <summary>
/// One text read by one model: the run that heatmap and trace share. Owns the model, so that logits can still
/// be asked for.
/// </summary>
sealed class Reading : IDisposable
{
    /// <summary>Differences of the rotary tables up to here are the rounding of float32.</summary>
    const double RotaryRounding = 1e-6;

    readonly Checkpoint _checkpoint;
    readonly RecurrentModel _model;
    readonly WorkerPool _pool;
    readonly PromptRun _run;
    Trajectory? _trajectory;
    Convergence? _convergence;

    Reading(RunPlan plan, ModelLocation location, PromptTokens tokens, Checkpoint checkpoint)
    {
        _checkpoint = checkpoint;
        Plan = plan;
        Location = location;
        Tokens = tokens;
        _pool = new WorkerPool(plan.Threads ?? ThreadsFor(checkpoint.Config, tokens.Ids.Length));
        _model = RecurrentModel.Load(checkpoint, new ModelOptions { Rotary = plan.Rotary }, _pool);
        _run = new PromptRun(_model, _pool, tokens.Ids);
    }

    /// <summary>What was asked for.</summary>
    public RunPlan Plan { get; }

    /// <summary>Where the model lies.</summary>
    public ModelLocation Location { get; }

    /// <summary>What the model is called: its alias or name, or the name of its folder, wherever that lies.</summary>
    public string ModelName => Location.Name;

    /// <summary>Shapes and constants of the model.</summary>
    public ModelConfig Config => _checkpoint.Config;

    /// <summary>Identifies configuration and weights.</summary>
    public string Fingerprint => _checkpoint.Fingerprint;

    /// <summary>What was read.</summary>
    public PromptTokens Tokens { get; }

    /// <summary>SHA-256 of a start state that was given as a file, in hexadecimal; null for any other start.</summary>
    public string? StartHash { get; private set; }

    /// <summary>The states that were asked for, and no others.</summary>
    public Trajectory Trajectory => _trajectory ?? throw new InvalidOperationException("The run is not done.");

    /// <summary>Distances and residuals.</summary>
    public Convergence Convergence => _convergence ?? throw new InvalidOperationException("The run is not done.");

    /// <summary>What the distances show, in words.</summary>
    public IReadOnlyList<Finding> Findings => field ??= Microscope.Measures.Findings.Describe(Convergence, Tokens.Labels);

    /// <summary>Largest difference between the computed and the stored rotary table; null where none is stored.</summary>
    public double? StoredRotaryDifference => _model.StoredRotaryDifference;

    /// <summary>What a person should know besides: peculiarities of the checkpoint and of its rotary table.</summary>
    public IReadOnlyList<string> Notes
    {
        get
        {
            var notes = new List<string>(_checkpoint.Notes);
            if (StoredRotaryDifference is { } difference && difference > RotaryRounding)
            {
                var size = difference.ToString("0.0e0", CultureInfo.InvariantCulture);
                notes.Add($"The stored rotary table differs from the exact one by up to {size}; this run used the {Plan.RotaryName} one.");
            }
            else if (StoredRotaryDifference is null && Plan.Rotary == RotarySource.Stored)
            {
                notes.Add("The checkpoint stores no rotary table; this run used the exact one.");
            }

            return notes;
        }
    }

    /// <summary>Reads as planned.</summary>
    /// <param name="plan">What to read, and how.</param>
    /// <param name="shell">Where progress is shown, and who may stop it.</param>
    /// <param name="heldBytes">
    /// Memory for plotted states that nobody asked for, which saves a second run and changes no number; null for what
    /// <see cref="ReadingMemory.HeldBytes"/> grants.
    /// </param>
    /// <exception cref="UsageException">Options that do not fit the text or the model.</exception>
    /// <exception cref="IOException">The memory of the machine does not suffice; the message has the figures.</exception>
    /// <exception cref="OperationCanceledException">The process shall end.</exception>
    public static Reading Of(RunPlan plan, Shell shell, long? heldBytes = null)
    {
        var location = new ModelLocator(ModelPlaces.FromProcess()).Find(plan.Model);
        var checkpoint = Checkpoint.Open(location.Folder);
        Reading? reading = null;
        try
        {
            var tokens = PromptTokens.Of(plan.Prompt, ModelText.Open(location.Folder), location.Reference);
            tokens.Check(checkpoint.Config, plan.Prompt);
            double available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
            var memory = ReadingMemory.Of(plan, checkpoint.Config, checkpoint.WeightBytes, tokens.Ids.Length);
            memory.Require(plan, checkpoint.Config, tokens.Ids.Length, available);
            if (checkpoint.IntegerWeights is { } weights)
            {
                shell.Error.WriteLine(
                    $"note: the weights of {location.Reference} are {weights}, so what is shown is how a nearby model moves, not the original; for "
                    + "figures of the original run it in bf16 or float32.");
            }

            reading = new Reading(plan, location, tokens, checkpoint);
            reading.Run(shell, heldBytes ?? memory.HeldBytes(available));
            return reading;
        }
        catch
        {
            if (reading is null) checkpoint.Dispose();
            else reading.Dispose();
            throw;
        }
    }

    /// <summary>ln_f(s_i), <c>[T, width]</c>.</summary>
    /// <param name="iteration">An iteration whose state was asked for.</param>
    /// <param name="destination">Overwritten.</param>
    public void NormalizedState(int iteration, Span<float> destination) =>
        _model.FinalNorm.Apply(Trajectory.State(iteration), Tokens.Ids.Length, destination);

    /// <summary>Logits after <paramref name="iteration"/> iterations, <c>[T, vocabulary]</c>.</summary>
    /// <param name="iteration">An iteration whose state was asked for.</param>
    /// <param name="destination">Overwritten.</param>
    public void Logits(int iteration, Span<float> destination) => _run.Logits(Trajectory.State(iteration), destination);

    /// <summary>
    /// Runs the prompt from the seeds <see cref="RunPlan.Seed"/>, + 1, … up to the horizon; the first repeats the reading itself.
    /// </summary>
    /// <param name="shell">Where progress is shown, and who may stop it.</param>
    public TrajectoryEnsemble RunSeeds(Shell shell)
    {
        int horizon = Plan.Measure.Horizon;
        var ensemble = new TrajectoryEnsemble(Tokens.Ids.Length, _model.FinalNorm, horizon);
        using var progress = new Progress(shell, "iteration", Plan.Seeds * horizon);
        for (int k = 0; k < Plan.Seeds; k++)
        {
            int before = k * horizon;
            var observer = ensemble.Begin();
            observer += (in IterationView iteration) =>
            {
                shell.Stopping.ThrowIfCancellationRequested();
                progress.Report(before + iteration.Iteration);
            };
            // Seeds go round at the largest: every seed is as good.
            _run.Run(
                new RunSettings { Limit = horizon, Start = InitialState.Random(unchecked(Plan.Seed + (ulong)k)) }, observer: observer, cancellation: shell.Stopping);
        }

        return ensemble;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _run.Dispose();
        _pool.Dispose();
        _model.Dispose();
        _checkpoint.Dispose();
    }

    void Run(Shell shell, long heldBytes)
    {
        int positions = Tokens.Ids.Length;
        int width = Config.Width;
        float[]? given = Plan.Start.File is { } file ? StartFile.Read(file, positions, width) : null;
        if (given is not null) StartHash = Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(given.AsSpan())));
        var start = given is not null ? InitialState.Given(given)
            : Plan.Start == StartChoice.Zero ? InitialState.Zero
            : InitialState.Random(Plan.Seed);
        var recorder = new TrajectoryRecorder(positions, width, Plan.StatesWanted);
        var meter = new ConvergenceMeter(positions, _model.FinalNorm, Plan.Measure, heldBytes);
        int again = Math.Max(0, meter.Repeated - 1);
        using var progress = new Progress(shell, "iteration", Plan.Limit, again);
        IterationObserver observer = recorder.Observe;
        Iterate(Plan.Limit, 0, observer + meter.Observe);
        _trajectory = recorder.ToTrajectory();
        if (meter.Repeated > 0) Iterate(again, Plan.Limit, meter.ObserveAgain);
        _convergence = meter.ToConvergence();

        void Iterate(int limit, int before, IterationObserver observer)
        {
            observer += (in IterationView iteration) =>
            {
                shell.Stopping.ThrowIfCancellationRequested();
                progress.Report(before + iteration.Iteration);
            };
            _run.Run(new RunSettings { Limit = limit, Start = start }, observer: observer, cancellation: shell.Stopping);
        }
    }

    // Threads meet about ten times an iteration. With less than this many multiply-adds between two meetings the second
    // thread saves nothing, and on a busy machine it costs: the whole run waits whenever one of them is not scheduled.
    internal static int ThreadsFor(ModelConfig config, int positions)
    {
        const double WorthAThread = 20e6;
        double work = (double)config.ProductWeightsPerIteration * positions;
        return (int)Math.Clamp(work / WorthAThread, 1, Math.Min(WorkerPool.ThreadsMax, Environment.ProcessorCount));
    }
}
