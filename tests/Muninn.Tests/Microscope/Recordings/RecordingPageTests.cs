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
}
