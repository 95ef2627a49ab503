using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Engine.Recurrence;

namespace Muninn.Microscope.Measures.Exits;

/// <summary>A way to decide when a token stops: a rule, or the same depth for all.</summary>
/// <param name="Rule">The rule; null: every token stops at <paramref name="Depth"/>.</param>
/// <param name="Depth">Iterations of every token where there is no rule; not read otherwise.</param>
public sealed record ExitCandidate(ExitRule? Rule, int Depth = 0)
{
    /// <summary>Thresholds of a ladder are the rule's own times these: a thirtieth to ten times.</summary>
    static readonly double[] _factors = [10, 3, 1, 0.3, 0.1, 0.03];

    static readonly int[] _counts = [1, 2, 3, 5, 8, 13];

    static readonly int[] _depths = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512];

    /// <summary>Every rule there is, with the threshold from which its ladder is made.</summary>
    public static IReadOnlyList<ExitRule> Rules { get; } =
    [
        new ResidualExit(), new CosineExit(), new AccelerationExit(), new ContractionExit(),
        new EntropyExit(), new DivergenceExit(), new MinPDivergenceExit(), new StableTokenExit(),
    ];

    /// <summary>A rule at several thresholds, from early exits to late ones.</summary>
    /// <param name="rule">The rule; its coda interval is kept.</param>
    public static IReadOnlyList<ExitCandidate> Ladder(ExitRule rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        Func<double, ExitRule>? at = rule switch
        {
            ResidualExit r => factor => r with { Threshold = Scaled(ResidualExit.DefaultThreshold, factor) },
            CosineExit r => factor => r with { Threshold = Scaled(CosineExit.DefaultThreshold, factor) },
            AccelerationExit r => factor => r with { Threshold = Scaled(AccelerationExit.DefaultThreshold, factor) },
            ContractionExit r => factor => r with { Threshold = Scaled(ContractionExit.DefaultThreshold, factor) },
            EntropyExit r => factor => r with { Threshold = Scaled(EntropyExit.DefaultThreshold, factor) },
            DivergenceExit r => factor => r with { Threshold = Scaled(DivergenceExit.DefaultThreshold, factor) },
            MinPDivergenceExit r => factor => r with { Threshold = Scaled(MinPDivergenceExit.DefaultThreshold, factor) },
            _ => null,
        };
        if (rule is StableTokenExit stable)
            return [.. _counts.Select(count => new ExitCandidate(stable with { Count = count }))];
        return at is null ? [new ExitCandidate(rule)] : [.. _factors.Select(factor => new ExitCandidate(at(factor)))];
    }

    /// <summary>The same depth for all, at several depths, the limit among them.</summary>
    /// <param name="limit">The largest, at least 1.</param>
    public static IReadOnlyList<ExitCandidate> Depths(int limit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return [.. _depths.Where(depth => depth < limit).Append(limit).Select(static depth => new ExitCandidate(null, depth))];
    }

    /// <summary>Two digits, so that thresholds read as a person would type them.</summary>
    static double Scaled(double threshold, double factor) => double.Parse(
        (threshold * factor).ToString("g2", System.Globalization.CultureInfo.InvariantCulture), System.Globalization.CultureInfo.InvariantCulture);
}
