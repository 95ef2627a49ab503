using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Engine.Model;
using Muninn.Engine.Recurrence;
using Muninn.Microscope.Measures;
using Muninn.Microscope.Measures.Dynamics;
using Muninn.Microscope.Measures.Joint;
using Muninn.Microscope.Measures.Lenses;
using Muninn.Microscope.Measures.Motion;
using Muninn.Microscope.Trajectories;
using Muninn.Tests.Microscope.Measures.Lenses;
using Muninn.Tests.Microscope.Measures.Motion;
using Xunit;

namespace Muninn.Tests.Microscope.Measures.Joint;

/// <summary>Cores whose rest, turn and answers are known, and measures that are made to disagree.</summary>
public sealed class JointFindingsTests
{
    const int Iterations = 64, Horizon = 96;

    /// <summary>A spiral at each rate and angle; rates of 1 go round for ever.</summary>
    static JointMeasures Spirals(params (double Rate, double Angle)[] tokens)
    {
        var trajectory = ToyTrajectories.From(tokens.Length, Horizon, 2, (t, i) =>
        {
            double radius = Math.Pow(tokens[t].Rate, i);
            return [(float)(3 + radius * Math.Cos(tokens[t].Angle * i)), (float)(3 + radius * Math.Sin(tokens[t].Angle * i))];
        });
        return new JointMeasures
        {
            Labels = [.. Enumerable.Range(0, tokens.Length).Select(static t => $"t{t}")],
            Convergence = Measured(trajectory),
            Motions = Motions.Measure(trajectory, new MotionSettings()),
            Dynamics = new PromptDynamics(Horizon, [.. tokens.Select((token, t) => Token(t, token.Rate, token.Angle))], null),
        };
    }

    static Convergence Measured(Trajectory trajectory)
    {
        var meter = new ConvergenceMeter(
            trajectory.Positions, new FinalNorm([1, 1], 1e6f), new ConvergenceSettings { Iterations = Iterations, Horizon = Horizon }, long.MaxValue);
        var rows = RowBatch.ForPrompt(trajectory.Positions);
        for (int i = 0; i <= Horizon; i++)
            meter.Observe(new IterationView(i, rows, 2, trajectory.State(i), i == 0 ? [] : trajectory.State(i - 1)));
        return meter.ToConvergence();
    }

    static TokenDynamics Token(int position, double radius, double angle) => new()
    {
        Position = position,
        Rate = new ContractionRate(radius, 0.001, 1, 20, null, null, false),
        RestResidual = 1e-6,
        Spectrum = new Spectrum([new Eigenpair(radius * Math.Cos(angle), radius * Math.Sin(angle), 1e-9)], true, 10),
        RadiusUpTo = radius,
        SlowestUpTo = position,
    };

    /// <summary>Token t says one word up to an iteration and another from there on.</summary>
    static LensTable Answers(params int[] commits)
    {
        CoreStep count = (rows, _, _, next) =>
        {
            for (int row = 0; row < rows.Count; row++)
                (next[2 * row], next[2 * row + 1]) = (rows.Iterations[row] + 1, rows.Positions[row]);
        };
        var readout = ToyReadouts.Of(2, 4, (state, logits) => logits[state[0] < commits[(int)state[1]] ? 1 : 2] = 5);
        var meter = new LensMeter(new int[commits.Length], readout, new LensSettings { Horizon = Horizon, TopCount = 1 });
        float[] start = [.. Enumerable.Range(0, commits.Length).SelectMany(static position => (float[])[0, position])];
        new RecurrentRun(count, 2, commits.Length).Run(
            RowBatch.ForPrompt(commits.Length), new float[2 * commits.Length], new RunSettings { Limit = Horizon, Start = InitialState.Given(start) },
            new float[2 * commits.Length], new RowEnding[commits.Length], null, meter.Observe);
        return meter.ToTable();
    }

    static string Text(JointMeasures measures) => string.Join('\n', JointFindings.Describe(measures).Select(static finding => finding.Text));

