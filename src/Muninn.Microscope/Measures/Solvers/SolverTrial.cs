using System;
using System.Linq;
using Muninn.Engine.Recurrence.Solvers;

namespace Muninn.Microscope.Measures.Solvers;

/// <summary>What became of one token under a solver.</summary>
public enum SolverVerdict
{
    /// <summary>At rest, and within the basin's share of where plain iteration comes to rest.</summary>
    SamePoint,

    /// <summary>At rest, but elsewhere than plain iteration: the solver left the basin.</summary>
    OtherPoint,

    /// <summary>
    /// At rest where plain iteration from the same start is not, even at the horizon: a fixed point, but one that the model does not
    /// come to by itself. It may be unstable, neutral, or only slow to reach.
    /// </summary>
    BeyondPlain,

    /// <summary>Not within the tolerance.</summary>
    NotReached,

    /// <summary>The state or its image is not finite.</summary>
    Diverged,
}

/// <summary>
/// What one plain evaluation of the core at the answer says, and what the answer predicts; every number for each token, <c>[T]</c>.
/// It costs one evaluation, which is counted.
/// </summary>
public sealed record SolverCertificate
{
    /// <summary>‖core(e, s) − s‖ / ‖core(e, s)‖ at the answer s, on raw states; NaN where it is not finite.</summary>
    public required double[] Residual { get; init; }

    /// <summary>‖ln_f(s) − ln_f(s*)‖ / ‖ln_f(s*)‖, s* plain iteration's state at the horizon.</summary>
    public required double[] Distance { get; init; }

    /// <summary>Σ p · ln(p / q) of the next token, in nats: p from s*, q from the answer.</summary>
    public required double[] Divergence { get; init; }

    /// <summary>
    /// Mean factor per iteration by which the residual grows while plain iteration goes on from the answer; above 1 it leaves again: the
    /// point repels; infinite where a state is not finite before that. Measured for tokens with the verdict <see cref="SolverVerdict.BeyondPlain"/>, NaN for all others.
    /// </summary>
    public required double[] Departure { get; init; }

    /// <summary>Whether both find the same next token the likeliest.</summary>
    public required bool[] SameToken { get; init; }

    /// <summary>What became of the token.</summary>
    public required SolverVerdict[] Verdict { get; init; }

    /// <summary>Whether all tokens came to plain iteration's rest and predict the same next token.</summary>
    public bool IsEquivalent => Verdict.All(static v => v == SolverVerdict.SamePoint) && SameToken.All(static same => same);

    /// <summary>Tokens with a verdict.</summary>
    public int Count(SolverVerdict verdict) => Verdict.Count(v => v == verdict);
}

/// <summary>One solver on one prompt.</summary>
public sealed record SolverTrial
{
    /// <summary>Residuals of a float32 state at rest: rounding, a few units in the last place of two states.</summary>
    public const double RoundingNoise = 2 * RoundingFloor.AssumedShare;

    /// <summary>What the solver is called.</summary>
    public required string Name { get; init; }

    /// <summary>The solver.</summary>
    public required Solver Solver { get; init; }

    /// <summary>Tokens (T).</summary>
    public required int Positions { get; init; }

    /// <summary>Evaluations that were measured (K): what a solver was given, the horizon for plain iteration.</summary>
    public required int Limit { get; init; }

    /// <summary>‖core(e, x) − x‖ / ‖core(e, x)‖, <c>[T, K]</c>, column k − 1 for evaluation k; NaN where it is not finite.</summary>
    public required double[] Residual { get; init; }

    /// <summary>The first evaluation at which all tokens were within the tolerance; null: none of the K.</summary>
    public required int? ReachedAt { get; init; }

    /// <summary>
    /// Evaluations of plain iteration from the start, added because the answer was not reached or is not equivalent; 0: it is, or plain
    /// iteration itself has no answer to fall back to.
    /// </summary>
    public required int FallbackEvaluations { get; init; }

    /// <summary>The answer, certified.</summary>
    public required SolverCertificate Certificate { get; init; }

    /// <summary>What the solver did in all K evaluations, over its windows.</summary>
    public required SolverTally Tally { get; init; }

    /// <summary>Wall time of the evaluations up to the answer and, where there was one, of the fallback; noise included.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>Whether the answer was reached and is equivalent to plain iteration's.</summary>
    public bool IsAccepted => ReachedAt is not null && Certificate.IsEquivalent;

    /// <summary>Evaluations until the prompt has its answer, the fallback included, the certificate (one more) not.</summary>
    public int Evaluations => (ReachedAt ?? Limit) + FallbackEvaluations;

    /// <summary>First evaluation at which a token's residual is at or below a bound, and never above it again; null: there is none.</summary>
    /// <param name="position">The token.</param>
    /// <param name="bound">The bound.</param>
    /// <remarks>Rounding aside: what rises to no more than 2 · 10⁻⁶ has not risen (docs/decisions/0002).</remarks>
    public int? EvaluationsTo(int position, double bound)
    {
        ReadOnlySpan<double> row = Residual.AsSpan(position * Limit, Limit);
        int first = Limit;
        while (first > 0 && row[first - 1] <= Math.Max(bound, RoundingNoise))
            first--;
        while (first < Limit && !(row[first] <= bound))
            first++;
        return first < Limit ? first + 1 : null;
    }
}
