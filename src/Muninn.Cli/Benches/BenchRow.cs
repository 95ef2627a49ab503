namespace Muninn.Cli.Benches;

/// <summary>One measured figure beside the limit of the machine, taken in the same run.</summary>
/// <param name="Group">Which part of the bench it belongs to.</param>
/// <param name="Name">What was measured.</param>
/// <param name="Value">How much.</param>
/// <param name="Unit">Of what.</param>
/// <param name="Ratio">Share of the machine's limit; null for a limit itself and where none applies.</param>
/// <param name="Limit">What the ratio is a share of.</param>
/// <param name="Goal">What the ratio (the value, where there is none) should be.</param>
/// <param name="Quiet">What the limit was meanwhile, as a share of the most it was in this run.</param>
sealed record BenchRow(
    string Group, string Name, double Value, string Unit, double? Ratio = null, string? Limit = null, Goal? Goal = null, double? Quiet = null)
{
    const double QuietLeast = 0.85;

    /// <summary>Whether neighbours took so much of the machine meanwhile that the figure may not hold.</summary>
    public bool IsDisturbed => Quiet < QuietLeast;

    /// <summary>The row of a figure.</summary>
    /// <param name="group">Which part of the bench it belongs to.</param>
    /// <param name="name">What was measured.</param>
    /// <param name="figure">How much, in units of one.</param>
    /// <param name="unit">Of what, with the prefix G.</param>
    /// <param name="limit">What it is judged by.</param>
    /// <param name="goal">What the ratio should be.</param>
    public static BenchRow Of(string group, string name, Figure figure, string unit, Limit limit, Goal? goal = null) =>
        new(group, name, figure.PerSecond / 1e9, unit, figure.Ratio, limit.Name, goal, figure.LimitPerSecond / limit.Best);

    /// <summary>Whether the goal is reached; null where there is none.</summary>
    public bool? Reached => Goal?.IsReached(Ratio ?? Value);
}

/// <summary>What a figure should be.</summary>
/// <param name="Value">The bound.</param>
/// <param name="AtMost">Whether less is better.</param>
sealed record Goal(double Value, bool AtMost = false)
{
    /// <summary>Whether <paramref name="figure"/> is on the right side.</summary>
    public bool IsReached(double figure) => AtMost ? figure <= Value : figure >= Value;
}
