using System;
using System.Collections.Generic;
using System.IO;
using Muninn.Cli.Frame;
using Muninn.Cli.Input;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Model;
using Muninn.Engine.Recurrence;
using Muninn.Kernels;
using Muninn.Microscope.Addresses;

namespace Muninn.Cli.Results;

/// <summary>
/// A prompt and its model, for commands that look into a run: the tokens are known and addresses can be looked up before the
/// weights are loaded, which happens at the first run.
/// </summary>
sealed class OpenPrompt : IDisposable
{
    readonly ModelFiles _files;
    readonly List<PromptRun> _runs = [];
    RecurrentModel? _model;
    WorkerPool? _pool;

    OpenPrompt(RunPlan plan, ModelFiles files)
    {
        Plan = plan;
        _files = files;
        Tokens = TokensOf(plan.Prompt);
        Shape = ShapeOf(Tokens);
    }

    /// <summary>What was asked for; the run ends at the iterations shown, the horizon plays no part.</summary>
    public RunPlan Plan { get; }

    /// <summary>Where the model lies.</summary>
    public ModelLocation Location => _files.Location;

    /// <summary>Shapes and constants of the model.</summary>
    public ModelConfig Config => Checkpoint.Config;

    /// <summary>Identifies configuration and weights.</summary>
    public string Fingerprint => _files.Fingerprint;

    /// <summary>What a person should know besides.</summary>
    public IReadOnlyList<string> Notes => Checkpoint.IntegerWeights is { } weights
        ? [.. ModelNotes.Of(Checkpoint, Model, Plan), $"The weights are {weights}: these are the numbers of a nearby model, not of the original."]
        : ModelNotes.Of(Checkpoint, Model, Plan);

    /// <summary>What is read.</summary>
    public PromptTokens Tokens { get; }

    /// <summary>What addresses can name in the run.</summary>
    public RunShape Shape { get; }

    /// <summary>Iterations of a run.</summary>
    public int Limit => Plan.Measure.Iterations;

    /// <summary>The model; loaded when it is first asked for.</summary>
    public RecurrentModel Model => _model ??= RecurrentModel.Load(Checkpoint, new ModelOptions { Rotary = Plan.Rotary, Packing = Reading.PackingOf(Plan, Checkpoint) }, Pool);

    Checkpoint Checkpoint => _files.Checkpoint;

    WorkerPool Pool => _pool ??= new WorkerPool(Plan.Threads ?? Reading.ThreadsFor(Config, Tokens.Ids.Length));

    /// <summary>Opens what is planned.</summary>
    /// <exception cref="UsageException">The model cannot read the prompt.</exception>
    public static OpenPrompt Of(RunPlan plan)
    {
        var files = ModelFiles.Open(plan.Model);
        try
        {
            return new OpenPrompt(plan, files);
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    /// <summary>The tokens of a prompt for this model.</summary>
    /// <exception cref="UsageException">The model cannot read it.</exception>
    public PromptTokens TokensOf(Prompt prompt) => _files.TokensOf(prompt);

    /// <summary>What addresses can name in a run of other tokens.</summary>
    public RunShape ShapeOf(PromptTokens tokens) => RunShape.Of(Config, tokens.Ids.Length, Limit);

    /// <summary>What to call a token of the vocabulary.</summary>
    public string LabelOf(int id) => _files.LabelOf(id);

    /// <summary>A run of some tokens; goes with this object.</summary>
    public PromptRun RunOf(PromptTokens tokens)
    {
        var run = new PromptRun(Model, Pool, tokens.Ids);
        _runs.Add(run);
        return run;
    }

    /// <summary>Start and limit of a run of so many positions.</summary>
    /// <exception cref="InvalidDataException">A start state that was given as a file has another shape.</exception>
    public RunSettings SettingsFor(int positions) => new()
    {
        Limit = Limit,
        Start = Plan.Start.File is { } file ? InitialState.Given(StartFile.Read(file, positions, Config.Width))
            : Plan.Start == StartChoice.Zero ? InitialState.Zero
            : InitialState.Random(Plan.Seed),
    };

    /// <summary>Refuses what would not fit into memory, before weights are loaded.</summary>
    /// <param name="bytes">What is needed besides the weights and the runs.</param>
    /// <param name="what">What that is.</param>
    /// <param name="positions">Positions of all prompts together.</param>
    /// <exception cref="IOException">It does not fit; the message has the figures.</exception>
    public void RequireMemory(double bytes, string what, int positions)
    {
        double available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        double runs = PromptRun.BytesFor(Config, positions);
        double needed = bytes + runs + Checkpoint.WeightBytes;
        if (needed <= ReadingMemory.Share * available) return;
        throw new IOException(
            $"{positions} tokens need {Amount.Bytes(bytes)} for {what}, {Amount.Bytes(runs)} for the run and {Amount.Bytes(Checkpoint.WeightBytes)} " +
            $"for weights, {Amount.Bytes(needed)} in all; of the {Amount.Bytes(available)} of memory here, {Amount.Bytes(ReadingMemory.Share * available)} " +
            "may be taken. Give a shorter text, fewer iterations, or addresses that choose less.");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var run in _runs) run.Dispose();
        _pool?.Dispose();
        _model?.Dispose();
        _files.Dispose();
    }
}
