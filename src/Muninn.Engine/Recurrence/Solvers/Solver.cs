using System;

namespace Muninn.Engine.Recurrence.Solvers;

/// <summary>What shares one window of earlier evaluations, and so one set of weights.</summary>
public enum SolverScope
{
    /// <summary>
    /// Every position has a window and a least-squares problem of its own. A heuristic: attention couples positions, so that what
    /// one position sees of its own map moves with the positions before it, and a least-squares fit takes that for its own doing.
    /// </summary>
    Position,

    /// <summary>One window for all positions of a prompt: the textbook's method on the joint map, all positions with the same weights.</summary>
    WholePrompt,
}

/// <summary>
/// How the fixed point s = core(e, s) is sought: where the next evaluation of the core is to be taken, given the ones so far.
/// A solver is a value; what it remembers while a prompt is solved is its <see cref="SolverMemory"/>.
/// </summary>
/// <remarks>
/// Only <see cref="Plain"/> computes the model's own iterates. Every other solver leaves them: it may come to the same rest
/// sooner, come to another one, or come to none. A <see cref="SolverRun"/> says what came out, never that it must be the same.
/// </remarks>
public abstract record Solver
{
    /// <summary>Each evaluation is taken at the result of the one before: the model as it is.</summary>
    public static Solver Plain { get; } = new PlainSolver();

    /// <summary>What shares a window.</summary>
    public SolverScope Scope { get; init; }

    /// <summary>Fresh memory. All of it is allocated here.</summary>
    /// <param name="windows">How many windows run side by side, at least 1.</param>
    /// <param name="length">Numbers of a window's vector, at least 1: the width, or positions times width.</param>
    /// <exception cref="ArgumentException">A size or an option of the solver is out of range, or more than one array holds; the message says how.</exception>
    public abstract SolverMemory Start(int windows, int length);

    /// <summary>Memory of a window, in bytes; about.</summary>
    /// <param name="length">Numbers of a window's vector.</param>
    public abstract long BytesPerWindow(int length);

    private protected static void RequireSizes(int windows, int length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(windows, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
    }

    private protected static void RequireRoom(int windows, int length, int vectors)
    {
        long values = (long)windows * length * vectors;
        if (values > Array.MaxLength)
            throw new ArgumentException(
                $"{windows} windows of {vectors} vectors of {length} numbers are {values} numbers, and at most {Array.MaxLength} fit in one " +
                "piece; give a smaller window or a shorter prompt.");
    }

    private protected static void RequireRange(string what, double value, double least, double most)
    {
        if (!(value >= least && value <= most))
            throw new ArgumentOutOfRangeException(nameof(value), $"The {what} is {value}; give {least} to {most}.");
    }

    private protected static void RequireShare(string what, double value)
    {
        if (!(value > 0 && value <= 1))
            throw new ArgumentOutOfRangeException(nameof(value), $"The {what} is {value}; give a number above 0 and at most 1.");
    }
}

/// <summary>What a solver did, counted.</summary>
/// <param name="Mixed">Evaluations after which the next one was taken at a mixture.</param>
/// <param name="Plain">Evaluations after which the next one was taken at the result itself.</param>
/// <param name="Restarts">Times that a window was emptied because the residual rose, or because a cycle could not be used.</param>
/// <param name="Rejected">Mixtures that were thrown away: the residual rose at them or was not finite, and the solver went back.</param>
/// <param name="GaveUp">Windows that had so many mixtures thrown away that they went on plain.</param>
public readonly record struct SolverTally(int Mixed, int Plain, int Restarts, int Rejected, int GaveUp)
{
    /// <summary>Both counts together.</summary>
    public static SolverTally operator +(SolverTally a, SolverTally b) => new(
        a.Mixed + b.Mixed, a.Plain + b.Plain, a.Restarts + b.Restarts, a.Rejected + b.Rejected, a.GaveUp + b.GaveUp);
}

/// <summary>
/// Says, window by window and evaluation by evaluation, where the next evaluation is to be taken. Nothing is allocated after
/// <see cref="Solver.Start"/>; what it says of a window depends on nothing but that window's own evaluations.
/// </summary>
public abstract class SolverMemory
{
    /// <summary>A window starts anew: whatever it held is forgotten.</summary>
    /// <param name="window">Number of the window, 0 … windows − 1.</param>
    public abstract void Begin(int window);

    /// <summary>Where the next evaluation is to be taken.</summary>
    /// <param name="window">Number of the window, begun before.</param>
    /// <param name="state">Where this evaluation was taken, x, <c>[length]</c>.</param>
    /// <param name="image">core(e, x), <c>[length]</c>.</param>
    /// <param name="next">Overwritten, <c>[length]</c>; may be <paramref name="state"/>, not <paramref name="image"/>.</param>
    public abstract void Next(int window, ReadOnlySpan<float> state, ReadOnlySpan<float> image, Span<float> next);

    /// <summary>What was done for a window since it began.</summary>
    /// <param name="window">Number of the window.</param>
    public abstract SolverTally TallyOf(int window);
}

/// <summary>x ← core(e, x).</summary>
sealed record PlainSolver : Solver
{
    public override SolverMemory Start(int windows, int length)
    {
        RequireSizes(windows, length);
        return new StepMemory(windows, 1);
    }

    public override long BytesPerWindow(int length) => 0;
}

/// <summary>x ← x + share · (core(e, x) − x): a part of every step.</summary>
/// <param name="Share">The part, above 0, at most 1; 1 is plain.</param>
/// <remarks>
/// An eigenvalue λ of the map becomes 1 − share + share · λ. What turns or flips (λ near −1) is calmed; what contracts evenly is
/// slowed. It may so come to rest at a point that plain iteration circles for ever.
/// </remarks>
public sealed record DampedSolver(double Share = DampedSolver.DefaultShare) : Solver
{
    /// <summary>Half of every step.</summary>
    public const double DefaultShare = 0.5;

    /// <inheritdoc/>
    public override SolverMemory Start(int windows, int length)
    {
        RequireSizes(windows, length);
        RequireShare("damping", Share);
        return new StepMemory(windows, Share);
    }

    /// <inheritdoc/>
    public override long BytesPerWindow(int length) => 0;
}

/// <summary>x ← x + share · (g − x); remembers nothing but how often.</summary>
sealed class StepMemory(int windows, double share) : SolverMemory
{
    readonly int[] _steps = new int[windows];

    public override void Begin(int window) => _steps[window] = 0;

    public override void Next(int window, ReadOnlySpan<float> state, ReadOnlySpan<float> image, Span<float> next)
    {
        _steps[window]++;
        for (int i = 0; i < image.Length; i++)
            next[i] = share == 1 ? image[i] : (float)(state[i] + share * ((double)image[i] - state[i]));
    }

    public override SolverTally TallyOf(int window) =>
        share == 1 ? new SolverTally(0, _steps[window], 0, 0, 0) : new SolverTally(_steps[window], 0, 0, 0, 0);
}
