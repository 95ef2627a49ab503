using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using Muninn.Engine.Recurrence;
using Muninn.Engine.Recurrence.Solvers;
using Muninn.Microscope.Measures.Solvers;
using Muninn.Tests.Engine.Recurrence;
using Xunit;

namespace Muninn.Tests.Microscope.Measures.Solvers;

public sealed class SolverComparisonTests
{
    static readonly (string, Solver) _anderson = ("anderson", new AndersonSolver());

    [Fact]
    public void Evaluations_of_a_contraction_are_those_of_its_rate()
    {
        // From zero: s_k = 2 (1 − 2⁻ᵏ), so that the residual at evaluation k is 2⁻ᵏ / (1 − 2⁻ᵏ).
        var comparison = ToySubject.Compare(ToySubject.Of(ToyCores.Contraction(0.5f), 1, 1.5f), null, _anderson);
        var plain = comparison.Plain;
        Assert.Equal(128, plain.Limit);
        Assert.Equal(1.0 / 31, plain.Residual[4], 1e-6);
        foreach (double bound in SolveReport.StandardBounds)
            Assert.Equal((int)Math.Ceiling(Math.Log2(1 + 1 / bound)), plain.EvaluationsTo(0, bound));
        Assert.Equal(14, plain.ReachedAt);
        Assert.Equal(14, plain.Evaluations);
        var anderson = comparison.Trials[1];
        Assert.Equal(64, anderson.Limit);
        // Two evaluations tell a line, the third sees its end.
        Assert.Equal(3, anderson.ReachedAt);
        Assert.True(anderson.IsAccepted);
        Assert.Equal([SolverVerdict.SamePoint], anderson.Verdicts());
        Assert.InRange(anderson.Certificate.Distance[0], 0, 1e-6);
        Assert.InRange(anderson.Certificate.Divergence[0], 0, 1e-9);
    }

    [Fact]
    public void A_report_counts_tokens_and_prompts_apart()
    {
        (string, Solver)[] solvers = [_anderson, ("half", new DampedSolver(0.5))];
        var report = ToySubject.Report(
            ToySubject.Compare(ToySubject.Of(ToyCores.Contractions([0.5f, 0.6f, -0.6f]), 1, 1.5f, 2, 1, -1, 3), null, solvers),
            ToySubject.Compare(ToySubject.Of(ToyCores.Contraction(0.5f), 1, 1.5f), null, solvers));
        Assert.Equal((4, 4), (report.Tokens, report.TokensAtRest));
        var plain = report.Rows[0];
        Assert.Equal(["plain", "anderson", "half"], report.Rows.Select(static row => row.Name));
        Assert.Equal((1.0, 1.0, 1.0, 2, 4), (plain.Fewer, plain.FewerCertified, plain.FewerByToken, plain.Accepted, plain.SameTokens));
        int[] each = [.. report.Prompts.SelectMany(prompt => Enumerable.Range(0, prompt.Plain.Positions).Select(t => prompt.Plain.EvaluationsTo(t, 1e-4) ?? 0))];
        var reach = plain.Reach.Single(static reach => reach.Bound == 1e-4);
        Assert.Equal((each.Average(), (double)each.Max(), 4), (reach.Mean, reach.Worst, reach.Reached));
        Assert.Equal(each.Order().Skip(1).Take(2).Average(), reach.Median);
        Assert.Equal((each[..3].Max() + each[3]) / 2.0, plain.Evaluations);
        var anderson = report.Rows[1];
        Assert.Equal(2, report.Compared);
        Assert.Equal(plain.Evaluations / 3, anderson.Fewer, 1e-9);
        Assert.Equal((plain.Evaluations + 1) / 4, anderson.FewerCertified, 1e-9);
        Assert.Equal(plain.Evaluations / 4, anderson.FewerStrict, 1e-9);
        Assert.Equal(1, plain.FewerStrict);
        Assert.Equal(each[3] / 3.0, anderson.FewerWorst, 1e-9);
        Assert.Equal(each.Average() / 3, anderson.FewerByToken, 1e-9);
        // Damping by a half makes 0.5 0.75 and 0.6 0.8.
        Assert.InRange(report.Rows[2].Fewer, 0.3, 0.9);
        var findings = SolverFindings.Describe(report);
        Assert.Contains("anderson reaches a residual of 10⁻⁴ at every token with", findings[0].Text);
        Assert.Contains("with its certificate counted", findings[0].Text);
        Assert.StartsWith("No help: half (0.", findings[1].Text);
    }

