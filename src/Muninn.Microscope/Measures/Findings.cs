using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Microscope.Figures;

namespace Muninn.Microscope.Measures;

/// <summary>Reads a <see cref="Convergence"/> as a person would read its picture, from the numbers alone.</summary>
public static class Findings
{
    /// <summary>A row deviates when it lies this many robust deviations from the median row …</summary>
    const double DeviationsMin = 3.5;

    /// <summary>… and at least this many powers of ten.</summary>
    const double DecadesMin = 0.3;

    /// <summary>Rows named in one sentence.</summary>
    internal const int NamesMax = 5;

    /// <summary>The findings, the most important first.</summary>
    /// <param name="convergence">The measure.</param>
    /// <param name="labels">Display text of each token, <c>[positions]</c>.</param>
    public static IReadOnlyList<Finding> Describe(Convergence convergence, IReadOnlyList<string> labels)
    {
        ArgumentNullException.ThrowIfNull(convergence);
        ArgumentNullException.ThrowIfNull(labels);
        if (labels.Count != convergence.Positions)
            throw new ArgumentException(
                $"There are {labels.Count} labels for {convergence.Positions} tokens; give one for each.", nameof(labels));
        var reader = new Reader(convergence, labels);
        Finding?[] findings =
        [
            reader.Divergence(), reader.Convergence(), reader.Horizon(), reader.Speed(), reader.Deviations(), reader.Starts(),
            reader.Knee(), reader.Rises(),
        ];
        return [.. findings.OfType<Finding>()];
    }

    sealed class Reader(Convergence convergence, IReadOnlyList<string> labels)
    {
        readonly int _iterations = convergence.Settings.Iterations;
        readonly int[] _finite =
            [.. Enumerable.Range(0, convergence.Positions).Where(t => convergence.Tokens[t].FirstNotFinite is null)];

        public Finding? Divergence()
        {
            int[] lost = Where(Verdict.Diverged);
            if (lost.Length == 0)
                return null;
            int? first = lost.Min(t => convergence.Tokens[t].FirstNotFinite);
            string cause = first switch
            {
                0 => "from the start: the initial state holds NaN or infinity",
                1 => "from the first iteration on: the weights hold NaN or infinity, or the prompt's tokens meet some",
                _ => $"first at iteration {first}: the recurrence diverges",
            };
            return new Finding(FindingKind.Divergence, $"{Count(lost.Length)} not finite, {cause}. {Names(lost)}.", lost);
        }

        public Finding? Convergence()
        {
            if (_finite.Length == 0)
                return null;
            int[] approaching = Where(Verdict.Approaching);
            int[] moving = Where(Verdict.Moving);
            int converged = Where(Verdict.Converged).Length;
            double tolerance = convergence.Settings.Tolerance;
            double end = _finite.Max(t => convergence.Tokens[t].End);
            int last = convergence.ReadableColumns - 1;
            double start = Statistics.Median(_finite.Select(t => convergence.Tokens[t].Start));
            string bound = $"within {Number(tolerance)} of ‖s*‖ at iteration {last}";
            if (converged == convergence.Positions)
                return new Finding(FindingKind.Convergence,
                    $"Every token converges: {OneOrAll(converged)} {bound}; the largest distance left is {Number(end)}, " +
                    $"from {Number(start)} at the start (median).", []);
            string text = $"{converged} of {convergence.Positions} tokens converge ({bound}).";
            if (approaching.Length > 0)
                text += $" Still on the way: {Named(approaching, Lacking)}.";
            if (moving.Length > 0)
                text += $" Not at rest even at iteration {convergence.Settings.Horizon}: {Named(moving, Moves)}.";
            return new Finding(FindingKind.Convergence, text, [.. approaching, .. moving]);
        }

        string Lacking(int t) => float.IsFinite(convergence.Rest[t].TailBound)
            ? $"s* within {Number(convergence.Tokens[t].RestError)} of rest, q {Number(convergence.Rest[t].Ratio)}" : "no bound on what s* lacks";

        string Moves(int t) => $"residual {Number(convergence.HorizonResidual[t])}" +
            (float.IsNaN(convergence.Rest[t].Ratio) ? "" : $", q {Number(convergence.Rest[t].Ratio)}");

