using System;
using System.Linq;
using Muninn.Microscope.Measures.Motion;
using Muninn.Microscope.Trajectories;

namespace Muninn.Microscope.Measures.Geometry;

/// <summary>What counts as the same place.</summary>
public sealed record PathSettings
{
    /// <summary>
    /// Margin of the equivalence test, as a share of ‖ln_f(s*)‖: rest states nearer than this to each other are the same for
    /// what the test is about. State it with the result.
    /// </summary>
    public double Margin { get; init; } = 0.01;

    /// <summary>
    /// What equivalence says: more than this share of all starts end within the margin of each other. A rarer basin is not
    /// excluded. State it with the result.
    /// </summary>
    public double ShareMin { get; init; } = 0.75;

    /// <summary>Fewest runs of which any outcome could pass: ShareMin^(runs − 1) must lie below the significance.</summary>
    public int RunsMin => 2 + (int)Math.Floor(Math.Log(Significance) / Math.Log(ShareMin));

    /// <summary>Equivalence is claimed where the adjusted p-value lies below this.</summary>
    public double Significance { get; init; } = 0.01;

    /// <summary>Distances below this share of ‖ln_f(s*)‖ are rounding.</summary>
    public double RoundingShare { get; init; } = RoundingFloor.AssumedShare;

    /// <summary>Rest states within this many times the rounding are one basin, …</summary>
    public double FloorMargin { get; init; } = RoundingFloor.Margin;

    /// <summary>… and so are those within this many times what a run still moved after the check.</summary>
    public double MotionMargin { get; init; } = 3;
}

/// <summary>Where one token comes to rest from many starts. All distances are behind the final norm.</summary>
public sealed record TokenPaths
{
    /// <summary>Whether runs ended at more than one place, as far as places can be told.</summary>
    public bool IsSplit => BasinsAreReadable && BasinSizes.Length > 1;

    /// <summary>Whether nothing can be said of its ends: a run was lost, or they are not at rest enough to be counted.</summary>
    public bool IsUnread => NotFiniteRun is not null || !BasinsAreReadable;

    /// <summary>First run whose state is not finite at s₀, at the check or at the horizon; null: all are. Then nothing else is filled in.</summary>
    public int? NotFiniteRun { get; init; }

    /// <summary>‖ln_f(s*)‖, the mean over runs.</summary>
    public double RestNorm { get; init; }

    /// <summary>Distance of two starts s₀, root mean square over pairs of runs.</summary>
    public double BetweenStarts { get; init; }

    /// <summary>Distance of two rest states s*, root mean square over pairs of runs.</summary>
    public double Between { get; init; }

    /// <summary>Largest distance of two rest states.</summary>
    public double BetweenMost { get; init; }

    /// <summary>
    /// The larger distance of a run's s* from its own states at the check and one iteration before s*, root mean square over runs:
    /// what is not yet at rest. The one alone would not see a cycle whose length divides the iterations between.
    /// </summary>
    public double Within { get; init; }

    /// <summary>Largest such distance.</summary>
    public double WithinMost { get; init; }

    /// <summary>Rest states within this distance are linked: the larger of the rounding and of what the runs still move.</summary>
    public double LinkDistance { get; init; }

    /// <summary>Whether links are no longer than the margin: else the runs move too much for basins to mean anything.</summary>
    public bool BasinsAreReadable { get; init; }

    /// <summary>The basin of each run, numbered from 0 by the first run in it, <c>[runs]</c>: single linkage.</summary>
    public int[] Basins { get; init; } = [];

    /// <summary>Runs in each basin.</summary>
    public int[] BasinSizes { get; init; } = [];

    /// <summary>Smallest distance of two basins as a multiple of <see cref="LinkDistance"/>; infinite where there is one.</summary>
    public double Separation { get; init; } = double.PositiveInfinity;

    /// <summary>How many of the other runs end within the margin of where the first ended.</summary>
    public int Near { get; init; }

    /// <summary>Lower end of the exact one-sided interval of the share of all starts that do, at 1 − significance.</summary>
    public double ShareBound { get; init; } = double.NaN;

    /// <summary>p of the exact binomial test of that share against <see cref="PathSettings.ShareMin"/>; NaN: too few runs.</summary>
    public double P { get; init; } = double.NaN;

    /// <summary>P after Benjamini–Hochberg over the tokens.</summary>
    public double Adjusted { get; init; } = double.NaN;

    /// <summary>
    /// Whether the rest states are shown to be the same within the margin: the test passes, all runs are in one readable basin, and
    /// no two of them are farther apart than the margin.
    /// </summary>
    public bool IsEquivalent { get; init; }
}

/// <summary>
/// Whether where a token comes to rest depends on where it started: between-seed against within-run distance, basins, and an
/// equivalence test. Failing to find a difference is not showing that there is none; the test is for the latter.
/// </summary>
/// <remarks>Source: Anil et al., "Path independent equilibrium models can better exploit test-time computation", 2022.</remarks>
public sealed class PathIndependence
{
    PathIndependence(PathSettings settings, int runs, int horizon, TokenPaths[] tokens) =>
        (Settings, Runs, Horizon, Tokens) = (settings, runs, horizon, tokens);

