using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Muninn.Cli.Frame;
using Muninn.Cli.Input;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Model;
using Muninn.Engine.Recurrence;
using Muninn.Kernels;
using Muninn.Microscope.Measures;
using Muninn.Microscope.Recordings;
using Muninn.Microscope.Trajectories;

namespace Muninn.Cli.Results;

/// <summary>
/// One text read by one model: the run that heatmap and trace share. Owns the model, so that logits can still
/// be asked for.
/// </summary>
sealed class Reading : IDisposable
{
    readonly ModelFiles _files;
    readonly RecurrentModel _model;
    readonly WorkerPool _pool;
    readonly PromptRun _run;
    Trajectory? _trajectory;
    Trajectory? _kept;
    Convergence? _convergence;
    float[]? _rest;

    Reading(RunPlan plan, ModelFiles files, PromptTokens tokens)
    {
        var checkpoint = files.Checkpoint;
        files.BeginFingerprint();
        _files = files;
        Plan = plan;
        Tokens = tokens;
        _pool = new WorkerPool(plan.Threads ?? ThreadsFor(checkpoint.Config, tokens.Ids.Length));
        _model = RecurrentModel.Load(checkpoint, new ModelOptions { Rotary = plan.Rotary, Packing = PackingOf(plan, checkpoint) }, _pool);
        _run = new PromptRun(_model, _pool, tokens.Ids);
    }

    /// <summary>What was asked for.</summary>
    public RunPlan Plan { get; }

    /// <summary>Where the model lies.</summary>
    public ModelLocation Location => _files.Location;

    /// <summary>What the model is called: its alias or name, or the name of its folder, wherever that lies.</summary>
    public string ModelName => Location.Name;

    /// <summary>Shapes and constants of the model.</summary>
    public ModelConfig Config => _files.Checkpoint.Config;

    /// <summary>Identifies configuration and weights.</summary>
    public string Fingerprint => _files.Fingerprint;

    /// <summary><c>int8</c>, <c>int4</c> or both, where the weights are stored in whole numbers; null where they are floats.</summary>
    public string? IntegerWeights => _files.Checkpoint.IntegerWeights;

    /// <summary>What was read.</summary>
    public PromptTokens Tokens { get; }

    /// <summary>SHA-256 of a start state that was given as a file, in hexadecimal; null for any other start.</summary>
    public string? StartHash { get; private set; }

    /// <summary>The states that were asked for, and no others.</summary>
    public Trajectory Trajectory => _trajectory ?? throw new InvalidOperationException("The run is not done.");

    /// <summary>Distances and residuals.</summary>
    public Convergence Convergence => _convergence ?? throw new InvalidOperationException("The run is not done.");

    /// <summary>The reading without its model: what pictures, tables and files are made from. Its states are those that the plan keeps.</summary>
    public Recording Recording => field ??= new Recording
    {
        Header = new RecordingHeader
        {
            Version = Product.Version,
            Model = ModelName,
            Fingerprint = Fingerprint,
            Weights = IntegerWeights ?? WeightTypes(),
            Width = Config.Width,
            Heads = Config.Heads,
            Vocabulary = Config.Vocabulary,
            PreludeBlocks = Config.PreludeBlocks,
            CoreBlocks = Config.CoreBlocks,
            CodaBlocks = Config.CodaBlocks,
            NormGain = _model.FinalNorm.Gain.ToArray(),
            NormEpsilon = _model.FinalNorm.Epsilon,
            Start = Path.GetFileName(Plan.Start.Name),
            Seed = Plan.Seed,
            StartHash = StartHash,
            Rotary = Plan.RotaryName,
            StoredRotaryDifference = StoredRotaryDifference,
            Limit = Plan.Limit,
            Notes = Notes,
        },
        Tokens = new RecordedTokens(Tokens.Ids, Tokens.Labels, Tokens.Pieces),
        Convergence = Convergence,
        Rest = _rest,
        States = Plan.KeptStates.Count == 0 ? null : new RecordedStates
        {
            Iterations = [.. Plan.KeptStates.Order()],
            Positions = [.. (Plan.KeptPositions ?? Enumerable.Range(0, Tokens.Ids.Length)).Order()],
            Trajectory = _kept,
        },
    };

    /// <summary>Largest difference between the computed and the stored rotary table; null where none is stored.</summary>
    public double? StoredRotaryDifference => _model.StoredRotaryDifference;

