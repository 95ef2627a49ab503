using System;
using System.Linq;
using Muninn.Engine.Model;
using Muninn.Engine.Recurrence;

namespace Muninn.Microscope.Measures.Exits;

/// <summary>
/// A real run of one prompt with a rule, beside its replay: in the real run tokens that have stopped are attended to as they
/// stopped, which a replay cannot know.
/// </summary>
/// <param name="Iterations">Iterations of each token in the real run, <c>[T]</c>.</param>
/// <param name="Divergence">Σ p_full (ln p_full − ln p_real), in nats, <c>[T]</c>.</param>
/// <param name="Changed">Whether the likeliest next token is another than at full depth, <c>[T]</c>.</param>
public sealed record ExitVerification(int[] Iterations, float[] Divergence, bool[] Changed)
{
    /// <summary>Runs the prompt with a rule.</summary>
    /// <param name="run">The prompt that was recorded.</param>
    /// <param name="recording">Its full-depth run.</param>
    /// <param name="rule">The rule.</param>
    /// <param name="settings">Where the recorded run started; its limit and rule are not read.</param>
    public static ExitVerification Of(PromptRun run, ExitRecording recording, ExitRule rule, RunSettings settings)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(recording);
        ArgumentNullException.ThrowIfNull(rule);
        ArgumentNullException.ThrowIfNull(settings);
        if (run.Positions != recording.Positions)
            throw new ArgumentException(
                $"The run has {run.Positions} positions, the recording {recording.Positions}; give the prompt that was recorded.", nameof(run));
        var final = run.Run(settings with { Limit = recording.Limit, Exit = rule });
        int[] iterations = [.. run.Endings.ToArray().Select(static ending => ending.Iterations)];
        var x = new float[final.Length];
        run.Coda(final, x);
        var (divergence, changed) = LogitRows.Compare(recording.Readout, x, recording.FullDepth, recording.Positions);
        return new ExitVerification(iterations, divergence, changed);
    }
}