    /// <summary>The settings that were used.</summary>
    public PathSettings Settings { get; }

    /// <summary>Runs, each from a start of its own.</summary>
    public int Runs { get; }

    /// <summary>Runs that are compared with the first, the sample of the equivalence test (n).</summary>
    public int Compared => Runs - 1;

    /// <summary>Iteration at which s* was taken.</summary>
    public int Horizon { get; }

    /// <summary>Each token, <c>[T]</c>.</summary>
    public TokenPaths[] Tokens { get; }

    /// <summary>
    /// A basin that takes at least this share of all starts would have been met by one of the runs with a chance of 95 %: 1 − 0.05^(1 / runs).
    /// Smaller ones may be there.
    /// </summary>
    public double BasinShareSeen => 1 - Math.Pow(0.05, 1.0 / Runs);

    /// <summary>Measures an ensemble.</summary>
    /// <param name="ensemble">At least two runs, all at the horizon.</param>
    /// <param name="settings">Margin and thresholds.</param>
    /// <exception cref="ArgumentException">There are fewer than two runs.</exception>
    public static PathIndependence Measure(TrajectoryEnsemble ensemble, PathSettings settings)
    {
        ArgumentNullException.ThrowIfNull(ensemble);
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(settings.Margin, nameof(settings));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(settings.ShareMin, nameof(settings));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(settings.ShareMin, 1, nameof(settings));
        if (ensemble.Count < 2)
            throw new ArgumentException(
                $"Path independence compares runs, and there is {ensemble.Count}; give at least 2, and {settings.RunsMin} for the equivalence test.", nameof(ensemble));
        ensemble.RequireWhole();
        TokenPaths[] tokens = [.. Enumerable.Range(0, ensemble.Positions).Select(t => Token(ensemble, t, settings))];
        int[] tested = [.. Enumerable.Range(0, tokens.Length).Where(t => !double.IsNaN(tokens[t].P))];
        double[] adjusted = FalseDiscovery.Adjust([.. tested.Select(t => tokens[t].P)]);
        for (int i = 0; i < tested.Length; i++)
        {
            var token = tokens[tested[i]];
            bool isOne = token.BasinsAreReadable && token.BasinSizes.Length == 1 && token.BetweenMost <= settings.Margin * token.RestNorm;
            tokens[tested[i]] = token with { Adjusted = adjusted[i], IsEquivalent = isOne && adjusted[i] < settings.Significance };
        }

        return new PathIndependence(settings, ensemble.Count, ensemble.Horizon, tokens);
    }

    static TokenPaths Token(TrajectoryEnsemble ensemble, int token, PathSettings settings)
    {
        int runs = ensemble.Count;
        double norm = 0;
        for (int run = 0; run < runs; run++)
        {
            double size = Math.Sqrt(SquaredDistance(ensemble.Rest(run, token), default));
            if (!double.IsFinite(size + SquaredDistance(ensemble.Start(run, token), default) + SquaredDistance(ensemble.AtCheck(run, token), default)
                + SquaredDistance(ensemble.BeforeRest(run, token), default)))
                return new TokenPaths { NotFiniteRun = run };
            norm += size / runs;
        }

        double[] within =
        [
            .. Enumerable.Range(0, runs).Select(run => Math.Sqrt(Math.Max(
                SquaredDistance(ensemble.Rest(run, token), ensemble.AtCheck(run, token)),
                SquaredDistance(ensemble.Rest(run, token), ensemble.BeforeRest(run, token))))),
        ];
        double[] between = new double[runs * runs];
        double starts = 0;
        double squares = 0;
        for (int a = 0; a < runs; a++)
        {
            for (int b = 0; b < a; b++)
            {
                double square = SquaredDistance(ensemble.Rest(a, token), ensemble.Rest(b, token));
                between[a * runs + b] = between[b * runs + a] = Math.Sqrt(square);
                squares += square;
                starts += SquaredDistance(ensemble.Start(a, token), ensemble.Start(b, token));
            }
        }

        double pairs = runs * (runs - 1) / 2.0;
        double link = Math.Max(settings.FloorMargin * settings.RoundingShare * norm, settings.MotionMargin * within.Max());
        var (basins, sizes, separation) = RestBasins.Of(between, runs, link);
        var equivalence = Equivalence.Of(between, runs, norm, settings);
        return new TokenPaths
        {
            RestNorm = norm,
            BetweenStarts = Math.Sqrt(starts / pairs),
            Between = Math.Sqrt(squares / pairs),
            BetweenMost = between.Max(),
            Within = Math.Sqrt(within.Sum(distance => distance * distance) / runs),
            WithinMost = within.Max(),
            LinkDistance = link,
            BasinsAreReadable = link <= settings.Margin * norm,
            Basins = basins,
            BasinSizes = sizes,
            Separation = separation,
            Near = equivalence.Near,
            ShareBound = equivalence.Bound,
            P = equivalence.P,
        };
    }

    /// <summary>‖a − b‖², with an empty b for 0.</summary>
    static double SquaredDistance(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
        {
            double difference = (double)a[i] - (b.IsEmpty ? 0 : b[i]);
            sum += difference * difference;
        }

        return sum;
    }
}