    [Fact]
    public void Measures_of_one_truth_agree()
    {
        var measures = Spirals((0.7, 0.9), (0.8, 0.5), (1, 0.7));
        string text = Text(measures);
        Assert.Contains("2 of the 2 tokens whose convergence is certified are fixed points by the test against noise, too.", text);
        Assert.Contains("None of the 2 certified spectral radii of such tokens is 1 or more.", text);
        Assert.Contains("No token is slower than the largest radius up to it.", text);
        // The circle's beat, and those of the spirals where they are told from noise, are the angles of their eigenvalues.
        Assert.Matches(@"([123]) of \1 tokens with a beat told from noise turn as an eigenvalue of their Jacobian does", text);
        var answers = JointSummary.Of(measures).ToDictionary(static answer => answer.Question, static answer => answer.Reply);
        Assert.Equal("No: certified for 2 of 3 tokens within 64 iterations; 1 moving.", answers["Does every token come to rest?"]);
        Assert.StartsWith("“t2” (position 2): orbit. ", answers["Does any orbit, slide, drift or turn back?"]);
        Assert.Contains("fastest “t0” (position 0) to 70 %", answers["How fast, and who is slow?"]);
    }

    [Fact]
    public void A_radius_above_one_and_another_angle_are_named()
    {
        var measures = Spirals((0.7, 0.9), (0.8, 0.5), (1, 0.7));
        var broken = measures with
        {
            Dynamics = new PromptDynamics(Horizon, [Token(0, 1.2, 0.9), Token(1, 0.8, 0.5), Token(2, 1, 2.5)], null),
        };
        string text = Text(broken);
        Assert.Contains("The Jacobian disagrees at “t0” (position 0): a spectral radius of 1 or more", text);
        Assert.Contains("“t2” (position 2) beat 0.7, angle 2.5", text);
    }

    [Fact]
    public void A_certified_token_that_noise_would_explain_is_named()
    {
        var measures = Spirals((0.7, 0.9), (0.8, 0.5));
        var still = ToyTrajectories.From(2, Horizon, 2, static (t, i) => t == 0 ? [(float)Math.Pow(0.7, i), 1] : [i % 3 == 0 ? 1 : 2, i % 5]);
        var text = Text(measures with { Motions = Motions.Measure(still, new MotionSettings()) });
        Assert.Contains("1 of the 2 tokens whose convergence is certified are fixed points", text);
        Assert.Contains("By that test not: “t1” (position 1)", text);
    }

    [Fact]
    public void Late_answers_follow_slow_tokens_or_do_not()
    {
        double[] rates = [.. Enumerable.Range(0, 10).Select(static t => 0.5 + 0.04 * t)];
        var measures = Spirals([.. rates.Select(static rate => (rate, 0.0))]) with { Motions = null, Dynamics = null };
        int[] late = [.. Enumerable.Range(0, 10).Select(static t => 2 + t)];
        Assert.Contains("Slow tokens answer later (Spearman 1, p below 1E−06 by Student's t, 10 tokens, as if they were independent).", Text(measures with { Lens = Answers(late) }));
        Assert.Contains("Slow tokens answer earlier (Spearman −1", Text(measures with { Lens = Answers([.. late.Reverse()]) }));
        Assert.Contains("cannot be told (Spearman", Text(measures with { Lens = Answers([5, 2, 9, 3, 7, 4, 8, 2, 6, 5]) }));
        Assert.Contains("All answers stand from the same iteration on", Text(measures with { Lens = Answers([.. late.Select(static _ => 4)]) }));
        // Fewer than eight pairs say nothing, and nothing is said.
        var few = Spirals((0.5, 0), (0.6, 0)) with { Motions = null, Dynamics = null, Lens = Answers(1, 2) };
        Assert.DoesNotContain("Spearman", Text(few));
        Assert.Contains("At 2 of 2 tokens the likeliest next token no longer changes before the state has come to a hundredth", Text(few));
    }

