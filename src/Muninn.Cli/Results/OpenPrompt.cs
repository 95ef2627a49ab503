using System;
using System.Collections.Generic;
using System.IO;
using Muninn.Cli.Frame;
using Muninn.Cli.Input;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Model;
using Muninn.Engine.Recurrence;
using Muninn.Engine.Text;
using Muninn.Kernels;
using Muninn.Microscope.Addresses;

namespace Muninn.Cli.Results;

/// <summary>
/// A prompt and its model, for commands that look into a run: the tokens are known and addresses can be looked up before the
/// weights are loaded, which happens at the first run.
/// </summary>
sealed class OpenPrompt : IDisposable
{
    readonly Checkpoint _checkpoint;
    readonly ModelText? _text;
    readonly List<PromptRun> _runs = [];
    RecurrentModel? _model;
    WorkerPool? _pool;

    OpenPrompt(RunPlan plan, ModelLocation location, Checkpoint checkpoint)
    {
        Plan = plan;
        Location = location;
        _checkpoint = checkpoint;
        _text = ModelText.Open(location.Folder);
        Tokens = TokensOf(plan.Prompt);
        Shape = ShapeOf(Tokens);
    }

    /// <summary>What was asked for; the run ends at the iterations shown, the horizon plays no part.</summary>
    public RunPlan Plan { get; }

    /// <summary>Where the model lies.</summary>
    public ModelLocation Location { get; }

    /// <summary>Shapes and constants of the model.</summary>
    public ModelConfig Config => _checkpoint.Config;

    /// <summary>Identifies configuration and weights.</summary>
    public string Fingerprint => _checkpoint.Fingerprint;

    /// <summary>What a person should know besides.</summary>
    public IReadOnlyList<string> Notes => _checkpoint.IntegerWeights is { } weights
        ? [.. ModelNotes.Of(_checkpoint, Model, Plan), $"The weights are {weights}: these are the numbers of a nearby model, not of the original."]
        : ModelNotes.Of(_checkpoint, Model, Plan);

    /// <summary>What is read.</summary>
    public PromptTokens Tokens { get; }

    /// <summary>What addresses can name in the run.</summary>
    public RunShape Shape { get; }

    /// <summary>Iterations of a run.</summary>
    public int Limit => Plan.Measure.Iterations;

    /// <summary>The model; loaded when it is first asked for.</summary>
    public RecurrentModel Model => _model ??= RecurrentModel.Load(_checkpoint, new ModelOptions { Rotary = Plan.Rotary }, Pool);

    WorkerPool Pool => _pool ??= new WorkerPool(Plan.Threads ?? Reading.ThreadsFor(Config, Tokens.Ids.Length));

    /// <summary>Opens what is planned.</summary>
    /// <exception cref="UsageException">The model cannot read the prompt.</exception>
    public static OpenPrompt Of(RunPlan plan)
    {
        var location = new ModelLocator(ModelPlaces.FromProcess()).Find(plan.Model);
        var checkpoint = Checkpoint.Open(location.Folder);
        try
        {
            return new OpenPrompt(plan, location, checkpoint);
        }
        catch
        {
            checkpoint.Dispose();
            throw;
        }
    }

    /// <summary>The tokens of a prompt for this model.</summary>
    /// <exception cref="UsageException">The model cannot read it.</exception>
    public PromptTokens TokensOf(Prompt prompt)
    {
        var tokens = PromptTokens.Of(prompt, _text, Location.Reference);
        tokens.Check(Config, prompt);
        return tokens;
    }

    /// <summary>What addresses can name in a run of other tokens.</summary>
    public RunShape ShapeOf(PromptTokens tokens) => RunShape.Of(Config, tokens.Ids.Length, Limit);

    /// <summary>What to call a token of the vocabulary.</summary>
    public string LabelOf(int id) => PromptTokens.LabelOf(id, _text);

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
        double needed = bytes + runs + _checkpoint.WeightBytes;
        if (needed <= ReadingMemory.Share * available) return;
        throw new IOException(
            $"{positions} tokens need {Amount.Bytes(bytes)} for {what}, {Amount.Bytes(runs)} for the run and {Amount.Bytes(_checkpoint.WeightBytes)} " +
            $"for weights, {Amount.Bytes(needed)} in all; of the {Amount.Bytes(available)} of memory here, {Amount.Bytes(ReadingMemory.Share * available)} " +
            "may be taken. Give a shorter text, fewer iterations, or addresses that choose less.");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var run in _runs) run.Dispose();
        _pool?.Dispose();
        _model?.Dispose();
        _checkpoint.Dispose();
    }
}
