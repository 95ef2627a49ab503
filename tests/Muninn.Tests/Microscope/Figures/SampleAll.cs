using Muninn.Microscope.Figures;

namespace Muninn.Tests.Microscope.Figures;

/// <summary>One lifelike example of every figure.</summary>
static class SampleAll
{
    internal static Figure[] Figures() =>
    [
        SampleCurves.Fidelity(), SampleCurves.Waterfall(), SampleCurves.Accuracy(), SamplePaths.Trajectories(), SamplePaths.Spectrum(), SamplePaths.Exits(),
        SamplePaths.Pareto(), SamplePaths.RealRuns(), SampleGrids.Lens(), SampleGrids.Pattern(), SampleGrids.Difference(), SampleGrids.Pulls(), SampleGrids.Sites(),
    ];
}
