namespace Muninn.Cli.Benches;

/// <summary>One measured figure beside the limit of the machine, taken in the same run.</summary>
/// <param name="Name">What was measured.</param>
/// <param name="Value">How much.</param>
/// <param name="Unit">Of what.</param>
/// <param name="Ratio">Share of the machine's limit, 0 … 1; null for a limit itself and where none applies.</param>
/// <param name="Limit">What the ratio is a share of.</param>
sealed record BenchRow(string Name, double Value, string Unit, double? Ratio = null, string? Limit = null);
