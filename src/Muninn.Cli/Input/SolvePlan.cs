using System.Collections.Generic;
using Muninn.Engine.Recurrence.Solvers;

namespace Muninn.Cli.Input;

/// <summary>What is solved, by which solvers.</summary>
sealed record SolvePlan
{
    /// <summary>The residual at which a token is solved where nothing is said.</summary>
    public const double StandardTolerance = 1e-4;

    /// <summary>The text, the model, limit and horizon.</summary>
    public required RunPlan Run { get; init; }

    /// <summary>The solvers beside plain iteration, as typed.</summary>
    public required IReadOnlyList<(string Name, Solver Solver)> Solvers { get; init; }

    /// <summary>The residual at which a token is solved.</summary>
    public required double Tolerance { get; init; }

    /// <summary>Texts in place of the one of <see cref="Run"/>; null: that one.</summary>
    public required IReadOnlyList<Prompt>? Questions { get; init; }

    /// <summary>All that is read.</summary>
    public IReadOnlyList<Prompt> Prompts => Questions ?? [Run.Prompt];
}
