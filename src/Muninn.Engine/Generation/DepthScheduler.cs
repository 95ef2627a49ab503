using System;
using System.Collections.Generic;
using Muninn.Engine.Caching;
using Muninn.Engine.Model;
using Muninn.Kernels;

namespace Muninn.Engine.Generation;

/// <summary>
/// Depth batching: rows of many requests, each at its own iteration, share every pass. Requests join and leave between
/// iterations; prompts pass in chunks beside tokens that are generated.
/// </summary>
/// <remarks>
/// A request gets the tokens it gets alone, whoever is beside it. Requests start in the order in which they came, when the
/// store has room for all they may need, so that none is stopped halfway; a flight that waits for rows is not overtaken by one
/// that came later, so that none starves. One thread calls it; <see cref="RequestTicket.Cancel"/> may come from any.
/// </remarks>
public sealed class DepthScheduler : IDisposable
{
    readonly RecurrentModel _model;
    readonly KeyValueStore _store;
    readonly FlightPass _pass;
    readonly SchedulerSettings _settings;
    readonly SamplingMemory _sampling;
    readonly Queue<RequestTicket> _waiting = new();
    readonly List<Admitted> _admitted;
    readonly List<RequestRun> _inAir;
    readonly List<RequestRun> _entering;
    readonly List<RequestRun> _landed;
    readonly List<RequestRun> _preparing;
    readonly Queue<RequestRun> _atGate;
    long _waited;
    int _outerPanels;
    int _corePanels;
    long _bytes;

