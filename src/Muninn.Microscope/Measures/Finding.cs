using System.Collections.Generic;

namespace Muninn.Microscope.Measures;

/// <summary>What a finding is about.</summary>
public enum FindingKind
{
    /// <summary>Does every token converge?</summary>
    Convergence,

    /// <summary>States that are not finite.</summary>
    Divergence,

    /// <summary>Is s* itself at rest?</summary>
    Horizon,

    /// <summary>Slowest and fastest tokens.</summary>
    Speed,

    /// <summary>Rows that lie apart from the others.</summary>
    Deviation,

    /// <summary>Distances at iteration 0.</summary>
    Start,

    /// <summary>Where rapid decline ends.</summary>
    Knee,

    /// <summary>Rows that rise on their way.</summary>
    Rise,

    /// <summary>What a solver saves, and what it costs.</summary>
    Solver,

    /// <summary>What edits did.</summary>
    Intervention,

    /// <summary>Measured rates beside those of the Jacobian.</summary>
    Contraction,

    /// <summary>Spectral radii.</summary>
    Eigenvalue,

    /// <summary>Angles of leading eigenvalues.</summary>
    Turn,

    /// <summary>Growth before the fall: singular values.</summary>
    Stretch,

    /// <summary>Whether neighbouring trajectories approach.</summary>
    Lyapunov,

    /// <summary>Which tokens pull which.</summary>
    Pull,

    /// <summary>From which iteration on the likeliest next token stays.</summary>
    Commitment,

    /// <summary>What an exit rule saves and what it costs.</summary>
    Exit,

    /// <summary>How tokens move: fixed points, orbits, sliders, drifts.</summary>
    Motion,

    /// <summary>What a common projection shows and hides.</summary>
    Basis,

    /// <summary>Whether the end depends on the start.</summary>
    PathIndependence,

    /// <summary>From which iteration on a whole distribution is near its end.</summary>
    Settling,

    /// <summary>Answers that lead by little.</summary>
    Margin,

    /// <summary>Answers that changed late.</summary>
    LateAnswer,

    /// <summary>Logits that are not finite.</summary>
    LostLogits,

    /// <summary>What full depth itself leaves to the horizon.</summary>
    FullDepth,

    /// <summary>How few tokens there are.</summary>
    Sample,

    /// <summary>One measure held against another.</summary>
    Agreement,

    /// <summary>What cannot be told from the data.</summary>
    Open,
}

/// <summary>One claim in plain words, with the numbers that carry it.</summary>
/// <param name="Kind">What it is about.</param>
/// <param name="Text">One or two sentences.</param>
/// <param name="Positions">The tokens it names, by position; empty where it speaks of all.</param>
public sealed record Finding(FindingKind Kind, string Text, IReadOnlyList<int> Positions)
{
    /// <summary>The measures that it holds against each other; empty where one measure alone says it.</summary>
    public IReadOnlyList<Instrument> Joins { get; init; } = [];
}
