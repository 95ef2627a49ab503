using System;
using System.Linq;
using Muninn.Microscope.Trajectories;

namespace Muninn.Microscope.Measures.Dynamics;

/// <summary>How rates are read from a trajectory.</summary>
public sealed record RateSettings
{
    /// <summary>Steps shorter than this share of ‖s_i‖ are float32 rounding. See docs/decisions/0002.</summary>
    public double RoundingShare { get; init; } = RoundingFloor.AssumedShare;

    /// <summary>Rates are read only this many times above the rounding.</summary>
    public double FloorMargin { get; init; } = RoundingFloor.Margin;

    /// <summary>ε: a token has arrived when what is left of its way is below this share of ‖s_i‖.</summary>
    public double Epsilon { get; init; } = 1e-3;
}

/// <summary>
/// How fast one token comes to rest: q of ‖s_{i+1} − s_i‖ ≈ q · ‖s_i − s_{i−1}‖ on the raw states, fitted to the later half of the
/// steps that are above the rounding.
/// </summary>
/// <remarks>
/// Steps need no s*. A token that turns while it falls has steps that swing about their trend; the standard error counts the
/// agreement of neighbouring deviations, but a swing longer than the fit is not seen. A step that dips into the rounding and comes
/// back counts as long as the rounding.
/// </remarks>
/// <param name="Ratio">q per iteration; NaN where fewer than four steps can be read.</param>
/// <param name="StandardError">Of q.</param>
/// <param name="First">First iteration of the fit.</param>
/// <param name="Last">Last iteration of the fit.</param>
/// <param name="FloorIteration">First iteration from which on every step is rounding; null: none in the trajectory.</param>
/// <param name="IterationsToEpsilon">
/// First iteration from which the way that is left, ‖step‖ · q / (1 − q), is below ε · ‖s_i‖; beyond the fit by its line; null
/// where q is not below 1.
/// </param>
/// <param name="IsExtrapolated">Whether that iteration lies beyond the trajectory.</param>
public sealed record ContractionRate(
    double Ratio, double StandardError, int First, int Last, int? FloorIteration, double? IterationsToEpsilon, bool IsExtrapolated)
{
    /// <summary>Fewest steps of which a rate is read.</summary>
    public const int StepsMin = 4;

    /// <summary>What q comes to at rest, where the iterations of the fit tell; null: they do not.</summary>
    public RestRatio? AtRest { get; init; }

    /// <summary>Iterations in which the step halves, ln 2 / −ln q; infinite where q is not below 1, NaN where there is none.</summary>
    public double HalfLife => double.IsNaN(Ratio) ? double.NaN : Ratio < 1 ? Math.Log(2) / -Math.Log(Ratio) : double.PositiveInfinity;

    /// <summary>Of every token.</summary>
    /// <param name="trajectory">Raw states of iterations 0, 1, … without a gap.</param>
    /// <param name="settings">Rounding and ε.</param>
    /// <exception cref="ArgumentException">An iteration is missing, or there are fewer than five.</exception>
    public static ContractionRate[] Of(Trajectory trajectory, RateSettings settings)
    {
        ArgumentNullException.ThrowIfNull(trajectory);
        ArgumentNullException.ThrowIfNull(settings);
        int last = -1;
        while (trajectory.Iterations.Contains(last + 1))
            last++;
        if (last < StepsMin)
            throw new ArgumentException(
                $"The trajectory holds iterations 0 to {last} without a gap; a rate takes 0 to {StepsMin} at least.", nameof(trajectory));
        var rates = new ContractionRate[trajectory.Positions];
        var lengths = new double[last];
        var sizes = new double[last];
        for (int t = 0; t < rates.Length; t++)
        {
            for (int i = 1; i <= last; i++)
                (lengths[i - 1], sizes[i - 1]) = Step(Row(trajectory, i, t), Row(trajectory, i - 1, t));
            rates[t] = Of(lengths, sizes, settings);
        }

        return rates;
    }

    /// <summary>Of one token.</summary>
    /// <param name="lengths">‖s_i − s_{i−1}‖ for i = 1, 2, ….</param>
    /// <param name="sizes">‖s_i‖ for the same i.</param>
    /// <param name="settings">Rounding and ε.</param>
    public static ContractionRate Of(ReadOnlySpan<double> lengths, ReadOnlySpan<double> sizes, RateSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        double share = settings.RoundingShare * settings.FloorMargin;
        int finite = 0;
        while (finite < lengths.Length && double.IsFinite(lengths[finite]))
            finite++;
        // Not finite further on: nothing comes to rest, whatever the beginning looks like.
        bool isFinite = finite == lengths.Length;
        int readable = finite;
        while (isFinite && readable > 0 && lengths[readable - 1] <= share * sizes[readable - 1])
            readable--;
        int? floor = readable < finite ? readable + 1 : null;
        int first = Math.Min(readable / 2, Math.Max(0, readable - StepsMin));
        if (readable < StepsMin || !isFinite)
            return new ContractionRate(double.NaN, double.NaN, first + 1, readable, floor, null, false);
        var logs = new double[readable - first];
        for (int i = 0; i < logs.Length; i++)
            logs[i] = Math.Log(Math.Max(lengths[first + i], share * sizes[first + i]));
        (double slope, double error, double start) = SerialMean.Line(logs);
        double ratio = Math.Exp(slope);
        (double? arrival, bool isExtrapolated) = Arrival(lengths, sizes, readable, ratio, start + slope * (logs.Length - 1), settings);
        return new ContractionRate(ratio, ratio * error, first + 1, readable, floor, arrival, isExtrapolated) { AtRest = RestRatio.Of(lengths[first..readable]) };
    }

    static (double? Iteration, bool IsExtrapolated) Arrival(
        ReadOnlySpan<double> lengths, ReadOnlySpan<double> sizes, int readable, double ratio, double lastLog, RateSettings settings)
    {
        if (!(ratio < 1))
            return (null, false);
        int from = lengths.Length;
        while (from > 0 && lengths[from - 1] * ratio / (1 - ratio) <= settings.Epsilon * sizes[from - 1])
            from--;
        if (from < lengths.Length)
            return (from + 1, false);
        double left = lastLog + Math.Log(ratio / (1 - ratio)) - Math.Log(settings.Epsilon * sizes[readable - 1]);
        return (readable + Math.Max(0, left / -Math.Log(ratio)), true);
    }

    static (double Length, double Size) Step(ReadOnlySpan<float> state, ReadOnlySpan<float> previous)
    {
        double length = 0;
        double size = 0;
        for (int i = 0; i < state.Length; i++)
        {
            double difference = (double)state[i] - previous[i];
            length += difference * difference;
            size += (double)state[i] * state[i];
        }

        return (Math.Sqrt(length), Math.Sqrt(size));
    }

    static ReadOnlySpan<float> Row(Trajectory trajectory, int iteration, int position) =>
        trajectory.State(iteration).Slice(position * trajectory.Width, trajectory.Width);
}
