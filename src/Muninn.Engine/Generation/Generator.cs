using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using Muninn.Engine.Model;
using Muninn.Engine.Text;
using Muninn.Kernels;

namespace Muninn.Engine.Generation;

/// <summary>How busy a <see cref="Generator"/> is; between two passes.</summary>
/// <param name="Running">Requests that run.</param>
/// <param name="Waiting">Requests that wait to start.</param>
/// <param name="StoreBytesInUse">Bytes of keys and values in use.</param>
/// <param name="Counts">Passes so far.</param>
public readonly record struct GeneratorLoad(int Running, int Waiting, long StoreBytesInUse, PassCounts Counts);

/// <summary>
/// Generation for many callers at a time: takes requests from any thread, runs them together in a <see cref="DepthScheduler"/>
/// on a thread of its own, and gives each its tokens as a stream.
/// </summary>
/// <remarks>
/// Without requests the thread sleeps. A request that cannot run is not an exception: its stream is empty and ends with
/// <see cref="GenerationEnd.Refused"/>. What fails in a request's own part (its start, an observer that throws) ends its stream with
/// that exception; what fails in a pass that requests share ends all of them, and no further request is taken.
/// </remarks>
public sealed class Generator : IDisposable, IAsyncDisposable
{
    readonly Lock _gate = new();
    readonly WorkerPool _pool;
    readonly DepthScheduler _scheduler;
    readonly Queue<GenerationStream> _arrived = new();
    readonly List<GenerationStream> _running = [];
    readonly List<GenerationStream> _ended = [];
    readonly AutoResetEvent _wake = new(initialState: false);
    readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly Thread _thread;
    readonly long _openMax;
    GeneratorLoad _load;
    Exception? _failure;
    int _open;
    bool _isDisposed;
    bool _hasStopped;

    /// <summary>Takes memory for all that will run, and starts the threads.</summary>
    /// <param name="model">The weights; must outlive this object.</param>
    /// <param name="settings">
    /// How much at a time. More than <see cref="SchedulerSettings.RequestsMax"/> + <see cref="SchedulerSettings.QueueMax"/>
    /// requests that have not ended are refused.
    /// </param>
    /// <param name="threads">Threads that compute, 1 … <see cref="WorkerPool.ThreadsMax"/>.</param>
    /// <exception cref="ArgumentException">A setting is out of its range.</exception>
    /// <exception cref="OutOfMemoryException">The system has not that much memory.</exception>
    public Generator(RecurrentModel model, SchedulerSettings settings, int threads)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(settings);
        _openMax = (long)settings.RequestsMax + settings.QueueMax;
        _pool = new WorkerPool(threads);
        try
        {
            _scheduler = new DepthScheduler(model, _pool, settings);
        }
        catch
        {
            _pool.Dispose();
            throw;
        }

