using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Muninn.Cli.Frame;
using Muninn.Cli.Input;
using Muninn.Kernels;
using Muninn.Microscope.Measures;
using Muninn.Microscope.Measures.Geometry;
using Muninn.Microscope.Measures.Motion;
using Muninn.Microscope.Pictures;

namespace Muninn.Cli.Results;

/// <summary>What <c>muninn trajectories</c> found, and its table.</summary>
/// <param name="reading">The run.</param>
/// <param name="motions">How tokens move.</param>
/// <param name="basis">The common axes; null where a state is not finite.</param>
/// <param name="paths">Runs from several seeds; null where none were asked for.</param>
sealed class TrajectoriesReport(Reading reading, Motions motions, SharedBasis? basis, PathIndependence? paths)
{
    const int LabelWidth = 11;

    /// <summary>The run.</summary>
    public Reading Reading => reading;

    /// <summary>How tokens move.</summary>
    public Motions Motions => motions;

    /// <summary>The common axes; null where a state is not finite.</summary>
    public SharedBasis? Basis => basis;

    /// <summary>Runs from several seeds; null where none were asked for.</summary>
    public PathIndependence? Paths => paths;

    /// <summary>All of it in words.</summary>
    public IReadOnlyList<Finding> Findings { get; } =
    [
        .. MotionFindings.Describe(motions, reading.Tokens.Labels),
        .. basis is null ? [] : GeometryFindings.Describe(basis, reading.Tokens.Labels),
        .. paths is null ? [] : GeometryFindings.Describe(paths, reading.Tokens.Labels),
    ];

    /// <summary>Measures the motion of a run and, where its plan has seeds, of runs from other starts.</summary>
    /// <param name="reading">A run whose states were kept up to the horizon.</param>
    /// <param name="motion">How motion is tested.</param>
    /// <param name="path">How ends are compared.</param>
    /// <param name="axes">The common axes, over all iterations unless it says otherwise; at most as many as the states span are taken.</param>
    /// <param name="shell">Where progress is shown, and who may stop it.</param>
    public static TrajectoriesReport Of(Reading reading, MotionSettings motion, PathSettings path, BasisSettings axes, Shell shell)
    {
        var plan = reading.Plan;
        using var pool = new WorkerPool(plan.Threads ?? Math.Min(WorkerPool.ThreadsMax, Environment.ProcessorCount));
        var trajectory = reading.Trajectory.Only(Enumerable.Range(0, plan.Measure.Horizon + 1));
        var motions = LongMeasures.Motion(trajectory, motion, plan.Threads, shell);
        var paths = plan.Seeds > 0 ? PathIndependence.Measure(reading.RunSeeds(shell), path) : null;
        bool isFinite = motions.Tokens.All(static token => token.FirstNotFinite is null);
        var settings = axes with { Axes = Math.Min(axes.Axes, AxesMost(reading)), Iterations = AxesIterations(plan) };
        return new TrajectoriesReport(reading, motions, isFinite ? SharedBasis.Of([trajectory], settings, pool, shell.Stopping) : null, paths);
    }

    /// <summary>Dimensions that the states behind the common axes span at most.</summary>
    public static int AxesMost(Reading reading) => Math.Min(reading.Config.Width, AxesIterations(reading.Plan).Length * reading.Tokens.Ids.Length);

    /// <summary>The iterations shown, and s*.</summary>
    static int[] AxesIterations(RunPlan plan) => [.. Enumerable.Range(0, plan.Measure.Iterations + 1).Append(plan.Measure.Horizon).Distinct()];

    /// <summary>A class as it is called in tables and files.</summary>
    public static string NameOf(MotionClass kind) => MotionNames.Of(kind);

    /// <summary>An approach as it is called in tables and files; null where it was not told.</summary>
    public static string? NameOf(Approach approach) => MotionNames.Of(approach);

    /// <summary>Prints the table and the findings.</summary>
    public void Print(Shell shell)
    {
        var output = shell.Output;
        int count = reading.Tokens.Ids.Length;
        output.WriteLine($"Motion of {count} token{(count == 1 ? "" : "s")} in {reading.ModelName}, iterations 0 to {motions.Iterations}, start {reading.Plan.StartText}");
        output.WriteLine();
        output.WriteLine(Line("pos", "token", "class", "approach", "p", "q", "beat", "ratio", "plane"));
        for (int t = 0; t < count; t++) output.WriteLine(shell.Harmless(Row(t)));
        output.WriteLine();
        output.WriteLine("p, q: of the test behind the class, and corrected for all tests. beat: radians");
        output.WriteLine("an iteration, where told from noise. ratio: a late step to the one before.");
        output.WriteLine("plane: share of the motion in the first two common axes.");
        output.WriteLine(FormattableString.Invariant(
            $"Steps below {motions.Settings.RoundingShare * motions.Settings.FloorMargin:0e0} of ‖s‖ are rounding: ten times a floor that is assumed."));
        output.WriteLine();
        var (columns, _) = shell.WindowSize();
        foreach (var finding in Findings) Wrapping.Write("• ", finding.Text, columns, output);
        foreach (var note in reading.Notes) Wrapping.Write("Note: ", note, columns, output);
    }

    string Row(int t)
    {
        var token = motions.Tokens[t];
        bool beats = token.Beating is { } test && test.Adjusted < motions.Settings.Significance;
        return Line(
            t.ToString(CultureInfo.InvariantCulture), TextMetrics.Shown(reading.Tokens.Labels[t]), NameOf(token.Class), NameOf(token.Approach) ?? "-",
            token.Carrier is { } carrier ? Small(carrier.P) : "-", token.Carrier is { } same ? Small(same.Adjusted) : "-",
            beats ? $"{Fixed(token.Beat!.Frequency, 4)}±{token.Beat.Error.ToString("0e-0", CultureInfo.InvariantCulture)}" : "-",
            double.IsFinite(token.Ratio) ? Fixed(token.Ratio, 3) : "-", basis is null ? "-" : Fixed(100 * basis.PlaneShare[t], 0) + "%");
    }

    static string Line(
        string position, string token, string kind, string approach, string p, string q, string beat, string ratio, string plane) =>
        $"{position,4} {CharacterWidth.Fit(token, LabelWidth).TrimStart()}{Pad(token)} {kind,-14} {approach,-8} {p,6} {q,6} {beat,12} {ratio,5} {plane,5}".TrimEnd();

    static string Pad(string token) =>
        new(' ', Math.Max(0, LabelWidth - CharacterWidth.Of(CharacterWidth.Fit(token, LabelWidth).TrimStart())));

    static string Fixed(double value, int digits) => value.ToString("F" + digits.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    // Two digits in at most six characters.
    static string Small(double value) => value switch
    {
        >= 0.0995 => Fixed(value, 2),
        >= 0.00995 => Fixed(value, 3),
        >= 0.000995 => Fixed(value, 4),
        _ => value.ToString("0.0e-0", CultureInfo.InvariantCulture),
    };
}