    [Fact]
    public void A_solver_that_leaves_the_basin_is_found_out_and_plain_is_counted_on_top()
    {
        float[] start = [0.05f, 0.05f];
        var settings = new SolverComparisonSettings { Start = InitialState.Given(start) };
        var comparison = ToySubject.Compare(ToySubject.Of(ToyCores.TwoBasins(0.5f), 0, 0), settings, _anderson, ("half", new DampedSolver(0.5)));
        var anderson = comparison.Trials[1];
        int plain = comparison.Plain.ReachedAt!.Value;
        Assert.InRange(anderson.Certificate.Residual[0], 0, 1e-4);
        Assert.Equal([SolverVerdict.OtherPoint], anderson.Verdicts());
        Assert.False(anderson.IsAccepted);
        Assert.Equal((plain, anderson.ReachedAt + plain), (anderson.FallbackEvaluations, anderson.Evaluations));
        Assert.True(comparison.Trials[2].IsAccepted);
        var report = ToySubject.Report(comparison);
        Assert.Equal((0, 1), (report.Rows[1].Accepted, report.Rows[1].FellBack));
        Assert.True(report.Rows[1].Fewer < 1);
        Assert.Contains(SolverFindings.Describe(report), finding =>
            finding.Text.StartsWith("anderson: the answer is not plain iteration's: 1 token came to rest at another point", StringComparison.Ordinal)
            && finding.Text.Contains("with plain iteration after it, it takes", StringComparison.Ordinal));
    }

