using System;

namespace Muninn.Engine.Recurrence;

/// <summary>
/// Stops a row when the distance that is still before it, as a share of ‖s_i‖, falls below a threshold. If each step is q of
/// the one before, what remains is the tail of a geometric series, ‖Δ_i‖ · q / (1 − q), where Δ_i = s_i − s_{i−1}.
/// </summary>
/// <param name="Threshold">The share of the state's size below which a row has come to rest; above 0.</param>
/// <remarks>
/// <para>q is the geometric mean of the row's last three ratios ‖Δ_i‖ / ‖Δ_{i−1}‖, that is ∛(‖Δ_i‖ / ‖Δ_{i−3}‖). Where it is 1
/// or more there is no such tail: the bound is infinite and nothing stops.</para>
/// <para>One step that is small by accident would shrink both factors at once. So the value is the larger of two bounds: this
/// step's, and that of the step before carried on by one iteration, tail · q. Where a row contracts evenly both are the same
/// number, so the guard costs no iteration there; after an accident the step before still tells what is missing. The
/// alternative, two checks in a row below the threshold, would cost one iteration of every row. It follows that the first
/// value stands at iteration 5 (three ratios, twice), and is NaN before.</para>
/// <para>Steps below 10⁻⁶ of the state are rounding, from which no ratio can be read: there the step itself is the bound.
/// A row that is exactly at rest therefore stops, and thresholds below 10⁻⁶ say no more than the residual does.</para>
/// </remarks>
public sealed record ContractionExit(double Threshold = ContractionExit.DefaultThreshold) : ExitRule
{
    /// <summary>A threshold to start from: a twentieth of the state is still to come.</summary>
    public const double DefaultThreshold = 0.05;

    /// <summary>Ratios that q is the mean of.</summary>
    const int Ratios = 3;

    /// <inheritdoc/>
    public override bool IsMet(double value) => value < Threshold;

    /// <inheritdoc/>
    public override ExitMonitor Start(int rows, int width, int vocabulary)
    {
        RequireSizes(rows, width, vocabulary);
        RequireThreshold("contraction", Threshold);
        return new Monitor(this, rows, width);
    }

    sealed class Monitor(ContractionExit rule, int rows, int width) : ExitMonitor
    {
        // The last steps of each row: slot number modulo Ratios.
        readonly double[] _steps = new double[checked(rows * Ratios)];
        readonly int[] _checks = new int[rows];
        readonly double[] _carried = new double[rows];

        public override void Begin(int row)
        {
            _checks[row] = 0;
            _carried[row] = double.NaN;
        }

        public override ExitCheck Check(int row, in ExitView view)
        {
            StateExits.RequireWidth(view, width);
            var (step, size) = Residual.Norms(view.State, view.Previous);
            ref double oldest = ref _steps[row * Ratios + _checks[row] % Ratios];
            double tail = double.NaN;
            double carried = double.NaN;
            if (_checks[row] >= Ratios)
                (tail, carried) = TailOf(step, oldest, size);
            oldest = step;
            _checks[row]++;
            // Math.Max is NaN where either is.
            double value = Residual.ShareOf(Math.Max(tail, _carried[row]), size);
            _carried[row] = carried;
            return new ExitCheck(rule.IsMet(value), value);
        }

        /// <summary>What remains after this step, and what will remain after the next.</summary>
        static (double Tail, double Carried) TailOf(double step, double oldest, double size)
        {
            if (step <= StateRounding.AssumedShare * size)
                return (step, step);
            double q = Math.Cbrt(step / oldest);
            double tail = q < 1 ? step * q / (1 - q) : double.IsNaN(q) ? double.NaN : double.PositiveInfinity;
            return (tail, tail * q);
        }
    }
}
