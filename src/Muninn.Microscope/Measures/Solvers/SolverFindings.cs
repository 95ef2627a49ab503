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

    /// <summary>The findings, the most important first.</summary>
    /// <param name="report">The report.</param>
    public static IReadOnlyList<Finding> Describe(SolveReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        string tolerance = Findings.Number(report.Settings.Tolerance);
        var findings = new List<Finding>();
        if (PlainFinding(report, tolerance) is { } plain)
            findings.Add(plain);
        var others = report.Rows.Skip(1).ToList();
        var helping = others.Where(row => Helps(row, report)).OrderByDescending(static row => row.Fewer).ToList();
        if (helping.Count > 0)
            findings.Add(Finding(Sentence(helping, tolerance)));
        var useless = others.Where(row => IsClean(row, report) && row.Fewer < HelpsFrom).ToList();
        if (useless.Count > 0)
            findings.Add(Finding(
                $"No help: {string.Join(", ", useless.Select(Ratio))}. Each took as many evaluations as plain iteration or more, or so few less " +
                "that its own arithmetic eats them."));
        findings.AddRange(others.Where(row => !IsClean(row, report)).Select(row => Finding(Trouble(row, report, tolerance))));
        return findings;
    }

    /// <summary>Whether every prompt came to plain iteration's rest with the same tokens.</summary>
    static bool IsClean(SolverRow row, SolveReport report) => row.Accepted == report.Prompts.Count;

    static bool Helps(SolverRow row, SolveReport report) => IsClean(row, report) && row.Fewer >= HelpsFrom;

    static Finding? PlainFinding(SolveReport report, string tolerance)
    {
        int moving = report.Tokens - report.TokensAtRest;
        if (moving > 0)
            return Finding(
                $"Plain iteration itself does not come to rest: {Count(moving, "token is", "tokens are")} above {tolerance} at iteration " +
                $"{report.Settings.Horizon}. What a solver finds there is not the model's own answer, and cannot be checked against it.");
        return report.Prompts.All(static prompt => prompt.Plain.ReachedAt is not null)
            ? null
            : Finding(
                $"Plain iteration does not come to {tolerance} within {report.Settings.Evaluations} evaluations, so that nothing can be saved " +
                "against it: raise the iterations.");
    }

    static string Sentence(List<SolverRow> helping, string tolerance)
    {
        var best = helping[0];
        string rest = helping.Count == 1 ? "" : $" Also {string.Join(", ", helping.Skip(1).Select(Ratio))}.";
        return
            $"{best.Name} reaches a residual of {tolerance} at every token with {Number(best.Fewer)} times fewer evaluations than plain iteration " +
            $"({Number(best.FewerCertified)} with the certificate counted on both sides), with the same next token everywhere; largest divergence " +
            $"{Findings.Number(best.DivergenceWorst)} nats.{rest}";
    }

    static string Trouble(SolverRow row, SolveReport report, string tolerance)
    {
        var parts = new List<string>();
        Add(SolverVerdict.Diverged, "diverged");
        Add(SolverVerdict.NotReached, $"did not come to {tolerance}");
        Add(SolverVerdict.OtherPoint, "came to rest at another point than plain iteration");
        Add(SolverVerdict.BeyondPlain,
            $"came to rest where plain iteration had not by iteration {report.Settings.Horizon}: a fixed point that may be unstable or neutral");
        int otherwise = row.Tokens - row.SameTokens;
        if (otherwise > 0)
            parts.Add($"{Count(otherwise, "token predicts", "tokens predict")} another next token");
        int prompts = report.Prompts.Count - row.Accepted;
        string answers = report.Prompts.Count == 1 ? "the answer is" : $"the answers of {prompts} of {report.Prompts.Count} prompts are";
        string fallback = row.FellBack > 0
            ? $"; with plain iteration after it, it takes {Number(1 / row.Fewer)} times the evaluations of plain iteration alone"
            : "";
        return $"{row.Name}: {answers} not plain iteration's: {string.Join(", ", parts)}{fallback}.";

        void Add(SolverVerdict verdict, string what)
        {
            int count = row.Verdicts[(int)verdict];
            if (count > 0)
                parts.Add($"{Count(count, "token", "tokens")} {what}");
        }
    }

    static string Ratio(SolverRow row) => $"{row.Name} ({Number(row.Fewer)})";

    static string Count(int count, string one, string many) => $"{count.ToString(CultureInfo.InvariantCulture)} {(count == 1 ? one : many)}";

    static string Number(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);

    static Finding Finding(string text) => new(FindingKind.Solver, text, []);
}
