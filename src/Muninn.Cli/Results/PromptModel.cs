using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using Muninn.Cli.Frame;
using Muninn.Cli.Input;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Model;
using Muninn.Engine.Recurrence;
using Muninn.Kernels;
using Muninn.Microscope.Measures.Lenses;

namespace Muninn.Cli.Results;

/// <summary>A model and the prompts that it shall read, encoded and checked: what commands of the microscope start from.</summary>
sealed class PromptModel : IDisposable
{
    readonly ModelFiles _files;

    PromptModel(RunPlan plan, ModelFiles files, IReadOnlyList<PromptTokens> prompts)
    {
        var checkpoint = files.Checkpoint;
        _files = files;
        Plan = plan;
        Prompts = prompts;
        Pool = new WorkerPool(plan.Threads ?? Reading.ThreadsFor(checkpoint.Config, prompts.Max(static p => p.Ids.Length)));
        Model = RecurrentModel.Load(checkpoint, new ModelOptions { Rotary = plan.Rotary, Packing = Reading.PackingOf(plan, checkpoint) }, Pool);
    }

    /// <summary>What was asked for.</summary>
    public RunPlan Plan { get; }

    /// <summary>What the model is called.</summary>
    public string Name => _files.Location.Name;

    /// <summary>The prompts, at least one.</summary>
    public IReadOnlyList<PromptTokens> Prompts { get; }

    /// <summary>Identifies configuration and weights.</summary>
    public string Fingerprint => _files.Fingerprint;

    /// <summary>The weights.</summary>
    public RecurrentModel Model { get; }

    /// <summary>The threads.</summary>
    public WorkerPool Pool { get; }

    /// <summary>What a person should know besides.</summary>
    public IReadOnlyList<string> Notes => ModelNotes.Of(_files.Checkpoint, Model, Plan);

    /// <summary>Opens the model and encodes the prompts.</summary>
    /// <param name="plan">Model, start and threads.</param>
    /// <param name="prompts">What is read, at least one.</param>
    /// <param name="bytes">Memory that reading the longest prompt takes besides weights and run, from shapes and positions.</param>
    /// <param name="remedy">What to do when it does not fit, a sentence.</param>
    /// <param name="shell">Where notes go.</param>
    /// <exception cref="UsageException">A prompt that the model cannot read.</exception>
    /// <exception cref="IOException">The memory of the machine does not suffice; the message has the figures.</exception>
    public static PromptModel Open(
        RunPlan plan, IReadOnlyList<Prompt> prompts, Func<ModelConfig, int, double> bytes, string remedy, Shell shell)
    {
        var files = ModelFiles.Open(plan.Model);
        var checkpoint = files.Checkpoint;
        try
        {
            PromptTokens[] tokens = [.. prompts.Select(files.TokensOf)];
            int longest = tokens.Max(static t => t.Ids.Length);
            double run = PromptRun.BytesFor(checkpoint.Config, longest);
            double readings = bytes(checkpoint.Config, longest);
            double needed = readings + run + checkpoint.WeightBytes;
            double available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
            if (needed > ReadingMemory.Share * available)
                throw new IOException(
                    $"{longest} tokens of width {checkpoint.Config.Width} need {Amount.Bytes(readings)} for what is read, {Amount.Bytes(run)} for the run " +
                    $"and {Amount.Bytes(checkpoint.WeightBytes)} for weights, {Amount.Bytes(needed)} in all; of the {Amount.Bytes(available)} of memory here, " +
                    $"{Amount.Bytes(ReadingMemory.Share * available)} may be taken. {remedy}");
            if (checkpoint.IntegerWeights is { } weights)
            {
                shell.Error.WriteLine(
                    $"note: the weights of {files.Location.Reference} are {weights}, so what is shown is how a nearby model moves, not the original.");
            }

            return new PromptModel(plan, files, tokens);
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    /// <summary>Where a prompt starts.</summary>
    /// <param name="positions">Its tokens.</param>
    public InitialState StartOf(int positions) =>
        Plan.Start.File is { } file ? InitialState.Given(StartFile.Read(file, positions, Model.Config.Width))
        : Plan.Start == StartChoice.Zero ? InitialState.Zero
        : InitialState.Random(Plan.Seed);

    /// <summary>A lens on a prompt that is being run; making logits ends when the process shall.</summary>
    /// <param name="kind">Which lens.</param>
    /// <param name="run">The prompt.</param>
    /// <param name="stopping">Checked before every product with the head.</param>
    public Readout ReadoutOf(LensKind kind, PromptRun run, CancellationToken stopping)
    {
        var readout = Readout.Of(kind, run, Model);
        return readout with
        {
            Head = (x, rows, logits) =>
            {
                stopping.ThrowIfCancellationRequested();
                readout.Head(x, rows, logits);
            },
        };
    }

    /// <summary>The start in words, for people.</summary>
    public string StartText => Plan.StartText;

    /// <summary>What to call a token of the vocabulary.</summary>
    /// <param name="id">Its id; below 0: none.</param>
    public string LabelOf(int id) => id < 0 ? "NaN" : _files.LabelOf(id);

    /// <inheritdoc/>
    public void Dispose()
    {
        Pool.Dispose();
        Model.Dispose();
        _files.Dispose();
    }
}
