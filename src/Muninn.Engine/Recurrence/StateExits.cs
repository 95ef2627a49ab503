using System;

namespace Muninn.Engine.Recurrence;

/// <summary>Stops a row when its residual ‖s_i − s_{i−1}‖ / ‖s_i‖ falls below a threshold.</summary>
/// <param name="Threshold">The residual below which a row has come to rest; above 0.</param>
/// <remarks>
/// The original's "latent-diff", with its threshold. Every row is judged alone, unlike the original, which averages over a
/// chunk. From zeros the first value is 1.
/// </remarks>
public sealed record ResidualExit(double Threshold = ResidualExit.DefaultThreshold) : ExitRule
{
    /// <summary>The original's threshold.</summary>
    public const double DefaultThreshold = 0.03;

    /// <inheritdoc/>
    public override bool IsMet(double value) => value < Threshold;

    /// <inheritdoc/>
    public override ExitMonitor Start(int rows, int width, int vocabulary)
    {
        RequireSizes(rows, width, vocabulary);
        RequireThreshold("residual", Threshold);
        return new Monitor(this, width);
    }

    sealed class Monitor(ResidualExit rule, int width) : ExitMonitor
    {
        public override void Begin(int row)
        {
        }

        public override ExitCheck Check(int row, in ExitView view)
        {
            StateExits.RequireWidth(view, width);
            double value = Residual.Of(view.State, view.Previous);
            return new ExitCheck(rule.IsMet(value), value);
        }
    }
}

/// <summary>Stops a row when 1 − cos(s_i, s_{i−1}) falls below a threshold: the state turns no further.</summary>
/// <param name="Threshold">The value below which a row has come to rest; above 0.</param>
/// <remarks>
/// The original's "cosine", with its threshold. For small steps the value is about half the square of the residual's part
/// across the state; a state that only grows does not show. From zeros the first value is NaN and stops nothing.
/// </remarks>
public sealed record CosineExit(double Threshold = CosineExit.DefaultThreshold) : ExitRule
{
    /// <summary>The original's threshold.</summary>
    public const double DefaultThreshold = 1e-3;

    /// <inheritdoc/>
    public override bool IsMet(double value) => value < Threshold;

    /// <inheritdoc/>
    public override ExitMonitor Start(int rows, int width, int vocabulary)
    {
        RequireSizes(rows, width, vocabulary);
        RequireThreshold("cosine", Threshold);
        return new Monitor(this, width);
    }

    sealed class Monitor(CosineExit rule, int width) : ExitMonitor
    {
        public override void Begin(int row)
        {
        }

        public override ExitCheck Check(int row, in ExitView view)
        {
            StateExits.RequireWidth(view, width);
            double product = 0;
            double size = 0;
            double previousSize = 0;
            for (int i = 0; i < view.State.Length; i++)
            {
                double state = view.State[i];
                double previous = view.Previous[i];
                product += state * previous;
                size += state * state;
                previousSize += previous * previous;
            }

            double value = 1 - product / (Math.Sqrt(size) * Math.Sqrt(previousSize));
            return new ExitCheck(rule.IsMet(value), value);
        }
    }
}

/// <summary>
/// Stops a row when ‖Δ_i − Δ_{i−1}‖ / ‖s_i‖, where Δ_i = s_i − s_{i−1}, falls below a threshold twice in a row: the second
/// difference of its states.
/// </summary>
/// <param name="Threshold">The value below which a row has come to rest; above 0.</param>
/// <remarks>
/// For a row that contracts by q at each iteration the value is (1 − q) / q residuals: slow rows stop earlier than by the
/// residual, so this threshold is to be smaller. A row that drifts by the same step for ever has no acceleration and is taken for one at rest. The first value,
/// at iteration 1, is NaN: there is one step only. Twice, because two steps may be alike by chance.
/// </remarks>
public sealed record AccelerationExit(double Threshold = AccelerationExit.DefaultThreshold) : ExitRule
{
    internal override long BytesPerRow(int width, int vocabulary) => (long)sizeof(double) * width;

    /// <summary>A threshold to start from.</summary>
    public const double DefaultThreshold = 0.01;

    /// <inheritdoc/>
    public override bool IsMet(double value) => value < Threshold;

    /// <inheritdoc/>
    public override ExitMonitor Start(int rows, int width, int vocabulary)
    {
        RequireSizes(rows, width, vocabulary);
        RequireThreshold("acceleration", Threshold);
        return new Monitor(this, rows, width);
    }

    sealed class Monitor : ExitMonitor
    {
        readonly AccelerationExit _rule;
        // Double: the difference of two floats is then exact but for extreme exponents, and these are subtracted once more.
        readonly double[][] _step;
        readonly bool[] _hasStep;
        readonly bool[] _wasMet;

        public Monitor(AccelerationExit rule, int rows, int width)
        {
            _rule = rule;
            _step = new double[rows][];
            for (int row = 0; row < rows; row++)
                _step[row] = new double[width];
            _hasStep = new bool[rows];
            _wasMet = new bool[rows];
        }

        public override void Begin(int row)
        {
            _hasStep[row] = false;
            _wasMet[row] = false;
        }

        public override ExitCheck Check(int row, in ExitView view)
        {
            double[] step = _step[row];
            StateExits.RequireWidth(view, step.Length);
            double change = 0;
            double size = 0;
            for (int i = 0; i < step.Length; i++)
            {
                double state = view.State[i];
                double now = state - view.Previous[i];
                double difference = now - step[i];
                change += difference * difference;
                size += state * state;
                step[i] = now;
            }

            double value = _hasStep[row] ? Residual.ShareOf(Math.Sqrt(change), Math.Sqrt(size)) : double.NaN;
            bool met = _rule.IsMet(value);
            bool stops = met && _wasMet[row];
            _hasStep[row] = true;
            _wasMet[row] = met;
            return new ExitCheck(stops, value);
        }
    }
}

/// <summary>What the rules that read states share.</summary>
static class StateExits
{
    internal static void RequireWidth(in ExitView view, int width)
    {
        if (view.State.Length != width || view.Previous.Length != width)
            throw new ArgumentException(
                $"The state has {view.State.Length} entries and the previous one {view.Previous.Length}; " +
                $"this monitor was started for a width of {width}.", nameof(view));
    }
}
