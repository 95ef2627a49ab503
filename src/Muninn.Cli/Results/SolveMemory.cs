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
    /// <param name="tokens">Tokens of all texts together.</param>
    /// <param name="available">Memory of the machine, in bytes.</param>
    /// <exception cref="IOException">It does not fit; the message has the figures.</exception>
    public static void Require(SolvePlan plan, Checkpoint checkpoint, int positions, long tokens, double available)
    {
        var config = checkpoint.Config;
        long logits = (long)positions * config.Vocabulary;
        if (logits > Array.MaxLength)
            throw new IOException(
                $"Logits of {positions} tokens over {config.Vocabulary} words are {logits} numbers; at most {Array.MaxLength} fit in one " +
                "piece. Give a shorter text.");
        double window = plan.Solvers.Select(solver => BytesOf(solver.Solver, config, positions)).DefaultIfEmpty(0).Max();
        // Of one text at a time: start, answer, s*, and both behind the norm; two states of the solver; two sets of logits.
        double measures = 7.0 * sizeof(float) * positions * config.Width + 2.0 * sizeof(float) * logits;
        double kept = KeptBytes(plan, tokens);
        double run = PromptRun.BytesFor(config, positions);
        double needed = window + measures + kept + run + checkpoint.WeightBytes;
        if (needed <= ReadingMemory.Share * available) return;
        throw new IOException(
            $"{positions} tokens of width {config.Width} need {Amount.Bytes(window)} for the windows of the largest solver, " +
            $"{Amount.Bytes(measures)} for states and logits, {Amount.Bytes(run)} for the run, {Amount.Bytes(kept)} for residuals of {tokens} tokens in all and {Amount.Bytes(checkpoint.WeightBytes)} for " +
            $"weights, {Amount.Bytes(needed)} in all; of the {Amount.Bytes(available)} of memory here, " +
            $"{Amount.Bytes(ReadingMemory.Share * available)} may be taken. Give solvers with smaller windows, fewer of them, a shorter text, or fewer questions.");
    }

    /// <summary>What is kept of every text until the report: residuals of each evaluation, and the certificates.</summary>
    internal static double KeptBytes(SolvePlan plan, long tokens)
    {
        const int CertificateBytes = 4 * sizeof(double) + sizeof(int) + sizeof(bool);
        double evaluations = plan.Run.Measure.Horizon + (double)plan.Run.Measure.Iterations * plan.Solvers.Count;
        return tokens * (sizeof(double) * (evaluations + 1) + CertificateBytes * (plan.Solvers.Count + 1.0));
    }

    static double BytesOf(Solver solver, ModelConfig config, int positions) => solver.Scope == SolverScope.WholePrompt
        ? solver.BytesPerWindow(positions * config.Width)
        : (double)positions * solver.BytesPerWindow(config.Width);
}
