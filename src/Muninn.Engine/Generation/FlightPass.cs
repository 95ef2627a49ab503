using System;
using System.Collections.Generic;
using Muninn.Engine.Model;
using Muninn.Engine.Recurrence;

namespace Muninn.Engine.Generation;

/// <summary>
/// The passes that flights share: one prelude for those that set out, one iteration for all rows in the air, one coda for
/// those that landed. Rows of any requests at any iterations stand side by side.
/// </summary>
sealed class FlightPass
{
    readonly RecurrentModel _model;
    readonly ForwardPass _pass;
    readonly int _width;
    readonly int _vocabulary;
    readonly int _headRowsMax;
    readonly RowBatch _rows;
    readonly float[] _injected;
    readonly float[] _state;
    readonly float[] _next;
    readonly float[] _head;
    readonly float[] _logits;
    readonly int[] _tokens;

    internal FlightPass(RecurrentModel model, ForwardPass pass, int headRowsMax)
    {
        _model = model;
        _pass = pass;
        _width = model.Config.Width;
        _vocabulary = model.Config.Vocabulary;
        _headRowsMax = Math.Min(headRowsMax, pass.RowsMax);
        _rows = RowBatch.WithRoom(pass.RowsMax);
        int length = checked(pass.RowsMax * _width);
        _injected = new float[length];
        _state = new float[length];
        _next = new float[length];
        _head = new float[checked(_headRowsMax * _width)];
        _logits = new float[checked(_headRowsMax * _vocabulary)];
        _tokens = new int[pass.RowsMax];
    }

    /// <summary>Passes so far, and the rows that took part in them.</summary>
    internal PassCounts Counts { get; private set; }

    /// <summary>e of the flights that need it.</summary>
    internal void Prelude(List<RequestRun> runs)
    {
        _rows.Clear();
        foreach (var run in runs)
        {
            var flight = run.Flight;
            for (int row = 0; row < flight.Count && flight.NeedsPrelude; row++)
            {
                _tokens[_rows.Count] = flight.Tokens[row];
                _rows.Add(flight.Sequence, flight.FirstPosition + row, flight.Iteration);
            }
        }

        if (_rows.Count == 0)
            return;
        _pass.Prelude(_rows, _tokens.AsSpan(0, _rows.Count), _injected);
        Counts = Counts with { PreludePasses = Counts.PreludePasses + 1, PreludeRows = Counts.PreludeRows + _rows.Count };
        int at = 0;
        foreach (var run in runs)
        {
            var flight = run.Flight;
            if (!flight.NeedsPrelude)
                continue;
            int length = flight.Count * _width;
            _injected.AsSpan(at, length).CopyTo(flight.Injected);
            at += length;
            flight.NeedsPrelude = false;
            run.Passes += _model.Config.PreludeBlocks;
            run.OnInjected();
        }
    }

    /// <summary>One iteration of every row in the air; then each row's rule is asked whether the row stops.</summary>
    internal void Iterate(List<RequestRun> runs)
    {
        _rows.Clear();
        foreach (var run in runs)
            Gather(run.Flight);
        if (_rows.Count == 0)
            return;
        _pass.Core(_rows, _injected, _state, _next);
        Counts = Counts with { CorePasses = Counts.CorePasses + 1, CoreRows = Counts.CoreRows + _rows.Count };
        foreach (var run in runs)
        {
            if (run.Flight.HasLanded)
                continue;
            Scatter(run.Flight);
            run.Passes += _model.Config.CoreBlocks;
            if (run.Flight.Exit is { ReadsLogits: false })
                CheckStates(run);
        }

        CheckLogits(runs);
        foreach (var run in runs)
            run.Flight.StopAtLimit();
    }

    /// <summary>Coda and head of flights that have landed; each run gets its logits and prepares its next flight.</summary>
    internal void Land(List<RequestRun> landed)
    {
        for (int first = 0, next; first < landed.Count; first = next)
        {
            _rows.Clear();
            int wanted = 0;
            for (next = first; next < landed.Count && HasRoom(landed[next].Flight, wanted); next++)
            {
                var flight = landed[next].Flight;
                if (flight.HasLogits)
                    continue;
                flight.States.AsSpan(0, flight.Count * _width).CopyTo(_state.AsSpan(_rows.Count * _width));
                for (int row = 0; row < flight.Count; row++)
                    _rows.Add(flight.Sequence, flight.FirstPosition + row, flight.Iteration);
                wanted += flight.Count - flight.LogitsFrom;
                landed[next].Passes += _model.Config.CodaBlocks;
            }

            if (_rows.Count > 0)
                RunCoda();
            Deliver(landed, first, next, wanted);
        }
    }

    bool HasRoom(Flight flight, int wanted) => flight.HasLogits
        || (_rows.Count + flight.Count <= _pass.RowsMax && wanted + flight.Count - flight.LogitsFrom <= _headRowsMax);

