using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Engine.Recurrence.Solvers;

namespace Muninn.Microscope.Measures.Solvers;

/// <summary>Evaluations that tokens take to a residual; a token that does not come there counts as infinitely many.</summary>
/// <param name="Bound">The residual.</param>
/// <param name="Mean">Mean over tokens; infinite where one does not come there.</param>
/// <param name="Median">Median over tokens.</param>
/// <param name="Worst">Most of any token.</param>
/// <param name="Reached">Tokens that come there, and stay.</param>
public sealed record SolverReach(double Bound, double Mean, double Median, double Worst, int Reached);

/// <summary>One solver over all prompts.</summary>
public sealed record SolverRow
{
    /// <summary>What it is called.</summary>
    public required string Name { get; init; }

    /// <summary>Evaluations to each residual.</summary>
    public required IReadOnlyList<SolverReach> Reach { get; init; }

    /// <summary>Tokens, over all prompts.</summary>
    public required int Tokens { get; init; }

    /// <summary>
    /// Mean over the compared prompts of the evaluations until all tokens are within the tolerance, fallbacks to plain included; NaN where
    /// none is compared.
    /// </summary>
    public required double Evaluations { get; init; }

    /// <summary>Plain iteration's mean over the compared prompts, divided by this one's: 1.3 is 1.3 times fewer.</summary>
    public required double Fewer { get; init; }

    /// <summary>The same with the evaluation of the certificate counted on both sides.</summary>
    public required double FewerCertified { get; init; }

    /// <summary>The same with it counted on the solver's side alone, which is what a user of the solver pays; plain iteration needs none.</summary>
    public required double FewerStrict { get; init; }

    /// <summary>The smallest ratio of any compared prompt.</summary>
    public required double FewerWorst { get; init; }

    /// <summary>
    /// The ratio over tokens of the compared prompts: mean evaluations to the tolerance of plain iteration, divided by this one's; NaN where
    /// not all come there.
    /// </summary>
    public required double FewerByToken { get; init; }

    /// <summary>Compared prompts whose answer was reached and is equivalent to plain iteration's.</summary>
    public required int Accepted { get; init; }

    /// <summary>Prompts that fell back to plain iteration.</summary>
    public required int FellBack { get; init; }

    /// <summary>
    /// Largest factor per iteration by which plain iteration leaves a point that it did not come to by itself; infinite where it comes
    /// to states that are not finite, NaN where there is none.
    /// </summary>
    public required double DepartureMost { get; init; }

    /// <summary>Tokens by verdict, in the order of <see cref="SolverVerdict"/>.</summary>
    public required IReadOnlyList<int> Verdicts { get; init; }

    /// <summary>The same over the compared prompts alone.</summary>
    public required IReadOnlyList<int> ComparedVerdicts { get; init; }

    /// <summary>Tokens of the compared prompts with another likeliest next token than plain iteration at the horizon.</summary>
    public required int ComparedOtherTokens { get; init; }

    /// <summary>Tokens with the same likeliest next token as plain iteration at the horizon.</summary>
    public required int SameTokens { get; init; }

    /// <summary>
    /// Mean divergence of the next token from plain iteration's, in nats, over the tokens that plain iteration brings to rest; NaN where there
    /// are none, or one is no number.
    /// </summary>
    public required double DivergenceMean { get; init; }

    /// <summary>The largest of these divergences.</summary>
    public required double DivergenceWorst { get; init; }

    /// <summary>Largest distance to s*, as a share of ‖ln_f(s*)‖, over the same tokens.</summary>
    public required double DistanceWorst { get; init; }

    /// <summary>Largest certified residual; NaN where one is none.</summary>
    public required double ResidualWorst { get; init; }

    /// <summary>What the solver did, in all evaluations of all prompts.</summary>
    public required SolverTally Tally { get; init; }

    /// <summary>Wall time up to the answers, fallbacks included; noise included.</summary>
    public required TimeSpan Elapsed { get; init; }
}

/// <summary>
/// Evaluations of the core that each solver takes to each residual, over the tokens of one or many prompts, and whether what it came to
/// is what plain iteration comes to.
/// </summary>
public sealed class SolveReport
{
    SolveReport(IReadOnlyList<SolverComparison> prompts, IReadOnlyList<double> bounds)
    {
        Prompts = prompts;
        Bounds = bounds;
        Rows = [.. Enumerable.Range(0, prompts[0].Trials.Count).Select(RowOf)];
    }

    /// <summary>The residuals of the published table.</summary>
    public static IReadOnlyList<double> StandardBounds { get; } = [1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6];

    /// <summary>The prompts.</summary>
    public IReadOnlyList<SolverComparison> Prompts { get; }

    /// <summary>The residuals, in the order of <see cref="SolverRow.Reach"/>.</summary>
    public IReadOnlyList<double> Bounds { get; }

    /// <summary>Plain iteration, then each solver.</summary>
    public IReadOnlyList<SolverRow> Rows { get; }

    /// <summary>Tokens, over all prompts.</summary>
    public int Tokens => Prompts.Sum(static prompt => prompt.Plain.Positions);

    /// <summary>Tokens whose residual under plain iteration is within the tolerance at the horizon.</summary>
    public int TokensAtRest => Prompts.Sum(static prompt => prompt.HorizonResidual.Count(residual => residual <= prompt.Settings.Tolerance));

    /// <summary>
    /// Prompts in which plain iteration comes within the tolerance at every token, and is there at the horizon: the others have nothing
    /// that a solver could be compared with.
    /// </summary>
    public int Compared => Prompts.Count(IsCompared);

    /// <summary>What was asked of all prompts.</summary>
    public SolverComparisonSettings Settings => Prompts[0].Settings;

