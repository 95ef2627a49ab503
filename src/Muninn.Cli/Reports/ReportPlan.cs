using System.Collections.Generic;
using System.Linq;
using Muninn.Cli.Input;
using Muninn.Microscope.Measures.Dynamics;
using Muninn.Microscope.Measures.Motion;

namespace Muninn.Cli.Reports;

/// <summary>What a report is made from.</summary>
sealed record ReportPlan
{
    /// <summary>Tokens the likeliest of which are kept at each place of the lens.</summary>
    public const int LensTop = 5;

    /// <summary>Text, model, iterations and horizon as asked for; weights in whole numbers are held in float32 by every instrument, as derivatives need it.</summary>
    public required RunPlan Run
    {
        get;
        init => field = value with { TangentsWanted = true };
    }

    /// <summary>Runs from random starts; 0: none.</summary>
    public required int Seeds { get; init; }

    /// <summary>Surrogates of each kind and test.</summary>
    public required int Surrogates { get; init; }

    /// <summary>How dynamics are measured: as by <c>dynamics --pulls</c>.</summary>
    public DynamicsSettings Dynamics => DynamicsPlan.Of(Run, probes: new PullSettings().Probes);

    /// <summary>The run behind distances, dynamics and motion: every state up to the horizon is held.</summary>
    public RunPlan Whole => Run with
    {
        Seeds = Seeds,
        FloorMeasured = true,
        RestWanted = true,
        StatesWanted = [.. Enumerable.Range(0, Run.Measure.Horizon + 1)],
        KeptStates = [.. Enumerable.Range(0, Run.Measure.Iterations + 1)],
        FewerStates = "Give a shorter text, or a smaller --horizon.",
        BytesBeside = (config, positions) => DynamicsPlan.BytesFor(config, positions, Dynamics),
    };

    /// <summary>Iterations whose lens and attention the recording holds: 1, 2, 4, … and the last of the plot.</summary>
    public IReadOnlyList<int> Doubling => SectionPlan.Doubling(Run.Measure.Iterations);

    /// <summary>How motion is tested.</summary>
    public MotionSettings Motion => new() { Surrogates = Surrogates, Seed = Run.Seed };
}
