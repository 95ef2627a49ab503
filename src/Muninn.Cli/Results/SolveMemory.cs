using System;
using System.IO;
using System.Linq;
using Muninn.Cli.Input;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Model;
using Muninn.Engine.Recurrence.Solvers;

namespace Muninn.Cli.Results;

/// <summary>What a comparison of solvers holds in memory.</summary>
static class SolveMemory
{
    /// <summary>Refuses a comparison that would not fit.</summary>
    /// <param name="plan">What is solved.</param>
    /// <param name="checkpoint">The model.</param>
    /// <param name="positions">Tokens of the longest text.</param>
    /// <param name="available">Memory of the machine, in bytes.</param>
    /// <exception cref="IOException">It does not fit; the message has the figures.</exception>
    public static void Require(SolvePlan plan, Checkpoint checkpoint, int positions, double available)
    {
        var config = checkpoint.Config;
        long logits = (long)positions * config.Vocabulary;
        if (logits > Array.MaxLength)
            throw new IOException(
                $"Logits of {positions} tokens over {config.Vocabulary} words are {logits} numbers; at most {Array.MaxLength} fit in one " +
                "piece. Give a shorter text.");
        double window = plan.Solvers.Select(solver => BytesOf(solver.Solver, config, positions)).DefaultIfEmpty(0).Max();
        // Start, answer, s*, and both behind the norm; residuals of every solver; two sets of logits; two states of the solver.
        double measures = 7.0 * sizeof(float) * positions * config.Width
            + (double)sizeof(double) * positions * plan.Run.Measure.Iterations * (plan.Solvers.Count + 1) + 2.0 * sizeof(float) * logits;
        double run = PromptRun.BytesFor(config, positions);
        double needed = window + measures + run + checkpoint.WeightBytes;
        if (needed <= ReadingMemory.Share * available) return;
        throw new IOException(
            $"{positions} tokens of width {config.Width} need {Amount.Bytes(window)} for the windows of the largest solver, " +
            $"{Amount.Bytes(measures)} for states and logits, {Amount.Bytes(run)} for the run and {Amount.Bytes(checkpoint.WeightBytes)} for " +
            $"weights, {Amount.Bytes(needed)} in all; of the {Amount.Bytes(available)} of memory here, " +
            $"{Amount.Bytes(ReadingMemory.Share * available)} may be taken. Give solvers with smaller windows, or a shorter text.");
    }

    static double BytesOf(Solver solver, ModelConfig config, int positions) => solver.Scope == SolverScope.WholePrompt
        ? solver.BytesPerWindow(positions * config.Width)
        : (double)positions * solver.BytesPerWindow(config.Width);
}
