using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace Muninn.Microscope.Measures.Solvers;

/// <summary>Reads a <see cref="SolveReport"/> as a person would, from the numbers alone: what helps, what does not, what went wrong.</summary>
public static class SolverFindings
{
    /// <summary>Below this ratio a solver is said not to help: it costs arithmetic of its own.</summary>
    const double HelpsFrom = 1.05;

    /// <summary>A residual that grows by more than this factor an iteration is said to leave.</summary>
    const double LeavesFrom = 1.02;

    /// <summary>The findings, the most important first.</summary>
    /// <param name="report">The report.</param>
    public static IReadOnlyList<Finding> Describe(SolveReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        string tolerance = Findings.Number(report.Settings.Tolerance);
        var findings = new List<Finding>();
        var others = report.Rows.Skip(1).ToList();
        var helping = others.Where(row => Helps(row, report)).OrderByDescending(static row => row.Fewer).ToList();
        if (helping.Count > 0)
            findings.Add(Finding(Sentence(helping, tolerance)));
        var useless = others.Where(row => IsClean(row, report) && row.Fewer < HelpsFrom).ToList();
        if (useless.Count > 0)
            findings.Add(Finding(
                $"No help: {string.Join(", ", useless.Select(Ratio))}. Each took as many evaluations as plain iteration or more, or so few less " +
                "that its own arithmetic eats them."));
        findings.AddRange(others.Where(row => report.Compared > 0 && !IsClean(row, report)).Select(row => Finding(Trouble(row, report, tolerance))));
        if (report.Compared < report.Prompts.Count)
            findings.Add(Finding(Moving(report, tolerance)));
        findings.AddRange(others.Where(static row => row.Verdicts[(int)SolverVerdict.BeyondPlain] > 0)
            .GroupBy(static row => (Tokens: row.Verdicts[(int)SolverVerdict.BeyondPlain], Leaves: row.DepartureMost > LeavesFrom))
            .Select(group => Finding(Beyond([.. group], group.Key.Tokens, report))));
        return findings;
    }

    /// <summary>Whether every compared prompt came to plain iteration's rest with the same tokens.</summary>
    static bool IsClean(SolverRow row, SolveReport report) => report.Compared > 0 && row.Accepted == report.Compared;

    static bool Helps(SolverRow row, SolveReport report) => IsClean(row, report) && row.Fewer >= HelpsFrom;

    static string Moving(SolveReport report, string tolerance)
    {
        int moving = report.Tokens - report.TokensAtRest;
        string what = moving > 0
            ? $"{Count(moving, "token is", "tokens are")} above {tolerance} at iteration {report.Settings.Horizon}"
            : $"it comes to {tolerance} at every token only after {report.Settings.Horizon} iterations or never stays there";
        string which = report.Prompts.Count == 1 ? "" : $" in {report.Prompts.Count - report.Compared} of {report.Prompts.Count} prompts";
        return
            $"Plain iteration itself does not come to rest{which}: {what}. What a solver finds there is not the model's own answer, cannot be " +
            "checked against it, and is left out of the evaluations and ratios.";
    }

    static string Beyond(List<SolverRow> rows, int tokens, SolveReport report)
    {
        double least = rows.Min(static row => row.DepartureMost);
        double most = rows.Max(static row => row.DepartureMost);
        string pace = !double.IsFinite(least) ? "to states that are not finite"
            : !double.IsFinite(most) ? $"by a factor of {Number(least)} an iteration or to states that are not finite"
            : $"by a factor of {(Number(least) == Number(most) ? Number(most) : $"{Number(least)} to {Number(most)}")} an iteration";
        string leaves = rows[0].DepartureMost > LeavesFrom
            ? $"Plain iteration that begins beside it leaves, {pace}: the point is unstable"
            : "It may be unstable, neutral, or only slow to reach";
        return
            $"{string.Join(", ", rows.Select(static row => row.Name))} came to rest at {Count(tokens, "token", "tokens")} where plain iteration had not " +
            $"by iteration {report.Settings.Horizon}: a fixed point, but not one that the model comes to by itself. {leaves}.";
    }

    static string Sentence(List<SolverRow> helping, string tolerance)
    {
        var best = helping[0];
        string rest = helping.Count == 1 ? "" : $" Also {string.Join(", ", helping.Skip(1).Select(Ratio))}.";
        return
            $"{best.Name} reaches a residual of {tolerance} at every token with {Number(best.Fewer)} times fewer evaluations than plain iteration " +
            $"({Number(best.FewerStrict)} with its certificate counted, {Number(best.FewerCertified)} with one on both sides), with the same next token everywhere; largest divergence " +
            $"{Findings.Number(best.DivergenceWorst)} nats.{rest}";
    }

    static string Trouble(SolverRow row, SolveReport report, string tolerance)
    {
        var parts = new List<string>();
        Add(SolverVerdict.Diverged, "diverged");
        Add(SolverVerdict.NotReached, $"did not come to {tolerance}");
        Add(SolverVerdict.OtherPoint, "came to rest at another point than plain iteration");
        int otherwise = row.ComparedOtherTokens;
        if (otherwise > 0)
            parts.Add($"{Count(otherwise, "token predicts", "tokens predict")} another next token");
        if (parts.Count == 0)
            parts.Add($"not all tokens were within {tolerance} at the same evaluation");
        int prompts = report.Compared - row.Accepted;
        string answers = report.Prompts.Count == 1 ? "the answer is" : $"the answers of {prompts} of {report.Compared} prompts are";
        string fallback = row.FellBack > 0
            ? $"; with plain iteration after it, it takes {Number(1 / row.Fewer)} times the evaluations of plain iteration alone"
            : "";
        return $"{row.Name}: {answers} not plain iteration's: {string.Join(", ", parts)}{fallback}.";

        void Add(SolverVerdict verdict, string what)
        {
            int count = row.ComparedVerdicts[(int)verdict];
            if (count > 0)
                parts.Add($"{Count(count, "token", "tokens")} {what}");
        }
    }

    static string Ratio(SolverRow row) => $"{row.Name} ({Number(row.Fewer)})";

    static string Count(int count, string one, string many) => $"{count.ToString(CultureInfo.InvariantCulture)} {(count == 1 ? one : many)}";

    static string Number(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);

    static Finding Finding(string text) => new(FindingKind.Solver, text, []);
}
