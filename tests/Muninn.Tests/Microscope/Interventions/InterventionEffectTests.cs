using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Cli.Input;
using Muninn.Engine.Recurrence;
using Muninn.Microscope.Addresses;
using Muninn.Microscope.Interventions;
using Muninn.Microscope.Measures;
using Muninn.Tests.Microscope.Addresses;
using Xunit;

namespace Muninn.Tests.Microscope.Interventions;

public sealed class InterventionEffectTests
{
    static Address At(string text) => AddressReader.Read(text);

    static InterventionEffect Measure(SmallRun subject, params Edit[] edits) =>
        Baseline.Of(subject.Run, subject.Model, subject.Settings).Measure(edits, new EffectSettings());

    [Theory]
    [InlineData("state[2]@3=zero")]
    [InlineData("state[6]=scale")]
    [InlineData("core[2-4].block[1].mlp@1=zero")]
    [InlineData("core[3].block[0].pattern[1]@last=zero")]
    [InlineData("prelude[last].output@2=scale")]
    [InlineData("coda[0].attention=zero")]
    public void Distances_residuals_and_distributions_are_those_of_the_textbook(string what)
    {
        using var subject = new SmallRun();
        var at = At(what[..what.IndexOf('=')]);
        Edit edit = what.EndsWith("zero", StringComparison.Ordinal) ? new ZeroEdit(at) : new ScaleEdit(at, 1.25f);
        var effect = Measure(subject, edit);
        var before = new List<float[]>();
        var after = new List<float[]>();
        var (_, logits) = subject.Go(null, (in IterationView view) => before.Add(view.State.ToArray()));
        float[] edited = new float[logits.Length];
        AddressedRun.Run(subject.Run, subject.Settings, edited, new Intervention(subject.Shape, [edit]), null, (in IterationView view) =>
            after.Add(view.State.ToArray()));
        int width = subject.Shape.Width;
        int vocabulary = subject.Model.Config.Vocabulary;
        for (int t = 0; t < effect.Positions; t++)
        {
            for (int i = 0; i <= effect.Limit; i++)
                Assert.Equal(Norm(Difference(Normed(after[i]), Normed(before[i]), t)), effect.DistanceOf(t)[i], 1e-5);
            Assert.Equal(Norm(Normed(before[^1]).AsSpan(t * width, width).ToArray()), effect.RestNorm[t], 1e-4);
            Assert.Equal(
                Norm(Difference(after[^1], after[^2], t)) / Norm(after[^1].AsSpan(t * width, width).ToArray()), effect.Residual[t], 1e-6);
            Assert.Equal(
                Norm(Difference(before[^1], before[^2], t)) / Norm(before[^1].AsSpan(t * width, width).ToArray()), effect.BaselineResidual[t], 1e-6);
            double[] p = LogSoftmax(logits.AsSpan(t * vocabulary, vocabulary));
            double[] q = LogSoftmax(edited.AsSpan(t * vocabulary, vocabulary));
            int top = Array.IndexOf(p, p.Max());
            var shift = effect.Shifts[t];
            Assert.Equal((top, Array.IndexOf(q, q.Max())), (shift.Before, shift.After));
            Assert.Equal(p.Zip(q, static (a, b) => Math.Exp(a) * (a - b)).Sum(), shift.Divergence, 1e-9);
            Assert.Equal((p[top], q[top]), (shift.LogProbabilityBefore, shift.LogProbabilityAfter));
        }

        Assert.Equal(effect.Shifts.Max(static shift => shift.Divergence), effect.Shifts[effect.MostDiverged].Divergence);
        Assert.True(effect.DivergenceMean > 0);

        float[] Normed(float[] state)
        {
            float[] normed = new float[state.Length];
            subject.Model.FinalNorm.Apply(state, subject.Tokens.Length, normed);
            return normed;
        }

        float[] Difference(float[] a, float[] b, int position) =>
            [.. Enumerable.Range(position * width, width).Select(i => a[i] - b[i])];

        static double Norm(float[] values) => Math.Sqrt(values.Sum(static value => (double)value * value));
    }

    static double[] LogSoftmax(ReadOnlySpan<float> logits)
    {
        double[] x = [.. logits.ToArray().Select(static value => (double)value)];
        double largest = x.Max();
        double log = Math.Log(x.Sum(value => Math.Exp(value - largest)));
        return [.. x.Select(value => value - largest - log)];
    }

    [Fact]
    public void A_token_that_forgets_its_start_comes_back_and_one_with_another_e_does_not()
    {
        using var subject = new SmallRun(limit: 128);
        var forgotten = Measure(subject, new ZeroEdit(At("state[0]")));
        Assert.All(Enumerable.Range(0, 7), t => Assert.Equal(ReturnVerdict.Returned, forgotten.VerdictOf(t)));
        Assert.False(forgotten.ActsToTheEnd);
        Assert.Equal(0, forgotten.PeakOf(3));
        var other = Measure(subject, new ScaleEdit(At("prelude[last].output@3"), -1));
        Assert.True(other.ActsToTheEnd);
        Assert.Equal(
            [ReturnVerdict.Untouched, ReturnVerdict.Untouched, ReturnVerdict.Untouched, ReturnVerdict.Elsewhere],
            Enumerable.Range(0, 4).Select(other.VerdictOf));
        Assert.All(Enumerable.Range(4, 3), t => Assert.NotEqual(ReturnVerdict.Untouched, other.VerdictOf(t)));
        using var brief = new SmallRun(limit: 2);
        Assert.All(Enumerable.Range(0, 7), t => Assert.Equal(ReturnVerdict.Undecided, Measure(brief, new ZeroEdit(At("state[1]"))).VerdictOf(t)));
    }

    [Fact]
    public void Nothing_done_is_nothing_seen()
    {
        using var subject = new SmallRun();
        var effect = Measure(subject, new ScaleEdit(At("core[*].block[*].mlp"), 1));
        Assert.All(effect.Distance, static distance => Assert.Equal(0, distance));
        Assert.Equal((0, 0, 0), (effect.DivergenceMean, effect.TopChanges, effect.FinalChange));
        Assert.Equal(ReturnVerdict.Untouched, effect.VerdictOf(0));
        Assert.True(effect.ActsToTheEnd);
    }

    [Fact]
    public void A_run_without_iterations_still_has_a_start_to_edit()
    {
        using var subject = new SmallRun(limit: 0);
        var effect = Measure(subject, new ZeroEdit(At("state[0]@last")));
        Assert.Equal((1, float.NaN), (effect.Distance.Length / effect.Positions, effect.Residual[6]));
        Assert.Equal(ReturnVerdict.Undecided, effect.VerdictOf(6));
        Assert.Equal(ReturnVerdict.Untouched, effect.VerdictOf(0));
    }

    [Fact]
    public void What_is_not_finite_is_named_so()
    {
        using var subject = new SmallRun();
        // Twice, so that it overflows: one factor alone is normalised away.
        var huge = new ScaleEdit(At("core[1].block[0].mlp@2"), float.MaxValue);
        var effect = Measure(subject, huge, huge);
        Assert.Equal(ReturnVerdict.NotFinite, effect.VerdictOf(2));
        Assert.Equal(ReturnVerdict.Untouched, effect.VerdictOf(1));
        Assert.Equal(2, effect.MostDiverged);
        Assert.True(double.IsNaN(effect.Shifts[2].Divergence));
    }

    [Fact]
    public void Logits_of_two_vocabularies_are_refused() =>
        Assert.Contains("2 and 3 logits", Assert.Throws<ArgumentException>(() => NextTokenShift.Of([1, 2], [1, 2, 3])).Message);
}
