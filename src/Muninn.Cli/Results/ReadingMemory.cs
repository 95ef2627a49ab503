using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Muninn.Cli.Frame;
using Muninn.Cli.Input;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Model;
using Muninn.Microscope.Trajectories;

namespace Muninn.Cli.Results;

/// <summary>What a reading holds in memory, in bytes. States that were not asked for are no part of the need.</summary>
sealed record ReadingMemory
{
    /// <summary>Share of the machine's memory that a run may take.</summary>
    public const double Share = 0.9;

    /// <summary>
    /// A small model holds this much of the plotted states, so that the shipped one runs once at the default number of iterations.
    /// </summary>
    const double HeldLeast = 64 << 20;

    /// <summary>A large model holds as much as this share of its weights: beside them it is little, and a second run is long.</summary>
    const double HeldShareOfWeights = 1.0 / 16;

    /// <summary>The states asked for.</summary>
    public required double States { get; init; }

    /// <summary>Distances, residuals, s*, a given start, and what is held of runs from other seeds.</summary>
    public required double Measures { get; init; }

    /// <summary>What is made while a file is written: logits or normalised states of one iteration.</summary>
    public required double Writing { get; init; }

    /// <summary>Keys, values and scratch of the run.</summary>
    public required double Run { get; init; }

    /// <summary>What the command takes beside the reading.</summary>
    public required double Beside { get; init; }

    /// <summary>The weights.</summary>
    public required double Weights { get; init; }

    /// <summary>All that must be there.</summary>
    public double Needed => States + Measures + Writing + Run + Beside + Weights;

    /// <summary>What a reading needs.</summary>
    /// <param name="plan">What is read, and how.</param>
    /// <param name="config">Shapes of the model.</param>
    /// <param name="weightBytes">Size of its weights.</param>
    /// <param name="positions">Tokens of the text.</param>
    /// <exception cref="UsageException">Logits that do not fit in one piece.</exception>
    public static ReadingMemory Of(RunPlan plan, ModelConfig config, long weightBytes, int positions)
    {
        if (plan.LogitsWanted && (long)positions * config.Vocabulary > Array.MaxLength)
            throw new UsageException(
                $"logits of {positions} tokens over {config.Vocabulary} words are {(long)positions * config.Vocabulary} numbers; " +
                $"at most {Array.MaxLength} fit in one piece. Give a shorter text, or leave --logits out.");
        double state = (double)sizeof(float) * positions * config.Width;
        return new ReadingMemory
        {
            States = state * plan.StatesWanted.Distinct().Count() + Kept(plan, config, positions),
            // Distances, residuals and steps; s*, raw too where it is kept; and what a restart beside it holds.
            Measures = (double)sizeof(float) * positions * (2.0 * plan.Measure.Iterations + 1 + plan.Measure.Horizon)
                + state * ((plan.Start.File is null ? 1 : 2) + (plan.RestWanted || plan.FloorMeasured ? 1 : 0) + (plan.FloorMeasured ? 5 : 0))
                + TrajectoryEnsemble.BytesFor(plan.Seeds, positions, config.Width),
            Writing = plan.LogitsWanted ? (double)sizeof(float) * positions * config.Vocabulary
                : plan.StatesWanted.Count > 0 ? state : 0,
            Run = PromptRun.BytesFor(config, positions),
            Beside = plan.BytesBeside?.Invoke(config, positions) ?? 0,
            Weights = weightBytes,
        };
    }

    static double Kept(RunPlan plan, ModelConfig config, int positions) =>
        (double)sizeof(float) * (plan.KeptPositions?.Count ?? positions) * config.Width * plan.KeptStates.Count;

    /// <summary>
    /// Memory for plotted states that nobody asked for, which saves a second run: 64 MiB or a sixteenth of the weights, whichever
    /// is more, but never more than half of what is free.
    /// </summary>
    /// <param name="available">Memory of the machine, in bytes.</param>
    public long HeldBytes(double available) =>
        (long)Math.Max(0, Math.Min(Math.Max(HeldLeast, HeldShareOfWeights * Weights), (Share * available - Needed) / 2));

    /// <summary>Refuses a reading that would not fit.</summary>
    /// <param name="plan">What is read, and how.</param>
    /// <param name="config">Shapes of the model.</param>
    /// <param name="positions">Tokens of the text.</param>
    /// <param name="available">Memory of the machine, in bytes.</param>
    /// <exception cref="IOException">It does not fit; the message has the figures.</exception>
    public void Require(RunPlan plan, ModelConfig config, int positions, double available)
    {
        if (Needed <= Share * available) return;
        int asked = plan.StatesWanted.Concat(plan.KeptStates).Distinct().Count();
        var parts = new List<string>();
        if (asked > 0) parts.Add($"{Amount.Bytes(States)} for the states of the {asked} iteration{(asked == 1 ? "" : "s")} asked for");
        if (Writing > 0) parts.Add($"{Amount.Bytes(Writing)} to write them{(plan.LogitsWanted ? " and their logits" : "")}");
        parts.Add($"{Amount.Bytes(Measures)} for distances over {plan.Measure.Iterations} iterations");
        parts.Add($"{Amount.Bytes(Run)} for the run");
        if (Beside > 0) parts.Add($"{Amount.Bytes(Beside)} for what is measured of it");
        throw new IOException(
            $"{positions} tokens of width {config.Width} need {string.Join(", ", parts)} and {Amount.Bytes(Weights)} for weights, " +
            $"{Amount.Bytes(Needed)} in all; of the {Amount.Bytes(available)} of memory here, {Amount.Bytes(Share * available)} may be taken. " +
            $"{Remedy()}");

        string Remedy() => plan.FewerStates ?? (asked <= 1 ? "Give a shorter text."
            : plan.BytesBeside is not null ? "Give fewer --iterations, or a shorter text."
            : $"List fewer iterations in --states{(plan.RestWanted ? "" : " and --logits")}, or give a shorter text.");
    }
}
