namespace Muninn.Engine.Recurrence.Solvers;

/// <summary>
/// Anderson acceleration: the next evaluation is taken at the mixture of the last ones whose residuals cancel best. After n + 1
/// evaluations of a linear map in n dimensions that is its fixed point.
/// </summary>
/// <remarks>
/// Sources: Anderson, "Iterative procedures for nonlinear integral equations", 1965; Walker and Ni, "Anderson acceleration for
/// fixed-point iterations", 2011, in the form without constraint.
/// </remarks>
public sealed record AndersonSolver : Solver
{
    /// <summary>A window to start from.</summary>
    public const int DefaultWindow = 5;

    /// <summary>Most evaluations a window may look back.</summary>
    public const int WindowMax = 64;

    /// <summary>Differences that are mixed (m): the window holds m + 1 evaluations; 1 … <see cref="WindowMax"/>.</summary>
    public int Window { get; init; } = DefaultWindow;

    /// <summary>Part of the mixed residual that is added to the mixed states (β), above 0, at most 1; 1 mixes results alone.</summary>
    public double Share { get; init; } = 1;

    /// <summary>λ of <c>‖f − Δf·γ‖² + λ · Σ (γ_j·‖Δf_j‖)²</c>, 0 … 1: larger mixes more timidly.</summary>
    public double Regularization { get; init; } = 1e-8;

    /// <summary>Plain evaluations before the first is used, at the beginning and whenever the window is emptied; 0 or more.</summary>
    public int Delay { get; init; }

    /// <summary>When a mixture is thrown away.</summary>
    public SolverGuard Guard { get; init; } = new();

    /// <inheritdoc/>
    public override SolverMemory Start(int windows, int length)
    {
        RequireSizes(windows, length);
        RequireRange("window", Window, 1, WindowMax);
        RequireShare("damping", Share);
        RequireRange("regularisation", Regularization, 0, 1);
        RequireRange("delay", Delay, 0, int.MaxValue);
        Guard.Require();
        RequireRoom(windows, length, Window + 1);
        return new WindowMemory(new WindowMemory.Shape(Window + 1, Share, Regularization, Delay, InCycles: false), Guard, windows, length);
    }

    /// <inheritdoc/>
    public override long BytesPerWindow(int length) => WindowMemory.BytesPerWindow(Window + 1, length);
}
