using System;

namespace Muninn.Engine.Recurrence;

/// <summary>How a run starts and ends.</summary>
public sealed record RunSettings
{
    /// <summary>Most iterations allowed, at least 0.</summary>
    public required int Limit { get; init; }

    /// <summary>Where every row starts.</summary>
    public InitialState Start { get; init; } = InitialState.Zero;

    /// <summary>When a row stops before the limit; null: never. A rule that reads logits needs a run that has a coda.</summary>
    public ExitRule? Exit { get; init; }
}

/// <summary>How one row of a run ended.</summary>
/// <param name="Iterations">Iterations that the row ran in this run.</param>
/// <param name="Reason">Why it stopped.</param>
public readonly record struct RowEnding(int Iterations, ExitReason Reason);

/// <summary>
/// The recurrence: <c>s₀ → edit? → observe → [s ← core(e, s) → edit? → observe → exit?]</c>, for i = 1 … limit, over the rows of a batch.
/// It knows no layers and no model: the core is a delegate. Rows that stop leave the pass, and the others go on without them.
/// </summary>
/// <remarks>Buffers are allocated once, here; a run allocates nothing, but for what its exit rule remembers and, where that reads them, logits.</remarks>
public sealed class RecurrentRun
{
    readonly CoreStep _core;
    readonly CodaStep? _coda;
    readonly int _width;
    readonly int _vocabulary;
    readonly float[] _injected;
    readonly int[] _rowNumbers;
    float[] _state;
    float[] _next;
    float[] _logits = [];

    /// <summary>Buffers for runs of at most <paramref name="rowsMax"/> rows.</summary>
    /// <param name="core">One application of the core.</param>
    /// <param name="width">Width of a state, at least 1.</param>
    /// <param name="rowsMax">Most rows of a run, at least 1.</param>
    /// <param name="coda">Logits of some rows, for exit rules that read them; null: no such rules.</param>
    /// <param name="vocabulary">Logits of a row; 0 without a coda.</param>
    public RecurrentRun(CoreStep core, int width, int rowsMax, CodaStep? coda = null, int vocabulary = 0)
    {
        ArgumentNullException.ThrowIfNull(core);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(rowsMax, 1);
        if (coda is not null)
            ArgumentOutOfRangeException.ThrowIfLessThan(vocabulary, 1);
        _core = core;
        _coda = coda;
        _vocabulary = coda is null ? 0 : vocabulary;
        _width = width;
        int length = checked(width * rowsMax);
        _state = new float[length];
        _next = new float[length];
        _injected = new float[length];
        _rowNumbers = new int[rowsMax];
    }

    /// <summary>Iterates the rows until each has stopped.</summary>
    /// <param name="rows">The rows of the run. Afterwards it holds the rows that no exit rule stopped.</param>
    /// <param name="injected">e, <c>[rows, width]</c>, the same at every iteration.</param>
    /// <param name="settings">Start, limit and exit rule.</param>
    /// <param name="final">Raw state of each row when it stopped, <c>[rows, width]</c>, overwritten.</param>
    /// <param name="endings">How each row ended, <c>[rows]</c>, overwritten.</param>
    /// <param name="edit">Changes s₀ and any s_i before anything else sees it; null: never.</param>
    /// <param name="observer">Sees s₀ and every s_i; null: none.</param>
    public void Run(
        RowBatch rows, ReadOnlySpan<float> injected, RunSettings settings, Span<float> final, Span<RowEnding> endings,
        StateEdit? edit = null, IterationObserver? observer = null)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentOutOfRangeException.ThrowIfNegative(settings.Limit, nameof(settings));
        RequireRoom(rows.Count, injected.Length, final.Length, endings.Length);
        RequireStatesSuffice(settings.Exit);
        int length = rows.Count * _width;
        for (int row = 0; row < rows.Count; row++)
            _rowNumbers[row] = row;
        injected[..length].CopyTo(_injected);
        settings.Start.Fill(rows, _width, _state);
        var monitor = rows.Count > 0 ? settings.Exit?.Start(rows.Count, _width, _vocabulary) : null;
        for (int row = 0; monitor is not null && row < rows.Count; row++)
            monitor.Begin(row);