    void Deliver(List<RequestRun> landed, int first, int next, int wanted)
    {
        int from = 0;
        int to = 0;
        for (int i = first; i < next; i++)
        {
            var flight = landed[i].Flight;
            if (flight.HasLogits)
                continue;
            int rows = flight.Count - flight.LogitsFrom;
            _next.AsSpan((from + flight.LogitsFrom) * _width, rows * _width).CopyTo(_head.AsSpan(to * _width));
            from += flight.Count;
            to += rows;
        }

        RunHead(wanted);
        int at = 0;
        for (int i = first; i < next; i++)
        {
            var flight = landed[i].Flight;
            int rows = flight.Count - flight.LogitsFrom;
            if (flight.HasLogits)
            {
                landed[i].Land(flight.Logits);
                continue;
            }

            landed[i].Land(_logits.AsSpan(at * _vocabulary, rows * _vocabulary));
            at += rows;
        }
    }

    /// <summary>The rows of a flight that go on take their places in the pass.</summary>
    void Gather(Flight flight)
    {
        flight.PassRow = _rows.Count;
        for (int row = 0; row < flight.Count; row++)
        {
            if (!flight.IsLive(row))
                continue;
            int at = _rows.Count * _width;
            flight.State(row).CopyTo(_state.AsSpan(at));
            flight.Injected.AsSpan(row * _width, _width).CopyTo(_injected.AsSpan(at));
            _rows.Add(flight.Sequence, flight.FirstPosition + row, flight.Iteration);
        }
    }

    void Scatter(Flight flight)
    {
        flight.Advance();
        int at = flight.PassRow;
        for (int row = 0; row < flight.Count; row++)
        {
            if (flight.IsLive(row))
                _next.AsSpan(at++ * _width, _width).CopyTo(flight.State(row));
        }
    }

    void CheckStates(RequestRun run)
    {
        var flight = run.Flight;
        int at = flight.PassRow;
        flight.BeginChecks();
        for (int row = 0; row < flight.Count; row++)
        {
            if (flight.IsLive(row))
                flight.Check(row, View(flight, at++, default));
        }

        flight.EndChecks();
    }

    /// <summary>The coda of all rows whose rule reads logits now, and then their checks, as many at a time as the head takes.</summary>
    void CheckLogits(List<RequestRun> runs)
    {
        _rows.Clear();
        foreach (var run in runs)
        {
            var flight = run.Flight;
            if (flight.HasLanded || !flight.ReadsLogitsNow)
                continue;
            for (int row = 0; row < flight.Count; row++)
            {
                if (!flight.IsLive(row))
                    continue;
                flight.State(row).CopyTo(_injected.AsSpan(_rows.Count * _width));
                _rows.Add(flight.Sequence, flight.FirstPosition + row, flight.Iteration);
            }

            flight.BeginChecks();
            run.Passes += _model.Config.CodaBlocks;
        }

        if (_rows.Count == 0)
            return;
        Counts = Counts with { CodaPasses = Counts.CodaPasses + 1, CodaRows = Counts.CodaRows + _rows.Count };
        // The states before and behind the iteration are still needed by the rules: e is not.
        _pass.Coda(_rows, _injected, _injected);
        int at = 0;
        foreach (var run in runs)
        {
            var flight = run.Flight;
            if (flight.HasLanded || !flight.ReadsLogitsNow)
                continue;
            at = CheckLogits(flight, at);
            flight.EndChecks();
        }
    }

    int CheckLogits(Flight flight, int at)
    {
        int inPass = flight.PassRow;
        for (int row = 0; row < flight.Count; row++)
        {
            if (!flight.IsLive(row))
                continue;
            int slot = at % _headRowsMax;
            if (slot == 0)
            {
                int rows = Math.Min(_headRowsMax, _rows.Count - at);
                _injected.AsSpan(at * _width, rows * _width).CopyTo(_head);
                RunHead(rows);
            }

            var logits = _logits.AsSpan(slot * _vocabulary, _vocabulary);
            flight.Check(row, View(flight, inPass++, logits));
            flight.KeepLogits(logits);
            at++;
        }

        return at;
    }

    ExitView View(Flight flight, int at, ReadOnlySpan<float> logits) => new(
        flight.Iteration, _next.AsSpan(at * _width, _width), _state.AsSpan(at * _width, _width), logits);

    void RunCoda()
    {
        _pass.Coda(_rows, _state, _next);
        Counts = Counts with { CodaPasses = Counts.CodaPasses + 1, CodaRows = Counts.CodaRows + _rows.Count };
    }

    void RunHead(int rows)
    {
        if (rows == 0)
            return;
        _pass.Head(_head, rows, _logits);
        Counts = Counts with { HeadPasses = Counts.HeadPasses + 1, HeadRows = Counts.HeadRows + rows };
    }
}
