using System;

namespace Muninn.Microscope.Measures.Joint;

/// <summary>How a kind of finding was tested, and what it does not prove: printed beside every claim of a report.</summary>
/// <param name="Test">The rule or statistical test behind the claim.</param>
/// <param name="DoesNotProve">What a reader might take from it, and must not.</param>
public sealed record FindingEvidence(string Test, string DoesNotProve)
{
    /// <summary>The evidence behind findings of a kind.</summary>
    /// <param name="kind">The kind.</param>
    public static FindingEvidence Of(FindingKind kind) => kind switch
    {
        FindingKind.Convergence => new(
            "certificate: within the tolerance of s* at the last measured iteration, and tail bound plus rounding floor within it",
            "that s* is the only rest, or that the token contracts so for ever"),
        FindingKind.Divergence => new("a state holds NaN or infinity", "why"),
        FindingKind.Horizon => new("residual of s* itself, and the sum of all steps still to come with the contraction ratio at the upper end of its error",
            "that the steps go on to shrink so"),
        FindingKind.Speed => new("slope of log₁₀ distance over the iterations above the floor, least squares", "the long-run rate: fast directions fade first"),
        FindingKind.Deviation => new("3.5 robust deviations from the median row and half a power of two; no test of chance", "that a row is odd in other texts"),
        FindingKind.Start => new("none: distances as they are", "anything about the model: the start is drawn"),
        FindingKind.Knee => new("two straight lines against one, over the median row", "two regimes in any single token"),
        FindingKind.Rise => new("a step up by more than 1 % above the floor", "an orbit"),
        FindingKind.Solver => new("the same residual for all, certified by the plain core; answers and distances held against plain iteration",
            "a saving in other texts or at other tolerances"),
        FindingKind.Intervention => new("the same run with and without the edit", "that the part does this in other texts"),
        FindingKind.Contraction => new("rate with its standard error against the spectral radius of the exact Jacobian", "the rate far from rest"),
        FindingKind.Eigenvalue => new("Arnoldi on exact Jacobian-vector products, certified by ‖Jv − λv‖", "convergence from afar"),
        FindingKind.Turn => new("angle of the leading eigenvalue", "a visible orbit: a spiral that shrinks turns, too"),
        FindingKind.Stretch => new("largest singular value by Lanczos on J and its transpose", "growth in the direction that the states really take"),
        FindingKind.Lyapunov => new("Student's test of each exponent, corrected for all tokens", "what happens after the window"),
        FindingKind.Pull => new("norm of blocks of the exact Jacobian, by random probes with a standard error or exactly", "cause over many iterations"),
        FindingKind.Commitment => new("none: the first iteration from which the likeliest token is that of the horizon", "that the model knew: the coda was trained on finished states"),
        FindingKind.Settling => new("none: the first iteration from which the KL divergence from the horizon's distribution stays below the bound", "that the distribution is right"),
        FindingKind.Margin => new("none: difference of the two largest logits at the horizon", "that the answer is wrong"),
        FindingKind.LateAnswer => new("the likeliest token changed after half of the run", "that it will change again"),
        FindingKind.LostLogits => new("a logit is NaN or infinite", "why"),
        FindingKind.FullDepth => new("KL divergence of the distribution at full depth from that at the horizon", "that the horizon is at rest"),
        FindingKind.Sample => new("none: a count", "anything about other texts"),
        FindingKind.Exit => new("replay of the rule on one full-depth run, real runs where they are named", "what a live run gives: later tokens there see early exits"),
        FindingKind.Motion => new("four kinds of surrogates in the full space, the largest p, Benjamini–Hochberg over all tests", "what the motion is for"),
        FindingKind.Basis => new("none: shares of the variance", "loops or crossings outside the plane"),
        FindingKind.PathIndependence => new("tolerance bound on the share of starts that end within the margin of the first, corrected", "the absence of small basins"),
        FindingKind.Agreement => new("two measures held against each other, as the sentence says", "that either is right where both share an error"),
        FindingKind.Open => new("none: a limit of the data", "the contrary"),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "There is no such kind of finding."),
    };
}