        edit?.Invoke(0, rows, _state.AsSpan(0, length));
        observer?.Invoke(new IterationView(0, rows, _width, _state.AsSpan(0, length), default));
        for (int iteration = 1; iteration <= settings.Limit && rows.Count > 0; iteration++)
        {
            length = rows.Count * _width;
            _core(rows, _injected.AsSpan(0, length), _state.AsSpan(0, length), _next.AsSpan(0, length));
            rows.Advance();
            edit?.Invoke(iteration, rows, _next.AsSpan(0, length));
            observer?.Invoke(new IterationView(iteration, rows, _width, _next.AsSpan(0, length), _state.AsSpan(0, length)));
            if (monitor is not null)
                LetRowsLeave(rows, iteration, monitor, LogitsFor(rows, iteration, settings.Exit), final, endings);
            (_state, _next) = (_next, _state);
        }

        for (int row = 0; row < rows.Count; row++)
        {
            int number = _rowNumbers[row];
            _state.AsSpan(row * _width, _width).CopyTo(final[(number * _width)..]);
            endings[number] = new RowEnding(settings.Limit, ExitReason.LimitReached);
        }
    }

    /// <summary>Rows whose rule is met hand over their state; the rest close the gaps, in order.</summary>
    void LetRowsLeave(
        RowBatch rows, int iteration, ExitMonitor monitor, ReadOnlySpan<float> logits, Span<float> final, Span<RowEnding> endings)
    {
        int kept = 0;
        for (int row = 0; row < rows.Count; row++)
        {
            int number = _rowNumbers[row];
            Span<float> state = _next.AsSpan(row * _width, _width);
            var rowLogits = logits.IsEmpty ? default : logits.Slice(row * _vocabulary, _vocabulary);
            if (monitor.Check(number, new ExitView(iteration, state, _state.AsSpan(row * _width, _width), rowLogits)).Stops)
            {
                state.CopyTo(final[(number * _width)..]);
                endings[number] = new RowEnding(iteration, ExitReason.RuleMet);
                continue;
            }

            if (kept != row)
            {
                state.CopyTo(_next.AsSpan(kept * _width, _width));
                _injected.AsSpan(row * _width, _width).CopyTo(_injected.AsSpan(kept * _width, _width));
                _rowNumbers[kept] = number;
                rows.Move(row, kept);
            }

            kept++;
        }

        rows.Shorten(kept);
    }

    /// <summary>Logits of the rows that are left, <c>[rows, vocabulary]</c>; empty where the rule does not read them now.</summary>
    ReadOnlySpan<float> LogitsFor(RowBatch rows, int iteration, ExitRule? exit)
    {
        if (_coda is null || exit is null || !exit.ReadsLogitsAt(iteration))
            return default;
        int length = checked(rows.Count * _vocabulary);
        // The first such iteration has the most rows.
        if (_logits.Length < length)
            _logits = new float[length];
        _coda(rows, _next.AsSpan(0, rows.Count * _width), _logits.AsSpan(0, length));
        return _logits.AsSpan(0, length);
    }

    void RequireStatesSuffice(ExitRule? exit)
    {
        if (_coda is null && exit is { ReadsLogits: true })
            throw new ArgumentException(
                $"{exit.GetType().Name} compares logits, and this run computes none; " +
                "give a rule that reads states, such as ResidualExit.", nameof(exit));
    }

    void RequireRoom(int rows, int injected, int final, int endings)
    {
        if (rows > _rowNumbers.Length)
            throw new ArgumentException($"The batch has {rows} rows, but this run was built for at most {_rowNumbers.Length}.");
        int length = rows * _width;
        if (injected < length || final < length || endings < rows)
            throw new ArgumentException(
                $"{rows} rows of width {_width} need {length} injected values, {length} final values and {rows} endings; " +
                $"got {injected}, {final} and {endings}.");
    }
}