        public Finding? Horizon()
        {
            if (_finite.Length == 0)
                return null;
            bool isMeasured = convergence.FloorsMeasured > 0;
            int worst = _finite.MaxBy(Lacks);
            string rounding = convergence.Floor is not { } floor ? ""
                : !isMeasured ? $" Distances below {Number(floor)} are taken for float32 rounding, which was not measured."
                : $" Distances below {Number(floor)} are rounding, as measured by restarts beside s* " +
                  $"({(convergence.FloorsMeasured == convergence.Positions ? "every token" : $"{convergence.FloorsMeasured} of {convergence.Positions} tokens")}).";
            string caution = convergence.Settings.Horizon == _iterations
                ? " The horizon is the last plotted iteration, so the last column is 0 by construction." : "";
            return new Finding(FindingKind.Horizon,
                $"s* is the state at iteration {convergence.Settings.Horizon}; the last iteration moved it by at most " +
                $"{Number(_finite.Max(t => convergence.HorizonResidual[t]))} of its size. Steps still to come{(isMeasured ? " and rounding" : "")} leave it " +
                $"{Distance(Lacks(worst))} from rest at worst ({Name(worst)}).{rounding}{caution}", []);

            // An assumed floor is no finding: without a measured one the steps alone are told, the last one at least.
            double Lacks(int t) => isMeasured ? convergence.Tokens[t].RestError : Math.Max(convergence.Rest[t].TailBound, convergence.HorizonResidual[t]);
        }

        public Finding? Speed()
        {
            int[] rated = [.. _finite.Where(t => double.IsFinite(convergence.Tokens[t].Rate)).OrderBy(t => convergence.Tokens[t].Rate)];
            if (rated.Length == 0)
                return null;
            int fastest = rated[0];
            int slowest = rated[^1];
            if (rated.Length == 1)
                return new Finding(FindingKind.Speed, $"{Name(fastest)}: {Pace(fastest)}.", [fastest]);
            double median = Statistics.Median(rated.Select(t => convergence.Tokens[t].Rate));
            return new Finding(FindingKind.Speed,
                $"Slowest: {Name(slowest)}, {Pace(slowest)}. Fastest: {Name(fastest)}, {Pace(fastest)}. " +
                $"The median token changes by {Signed(median)} log₁₀ per iteration.", [slowest, fastest]);
        }

        public Finding? Deviations()
        {
            if (_finite.Length < 4)
                return null;
            double[] medianRow = MedianRow();
            double[] offsets = [.. _finite.Select(t => Offset(t, medianRow))];
            double centre = Statistics.Median(offsets);
            double spread = Statistics.RobustDeviation(offsets);
            RowOffset[] apart =
            [
                .. _finite.Select((t, i) => new RowOffset(t, offsets[i] - centre))
                    .Where(row => Math.Abs(row.Decades) >= Math.Max(DecadesMin, DeviationsMin * spread))
                    .OrderByDescending(row => Math.Abs(row.Decades)),
            ];
            double widest = offsets.Max(offset => Math.Abs(offset - centre));
            if (apart.Length == 0)
                return new Finding(FindingKind.Deviation, widest < DecadesMin
                    ? $"No row lies apart: on average over the plot all lie within {Number(widest)} powers of ten of the median row."
                    : $"Rows spread by up to {Number(widest)} powers of ten around the median row, on average over the plot; none stands " +
                      "out from that spread.", []);
            string rows = string.Join(", ", apart.Take(NamesMax).Select(
                row => $"{Name(row.Position)} {Number(Math.Abs(row.Decades))} {(row.Decades > 0 ? "above" : "below")}"));
            string more = apart.Length > NamesMax ? $" and {apart.Length - NamesMax} more" : "";
            return new Finding(FindingKind.Deviation,
                $"{Count(apart.Length)} apart from the median row, in powers of ten on average over the plot: {rows}{more}.",
                [.. apart.Select(row => row.Position)]);
        }

        public Finding? Starts()
        {
            if (_finite.Length < 2)
                return null;
            int nearest = _finite.MinBy(t => convergence.Tokens[t].Start);
            int farthest = _finite.MaxBy(t => convergence.Tokens[t].Start);
            double near = convergence.Tokens[nearest].Start;
            double far = convergence.Tokens[farthest].Start;
            string ratio = near > 0 ? $", a factor of {Number(far / near)}" : "";
            return new Finding(FindingKind.Start,
                $"Distances at the start run from {Number(near)} ({Name(nearest)}) to {Number(far)} ({Name(farthest)}){ratio}.",
                [nearest, farthest]);
        }