    /// <summary>What a person should know besides: peculiarities of the checkpoint and of its rotary table.</summary>
    public IReadOnlyList<string> Notes => ModelNotes.Of(_files.Checkpoint, _model, Plan);

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
        var files = ModelFiles.Open(plan.Model);
        var checkpoint = files.Checkpoint;
        Reading? reading = null;
        try
        {
            var tokens = files.TokensOf(plan.Prompt);
            if ((plan.KeptPositions ?? []).FirstOrDefault(position => position >= tokens.Ids.Length) is var outside and > 0)
                throw new UsageException(
                    $"{plan.KeptPositionsSource}: position {outside} is outside the text, whose {tokens.Ids.Length} tokens are 0 to {tokens.Ids.Length - 1}.");
            double available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
            long weightBytes = IsWidened(plan, checkpoint) ? sizeof(float) * checkpoint.ParameterCount : checkpoint.WeightBytes;
            var memory = ReadingMemory.Of(plan, checkpoint.Config, weightBytes, tokens.Ids.Length);
            memory.Require(plan, checkpoint.Config, tokens.Ids.Length, available);
            if (checkpoint.IntegerWeights is { } weights)
            {
                shell.Error.WriteLine(
                    $"note: the weights of {files.Location.Reference} are {weights}, so what is shown is how a nearby model moves, not the original; for "
                    + "figures of the original run it in bf16 or float32.");
            }

            reading = new Reading(plan, files, tokens);
            reading.Run(shell, heldBytes ?? memory.HeldBytes(available));
            return reading;
        }
        catch
        {
            if (reading is null) files.Dispose();
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

    /// <summary>The Jacobian of an iteration of this prompt, for the caller to dispose of before the reading.</summary>
    /// <exception cref="InvalidOperationException">The plan did not ask for derivatives.</exception>
    public TangentPass Tangents() => Plan.TangentsWanted
        ? new TangentPass(_model, _pool, Tokens.Ids)
        : throw new InvalidOperationException("The plan did not ask for derivatives.");

    /// <summary>What to call a token of the vocabulary.</summary>
    /// <param name="id">Its id.</param>
    public string LabelOf(int id) => _files.LabelOf(id);

    string WeightTypes() => string.Join(" and ", _files.Checkpoint.Tensors.Where(static tensor => tensor.Shape.Length == 2)
        .Select(static tensor => tensor.DType.ToString().ToLowerInvariant()).Distinct().Order(StringComparer.Ordinal));

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
        _files.Dispose();
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
        var kept = Plan.KeptStates.Count == 0 ? null
            : new TrajectoryRecorder(positions, width, Plan.KeptStates, Plan.KeptPositions?.Order().ToArray());
        var meter = new ConvergenceMeter(positions, _model.FinalNorm, Plan.Measure, heldBytes);
        int again = Math.Max(0, meter.Repeated - 1);
        using var progress = new Progress(shell, "iteration", Plan.Limit, again);
        IterationObserver observer = recorder.Observe;
        if (kept is not null) observer += kept.Observe;
        if (Plan.RestWanted || Plan.FloorMeasured)
        {
            _rest = new float[positions * width];
            observer += (in IterationView view) =>
            {
                if (view.Iteration == Plan.Measure.Horizon) view.State.CopyTo(_rest);
            };
        }

        if (Plan.Watch is { } watch) observer += watch(_run, _model);
        Iterate(Plan.Limit, 0, observer + meter.Observe);
        // What is run again was seen already.
        _run.SiteWatch = null;
        _trajectory = recorder.ToTrajectory();
        _kept = kept?.ToTrajectory();
        if (meter.Repeated > 0) Iterate(again, Plan.Limit, meter.ObserveAgain);
        _convergence = Plan.FloorMeasured ? meter.ToConvergence(MeasureFloor(shell)) : meter.ToConvergence();

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

    internal static WeightPacking PackingOf(RunPlan plan, Checkpoint checkpoint) => IsWidened(plan, checkpoint) ? WeightPacking.Float32 : WeightPacking.AsStored;

    static bool IsWidened(RunPlan plan, Checkpoint checkpoint) => plan.TangentsWanted && checkpoint.IntegerWeights is not null;

    /// <summary>Restarts beside s* until it is known what rounding does there.</summary>
    RoundingFloor MeasureFloor(Shell shell)
    {
        var settings = new FloorSettings { Seed = Plan.Seed };
        var meter = new FloorMeter(Tokens.Ids.Length, _model.FinalNorm, _rest, settings);
        using var progress = new Progress(shell, "restarts beside s*: leg", settings.Perturbations.Count * settings.LegsMax);
        for (int leg = 0; meter.NextLeg is { } run; leg++)
        {
            shell.Stopping.ThrowIfCancellationRequested();
            progress.Report(leg);
            _run.Run(run, observer: meter.Observe, cancellation: shell.Stopping);
        }

        return meter.ToFloor();
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
