namespace Muninn.Cli.Benches;

/// <summary>One measured figure beside the limit of the machine, taken in the same run.</summary>
/// <param name="Group">Which part of the bench it belongs to.</param>
/// <param name="Name">What was measured.</param>
/// <param name="Value">How much.</param>
/// <param name="Unit">Of what.</param>
/// <param name="Ratio">Share of the machine's limit; null for a limit itself and where none applies.</param>
/// <param name="Limit">What the ratio is a share of.</param>
/// <param name="Goal">What the ratio (the value, where there is none) should be.</param>
sealed record BenchRow(
    string Group, string Name, double Value, string Unit, double? Ratio = null, string? Limit = null, Goal? Goal = null)
{
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
