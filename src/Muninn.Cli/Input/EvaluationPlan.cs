using System.Collections.Generic;
using Muninn.Engine.Model;
using Muninn.Engine.Recurrence;
using Muninn.Engine.Training.Evaluation;

namespace Muninn.Cli.Input;

/// <summary>What a model shall be asked, and how.</summary>
sealed record EvaluationPlan
{
    /// <summary>The name of the model.</summary>
    public required string Model { get; init; }

    /// <summary>Which questions of the worlds, and how deep; null: none.</summary>
    public required WorldEvaluationSettings? Worlds { get; init; }

    /// <summary>Most iterations.</summary>
    public required int Limit { get; init; }

    /// <summary>When tokens stop in real runs besides; null: there are none.</summary>
    public required ExitRule? Exit { get; init; }

    /// <summary>Files of texts that are predicted.</summary>
    public required IReadOnlyList<string> Texts { get; init; }

    /// <summary>Whether every line of them is a text of its own.</summary>
    public required bool IsByLine { get; init; }

    /// <summary>Most tokens of a window; null: the usual number.</summary>
    public required int? Window { get; init; }

    /// <summary>The residual at which rows are at rest; 0: never.</summary>
    public required double RestResidual { get; init; }

    /// <summary>Where every row starts.</summary>
    public required StartChoice Start { get; init; }

    /// <summary>Seed of the questions and of a random start.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Which rotary table.</summary>
    public required RotarySource Rotary { get; init; }

    /// <summary>Threads; null for as many as the work is worth.</summary>
    public required int? Threads { get; init; }

    /// <summary>The start of every row.</summary>
    public InitialState InitialState => Start == StartChoice.Random ? InitialState.Random(Seed) : InitialState.Zero;
}