        public Finding? Knee()
        {
            if (_finite.Length == 0)
                return null;
            var knee = convergence.Floor is { } floor ? DeclineKnee.Find(MedianRow(), floor) : null;
            return knee is null ? null : new Finding(FindingKind.Knee, knee.Describe(), []);
        }

        public Finding? Rises()
        {
            int[] rising = [.. _finite.Where(t => !convergence.Tokens[t].IsMonotone)
                .OrderByDescending(t => convergence.Tokens[t].LargestRise)];
            if (rising.Length == 0)
                return _finite.Length == 0 ? null
                    : new Finding(FindingKind.Rise, "No row rises on its way down (by more than 1 % in one iteration, above the floor).", []);
            var worst = convergence.Tokens[rising[0]];
            return new Finding(FindingKind.Rise,
                $"{Count(rising.Length)} not monotone: {Names(rising)}; the largest rise is × {Number(worst.LargestRise)} at iteration " +
                $"{worst.LargestRiseIteration} ({Name(rising[0])}).", rising);
        }

        /// <summary>Median over tokens of log₁₀ distance at each iteration, never below the floor.</summary>
        double[] MedianRow()
        {
            double[] row = new double[convergence.ReadableColumns];
            for (int i = 0; i < row.Length; i++)
                row[i] = Statistics.Median(_finite.Select(t => Log(t, i)));
            return row;
        }

        /// <summary>log₁₀ of a distance, or of the floor where it is below: a row may reach s* to the last bit.</summary>
        double Log(int position, int iteration) =>
            Math.Log10(Math.Max(convergence.DistanceOf(position)[iteration], convergence.Floor ?? float.Epsilon));

        /// <summary>Mean log₁₀ distance of a row above the median row, over the iterations where either is above the floor.</summary>
        double Offset(int position, double[] medianRow)
        {
            double floor = Math.Log10(convergence.Floor ?? float.Epsilon);
            double sum = 0;
            int count = 0;
            for (int i = 0; i < medianRow.Length; i++)
            {
                double value = Log(position, i);
                if (value <= floor && medianRow[i] <= floor)
                    continue;
                sum += value - medianRow[i];
                count++;
            }

            return count == 0 ? 0 : sum / count;
        }

        int[] Where(Verdict verdict) =>
            [.. Enumerable.Range(0, convergence.Positions).Where(t => convergence.Tokens[t].Verdict == verdict)];

        string Pace(int t)
        {
            var token = convergence.Tokens[t];
            string hundredth = token.IterationsToHundredth is { } iterations
                ? $"a hundredth of its start after {iterations} iterations"
                : $"not at a hundredth of its start within {_iterations} iterations";
            return $"{Signed(token.Rate)} log₁₀ per iteration, {hundredth}";
        }

        static string Distance(double bound) =>
            double.IsFinite(bound) ? $"at most {Number(bound)} of its size" : "at no known distance";

        string Name(int t) => Findings.Name(labels, t);

        string Names(int[] positions) => Named(positions, null);

        string Named(int[] positions, Func<int, string>? numbers) =>
            string.Join(", ", positions.Take(NamesMax).Select(t => Name(t) + (numbers is null ? "" : $" [{numbers(t)}]"))) +
            (positions.Length > NamesMax ? $" and {positions.Length - NamesMax} more" : "");

        static string OneOrAll(int count) => count == 1 ? "the one token is" : $"all {count} are";

        static string Count(int count) => count == 1 ? "1 row is" : $"{count} rows are";
    }

    /// <summary>How far a row lies above the median row, in powers of ten.</summary>
    sealed record RowOffset(int Position, double Decades);

    internal static string Name(IReadOnlyList<string> labels, int position) => $"“{labels[position]}” (position {position})";

    internal static string Names(IReadOnlyList<string> labels, IReadOnlyList<int> positions) =>
        string.Join(", ", positions.Take(NamesMax).Select(t => Name(labels, t))) +
        (positions.Count > NamesMax ? $" and {positions.Count - NamesMax} more" : "");

    /// <summary>A number as the pictures write it, with a true minus sign.</summary>
    internal static string Number(double value) => ColorRange.NumberText(value).Replace('-', '−');

    static string Signed(double value) => (value > 0 ? "+" : "") + Number(value);
}
