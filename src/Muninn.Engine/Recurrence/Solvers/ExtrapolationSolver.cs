namespace Muninn.Engine.Recurrence.Solvers;

/// <summary>
/// Reduced-rank extrapolation in cycles: some plain evaluations, then one step to the mixture of them whose residuals cancel best,
/// from where the next cycle begins.
/// </summary>
/// <remarks>
/// Sources: Eddy, "Extrapolating to the limit of a vector sequence", 1979; Mešina, "Convergence acceleration for the iterative
/// solution of the equations X = AX + f", 1977; in the form of Sidi, "Vector extrapolation methods with applications", 2017, but that
/// results are mixed in place of states, which carries the mixture one step on.
/// </remarks>
public sealed record ExtrapolationSolver : Solver
{
    /// <summary>A cycle to start from.</summary>
    public const int DefaultCycle = 5;

    /// <summary>Most evaluations of a cycle.</summary>
    public const int CycleMax = AndersonSolver.WindowMax + 1;

    /// <summary>Evaluations of a cycle, 2 … <see cref="CycleMax"/>.</summary>
    public int Cycle { get; init; } = DefaultCycle;

    /// <summary>As <see cref="AndersonSolver.Regularization"/>.</summary>
    public double Regularization { get; init; } = 1e-8;

    /// <summary>Plain evaluations before the first cycle, at the beginning and whenever the window is emptied; 0 or more.</summary>
    public int Delay { get; init; }

    /// <summary>When a mixture is thrown away.</summary>
    public SolverGuard Guard { get; init; } = new();

    /// <inheritdoc/>
    public override SolverMemory Start(int windows, int length)
    {
        RequireSizes(windows, length);
        RequireRange("cycle", Cycle, 2, CycleMax);
        RequireRange("regularisation", Regularization, 0, 1);
        RequireRange("delay", Delay, 0, int.MaxValue);
        Guard.Require();
        RequireRoom(windows, length, Cycle);
        return new WindowMemory(new WindowMemory.Shape(Cycle, 1, Regularization, Delay, InCycles: true), Guard, windows, length);
    }

    /// <inheritdoc/>
    public override long BytesPerWindow(int length) => WindowMemory.BytesPerWindow(Cycle, length);
}