    [Fact]
    public void What_is_wrong_with_answers_is_said_of_the_prompts_that_can_be_compared()
    {
        (string, Solver)[] slow = [("slow", new DampedSolver(0.01))];
        var report = ToySubject.Report(
            ToySubject.Compare(ToySubject.Of(ToyCores.Contraction(0.5f), 1, 1.5f, 2, 1), null, slow),
            ToySubject.Compare(ToySubject.Of(ToyCores.Contraction(0.999f), 1, 1.5f), null, slow));
        Assert.Equal((1, 3), (report.Compared, report.Rows[1].Verdicts[(int)SolverVerdict.NotReached]));
        var findings = SolverFindings.Describe(report);
        Assert.StartsWith("slow: the answers of 1 of 1 prompts are not plain iteration's: 2 tokens did not come to 10⁻⁴; with", findings[0].Text, StringComparison.Ordinal);
        Assert.StartsWith("Plain iteration itself does not come to rest in 1 of 2 prompts: 1 token is above", findings[1].Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_rest_that_plain_iteration_never_comes_to_is_called_that()
    {
        var comparison = ToySubject.Compare(ToySubject.Of(ToyCores.Mirror, 1, -0.5f), null, _anderson, ("half", new DampedSolver(0.5)));
        Assert.Equal([SolverVerdict.NotReached], comparison.Plain.Verdicts());
        Assert.Null(comparison.Plain.ReachedAt);
        foreach (var trial in comparison.Trials.Skip(1))
        {
            Assert.Equal([SolverVerdict.BeyondPlain], trial.Verdicts());
            // There is nothing to fall back to.
            Assert.Equal((false, 0), (trial.IsAccepted, trial.FallbackEvaluations));
        }

        var report = ToySubject.Report(comparison);
        Assert.Equal(0, report.TokensAtRest);
        Assert.All(report.Rows, static row => Assert.True(double.IsNaN(row.Fewer)));
        var findings = SolverFindings.Describe(report);
        Assert.StartsWith("Plain iteration itself does not come to rest: 1 token is above 10⁻⁴ at iteration 128.", findings[0].Text, StringComparison.Ordinal);
        Assert.Equal(
            "anderson, half came to rest at 1 token where plain iteration had not by iteration 128: a fixed point, but not one that the model comes " +
            "to by itself. It may be unstable, neutral, or only slow to reach.", findings[1].Text);
    }

    [Fact]
    public void A_point_that_plain_iteration_leaves_is_called_unstable()
    {
        // λ = −1.2: a circle that widens; the secant finds its centre.
        var core = ToyCores.Linear(new double[,] { { -1.2, 0 }, { 0, 0.5 } });
        var comparison = ToySubject.Compare(ToySubject.Of(core, 1, 1), new SolverComparisonSettings { Evaluations = 20, Horizon = 40 }, _anderson);
        var anderson = comparison.Trials[1];
        Assert.Equal([SolverVerdict.BeyondPlain], anderson.Verdicts());
        Assert.InRange(anderson.Certificate.Departure[0], 1.19, 1.21);
        Assert.All(comparison.Plain.Certificate.Departure, static value => Assert.True(double.IsNaN(value)));
        Assert.Contains("leaves, by a factor of 1.20 an iteration: the point is unstable.", SolverFindings.Describe(ToySubject.Report(comparison))[^1].Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_point_that_plain_iteration_leaves_for_what_is_no_number_is_unstable_too()
    {
        // A circle that widens by a half an iteration, and no numbers far out.
        var circle = ToyCores.Linear(new double[,] { { -1.5, 0 }, { 0, -1.5 } });
        CoreStep core = (rows, injected, state, next) =>
        {
            circle(rows, injected, state, next);
            for (int i = 0; i < rows.Count * ToyCores.Width; i++) next[i] = Math.Abs(next[i]) > 100 ? float.NaN : next[i];
        };
        var comparison = ToySubject.Compare(ToySubject.Of(core, 1, 1), new SolverComparisonSettings { Evaluations = 20, Horizon = 40 }, _anderson);
        Assert.Equal([SolverVerdict.BeyondPlain], comparison.Trials[1].Verdicts());
        Assert.Equal(double.PositiveInfinity, comparison.Trials[1].Certificate.Departure[0]);
        var report = ToySubject.Report(comparison);
        Assert.Equal(double.PositiveInfinity, report.Rows[1].DepartureMost);
        Assert.Contains(
            "leaves, to states that are not finite: the point is unstable.", SolverFindings.Describe(report)[^1].Text, StringComparison.Ordinal);
    }

    [Fact]
    public void What_went_wrong_is_counted_over_the_compared_prompts_alone()
    {
        // Damped to a hundredth, neither comes to the tolerance; the second prompt, with three tokens, has no rest to be compared with.
        (string, Solver) slow = ("slow", new DampedSolver(0.01));
        var compared = ToySubject.Compare(ToySubject.Of(ToyCores.Contraction(0.5f), 1, 1.5f), null, slow);
        var moving = ToySubject.Compare(ToySubject.Of(ToyCores.Mirror, 1, -0.5f, 2, 1, 1, 3), null, slow);
        var report = ToySubject.Report(compared, moving);
        Assert.Equal((1, 4), (report.Compared, report.Rows[1].Verdicts[(int)SolverVerdict.NotReached]));
        Assert.Equal(1, report.Rows[1].ComparedVerdicts[(int)SolverVerdict.NotReached]);
        Assert.Contains(SolverFindings.Describe(report), static finding => finding.Text.StartsWith(
            "slow: the answers of 1 of 1 prompts are not plain iteration's: 1 token did not come to 10⁻⁴", StringComparison.Ordinal)
            && !finding.Text.Contains("4 tokens", StringComparison.Ordinal));
    }

    [Fact]
    public void What_is_kept_of_a_prompt_holds_neither_the_prompt_nor_states_nor_logits()
    {
        var kept = Held(ToySubject.Compare(ToySubject.Of(ToyCores.Contraction(0.5f), 1, 1.5f), null, _anderson)).ToList();
        Assert.Contains(kept, static value => value is double[]);
        Assert.DoesNotContain(kept, static value => value is Delegate or SolverSubject or float[]);
    }

    /// <summary>All objects that can be reached from one through fields and elements.</summary>
    static HashSet<object> Held(object root)
    {
        var held = new HashSet<object>(ReferenceEqualityComparer.Instance);
        var open = new Stack<object>([root]);
        while (open.TryPop(out var value))
        {
            if (value is string or Type || value.GetType().IsPrimitive || !held.Add(value))
                continue;
            if (value is Array array)
            {
                foreach (object? item in array)
                {
                    if (item is not null && !item.GetType().IsPrimitive)
                        open.Push(item);
                }
            }

            for (var type = value.GetType(); type is not null; type = type.BaseType)
            {
                const BindingFlags Own = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
                foreach (var field in type.GetFields(Own).Where(static field => !field.FieldType.IsPointer))
                {
                    if (field.GetValue(value) is { } inner)
                        open.Push(inner);
                }
            }
        }

        return held;
    }

    [Fact]
    public void What_is_no_number_is_diverged_and_never_accepted()
    {
        var comparison = ToySubject.Compare(ToySubject.Of(ToyCores.NotANumberFrom(2), 1, 2, 3, 4), null, _anderson);
        foreach (var trial in comparison.Trials)
        {
            Assert.Equal([SolverVerdict.SamePoint, SolverVerdict.Diverged], trial.Verdicts());
            Assert.Null(trial.ReachedAt);
            Assert.True(double.IsNaN(trial.Certificate.Residual[1]) && double.IsNaN(trial.Certificate.Divergence[1]));
            Assert.False(trial.Certificate.SameToken[1]);
            Assert.Null(trial.EvaluationsTo(1, 1));
        }

        var report = ToySubject.Report(comparison);
        Assert.True(double.IsNaN(report.Rows[1].ResidualWorst));
        // Of the token that plain iteration brings to rest.
        Assert.InRange(report.Rows[1].DivergenceMean, 0, 1e-9);
        Assert.Equal(1, report.Rows[1].Reach[0].Reached);
        Assert.Equal(0, report.Compared);
        Assert.StartsWith("Plain iteration itself does not come to rest: 1 token is above", SolverFindings.Describe(report).Single().Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_next_token_is_reason_enough_to_throw_an_answer_away()
    {
        // It rests at 10, and 9.999 is where the likeliest token changes: an answer that is a thousandth off stays below.
        var subject = ToySubject.Of(ToyCores.Contraction(0.9f), 1, 1) with
        {
            Logits = static (state, logits) =>
            {
                logits[0] = 0;
                logits[1] = state[0] - 9.999f;
            },
        };
        var settings = new SolverComparisonSettings { Evaluations = 128, Horizon = 256, Tolerance = 1e-3 };
        var comparison = ToySubject.Compare(subject, settings, ("nearly plain", new DampedSolver(0.9)));
        var trial = comparison.Trials[1];
        Assert.Equal([SolverVerdict.SamePoint], trial.Verdicts());
        Assert.Equal((false, false), (trial.Certificate.SameToken[0], trial.IsAccepted));
        Assert.Equal(comparison.Plain.ReachedAt, trial.FallbackEvaluations);
        Assert.Contains(SolverFindings.Describe(ToySubject.Report(comparison)), finding =>
            finding.Text.Contains("1 token predicts another next token", StringComparison.Ordinal));
    }

    [Fact]
    public void Rounding_that_rises_above_a_bound_has_not_left_it()
    {
        var trial = ToySubject.Compare(ToySubject.Of(ToyCores.Contraction(0.5f), 1, 1)).Plain with
        {
            Limit = 6,
            Residual = [1e-1, 1e-4, 9e-7, 1.9e-6, 1e-7, 1.1e-6],
        };
        Assert.Equal((2, 3, 5), (trial.EvaluationsTo(0, 1e-4), trial.EvaluationsTo(0, 1e-6), trial.EvaluationsTo(0, 5e-7)));
        Assert.Null((trial with { Residual = [1e-1, 1e-7, 1e-7, 1e-7, 1e-7, 3e-6] }).EvaluationsTo(0, 1e-6));
        Assert.Equal(6, (trial with { Residual = [1e-1, 1e-7, double.NaN, 1e-7, 3e-6, 1e-7] }).EvaluationsTo(0, 1e-6));
    }

    [Theory]
    [InlineData(0, 64, 128, "tolerance is 0")]
    [InlineData(1e-4, 0, 128, "evaluations")]
    [InlineData(1e-4, 64, 63, "The horizon is 63 and each solver has 64 evaluations")]
    [InlineData(double.NaN, 64, 128, "NaN")]
    public void Settings_that_say_nothing_are_refused(double tolerance, int evaluations, int horizon, string expected)
    {
        var settings = new SolverComparisonSettings { Tolerance = tolerance, Evaluations = evaluations, Horizon = horizon };
        Assert.Contains(
            expected, Assert.ThrowsAny<ArgumentException>(() => ToySubject.Compare(ToySubject.Of(ToyCores.Drift, 1, 1), settings)).Message,
            StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Prompts_that_do_not_belong_together_are_no_report()
    {
        var one = ToySubject.Compare(ToySubject.Of(ToyCores.Contraction(0.5f), 1, 1), null, _anderson);
        var other = ToySubject.Compare(ToySubject.Of(ToyCores.Contraction(0.5f), 1, 1));
        var longer = ToySubject.Compare(ToySubject.Of(ToyCores.Contraction(0.5f), 1, 1), new SolverComparisonSettings { Horizon = 200 }, _anderson);
        Assert.Throws<ArgumentException>(() => ToySubject.Report());
        Assert.Throws<ArgumentException>(() => ToySubject.Report(one, other));
        Assert.Throws<ArgumentException>(() => ToySubject.Report(one, longer));
        Assert.Equal(2, ToySubject.Report(one, one).Tokens);
    }

    [Fact]
    public void A_meter_refuses_a_second_run()
    {
        var subject = ToySubject.Of(ToyCores.Contraction(0.5f), 1, 1);
        var meter = new SolverMeter(1, 2, 3, 1e-4);
        var settings = new SolveSettings { Solver = Solver.Plain, Evaluations = 5 };
        subject.Run(settings, meter.Observe);
        Assert.Contains("make a solver meter for each run", Assert.Throws<InvalidOperationException>(() => subject.Run(settings, meter.Observe)).Message, StringComparison.Ordinal);
    }
}
