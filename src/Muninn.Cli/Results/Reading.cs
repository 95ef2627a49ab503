using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
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
    /// <summary>Share of the machine's memory that a run may take.</summary>
    const double MemoryShare = 0.9;

    /// <summary>States' worth of scratch that a pass and its run hold for each position, beside keys and values.</summary>
    const int ScratchStates = 12;

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
        _model = RecurrentModel.Load(checkpoint, new ModelOptions { Rotary = plan.Rotary });
        _pool = new WorkerPool(plan.Threads ?? ThreadsFor(_model, tokens.Ids.Length));
        _run = new PromptRun(_model, _pool, tokens.Ids);
    }

    /// <summary>What was asked for.</summary>
    public RunPlan Plan { get; }

    /// <summary>Where the model lies.</summary>
    public ModelLocation Location { get; }

    /// <summary>What the model is called: its alias or name, or the name of its folder, wherever that lies.</summary>
    public string ModelName => Location.Origin == ModelOrigin.Path ? Path.GetFileName(Path.TrimEndingDirectorySeparator(Location.Folder)) : Location.Reference;

    /// <summary>Shapes and constants of the model.</summary>
    public ModelConfig Config => _checkpoint.Config;

    /// <summary>Identifies configuration and weights.</summary>
    public string Fingerprint => _checkpoint.Fingerprint;

    /// <summary>What was read.</summary>
    public PromptTokens Tokens { get; }

    /// <summary>SHA-256 of a start state that was given as a file, in hexadecimal; null for any other start.</summary>
    public string? StartHash { get; private set; }

    /// <summary>The states of iterations 0 … N, H − 1, H, and those asked for besides.</summary>
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
    /// <exception cref="UsageException">Options that do not fit the text or the model.</exception>
    /// <exception cref="OperationCanceledException">The process shall end.</exception>
    public static Reading Of(RunPlan plan, Shell shell)
    {
        var location = new ModelLocator(ModelPlaces.FromProcess()).Find(plan.Model);
        var checkpoint = Checkpoint.Open(location.Folder);
        Reading? reading = null;
        try
        {
            var tokens = PromptTokens.Of(plan.Prompt, ModelText.Open(location.Folder), location.Reference);
            tokens.Check(checkpoint.Config, plan.Prompt);
            RequireMemory(plan, checkpoint, tokens.Ids.Length);
            reading = new Reading(plan, location, tokens, checkpoint);
            reading.Run(shell);
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
    /// <param name="iteration">An iteration that was kept.</param>
    /// <param name="destination">Overwritten.</param>
    public void NormalizedState(int iteration, Span<float> destination) =>
        _model.FinalNorm.Apply(Trajectory.State(iteration), Tokens.Ids.Length, destination);

    /// <summary>Logits after <paramref name="iteration"/> iterations, <c>[T, vocabulary]</c>.</summary>
    /// <param name="iteration">An iteration that was kept.</param>
    /// <param name="destination">Overwritten.</param>
    public void Logits(int iteration, Span<float> destination) => _run.Logits(Trajectory.State(iteration), destination);

    /// <inheritdoc/>
    public void Dispose()
    {
        _pool.Dispose();
        _model.Dispose();
        _checkpoint.Dispose();
    }

    void Run(Shell shell)
    {
        int positions = Tokens.Ids.Length;
        int width = Config.Width;
        float[]? given = Plan.Start.File is { } file ? StartFile.Read(file, positions, width) : null;
        if (given is not null) StartHash = Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(given.AsSpan())));
        var start = given is not null ? InitialState.Given(given)
            : Plan.Start == StartChoice.Zero ? InitialState.Zero
            : InitialState.Random(Plan.Seed);
        var recorder = new TrajectoryRecorder(positions, width, Plan.IterationsKept);
        using var progress = new Progress(shell, "iteration");
        IterationObserver observer = recorder.Observe;
        observer += (in IterationView iteration) =>
        {
            shell.Stopping.ThrowIfCancellationRequested();
            progress.Report(iteration.Iteration, Plan.Limit);
        };
        _run.Run(new RunSettings { Limit = Plan.Limit, Start = start }, observer: observer, cancellation: shell.Stopping);
        _trajectory = recorder.ToTrajectory();
        _convergence = Convergence.Measure(_trajectory, _model.FinalNorm, Plan.Measure);
    }

    // Threads meet about ten times an iteration. With less than this many multiply-adds between two meetings the second
    // thread saves nothing, and on a busy machine it costs: the whole run waits whenever one of them is not scheduled.
    static int ThreadsFor(RecurrentModel model, int positions)
    {
        const double WorthAThread = 20e6;
        double work = (double)model.ProductWeightsPerIteration * positions;
        return (int)Math.Clamp(work / WorthAThread, 1, Math.Min(WorkerPool.ThreadsMax, Environment.ProcessorCount));
    }

    static void RequireMemory(RunPlan plan, Checkpoint checkpoint, int positions)
    {
        var config = checkpoint.Config;
        if (plan.LogitsWanted && (long)positions * config.Vocabulary > Array.MaxLength)
            throw new UsageException(
                $"logits of {positions} tokens over {config.Vocabulary} words are {(long)positions * config.Vocabulary} numbers; " +
                $"at most {Array.MaxLength} fit in one piece. Give a shorter text, or leave --logits out.");
        double state = (double)sizeof(float) * positions * config.Width;
        double states = state * plan.IterationsKept.Count();
        double run = state * (2 * config.Blocks + ScratchStates)
            + (plan.LogitsWanted ? (double)sizeof(float) * positions * config.Vocabulary : 0);
        double available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (states + run + checkpoint.WeightBytes <= MemoryShare * available) return;
        throw new IOException(
            $"{positions} tokens of width {config.Width} over {plan.IterationsKept.Count()} kept iterations need " +
            $"{Amount.Bytes(states)} for states, {Amount.Bytes(run)} for the run and {Amount.Bytes(checkpoint.WeightBytes)} for weights; " +
            $"{Amount.Bytes(available)} of memory are here. Give fewer iterations or a shorter text.");
    }
}
