using System;
using System.Collections.Generic;
using Muninn.Microscope.Measures.Dynamics;
using Muninn.Microscope.Measures.Geometry;
using Muninn.Microscope.Measures.Lenses;
using Muninn.Microscope.Measures.Motion;

namespace Muninn.Microscope.Measures.Joint;

/// <summary>Several measures of one prompt, read by one model from one start; what was not measured is null.</summary>
public sealed record JointMeasures
{
    /// <summary>Display text of each token, <c>[positions]</c>.</summary>
    public required IReadOnlyList<string> Labels { get; init; }

    /// <summary>Distances, residuals and certificates.</summary>
    public required Convergence Convergence { get; init; }

    /// <summary>Rates, eigenvalues, pulls.</summary>
    public PromptDynamics? Dynamics { get; init; }

    /// <summary>How tokens move.</summary>
    public Motions? Motions { get; init; }

    /// <summary>Runs from several starts.</summary>
    public PathIndependence? Paths { get; init; }

    /// <summary>What would be said at every iteration.</summary>
    public LensTable? Lens { get; init; }

    /// <summary><c>int8</c>, <c>int4</c>, where the weights are whole numbers; null where they are floats.</summary>
    public string? IntegerWeights { get; init; }

    /// <summary>These measures, if they are of the same positions.</summary>
    /// <exception cref="ArgumentException">One of them has another number of tokens.</exception>
    internal JointMeasures Validated()
    {
        int positions = Convergence.Positions;
        Require(Labels.Count, "labels");
        Require(Dynamics?.Tokens.Count ?? positions, "dynamics");
        Require(Motions?.Tokens.Length ?? positions, "motions");
        Require(Paths?.Tokens.Length ?? positions, "paths");
        Require(Lens?.Positions ?? positions, "lens");
        return this;

        void Require(int count, string what)
        {
            if (count != positions)
                throw new ArgumentException($"The {what} are of {count} tokens, the distances of {positions}; give measures of one prompt.");
        }
    }
}
