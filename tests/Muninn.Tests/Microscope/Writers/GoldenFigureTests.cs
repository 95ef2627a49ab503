using Muninn.Microscope.Figures;
using Muninn.Tests.Microscope.Figures;
using Xunit;

namespace Muninn.Tests.Microscope.Writers;

/// <summary>The golden pictures of the figures other than the heatmap; they are the gallery too.</summary>
public sealed class GoldenFigureTests
{
    [Fact] public void Fidelity_curves() => Check("fidelity-curves", SampleCurves.Fidelity());

    [Fact] public void Cosine_curves() => Check("cosine-curves", SampleCurves.Cosine());

    [Fact] public void Token_waterfall() => Check("token-waterfall", SampleCurves.Waterfall());

    [Fact] public void Token_waterfall_of_diverged_rows() => Check("token-waterfall-diverged", SampleCurves.Waterfall(SampleFigures.Diverged()));

    [Fact] public void Trajectory_panels() => Check("trajectory-panels", SamplePaths.Trajectories());

    [Fact] public void Trajectory_panels_each_to_its_scale() =>
        Check("trajectory-panels-own-scale", SamplePaths.Trajectories(6) with { Scale = PanelScale.Each });

    [Fact] public void Spectrum_disc() => Check("spectrum-disc", SamplePaths.Spectrum());

    [Fact] public void Exit_histogram() => Check("exit-histogram", SamplePaths.Exits());

    [Fact] public void Pareto_plot() => Check("pareto-plot", SamplePaths.Pareto());

    [Fact] public void Lens_grid() => Check("lens-grid", SampleGrids.Lens());

    [Fact] public void Attention_patterns() => Check("attention-patterns", SampleGrids.Pattern(), new FigureSize { Width = 1000 });

    [Fact] public void Attention_patterns_of_heads() =>
        Check("attention-patterns-heads", SampleGrids.Pattern(48, 2) with { Difference = null });

    [Fact] public void Difference_map() => Check("difference-map", SampleGrids.Difference(), new FigureSize { Width = 960 });

    static void Check(string name, Figure figure, FigureSize? size = null) =>
        GoldenPictureTests.Check(name, figure.ToPicture(size ?? new FigureSize()));
}
