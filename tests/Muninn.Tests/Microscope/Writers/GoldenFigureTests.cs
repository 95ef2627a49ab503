using System.Linq;
using Muninn.Microscope.Figures;
using Muninn.Tests.Microscope.Figures;
using Xunit;

namespace Muninn.Tests.Microscope.Writers;

/// <summary>The golden pictures of the figures other than the heatmap; they are the gallery too.</summary>
public sealed class GoldenFigureTests
{
    [Fact] public void Fidelity_curves() => Check("fidelity-curves", SampleCurves.Fidelity());

    [Fact] public void Cosine_curves() => Check("cosine-curves", SampleCurves.Cosine());

    [Fact] public void Accuracy_panels() => Check("accuracy-panels", SampleCurves.Accuracy(), SampleCurves.Accuracy().PageSize);

    [Fact] public void Token_waterfall() => Check("token-waterfall", SampleCurves.Waterfall());

    [Fact] public void Token_waterfall_of_diverged_rows() => Check("token-waterfall-diverged", SampleCurves.Waterfall(SampleFigures.Diverged()));

    [Fact] public void Trajectory_panels() => Check("trajectory-panels", SamplePaths.Trajectories());

    [Fact]
    public void Trajectory_panels_each_to_its_scale() =>
        Check("trajectory-panels-own-scale", SamplePaths.Trajectories(6) with { Scale = PanelScale.Each });

    [Fact]
    public void Trajectory_panels_coloured_by_the_logarithm() =>
        Check("trajectory-panels-log", SamplePaths.Trajectories(4) with { IterationScale = ColorScale.Logarithmic });

    [Fact] public void Spectrum_disc() => Check("spectrum-disc", SamplePaths.Spectrum());

    [Fact] public void Exit_histogram() => Check("exit-histogram", SamplePaths.Exits());

    [Fact] public void Pareto_plot() => Check("pareto-plot", SamplePaths.Pareto());

    [Fact] public void Pareto_plot_with_real_runs() => Check("pareto-real-runs", SamplePaths.RealRuns());

    [Fact] public void Lens_grid() => Check("lens-grid", SampleGrids.Lens());

    [Fact] public void Attention_patterns() => Check("attention-patterns", SampleGrids.Pattern(), new FigureSize { Width = 1000 });

    [Fact]
    public void Attention_patterns_of_heads() =>
        Check("attention-patterns-heads", SampleGrids.Pattern(48, 2) with { Difference = null });

    [Fact] public void Pull_map() => Check("pull-map", SampleGrids.Pulls());

    [Fact] public void Pull_map_of_200_tokens() => Check("pull-map-200", SampleGrids.Pulls(200));

    [Fact] public void Site_maps() => Check("site-maps", SampleGrids.Sites());

    [Fact]
    public void Spectrum_of_30_tokens() => Check("spectrum-30", SamplePaths.Spectrum() with
    {
        Subtitle = "made-up data · 30 tokens",
        Labels = [.. Enumerable.Range(0, 30).Select(t => $"{t} {SampleFigures.Sentence().RowLabels[t % 15]}")],
        Tokens = [.. SamplePaths.Spectrum().Tokens.Select((_, i) => i * 7 % 30)],
        ResidualShareMax = 1e-3,
    });

    [Fact]
    public void Attention_patterns_of_two_tokens() =>
        Check("attention-patterns-two", SampleGrids.Pattern(2, 2), SampleGrids.Pattern(2, 2).PageSize);

    [Fact] public void Difference_map() => Check("difference-map", SampleGrids.Difference(), new FigureSize { Width = 960 });

    [Fact]
    public void Token_waterfall_of_256_tokens() =>
        Check("token-waterfall-256", SampleCurves.Waterfall(SampleFigures.LongInput().Select([.. Enumerable.Range(0, 256)])));

    [Fact]
    public void Curves_of_one_iteration() => Check("curves-one-iteration", SampleCurves.Fidelity() with
    {
        Iterations = [8],
        Series = [.. SampleCurves.Fidelity().Series.Select(series => new LineSeries { Name = series.Name, Values = [series.Values[7]] })],
    });

    [Fact]
    public void Lens_grid_of_hard_labels() =>
        Check("lens-grid-hard-labels", SampleBorders.Of(14, 5, i => i % 7 == 6 ? double.NaN : 1 + i % 5, i => SampleBorders.HardLabels[i]).OfType<LensGrid>().Single());

    [Fact] public void Trajectory_panel_of_one_token() => Check("trajectory-one-token", SamplePaths.Trajectories(1));

    [Fact]
    public void Spectrum_close_to_zero() => Check("spectrum-zoomed", SamplePaths.Spectrum() with
    {
        Real = [.. SamplePaths.Spectrum().Real.Select(value => value * 0.1)],
        Imaginary = [.. SamplePaths.Spectrum().Imaginary.Select(value => value * 0.1)],
    });

    [Fact]
    public void Pareto_plot_of_changed_answers() => Check("pareto-linear", SamplePaths.Pareto() with
    {
        Scale = ColorScale.Linear,
        CostTitle = "Changed answers (%)",
        Title = "Exit Rules: Iterations against Changed Answers",
    });

    [Fact]
    public void Difference_map_of_equal_runs() => Check("difference-map-equal", SampleGrids.Difference() with
    {
        Second = SampleGrids.Difference().First,
        SecondName = "float32, again",
    });

    static void Check(string name, Figure figure, FigureSize? size = null) =>
        GoldenPictureTests.Check(name, figure.ToPicture(size ?? new FigureSize()));
}
