using System;
using System.Collections.Generic;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Channels;
using System.Threading.Tasks;

namespace Muninn.Engine.Generation;

/// <summary>
/// The tokens of one request of a <see cref="Generator"/> as they come about, and how it ended. It is read once.
/// </summary>
/// <remarks>
/// The generator never waits for a reader: what is not read yet is kept, at most as many tokens as the request may have. Leaving
/// the enumeration cancels the request. Reading throws <see cref="OperationCanceledException"/> where a token of the caller was
/// cancelled, and the failure where the generator failed; every other ending is a value, <see cref="End"/>.
/// </remarks>
public sealed class GenerationStream : IAsyncEnumerable<GeneratedToken>
{
    readonly Channel<TextPiece> _pieces = Channel.CreateUnbounded<TextPiece>(
        new UnboundedChannelOptions { SingleReader = true, SingleWriter = true, AllowSynchronousContinuations = false });

    readonly TaskCompletionSource<GenerationEnd> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly TextFlow? _text;
    readonly CancellationToken _cancellation;
    readonly CancellationTokenRegistration _registration;
    int _isRead;

    internal GenerationStream(
        GenerationRequest request, TextFlow? text, CancellationToken cancellation, WaveObserver? waveObserver = null)
    {
        _text = text;
        // What the caller may change afterwards is copied: another thread reads it.
        Ticket = new RequestTicket(
            request with
            {
                Prompt = request.Prompt.ToArray(),
                StopTokens = [.. request.StopTokens],
                Sampler = request.Sampler.Snapshot(),
            },
            Take,
            waveObserver);
        _cancellation = cancellation;
        _registration = cancellation.UnsafeRegister(static stream => ((GenerationStream)stream!).Cancel(), this);
    }

    /// <summary>What was asked for.</summary>
    public GenerationRequest Request => Ticket.Request;

    /// <summary>Why it ended; <see cref="GenerationEnd.None"/> while it waits or runs.</summary>
    public GenerationEnd End => Ticket.End;

    /// <summary>Why it was refused; null where it was not.</summary>
    public string? Explanation => Ticket.Explanation;

    /// <summary>Tokens generated; final when the request has ended.</summary>
    public int Generated => Ticket.Generated;

    /// <summary>Passes through blocks that it waited for, see <see cref="RequestTicket.BlockPasses"/>; final when it has ended.</summary>
    public long BlockPasses => Ticket.BlockPasses;

    /// <summary>Tokens of each round of a speculation, see <see cref="RequestTicket.Rounds"/>; to be read when it has ended.</summary>
    public IReadOnlyList<int> Rounds => Ticket.Rounds;

    /// <summary>
    /// Completes when the request has ended and all that it held is free, read or not; faulted where the generator failed.
    /// </summary>
    public Task<GenerationEnd> Completion => _completion.Task;

    internal RequestTicket Ticket { get; }

    /// <summary>Ends the request at the next pass, which frees all that it holds. From any thread.</summary>
    public void Cancel() => Ticket.Cancel();

    /// <summary>Reads the tokens, to their end.</summary>
    /// <param name="cancellationToken">Ends the reading at once and cancels the request.</param>
    /// <exception cref="InvalidOperationException">The stream is read a second time.</exception>
    /// <exception cref="OperationCanceledException">A token of the caller was cancelled.</exception>
    public async IAsyncEnumerator<GeneratedToken> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        await foreach (var piece in Pieces(cancellationToken))
        {
            if (piece.Token is { } token)
                yield return token;
        }
    }

    internal async IAsyncEnumerable<TextPiece> Pieces([EnumeratorCancellation] CancellationToken cancellation = default)
    {
        if (Interlocked.Exchange(ref _isRead, 1) != 0)
            throw new InvalidOperationException("This stream is read already, and tokens come once; start another request.");
        try
        {
            while (await _pieces.Reader.WaitToReadAsync(cancellation))
            {
                while (_pieces.Reader.TryRead(out var piece))
                {
                    cancellation.ThrowIfCancellationRequested();
                    yield return piece;
                }
            }

            if (End == GenerationEnd.Cancelled)
                _cancellation.ThrowIfCancellationRequested();
        }
        finally
        {
            Cancel();
        }
    }

    /// <summary>The request has ended by itself, was refused or cancelled: readers come to the end.</summary>
    internal void Close()
    {
        _registration.Unregister();
        if (_text?.Finish() is { Length: > 0 } rest)
            _pieces.Writer.TryWrite(new TextPiece(rest, null));
        _pieces.Writer.TryComplete();
        _completion.TrySetResult(End);
    }

    /// <summary>The generator failed: readers get what there is, and then this.</summary>
    internal void Fail(Exception failure)
    {
        Ticket.EndWith(GenerationEnd.Failed);
        _registration.Unregister();
        _pieces.Writer.TryComplete(failure);
        _completion.TrySetException(failure);
        // Whoever reads the stream has the failure; nobody need look at the task as well.
        _ = _completion.Task.Exception;
    }

    /// <summary>On the generator's thread, within a pass.</summary>
    bool Take(in GeneratedToken token)
    {
        string text = _text?.Push(token.Token) ?? "";
        _pieces.Writer.TryWrite(new TextPiece(text, token));
        return _text?.Stop is null;
    }
}
