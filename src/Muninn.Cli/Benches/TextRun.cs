using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading;
using Muninn.Engine.Generation;
using Muninn.Engine.Model;
using Muninn.Kernels;

namespace Muninn.Cli.Benches;

/// <summary>One request, alone, from its first token to its end; what the prompt costs does not count.</summary>
/// <param name="Tokens">All tokens, the first included.</param>
/// <param name="BlockPasses">Passes that the tokens behind the first waited for.</param>
/// <param name="Seconds">Time of these tokens.</param>
/// <param name="AllocatedBytes">What this thread allocated meanwhile, but for the pass in which the request leaves.</param>
sealed record TextRun(IReadOnlyList<int> Tokens, long BlockPasses, double Seconds, long AllocatedBytes)
{
    /// <summary>Tokens that the figures are of.</summary>
    public int Counted => Tokens.Count - 1;

    /// <summary>Tokens of them per second.</summary>
    public double TokensPerSecond => Counted / Seconds;

    /// <summary>Tokens until the first that differs from another run's.</summary>
    public int SameAs(TextRun other) => Tokens.Zip(other.Tokens).TakeWhile(static pair => pair.First == pair.Second).Count();

    /// <summary>Runs a request.</summary>
    /// <exception cref="InvalidDataException">It was refused.</exception>
    public static TextRun Of(GenerationRequest request, RecurrentModel model, WorkerPool pool, CancellationToken stopping)
    {
        var tokens = new List<int>(request.TokensMax);
        using var scheduler = new DepthScheduler(model, pool, SchedulerSettings.For(request, model.Config));
        var ticket = scheduler.Submit(request, (in GeneratedToken token) =>
        {
            tokens.Add(token.Token);
            return true;
        });
        if (ticket.Explanation is { } refusal) throw new InvalidDataException(refusal);
        bool goesOn = true;
        while (goesOn && ticket.Generated == 0) goesOn = Step();
        long passes = ticket.BlockPasses;
        long before = GC.GetAllocatedBytesForCurrentThread();
        long start = Stopwatch.GetTimestamp();
        long after = before;
        while (goesOn)
        {
            // The pass in which the request leaves is no longer decoding.
            after = GC.GetAllocatedBytesForCurrentThread();
            goesOn = Step();
        }

        return new TextRun(tokens, ticket.BlockPasses - passes, Stopwatch.GetElapsedTime(start).TotalSeconds, after - before);

        bool Step()
        {
            stopping.ThrowIfCancellationRequested();
            return scheduler.Step();
        }
    }
}
