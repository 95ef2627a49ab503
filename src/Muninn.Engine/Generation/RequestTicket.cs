using System;
using System.Collections.Generic;
using System.Threading;

namespace Muninn.Engine.Generation;

/// <summary>A request that was handed in: how it stands, and how to cancel it.</summary>
public sealed class RequestTicket
{
    volatile bool _isCancelled;
    int _end;

    internal RequestTicket(GenerationRequest request, TokenSink? sink, WaveObserver? waveObserver = null) =>
        (Request, Sink, WaveObserver) = (request, sink, waveObserver);

    /// <summary>What was asked for.</summary>
    public GenerationRequest Request { get; }

    /// <summary>Why it ended; <see cref="GenerationEnd.None"/> while it waits or runs.</summary>
    public GenerationEnd End => (GenerationEnd)Volatile.Read(ref _end);

    /// <summary>Why it was refused; null where it was not.</summary>
    public string? Explanation { get; internal set; }

    /// <summary>What went wrong while it ran, in a receiver of its tokens for one; null where nothing did.</summary>
    public Exception? Failure { get; internal set; }

    /// <summary>Tokens generated so far.</summary>
    public int Generated { get; internal set; }

    /// <summary>
    /// Passes through blocks that it waited for, one after the other: at one row, the time a token takes is proportional to it.
    /// </summary>
    public long BlockPasses { get; internal set; }

    /// <summary>Tokens that a speculation drafted; 0 elsewhere.</summary>
    public int Drafted { get; internal set; }

    /// <summary>Drafted tokens that stood.</summary>
    public int Accepted { get; internal set; }

    /// <summary>Tokens that each round of a speculation gave, accepted ones and the one that corrects; empty elsewhere.</summary>
    public IReadOnlyList<int> Rounds { get; internal set; } = [];

    internal TokenSink? Sink { get; }

    internal WaveObserver? WaveObserver { get; }

    internal bool IsCancelled => _isCancelled;

    /// <summary>Ends the request at the next pass, which frees all that it holds. From any thread.</summary>
    public void Cancel() => _isCancelled = true;

    internal void EndWith(GenerationEnd end) => Volatile.Write(ref _end, (int)end);

    internal void Refuse(string explanation)
    {
        Explanation = explanation;
        EndWith(GenerationEnd.Refused);
    }
}
