using System;
using System.Threading;
using Muninn.Engine.Model;
using Muninn.Engine.Recurrence;
using Muninn.Microscope.Addresses;

namespace Muninn.Microscope.Interventions;

/// <summary>Runs a prompt with edits and captures, and leaves nothing of them behind.</summary>
public static class AddressedRun
{
    /// <summary>One run, from the prelude to the logits.</summary>
    /// <param name="run">The prompt; whatever watches or changes its sites is replaced, and taken away at the end.</param>
    /// <param name="settings">Start and limit; no exit rule, since every position takes part in every iteration.</param>
    /// <param name="logits"><c>[positions, vocabulary]</c>, overwritten; empty: the coda is not run.</param>
    /// <param name="intervention">What is changed; made for this run; null: nothing.</param>
    /// <param name="capture">What is kept; made for this run; null: nothing.</param>
    /// <param name="observer">Sees every state as it goes on, after its edits; null: none.</param>
    /// <param name="cancellation">Ends the run.</param>
    /// <exception cref="ArgumentException">There is an exit rule, or another prompt or limit than intervention and capture were made for.</exception>
    public static void Run(
        PromptRun run, RunSettings settings, Span<float> logits, Intervention? intervention = null, Capture? capture = null,
        IterationObserver? observer = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(settings);
        if (settings.Exit is not null)
            throw new ArgumentException("An exit rule would let rows leave before they come to their address; run without one.", nameof(settings));
        Require(intervention?.Shape, run, settings);
        Require(capture?.Shape, run, settings);
        if (capture is not null)
            observer = capture.Observe + observer;
        run.SiteWatch = capture?.Sites;
        run.SiteChange = intervention?.Sites;
        try
        {
            var final = run.Run(settings, intervention?.States, observer, cancellation);
            if (!logits.IsEmpty)
                run.Logits(final, logits);
        }
        finally
        {
            run.SiteWatch = null;
            run.SiteChange = null;
        }

        intervention?.RequireDone();
        capture?.RequireWhole();
    }

    static void Require(RunShape? shape, PromptRun run, RunSettings settings)
    {
        if (shape is not null && (shape.Positions != run.Positions || shape.Limit != settings.Limit))
            throw new ArgumentException(
                $"Addresses were looked up for {shape.Positions} positions and {shape.Limit} iterations, but the run has {run.Positions} and " +
                $"{settings.Limit}; look them up for this run.", nameof(run));
    }
}
