using System;

namespace Muninn.Engine.Recurrence.Solvers;

/// <summary>How the fixed point of a prompt is sought.</summary>
public sealed record SolveSettings
{
    /// <summary>The method.</summary>
    public required Solver Solver { get; init; }

    /// <summary>Most evaluations of the core, at least 1.</summary>
    public required int Evaluations { get; init; }

    /// <summary>Where every row starts.</summary>
    public InitialState Start { get; init; } = InitialState.Zero;

    /// <summary>
    /// The run ends after an evaluation at which every row's residual ‖core(e, x) − x‖ / ‖core(e, x)‖ is at or below this; 0: after
    /// the last one.
    /// </summary>
    public double Tolerance { get; init; }
}

/// <summary>How one row of a run ended.</summary>
/// <param name="Residual">‖core(e, x) − x‖ / ‖core(e, x)‖ at its last evaluation; NaN where that is not finite.</param>
/// <param name="IsWithinTolerance">Whether that is at or below the tolerance; never where the tolerance is 0.</param>
public readonly record struct SolveEnding(double Residual, bool IsWithinTolerance);

/// <summary>
/// Seeks s = core(e, s): <c>x₀ → [g ← core(e, x) → observe → x ← solver(x, g)]</c>. It knows no layers and no model: the core is a
/// delegate.
/// </summary>
/// <remarks>
/// <para>Every row takes part in every evaluation, so that an evaluation depends on nothing but the states it is taken at: all rows
/// write their keys and values in it, and read those of the same evaluation. Nothing of an earlier one is left, whatever the
/// solver does in between; a mixed state gets its keys when the core is next evaluated at it. The price: rows that are at rest
/// are evaluated until the last one is.</para>
/// <para>The answer is the result of the last evaluation, an output of the core, never a mixture.</para>
/// <para>Buffers are allocated once, here; a run allocates nothing but its solver's memory.</para>
/// </remarks>
public sealed class SolverRun
{
    readonly CoreStep _core;
    readonly int _width;
    readonly float[] _state;
    readonly float[] _image;

    /// <summary>Buffers for runs of at most <paramref name="rowsMax"/> rows.</summary>
    /// <param name="core">One application of the core.</param>
    /// <param name="width">Width of a state, at least 1.</param>
    /// <param name="rowsMax">Most rows of a run, at least 1.</param>
    public SolverRun(CoreStep core, int width, int rowsMax)
    {
        ArgumentNullException.ThrowIfNull(core);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(rowsMax, 1);
        _core = core;
        _width = width;
        _state = new float[checked(width * rowsMax)];
        _image = new float[_state.Length];
    }

    /// <summary>What the solver of the last run did, over all its windows.</summary>
    public SolverTally Tally { get; private set; }

    /// <summary>Evaluates the core until every row is within the tolerance, or as often as is allowed.</summary>
    /// <param name="rows">The rows of the run, of one prompt where the solver's scope is the whole prompt. They stay what they are.</param>
    /// <param name="injected">e, <c>[rows, width]</c>, the same at every evaluation.</param>
    /// <param name="settings">Solver, start, limit and tolerance.</param>
    /// <param name="final">Result of the last evaluation, <c>[rows, width]</c>, overwritten.</param>
    /// <param name="endings">How each row ended, <c>[rows]</c>, overwritten.</param>
    /// <param name="observer">
    /// Sees x₀ as iteration 0, and then each evaluation: <see cref="IterationView.State"/> is core(e, x),
    /// <see cref="IterationView.Previous"/> the x it was taken at, which need not be the state seen before. Null: none.
    /// </param>
    /// <returns>How many evaluations it took.</returns>
    public int Run(
        RowBatch rows, ReadOnlySpan<float> injected, SolveSettings settings, Span<float> final, Span<SolveEnding> endings,
        IterationObserver? observer = null)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(settings.Solver, nameof(settings));
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.Evaluations, 1, nameof(settings));
        if (!(settings.Tolerance >= 0))
            throw new ArgumentOutOfRangeException(nameof(settings), $"The tolerance is {settings.Tolerance}; give 0 or more.");
        RequireRoom(rows.Count, injected.Length, final.Length, endings.Length);
        int windows = WindowsOf(rows, settings.Solver);
        int length = rows.Count * _width;
        int windowLength = length / windows;
        var memory = settings.Solver.Start(windows, windowLength);
        for (int window = 0; window < windows; window++)
            memory.Begin(window);
        Span<float> state = _state.AsSpan(0, length);
        Span<float> image = _image.AsSpan(0, length);
        settings.Start.Fill(rows, _width, state);
        observer?.Invoke(new IterationView(0, rows, _width, state, default));
        int evaluation = 0;
        bool goesOn;
        do
        {
            _core(rows, injected[..length], state, image);
            evaluation++;
            rows.Advance();
            observer?.Invoke(new IterationView(evaluation, rows, _width, image, state));
            goesOn = evaluation < settings.Evaluations && !AllWithin(rows.Count, settings.Tolerance);
            for (int window = 0; goesOn && window < windows; window++)
            {
                Span<float> x = state.Slice(window * windowLength, windowLength);
                memory.Next(window, x, image.Slice(window * windowLength, windowLength), x);
            }
        }
        while (goesOn);

        Conclude(rows.Count, settings.Tolerance, memory, windows, endings);
        image.CopyTo(final);
        return evaluation;
    }

    static int WindowsOf(RowBatch rows, Solver solver)
    {
        if (solver.Scope == SolverScope.Position)
            return rows.Count;
        if (rows.Sequences[^1] != rows.Sequences[0])
            throw new ArgumentException(
                $"The rows belong to sequences {rows.Sequences[0]} to {rows.Sequences[^1]}, and one window for the whole prompt mixes one; " +
                "solve them one at a time, or position by position.", nameof(rows));
        return 1;
    }

    bool AllWithin(int rows, double tolerance)
    {
        if (tolerance == 0)
            return false;
        for (int row = 0; row < rows; row++)
        {
            if (!(ResidualOf(row) <= tolerance))
                return false;
        }

        return true;
    }

    void Conclude(int rows, double tolerance, SolverMemory memory, int windows, Span<SolveEnding> endings)
    {
        for (int row = 0; row < rows; row++)
        {
            double residual = ResidualOf(row);
            endings[row] = new SolveEnding(residual, tolerance > 0 && residual <= tolerance);
        }

        var tally = default(SolverTally);
        for (int window = 0; window < windows; window++)
            tally += memory.TallyOf(window);
        Tally = tally;
    }

    double ResidualOf(int row) =>
        Residual.Of(_image.AsSpan(row * _width, _width), _state.AsSpan(row * _width, _width));

    void RequireRoom(int rows, int injected, int final, int endings)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        int length = checked(rows * _width);
        if (length > _state.Length)
            throw new ArgumentException(
                $"The batch has {rows} rows, but this run was built for at most {_state.Length / _width}; build a larger one.");
        if (injected < length || final < length || endings < rows)
            throw new ArgumentException(
                $"{rows} rows of width {_width} need {length} injected values, {length} final values and {rows} endings; " +
                $"got {injected}, {final} and {endings}.");
    }
}
