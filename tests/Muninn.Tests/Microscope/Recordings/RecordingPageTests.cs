using System;
using System.Linq;
using Muninn.Microscope.Figures;
using Muninn.Microscope.Recordings;
using Muninn.Tests.Engine.Recurrence;
using Xunit;

namespace Muninn.Tests.Microscope.Recordings;

public sealed class RecordingPageTests
{
    static MicroscopePage PageOf(Recording recording, params int[] positions)
    {
        var heatmap = new Heatmap { RowLabels = recording.Tokens.Labels, Values = recording.Convergence.Distance, Floor = recording.Convergence.Floor };
        return RecordingPage.Of(recording, heatmap.Select(positions), positions).Validated();
    }

    [Fact]
    public void Residuals_and_lens_stand_at_their_iterations_and_gaps_between()
    {
        var recording = SampleRecording.Of();
        var page = PageOf(recording, 2, 0);
        Assert.Equal(["residual", "entropy", "divergence"], page.Layers.Select(layer => layer.Name));
        float[] residual = page.Layers[0].Values;
        Assert.True(float.IsNaN(residual[0]) && float.IsNaN(residual[13]));
        Assert.Equal(recording.Convergence.Residual[24..36], residual[1..13]);
        Assert.Equal(recording.Convergence.Residual[..12], residual[14..26]);
        float[] entropy = page.Layers[1].Values;
        // Recorded at 1, 4 and 30; the picture ends at 12.
        Assert.Equal([1, 4], Enumerable.Range(0, 13).Where(i => !float.IsNaN(entropy[i])));
        Assert.Equal(recording.Lens!.Entropy[3 + 2], entropy[4]);
    }

    [Fact]
    public void The_lens_keeps_tokens_ranks_and_the_iteration_from_which_the_first_stays()
    {
        var recording = SampleRecording.Of();
        var lens = recording.Lens!;
        var page = PageOf(recording, 1, 2).Lens!;
        foreach (var (row, position) in new[] { (0, 1), (1, 2) })
        {
            int[] first = [.. Enumerable.Range(0, 3).Select(m => lens.Tokens[(m * 3 + position) * 3])];
            Assert.Equal(first.Select(id => lens.Labels[id]), Enumerable.Range(0, 3).Select(m => page.Texts[page.Tokens[(m * 2 + row) * 3]]));
            int expected = first[0] == first[2] && first[1] == first[2] ? 1 : first[1] == first[2] ? 4 : 30;
            Assert.Equal(expected, page.Commit[row]);
            Assert.Equal(0, page.Rank[2 * 2 + row]);
            Assert.Equal(0, page.Divergence[2 * 2 + row], 1e-6);
        }
    }

    [Fact]
    public void Paths_are_those_of_the_rows_and_missing_where_a_state_is_not_at_hand()
    {
        var recording = SampleRecording.Of();
        var all = PageOf(recording, 0, 1, 2).Paths!;
        var some = PageOf(recording, 2).Paths!;
        Assert.Equal(13, all.Iterations.Length);
        Assert.Equal(all.Scores[(2 * 26)..], some.Scores);
        Assert.InRange(all.Variance.Sum(), 0.99, 1.01);
        Assert.Null(PageOf(SampleRecording.Of(positions: [0, 2]), 0, 1, 2).Paths);
        Assert.NotNull(PageOf(SampleRecording.Of(positions: [0, 2]), 0, 2).Paths);
        Assert.Null(PageOf(SampleRecording.Of(states: []), 0).Paths);
        Assert.Null(PageOf(SampleRecording.Of(states: [0, 5]), 0).Paths);
        Assert.Null(PageOf(SampleRecording.Of(core: ToyCores.NotANumberBomb), 0).Paths);
        Assert.Null(PageOf(SampleRecording.Of(lens: false), 0).Lens);
    }

    [Fact]
    public void Eigenvalues_classes_attention_and_facts_are_those_of_the_rows()
    {
        var page = PageOf(SampleRecording.Of(), 1, 0);
        Assert.Equal(
            [new(0, Math.Sqrt(0.9), Math.Atan2(0.9, -0.3), false), new(0, 0.5, 0), new(1, 0.4, 0), new(1, Math.Sqrt(0.05), Math.Atan2(0.2, 0.1))],
            page.Spectrum!.Points.Select(point => point with { Modulus = Math.Round(point.Modulus, 6), Angle = Math.Round(point.Angle, 6) }),
            static (expected, actual) => expected with { Modulus = Math.Round(expected.Modulus, 6), Angle = Math.Round(expected.Angle, 6) } == actual);
        Assert.Equal(["orbit", "fixed point"], page.Paths!.Classes);
        var patterns = page.Patterns!;
        Assert.Equal([1, 12], patterns.Iterations);
        Assert.Equal([1, 0], patterns.Positions);
        Assert.Equal([0.25f, 0.75f, float.NaN, 1, float.NaN, float.NaN, 0.5f, 0.5f, float.NaN, 1, float.NaN, float.NaN], patterns.Weights);
        Assert.Contains("block 2 of 2, the mean over 1 heads", patterns.Title);
        var facts = page.Facts.ToDictionary(fact => fact.Name, fact => fact.Values);
        Assert.Equal(["orbit, q 4 × 10⁻⁴", "fixed point, q 0.009"], facts["class"]);
        Assert.Equal(["0.95 ± 0.002", "0.4 ± 0.01"], facts["rate"]);
        Assert.Equal(["0.949, not certified", "0.4"], facts["spectral radius"]);
        Assert.Equal(["131 iterations, extrapolated", "7 iterations"], facts["to 0.001 of its state"]);
        Assert.Equal(["0.7 ± 0.001 radians an iteration", ""], facts["beat"]);
        Assert.Equal(["class", "rate", "spectral radius"], page.Facts.Where(fact => fact.IsBrief).Select(fact => fact.Name));
        Assert.Contains("One orbit.", page.Findings);
        var lost = PageOf(SampleRecording.Of(), 2).Facts.ToDictionary(fact => fact.Name, fact => fact.Values);
        Assert.Equal(["not finite"], lost["class"]);
        Assert.DoesNotContain("rate", lost.Keys);
        var bare = PageOf(SampleRecording.Of(sections: false), 0, 1, 2);
        Assert.True(bare.Spectrum is null && bare.Patterns is null && bare.Facts.Count == 0 && bare.Paths!.Classes is null);
    }

    [Fact]
    public void Of_many_patterns_of_a_long_text_some_are_shown_the_first_and_the_last_among_them()
    {
        const int Tokens = 300;
        var recording = SampleRecording.Of(sections: false);
        recording = recording with { Tokens = recording.Tokens with { Labels = [.. Enumerable.Range(0, Tokens).Select(t => $"t{t}")] } };
        var patterns = new RecordedPatterns { Iterations = [.. Enumerable.Range(1, 20)], Block = 0, Positions = Tokens, Weights = new float[20 * Tokens * Tokens] };
        var page = SectionPage.PatternsOf(patterns, recording, [.. Enumerable.Range(0, Tokens)])!;
        Assert.Equal([1, 4, 6, 9, 12, 15, 17, 20], page.Iterations);
        Assert.InRange(page.ToBytes().Length, 1, SectionPage.PatternBytesMax);
        Assert.Contains("8 of 20 recorded iterations", page.Title);
        Assert.Equal(20, SectionPage.PatternsOf(patterns, recording, [5])!.Iterations.Length);
        const int Many = 2500;
        Assert.Null(SectionPage.PatternsOf(patterns with { Positions = Many, Weights = [] }, recording, [.. Enumerable.Range(0, Many)]));
    }
}