    /// <summary>Puts prompts together.</summary>
    /// <param name="prompts">At least one; all with the same solvers and limits.</param>
    /// <param name="bounds">Residuals of the table, each above 0; null: <see cref="StandardBounds"/>.</param>
    /// <exception cref="ArgumentException">No prompt, or prompts that do not belong together.</exception>
    public static SolveReport Of(IReadOnlyList<SolverComparison> prompts, IReadOnlyList<double>? bounds = null)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        if (prompts.Count == 0)
            throw new ArgumentException("There are no prompts to report on; give at least one.", nameof(prompts));
        foreach (var prompt in prompts)
        {
            if (!prompt.Trials.Select(static t => t.Name).SequenceEqual(prompts[0].Trials.Select(static t => t.Name))
                || prompt.Settings with { Start = prompts[0].Settings.Start } != prompts[0].Settings)
                throw new ArgumentException("The prompts were solved by different solvers or under different limits; compare like with like.", nameof(prompts));
        }

        return new SolveReport(prompts, bounds ?? StandardBounds);
    }

    SolverRow RowOf(int number)
    {
        var all = Prompts.Select(prompt => prompt.Trials[number]).ToList();
        var trials = Prompts.Where(IsCompared).Select(prompt => prompt.Trials[number]).ToList();
        var plain = Prompts.Where(IsCompared).Select(static prompt => prompt.Plain).ToList();
        var certificates = all.Select(static trial => trial.Certificate).ToList();
        var divergences = AtRest(number, static c => c.Divergence);
        bool any = trials.Count > 0;
        return new SolverRow
        {
            Name = all[0].Name,
            Reach = [.. Bounds.Select(bound => ReachOf(all, bound))],
            Tokens = Tokens,
            Evaluations = any ? trials.Average(static trial => trial.Evaluations) : double.NaN,
            Fewer = any ? Ratio(trials.Sum(static t => t.Evaluations), plain.Sum(static t => t.Evaluations)) : double.NaN,
            FewerCertified = any ? Ratio(trials.Sum(static t => t.Evaluations + 1), plain.Sum(static t => t.Evaluations + 1)) : double.NaN,
            FewerStrict = any ? Ratio(trials.Sum(t => t.Evaluations + (number == 0 ? 0 : 1)), plain.Sum(static t => t.Evaluations)) : double.NaN,
            FewerWorst = any ? trials.Zip(plain).Min(static pair => Ratio(pair.First.Evaluations, pair.Second.Evaluations)) : double.NaN,
            FewerByToken = any ? ByToken(ReachOf(plain, Settings.Tolerance).Mean, ReachOf(trials, Settings.Tolerance).Mean) : double.NaN,
            Accepted = trials.Count(static trial => trial.IsAccepted),
            FellBack = trials.Count(static trial => trial.FallbackEvaluations > 0),
            DepartureMost = Worst([.. certificates.SelectMany(static c => c.Departure).Where(static factor => !double.IsNaN(factor))]),
            Verdicts = VerdictsOf(all),
            ComparedVerdicts = VerdictsOf(trials),
            SameTokens = SameOf(all),
            ComparedOtherTokens = trials.Sum(static trial => trial.Positions) - SameOf(trials),
            DivergenceMean = divergences.Count > 0 ? divergences.Average() : double.NaN,
            DivergenceWorst = Worst(divergences),
            DistanceWorst = Worst(AtRest(number, static c => c.Distance)),
            ResidualWorst = Worst([.. certificates.SelectMany(static c => c.Residual)]),
            Tally = all.Aggregate(default(SolverTally), static (sum, trial) => sum + trial.Tally),
            Elapsed = all.Aggregate(TimeSpan.Zero, static (sum, trial) => sum + trial.Elapsed),
        };
    }

    static int[] VerdictsOf(List<SolverTrial> trials) =>
        [.. Enum.GetValues<SolverVerdict>().Select(verdict => trials.Sum(trial => trial.Certificate.Count(verdict)))];

    static int SameOf(List<SolverTrial> trials) => trials.Sum(static trial => trial.Certificate.SameToken.Count(static same => same));

    /// <summary>Whether plain iteration has an answer that a solver's can be held against.</summary>
    static bool IsCompared(SolverComparison prompt) =>
        prompt.Plain.ReachedAt is not null && prompt.HorizonResidual.All(residual => residual <= prompt.Settings.Tolerance);

    static SolverReach ReachOf(List<SolverTrial> trials, double bound)
    {
        double[] evaluations = [.. trials.SelectMany(trial =>
            Enumerable.Range(0, trial.Positions).Select(t => trial.EvaluationsTo(t, bound) ?? double.PositiveInfinity)).Order()];
        int middle = evaluations.Length / 2;
        double median = evaluations.Length % 2 == 1 ? evaluations[middle] : (evaluations[middle - 1] + evaluations[middle]) / 2;
        return new SolverReach(bound, evaluations.Average(), median, evaluations[^1], evaluations.Count(double.IsFinite));
    }

    static double Ratio(int evaluations, int plain) => (double)plain / evaluations;

    static double ByToken(double plain, double mean) => double.IsFinite(plain) && double.IsFinite(mean) ? plain / mean : double.NaN;

    /// <summary>Values of the tokens that plain iteration brings to rest.</summary>
    List<double> AtRest(int number, Func<SolverCertificate, double[]> values) =>
        [.. Prompts.SelectMany(prompt => values(prompt.Trials[number].Certificate)
            .Where((_, t) => prompt.HorizonResidual[t] <= prompt.Settings.Tolerance))];

    // Math.Max, unlike Enumerable.Max, keeps what is not a number, which is the worst of all.
    static double Worst(List<double> values) =>
        values.Count == 0 ? double.NaN : values.Aggregate(double.NegativeInfinity, static (worst, value) => Math.Max(worst, value));
}
