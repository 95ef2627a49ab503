using System.Collections.Generic;
using System.Linq;
using Muninn.Cli.Figures;
using Muninn.Cli.Frame;
using Muninn.Cli.Input;
using Muninn.Cli.Results;
using Muninn.Microscope.Measures.Dynamics;

namespace Muninn.Cli.Commands;

/// <summary>Measures how every token moves: rates of its trajectory, and eigenvalues of the exact Jacobian where it comes to rest.</summary>
sealed class DynamicsCommand : Verb
{
    const int MostEigenvalues = 32;
    const int MostProbes = 1 << 16;

    readonly InputSettings _input = new();

    readonly OutputSettings _output = new(DynamicsOutput.Types, DynamicsFigures.Names);

    readonly Setting<int> _eigenvalues = new(Reads.Number(1, MostEigenvalues), DynamicsPlan.Eigenvalues)
    {
        Name = "--eigenvalues",
        ValueName = "N",
        Description = "How many eigenvalues of each token are sought, the largest first; the table shows the first.",
        FallbackText = "3",
    };

    readonly Flag _stretch = new()
    {
        Name = "--stretch",
        Description = "Also the largest singular value of each token's block: how far one iteration can stretch.",
    };

    readonly Setting<int> _lyapunov = new(Reads.Number(0, MostEigenvalues), DynamicsPlan.Exponents)
    {
        Name = "--lyapunov",
        ValueName = "N",
        Description = "How many Lyapunov exponents of each token are measured along the trajectory; 0: none.",
        FallbackText = "1",
    };

    readonly Flag _pulls = new()
    {
        Name = "--pulls",
        Description = "Also which tokens pull which: norms of the Jacobian's blocks; --figure pulls asks for them, too.",
    };

    readonly Setting<int> _probes = new(Reads.Number(2, MostProbes), 32)
    {
        Name = "--probes",
        ValueName = "N",
        Description = "Random directions for each token's pulls; as many as a state is wide, or more: exact.",
        FallbackText = "32",
    };

    readonly Setting<double> _epsilon = new(Reads.Real(0, 1, isOpen: true), DynamicsPlan.Epsilon)
    {
        Name = "--epsilon",
        ValueName = "SHARE",
        Description = "A token has arrived when what is left of its way is below this share of its state.",
        FallbackText = "0.001",
    };

    /// <inheritdoc/>
    public override string Name => "dynamics";

    /// <inheritdoc/>
    public override string Summary => "Measure how each token moves: rates, eigenvalues, Lyapunov exponents, pulls.";

    /// <inheritdoc/>
    public override string Description =>
        "Reads a text, iterates the core on it to the horizon, and takes the exact Jacobian of one iteration there. For every token: the rate " +
        "at which its steps shrink (with standard error), half-life and iterations to --epsilon, from the raw states; the spectral radius " +
        "of its own block of the Jacobian with the residual that certifies it, and the angle of that eigenvalue; on request how far one " +
        "iteration can stretch, Lyapunov exponents, and which tokens pull which. docs/dynamics.md says what each number is and what it " +
        "does not prove.";

    /// <inheritdoc/>
    public override Positional Positional => InputSettings.Text;

    /// <inheritdoc/>
    public override IReadOnlyList<SettingGroup> Groups =>
    [
        .. _input.Groups, new("Measures", [_eigenvalues, _stretch, _lyapunov, _pulls, _probes, _epsilon]), new("Output", _output.Settings),
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<(string Purpose, string Line)> Examples =>
    [
        ("every token of a sentence", "muninn dynamics \"The raven remembers.\""),
        ("eigenvalues in the unit disc", "muninn dynamics \"The raven remembers.\" --eigenvalues 8 --out raven.svg"),
        ("which tokens pull which", "muninn dynamics \"The raven remembers.\" --figure pulls --out pulls.png"),
        ("with singular values and pulls, as numbers", "muninn dynamics \"The raven remembers.\" --stretch --pulls --out raven.json"),
    ];

    /// <inheritdoc/>
    public override int Run(Invocation invocation)
    {
        var shell = invocation.Shell;
        var files = _output.Files(invocation);
        var plan = RunPlan.Of(invocation, _input);
        var settings = SettingsOf(invocation, plan);
        plan = plan with
        {
            TangentsWanted = true,
            StatesWanted = [.. Enumerable.Range(0, plan.Measure.Iterations + 1), plan.Measure.Horizon],
            BytesBeside = (config, positions) => DynamicsPlan.BytesFor(config, positions, settings),
        };
        using var reading = Reading.Of(plan, shell);
        using var pass = reading.Tangents();
        var dynamics = LongMeasures.Dynamics(pass, reading.Trajectory, settings, shell);
        var output = new DynamicsOutput(reading, dynamics, settings);
        _output.Deliver(invocation, files, new CommandResult
        {
            Json = output.WriteJson,
            Csv = stream => DynamicsCsv.Write(output, stream),
            Arrays = output.Arrays,
            Figure = name => DynamicsFigures.Of(name, output),
            Print = _ => output.Print(shell),
        });
        return ExitCode.Success;
    }

    DynamicsSettings SettingsOf(Invocation invocation, RunPlan plan)
    {
        var (iterations, source) = invocation.Resolve(_input.Iterations);
        DynamicsPlan.RequireSteps(iterations, source ?? _input.Iterations.Name);
        return DynamicsPlan.Of(
            plan, invocation.Value(_eigenvalues), invocation.Value(_lyapunov), invocation.Value(_epsilon), invocation.IsSet(_stretch),
            invocation.IsSet(_pulls) || _output.FigureAsked(invocation) == DynamicsFigures.Pulls ? invocation.Value(_probes) : null);
    }
}
