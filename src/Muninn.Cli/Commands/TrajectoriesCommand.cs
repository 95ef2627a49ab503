using System.Collections.Generic;
using System.Linq;
using Muninn.Cli.Figures;
using Muninn.Cli.Frame;
using Muninn.Cli.Input;
using Muninn.Cli.Results;
using Muninn.Microscope.Measures.Geometry;
using Muninn.Microscope.Measures.Motion;

namespace Muninn.Cli.Commands;

/// <summary>Says how each token's latent state moves, with a test for every class, and whether the end depends on the start.</summary>
sealed class TrajectoriesCommand : Verb
{
    readonly InputSettings _input = new();

    readonly Setting<int> _seeds = new(Reads.Number(0, 1000), 0)
    {
        Name = "--seeds",
        ValueName = "N",
        Description = "Run the text from N random starts as well (--seed, + 1, …): basins, and from 18 on a test of path independence.",
        FallbackText = "0",
    };

    readonly Setting<double> _margin = new(Reads.Real(0, 1, isOpen: true), new PathSettings().Margin)
    {
        Name = "--margin",
        ValueName = "SHARE",
        Description = "With --seeds: what counts as the same place, as a share of ‖s*‖.",
        FallbackText = "0.01",
    };

    readonly Setting<int> _surrogates = new(Reads.Number(99, 25_600), new MotionSettings().Surrogates)
    {
        Name = "--surrogates",
        ValueName = "N",
        Description = "Surrogates of each kind for each test; more are drawn where the correction asks for it.",
        FallbackText = "200",
    };

    readonly Setting<int> _phaseBlocks = new(Reads.Number(1, 64), new MotionSettings().PhaseBlocks)
    {
        Name = "--phase-blocks",
        ValueName = "N",
        Description = "Blocks of phase-randomised surrogates; 1 is the strictest: only a beat or direction that is nearly all of the motion passes.",
        FallbackText = "8",
    };

    readonly Setting<int> _axes = new(Reads.Number(2, 16), new BasisSettings().Axes)
    {
        Name = "--axes",
        ValueName = "N",
        Description = "Principal axes, common to all tokens, whose scores go into --json and --out.",
        FallbackText = "3",
    };

    readonly Setting<Centring> _centring = new(
        Reads.Word(("rest", Centring.Rest), ("token-mean", Centring.TokenMean), ("common-mean", Centring.CommonMean)), Centring.Rest)
    {
        Name = "--centring",
        ValueName = "KIND",
        Description = "What is subtracted before the axes are found: the last state of each token, its mean, or one mean of all.",
        Choices = ["rest", "token-mean", "common-mean"],
        FallbackText = "rest",
    };

    readonly OutputSettings _output = new(TrajectoriesFiles.Types, TrajectoryFigures.Names);

    /// <inheritdoc/>
    public override string Name => "trajectories";

    /// <inheritdoc/>
    public override string Summary => "Tell fixed points, orbits, sliders and drifts from noise, token by token.";

    /// <inheritdoc/>
    public override string Description =>
        "Reads a text, iterates the core on it up to the horizon, and gives each token's motion a class, computed in the full space: " +
        "fixed point, orbit, slider, drift, unsettled, or not told apart from noise. A class is claimed only where surrogates (random " +
        "phases, autoregressive noise) do not do the same, after correction for the number of tests. docs/trajectories.md says what each " +
        "number means and what it does not prove.";

    /// <inheritdoc/>
    public override Positional Positional => InputSettings.Text;

    /// <inheritdoc/>
    public override IReadOnlyList<SettingGroup> Groups =>
    [
        .. _input.Groups, new("Tests", [_surrogates, _phaseBlocks, _seeds, _margin]), new("Axes", [_axes, _centring]),
        new("Output", _output.Settings),
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<(string Purpose, string Line)> Examples =>
    [
        ("classes of the example sentence", "muninn trajectories"),
        ("and whether the end depends on the start", "muninn trajectories \"The raven remembers.\" --seeds 18"),
        ("the sceptic's reading", "muninn trajectories \"The raven remembers.\" --horizon 256 --surrogates 2000 --phase-blocks 1"),
        ("a panel for each token", "muninn trajectories \"The raven remembers.\" --out raven.svg"),
        ("distances, one curve under the other", "muninn trajectories \"The raven remembers.\" --figure waterfall --out raven.png"),
        ("scores for a picture of your own", "muninn trajectories \"The raven remembers.\" --axes 2 --out raven.npz"),
    ];

    /// <inheritdoc/>
    public override int Run(Invocation invocation)
    {
        var shell = invocation.Shell;
        var files = _output.Files(invocation);
        var plan = PlanOf(invocation);
        using var reading = Reading.Of(plan, shell);
        var results = TrajectoriesReport.Of(reading, MotionOf(invocation, plan), new PathSettings { Margin = invocation.Value(_margin) }, AxesOf(invocation, reading), shell);
        _output.Deliver(invocation, files, new CommandResult
        {
            Json = json => TrajectoriesJson.Write(json, results),
            Arrays = () => TrajectoriesFiles.ArraysOf(results),
            Figure = name => TrajectoryFigures.Of(name, results),
            Print = _ => results.Print(shell),
        });
        return ExitCode.Success;
    }

    RunPlan PlanOf(Invocation invocation)
    {
        var plan = RunPlan.Of(invocation, _input);
        var (seeds, source) = invocation.Resolve(_seeds);
        if (seeds == 1)
            throw new UsageException($"{source} is 1, but path independence compares runs. Give at least 2, or {new PathSettings().RunsMin} for the equivalence test.");
        if (seeds > 0 && plan.Start != StartChoice.Random)
            throw new UsageException($"{source} starts at random, and --initial-state is {plan.Start.Name}. Leave one of them out.");
        if (seeds == 0 && invocation.IsTyped(_margin))
            throw new UsageException("--margin is what counts as the same place in runs from several seeds: give --seeds too, or leave it out.");
        if (plan.Measure.Horizon > Motions.IterationsMax)
            throw new UsageException(
                $"the horizon is {plan.Measure.Horizon}, but motion is read from at most {Motions.IterationsMax} iterations. Give a smaller --horizon.");
        return plan with
        {
            Seeds = seeds,
            StatesWanted = [.. Enumerable.Range(0, plan.Measure.Horizon + 1)],
            FewerStates = "Give a shorter text, or a smaller --horizon.",
        };
    }

    MotionSettings MotionOf(Invocation invocation, RunPlan plan) => new()
    {
        Surrogates = invocation.Value(_surrogates),
        PhaseBlocks = invocation.Value(_phaseBlocks),
        Seed = plan.Seed,
    };

    BasisSettings AxesOf(Invocation invocation, Reading reading)
    {
        var (axes, source) = invocation.Resolve(_axes);
        int most = TrajectoriesReport.AxesMost(reading);
        if (axes > most && source is not null)
            throw new UsageException($"{source} is {axes}, but the states span at most {most} dimensions. Give that many or fewer.");
        return new BasisSettings { Axes = axes, Centring = invocation.Value(_centring) };
    }
}
