using System.Collections.Generic;
using System.Linq;
using Muninn.Cli.Benches;
using Muninn.Cli.Figures;
using Muninn.Cli.Frame;
using Muninn.Cli.Input;
using Muninn.Cli.Results;
using Muninn.Engine.Recurrence.Solvers;
using Muninn.Microscope.Measures.Solvers;

namespace Muninn.Cli.Commands;

/// <summary>Compares solvers that seek where the states come to rest with plain iteration, evaluation by evaluation.</summary>
sealed class SolveCommand : Verb
{
    /// <summary>Most held-out questions of a run.</summary>
    const int MostQuestions = 10_000;

    readonly InputSettings _input = new();

    readonly Setting<IReadOnlyList<(string Name, Solver Solver)>> _solvers = new(Solvers.Parse, Solvers.Parse(Solvers.Standard))
    {
        Name = "--solver",
        ValueName = "LIST",
        Description =
            "Solvers beside plain iteration, with commas between them: damped:SHARE, anderson:WINDOW, rre:CYCLE, broyden:MEMORY. Behind " +
            "one: /prompt for one window over all tokens in place of one for each, /delay=N, /growth=G, and /share=S or /lambda=L, e.g. " +
            "anderson:5/lambda=1e-6,rre:4/prompt.",
        FallbackText = Solvers.Standard,
    };

    readonly Setting<double> _tolerance = new(Reads.Real(0, 1, isOpen: true), SolvePlan.StandardTolerance)
    {
        Name = "--tolerance",
        ValueName = "R",
        Description = "The residual at which a token is solved.",
        FallbackText = "1e-4",
    };

    readonly Setting<int?> _questions = new(static text => Reads.Number(1, MostQuestions)(text), null)
    {
        Name = "--questions",
        ValueName = "N",
        Description = "Solve N questions of the world of seedling, from --seed, that it was not trained on, in place of a text.",
    };

    readonly OutputSettings _output = new(SolveFiles.Types, SolveFigures.Names);

    /// <inheritdoc/>
    public override string Name => "solve";

    /// <inheritdoc/>
    public override string Summary => "Compare solvers with plain iteration: core evaluations to each residual.";

    /// <inheritdoc/>
    public override string Description =>
        "Seeks the state where each token comes to rest, s = core(e, s), with Anderson acceleration, reduced-rank extrapolation, Broyden's " +
        "method and damping beside plain iteration, and prints how many evaluations of the core each takes to each residual. Every answer " +
        "is certified: by the residual of one more plain evaluation (counted apart), by its distance from plain iteration's s*, and by the next " +
        "token it predicts. An answer that is not plain iteration's is thrown away, and plain iteration is counted on top.\n\n" +
        "--iterations is what each solver is given at most, --horizon where plain iteration's s* is taken.";

    /// <inheritdoc/>
    public override Positional Positional => InputSettings.Text;

    /// <inheritdoc/>
    public override IReadOnlyList<SettingGroup> Groups =>
        [.. _input.Groups, new("Solvers", [_solvers, _tolerance, _questions]), new("Output", _output.Settings)];

    /// <inheritdoc/>
    public override IReadOnlyList<(string Purpose, string Line)> Examples =>
    [
        ("all kinds of solvers on the built-in example sentence", "muninn solve"),
        ("one solver, to a finer residual", "muninn solve \"The raven remembers.\" --solver anderson:8 --tolerance 1e-5"),
        ("residuals against evaluations as a picture", "muninn solve \"The raven remembers.\" --solver anderson:5,rre:4 --out residuals.svg"),
        ("over a hundred questions", "muninn solve --questions 100 --solver anderson:3,anderson:5"),
    ];

    /// <inheritdoc/>
    public override int Run(Invocation invocation)
    {
        var shell = invocation.Shell;
        var files = _output.Files(invocation);
        var plan = Plan(invocation);
        var reading = SolveReading.Of(plan, shell);
        var findings = SolverFindings.Describe(reading.Report);
        _output.Deliver(invocation, files, new CommandResult
        {
            Json = json => SolveJson.Write(json, reading, findings),
            Csv = stream => SolveFiles.WriteCsv(stream, reading),
            Figure = name => SolveFigures.Of(name, reading),
            Print = _ => SolveTable.Print(reading, findings, shell),
        });
        return ExitCode.Success;
    }

    SolvePlan Plan(Invocation invocation)
    {
        var questions = Questions(invocation);
        return new SolvePlan
        {
            Run = RunPlan.Of(invocation, _input, questions?[0]),
            Questions = questions,
            Solvers = invocation.Value(_solvers),
            Tolerance = invocation.Value(_tolerance),
        };
    }

    /// <summary>The questions asked for. What is typed wins over the environment, as everywhere.</summary>
    IReadOnlyList<Prompt>? Questions(Invocation invocation)
    {
        if (invocation.Resolve(_questions) is not ({ } count, { } source)) return null;
        string[] given =
        [
            .. invocation.Words.Count > 0 ? new[] { "TEXT" } : [],
            .. new Setting[] { _input.File, _input.Tokens }.Where(invocation.IsTyped).Select(static setting => setting.Name),
        ];
        if (given.Length > 0 && source != _questions.Name) return null;
        if (given.Length > 0)
            throw new UsageException($"{source} makes texts of its own, and {string.Join(" and ", given)} gives one. Leave one out.");
        if (invocation.Value(_input.InitialState).File is { } file)
            throw new UsageException($"'{file}' is the start of one text, and {source} asks for many. Give --initial-state zero or random.");
        ulong seed = invocation.Value(_input.Seed);
        if (seed > int.MaxValue)
            throw new UsageException($"the seed {seed} is above {int.MaxValue}, the largest that {source} can make texts from.");
        var frame = Prompt.FrameOf(invocation, _input);
        return [.. new HeldOutPrompts((int)seed).Questions(count)
            .Select(text => new Prompt(text, null, "a question", frame))];
    }
}