        _thread = new Thread(Work) { IsBackground = true, Name = "muninn generator" };
        _thread.Start();
    }

    /// <summary>How busy it is. From any thread.</summary>
    public GeneratorLoad Load
    {
        get
        {
            lock (_gate)
                return _load with { Waiting = _open - _load.Running };
        }
    }

    /// <summary>Starts a request. From any thread; it runs whether its stream is read or not.</summary>
    /// <param name="request">What to generate; prompt and stop tokens are copied.</param>
    /// <param name="cancellationToken">Ends the request within one pass.</param>
    /// <exception cref="InvalidOperationException">The generator failed before.</exception>
    /// <exception cref="ObjectDisposedException">The generator was disposed of.</exception>
    public GenerationStream Start(GenerationRequest request, CancellationToken cancellationToken = default) =>
        Start(request, null, cancellationToken);

    /// <summary>Starts a request and watches its wave. From any thread; it runs whether its stream is read or not.</summary>
    /// <param name="request">What to generate; prompt and stop tokens are copied.</param>
    /// <param name="waveObserver">Sees each sweep of a <see cref="WavefrontMode"/>, inside a pass; null: nobody does.</param>
    /// <param name="cancellationToken">Ends the request within one pass.</param>
    /// <exception cref="InvalidOperationException">The generator failed before.</exception>
    /// <exception cref="ObjectDisposedException">The generator was disposed of.</exception>
    public GenerationStream Start(
        GenerationRequest request, WaveObserver? waveObserver, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return Enter(new GenerationStream(request, null, cancellationToken, waveObserver));
    }

    /// <summary>
    /// Starts a request whose tokens come as text: whole characters, without special tokens, up to the first stop string. The
    /// token that completes a stop string is the last that is generated.
    /// </summary>
    /// <param name="request">What to generate; its stop tokens are not shown.</param>
    /// <param name="tokenizer">Knows the bytes of each token.</param>
    /// <param name="stops">Texts that end it; they may straddle tokens. Null: none.</param>
    /// <param name="cancellationToken">Ends the request within one pass.</param>
    /// <exception cref="InvalidOperationException">The generator failed before.</exception>
    /// <exception cref="ObjectDisposedException">The generator was disposed of.</exception>
    public TextStream StartText(
        GenerationRequest request, Tokenizer tokenizer, StopStrings? stops = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(tokenizer);
        var text = new TextFlow(tokenizer, stops ?? StopStrings.None, [.. request.StopTokens]);
        return new TextStream(Enter(new GenerationStream(request, text, cancellationToken)), text);
    }

    /// <summary>Ends all requests with <see cref="GenerationEnd.Cancelled"/>, after the pass that is under way, and frees everything.</summary>
    /// <exception cref="InvalidOperationException">Called by an observer, inside a pass.</exception>
    public void Dispose()
    {
        if (Environment.CurrentManagedThreadId == _thread.ManagedThreadId)
            throw new InvalidOperationException("A generator cannot be disposed of inside one of its own passes; let the observer return first.");
        Stop();
        _thread.Join();
    }

    /// <summary>As <see cref="Dispose"/>, without holding a thread.</summary>
    public ValueTask DisposeAsync()
    {
        Stop();
        return new ValueTask(_stopped.Task);
    }

    GenerationStream Enter(GenerationStream stream)
    {
        try
        {
            if (Admit(stream) is { } refusal)
            {
                stream.Ticket.Refuse(refusal);
                stream.Close();
            }

            return stream;
        }
        catch
        {
            stream.Close();
            throw;
        }
    }

    /// <summary>Hands a request over to the thread.</summary>
    /// <returns>Why it was not; null: it was.</returns>
    string? Admit(GenerationStream stream)
    {
        string? refusal = _scheduler.RefusalOf(stream.Request);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (_failure is not null)
                throw new InvalidOperationException($"The generator failed before ({_failure.Message}); make another one.", _failure);
            if (refusal is not null)
                return refusal;
            if (_open >= _openMax)
                return $"{_open} requests are running or waiting, and no more than {_openMax} may; try again later.";
            _open++;
            _arrived.Enqueue(stream);
            _wake.Set();
            return null;
        }
    }

    void Stop()
    {
        lock (_gate)
        {
            _isDisposed = true;
            if (!_hasStopped)
                _wake.Set();
        }
    }

    void Work()
    {
        Exception? failure = null;
        try
        {
            while (TakeIn())
            {
                bool isBusy = _scheduler.Step();
                Settle();
                if (!isBusy)
                    _wake.WaitOne();
            }

            foreach (var stream in _running)
                stream.Cancel();
            _scheduler.Step();
            Settle();
        }
        catch (Exception e)
        {
            failure = e;
        }

        Finish(failure);
    }

    /// <summary>Requests that arrived go to the scheduler.</summary>
    /// <returns>Whether to go on.</returns>
    bool TakeIn()
    {
        lock (_gate)
        {
            while (_arrived.TryDequeue(out var stream))
            {
                _running.Add(stream);
                _scheduler.Submit(stream.Ticket);
            }

            return !_isDisposed;
        }
    }

    /// <summary>Streams whose requests have ended come to their end, once the load tells that what they held is free.</summary>
    void Settle()
    {
        int kept = 0;
        for (int i = 0; i < _running.Count; i++)
        {
            if (_running[i].End == GenerationEnd.None)
                _running[kept++] = _running[i];
            else
                _ended.Add(_running[i]);
        }

        _running.RemoveRange(kept, _running.Count - kept);
        lock (_gate)
        {
            _open -= _ended.Count;
            _load = new GeneratorLoad(_scheduler.Running, 0, _scheduler.StoreBytesInUse, _scheduler.Counts);
        }

        foreach (var stream in _ended)
        {
            if (stream.Ticket.Failure is { } failure)
                stream.Fail(failure);
            else
                stream.Close();
        }

        _ended.Clear();
    }

    /// <summary>The thread ends: everything is freed, and nobody waits any longer.</summary>
    void Finish(Exception? failure)
    {
        lock (_gate)
        {
            (_failure, _hasStopped) = (failure, true);
            _running.AddRange(_arrived);
            _arrived.Clear();
            _open = 0;
            _load = _load with { Running = 0, StoreBytesInUse = 0 };
        }

        _scheduler.Dispose();
        _pool.Dispose();
        _wake.Dispose();
        foreach (var stream in _running)
        {
            if (failure is not null && stream.End == GenerationEnd.None)
                stream.Fail(failure);
            else
                stream.Close();
        }

        _running.Clear();
        _stopped.SetResult();
    }
}