    [Fact]
    public void What_cannot_be_told_follows_from_what_was_measured()
    {
        var measures = Spirals((0.7, 0.9), (1, 0.7));
        string[] open = [.. OpenQuestions.Of(measures).Select(static finding => finding.Text)];
        Assert.Contains(open, static text => text.StartsWith("Where “t1” (position 1) will end: no rest is certified at iteration 96.", StringComparison.Ordinal));
        Assert.Contains(open, static text => text.StartsWith("Where rounding begins: no floor was measured", StringComparison.Ordinal));
        Assert.Contains(open, static text => text.StartsWith("Whether the end depends on the start: one start was run", StringComparison.Ordinal));
        Assert.DoesNotContain(open, static text => text.Contains("int4", StringComparison.Ordinal));
        var quantised = OpenQuestions.Of(measures with { IntegerWeights = "int4" });
        Assert.StartsWith("What the original model does: these weights are int4", quantised[0].Text);
        var few = measures with { Motions = Motions.Measure(ToyTrajectories.From(2, Horizon, 2, static (t, i) => [(float)Math.Pow(0.5, i), t]), new MotionSettings { Surrogates = 99, SurrogatesMax = 99 }) };
        Assert.Contains(OpenQuestions.Of(few), static finding => finding.Text.StartsWith("Any class of motion: with 99 surrogates", StringComparison.Ordinal));
    }

    [Fact]
    public void A_fall_slower_than_the_map_at_rest_is_told()
    {
        var measures = Spirals((0.7, 0.9), (0.8, 0.5));
        var faster = measures with { Dynamics = new PromptDynamics(Horizon, [Token(0, 0.5, 0.9), Token(1, 0.8, 0.5)], null) };
        Assert.Contains("1 of 2 tokens are slower than any radius up to them", Text(faster));
    }

    [Fact]
    public void A_token_that_rests_later_than_the_plot_is_not_called_restless()
    {
        // At iteration 64 it is 0.98^64 = 0.27 of its start away, at the horizon its steps still shrink: no rest is certified.
        var open = OpenQuestions.Of(Spirals((0.98, 0)) with { Motions = null, Dynamics = null });
        Assert.StartsWith("Where “t0” (position 0) will end: no rest is certified at iteration 96", open[0].Text);
        var answers = JointSummary.Of(Spirals((0.98, 0), (0.5, 0)) with { Motions = null, Dynamics = null });
        Assert.StartsWith("Not shown: certified for 1 of 2 tokens within 64 iterations; 1 on the way", answers[0].Reply);
        // 0.93^64 is above a thousandth of ‖s*‖, 0.93^96 below it: at rest, but only behind the plot.
        var late = OpenQuestions.Of(Spirals((0.93, 0)) with { Motions = null, Dynamics = null });
        Assert.StartsWith("When “t0” (position 0) comes to rest: later than iteration 64", late[0].Text);
    }

    [Fact]
    public void Every_kind_of_finding_has_a_test_and_a_limit()
    {
        foreach (var kind in Enum.GetValues<FindingKind>())
        {
            var evidence = FindingEvidence.Of(kind);
            Assert.NotEqual("", evidence.Test);
            Assert.NotEqual("", evidence.DoesNotProve);
        }

        Assert.Throws<ArgumentOutOfRangeException>(static () => FindingEvidence.Of((FindingKind)999));
    }

    [Fact]
    public void Measures_of_other_prompts_are_refused()
    {
        var measures = Spirals((0.7, 0.9), (0.8, 0.5));
        IEnumerable<JointMeasures> wrong =
        [
            measures with { Labels = ["one"] }, measures with { Motions = Spirals((0.5, 0)).Motions }, measures with { Lens = Answers(1, 2, 3) },
        ];
        foreach (var mixed in wrong)
        {
            Assert.Contains("give measures of one prompt", Assert.Throws<ArgumentException>(() => JointFindings.Describe(mixed)).Message);
            Assert.Throws<ArgumentException>(() => OpenQuestions.Of(mixed));
            Assert.Throws<ArgumentException>(() => JointSummary.Of(mixed));
        }
    }
}