    /// <summary>Memory for all that will run.</summary>
    /// <param name="model">The weights; must outlive this object.</param>
    /// <param name="pool">Threads for products and attention; must outlive this object.</param>
    /// <param name="settings">How much at a time.</param>
    /// <exception cref="ArgumentException">A setting is out of its range.</exception>
    /// <exception cref="OutOfMemoryException">The system has not that much memory.</exception>
    public DepthScheduler(RecurrentModel model, WorkerPool pool, SchedulerSettings settings)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(settings);
        settings.Check();
        _model = model;
        _settings = settings;
        _sampling = new SamplingMemory(model.Config.Vocabulary);
        _store = new KeyValueStore(model.Config, settings.Store with { Sequences = settings.RequestsMax }, settings.Format);
        _pass = new FlightPass(model, new ForwardPass(model, pool, _store, settings.RowsMax), settings.HeadRowsMax);
        _admitted = new List<Admitted>(settings.RequestsMax);
        _inAir = new List<RequestRun>(settings.RequestsMax);
        _entering = new List<RequestRun>(settings.RequestsMax);
        _landed = new List<RequestRun>(settings.RequestsMax);
        _preparing = new List<RequestRun>(settings.RequestsMax);
        _atGate = new Queue<RequestRun>(settings.RequestsMax);
    }

    /// <summary>A request that runs, and what it has reserved.</summary>
    readonly record struct Admitted(RequestTicket Ticket, RequestRun Run, RequestSize Size);

    /// <summary>Requests that wait to start.</summary>
    public int Waiting => _waiting.Count;

    /// <summary>Requests that run.</summary>
    public int Running => _admitted.Count;

    /// <summary>Passes so far.</summary>
    public PassCounts Counts => _pass.Counts;

    /// <summary>Bytes of keys and values in use.</summary>
    public long StoreBytesInUse => _store.BytesInUse;

    /// <summary>Hands in a request. It starts at a later <see cref="Step"/>, or is refused at once: see the ticket.</summary>
    /// <param name="request">What to generate.</param>
    /// <param name="sink">Receives each token during <see cref="Step"/>; null: only counts are kept.</param>
    /// <param name="waveObserver">Sees each sweep of a <see cref="WavefrontMode"/> during <see cref="Step"/>; null: nobody does.</param>
    public RequestTicket Submit(GenerationRequest request, TokenSink? sink = null, WaveObserver? waveObserver = null)
    {
        ArgumentNullException.ThrowIfNull(request);
        var ticket = new RequestTicket(request, sink, waveObserver);
        string? refusal = _waiting.Count >= _settings.QueueMax
            ? $"{_waiting.Count} requests are waiting, and no more than {_settings.QueueMax} may; try again later."
            : RefusalOf(request);
        if (refusal is null)
            Submit(ticket);
        else
            ticket.Refuse(refusal);
        return ticket;
    }

    /// <summary>Why a request cannot run, whatever else runs; null: it can. From any thread.</summary>
    internal string? RefusalOf(GenerationRequest request) => RequestCheck.RefusalOf(request, _model.Config, _settings);

    /// <summary>Hands in a request that was checked.</summary>
    internal void Submit(RequestTicket ticket) => _waiting.Enqueue(ticket);

    /// <summary>
    /// One iteration of all that runs: cancelled requests leave, waiting ones join, the prelude of new flights, the core, the coda
    /// of those that landed.
    /// </summary>
    /// <returns>Whether anything is left to do.</returns>
    public bool Step()
    {
        Release();
        Admit();
        OpenGate();
        Prepare();
        _inAir.AddRange(_entering);
        _entering.Clear();
        _pass.Iterate(_inAir);
        Land();
        Release();
        return _admitted.Count > 0 || _waiting.Count > 0;
    }

    /// <inheritdoc/>
    public void Dispose() => _store.Dispose();

    /// <summary>Requests that ended, or were cancelled, give back what they hold.</summary>
    void Release()
    {
        int kept = 0;
        for (int i = 0; i < _admitted.Count; i++)
        {
            var (ticket, run, size) = _admitted[i];
            if (ticket.IsCancelled && run.End == GenerationEnd.None)
                run.End = GenerationEnd.Cancelled;
            ticket.Generated = run.Generated;
            ticket.BlockPasses = run.Passes;
            (ticket.Drafted, ticket.Accepted) = (run.Drafted, run.Accepted);
            if (run.End == GenerationEnd.None)
            {
                _admitted[kept++] = _admitted[i];
                continue;
            }

            _inAir.Remove(run);
            _landed.Remove(run);
            run.Finish();
            _outerPanels -= size.Store.OuterPanels;
            _corePanels -= size.Store.CorePanels;
            _bytes -= size.Bytes;
            ticket.Failure = run.Failure;
            ticket.EndWith(run.End);
        }

        _admitted.RemoveRange(kept, _admitted.Count - kept);
        ForgetCancelled();
    }

    /// <summary>Requests that were cancelled while they waited leave the queue.</summary>
    void ForgetCancelled()
    {
        for (int left = _waiting.Count; left > 0; left--)
        {
            var ticket = _waiting.Dequeue();
            if (ticket.IsCancelled)
                ticket.EndWith(GenerationEnd.Cancelled);
            else
                _waiting.Enqueue(ticket);
        }
    }

    void Admit()
    {
        while (_waiting.Count > 0 && _admitted.Count < _settings.RequestsMax)
        {
            var ticket = _waiting.Peek();
            var size = RequestSize.Of(ticket.Request, _model.Config);
            if (!Fits(size))
                return;
            _waiting.Dequeue();
            if (Start(ticket) is not { } run)
                continue;
            _outerPanels += size.Store.OuterPanels;
            _corePanels += size.Store.CorePanels;
            _bytes += size.Bytes;
            _admitted.Add(new Admitted(ticket, run, size));
            _atGate.Enqueue(run);
        }
    }

    /// <summary>Starts a request; one that cannot start ends alone.</summary>
    RequestRun? Start(RequestTicket ticket)
    {
        try
        {
            var run = ticket.Request.Mode.Start(ticket, _model);
            run.Begin(_store, _sampling);
            ticket.Rounds = run.Rounds;
            return run;
        }
        catch (Exception e)
        {
            ticket.Failure = e;
            ticket.EndWith(GenerationEnd.Failed);
            return null;
        }
    }

    bool Fits(in RequestSize size) => _outerPanels + (long)size.Store.OuterPanels <= _settings.Store.OuterPanels
        && _corePanels + (long)size.Store.CorePanels <= _settings.Store.CorePanels
        && _bytes + size.Bytes <= _settings.MemoryMax;

    /// <summary>Flights set out in the order in which they came to the gate, as long as the pass has room for their rows.</summary>
    void OpenGate()
    {
        int rows = 0;
        foreach (var run in _inAir)
            rows += run.Flight.LiveCount;
        while (_atGate.TryPeek(out var run))
        {
            if (run.End == GenerationEnd.None)
            {
                rows += run.Flight.LiveCount;
                if (rows > _settings.RowsMax)
                    return;
                _entering.Add(run);
            }

            _atGate.Dequeue();
        }
    }

    /// <summary>Where a prelude is due, those behind at the gate share it: it reads the same weights for all.</summary>
    void Prepare()
    {
        int rows = 0;
        bool isDue = false;
        foreach (var run in _entering)
        {
            _preparing.Add(run);
            rows += run.Flight.Count;
            isDue |= run.Flight.NeedsPrelude;
        }

        foreach (var run in _atGate)
        {
            rows += run.Flight.Count;
            if (!isDue || rows > _settings.RowsMax)
                break;
            if (run.End == GenerationEnd.None)
                _preparing.Add(run);
        }

        _pass.Prelude(_preparing);
        _preparing.Clear();
    }

    /// <summary>
    /// Coda of flights that landed. It reads all its weights, as the prelude does behind it, for however few rows: they wait for others
    /// until their waiting costs the rows in the air as much. Alone, none waits.
    /// </summary>
    void Land()
    {
        int kept = 0;
        long live = 0;
        for (int i = 0; i < _inAir.Count; i++)
        {
            var run = _inAir[i];
            live += run.Flight.LiveCount;
            if (run.Flight.HasLanded)
                _landed.Add(run);
            else
                _inAir[kept++] = run;
        }

        _inAir.RemoveRange(kept, _inAir.Count - kept);
        foreach (var run in _landed)
            _waited += run.Flight.Count;
        var config = _model.Config;
        if (_waited * config.CoreBlocks < live * (config.PreludeBlocks + config.CodaBlocks))
            return;
        _waited = 0;
        _pass.Land(_landed);
        foreach (var run in _landed)
        {
            if (run.End == GenerationEnd.None)
                _atGate.Enqueue(run);
        }

        _landed.Clear();
    }
}
