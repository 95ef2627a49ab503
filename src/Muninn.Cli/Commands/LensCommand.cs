using System.Collections.Generic;
using System.Globalization;
using Muninn.Cli.Figures;
using Muninn.Cli.Frame;
using Muninn.Cli.Input;
using Muninn.Cli.Results;
using Muninn.Microscope.Measures.Lenses;

namespace Muninn.Cli.Commands;

/// <summary>Shows what the model would say at every iteration.</summary>
sealed class LensCommand : Verb
{
    readonly InputSettings _input = new();

    readonly Setting<LensKind> _kind = new(Reads.Word(("coda", LensKind.Coda), ("raw", LensKind.Raw)), LensKind.Coda)
    {
        Name = "--kind",
        ValueName = "KIND",
        Description = "coda: the state goes through coda and head, as if the model stopped there; raw: through norm and head alone.",
        Choices = ["coda", "raw"],
        FallbackText = "coda",
    };

    readonly Flag _blocks = new() { Name = "--blocks", Description = "Read behind every block of the core too, not only behind the last." };

    readonly Setting<LensAlignment> _aligned = new(
        Reads.Word(("token", LensAlignment.Token), ("prediction", LensAlignment.Prediction)), LensAlignment.Token)
    {
        Name = "--aligned",
        ValueName = "HOW",
        Description = "token: a row is what is expected after its token; prediction: what was predicted for it, at the token before.",
        Choices = ["token", "prediction"],
        FallbackText = "token",
    };

    readonly Setting<int> _top = new(Reads.Number(1, 1000), 5)
    {
        Name = "--top",
        ValueName = "K",
        Description = "How many of the likeliest tokens are kept for JSON and files.",
        FallbackText = "5",
    };

    readonly Setting<double> _bound = new(Reads.Real(0, double.PositiveInfinity, isOpen: true), new LensSettings { Horizon = 0 }.DivergenceBound)
    {
        Name = "--bound",
        ValueName = "NATS",
        Description = "The divergence from the end below which a distribution is near it.",
        FallbackText = "0.01",
    };

    readonly OutputSettings _output = new(LensFiles.Types, LensFigures.Names);

    /// <inheritdoc/>
    public override string Name => "lens";

    /// <inheritdoc/>
    public override string Summary => "Show what the model would say at every iteration, and when it commits.";

    /// <inheritdoc/>
    public override string Description =>
        "Reads a text and turns the state of every token at every iteration into a distribution of the next token: the likeliest " +
        "tokens, how certain they are, the divergence from the distribution at the horizon, and the iteration from which the " +
        "likeliest token no longer changes. All iterations up to the horizon are read; --iterations says how far the grid goes.";

    /// <inheritdoc/>
    public override Positional Positional => InputSettings.Text;

    /// <inheritdoc/>
    public override IReadOnlyList<SettingGroup> Groups =>
        [.. _input.Groups, new("Lens", [_kind, _blocks, _aligned, _top, _bound]), new("Output", _output.Settings)];

    /// <inheritdoc/>
    public override IReadOnlyList<(string Purpose, string Line)> Examples =>
    [
        ("when does each answer stand", "muninn lens \"Ann gives the key to Ben.\""),
        ("what was predicted for each token, without the coda", "muninn lens --kind raw --aligned prediction \"The raven remembers.\""),
        ("the grid as a picture", "muninn lens \"The raven remembers.\" --out lens.svg"),
        ("all numbers for a table of your own", "muninn lens --file question.txt --top 10 --out lens.csv"),
    ];

    /// <inheritdoc/>
    public override int Run(Invocation invocation)
    {
        var shell = invocation.Shell;
        var files = _output.Files(invocation);
        var plan = RunPlan.Of(invocation, _input);
        var settings = new LensSettings
        {
            Horizon = plan.Measure.Horizon,
            TopCount = invocation.Value(_top),
            DivergenceBound = invocation.Value(_bound),
        };
        using var reading = LensReading.Of(
            plan, invocation.Value(_kind), invocation.IsSet(_blocks), invocation.Value(_aligned), settings, shell);
        _output.Deliver(invocation, files, new CommandResult
        {
            Json = json => LensFiles.WriteJson(json, reading),
            Csv = stream => LensFiles.WriteCsv(reading, stream),
            Figure = name => LensFigures.Of(name, reading, plan.Measure.Iterations),
            Print = isDrawn => Print(shell, reading, isDrawn),
        });
        return ExitCode.Success;
    }

    static void Print(Shell shell, LensReading reading, bool isDrawn)
    {
        var (columns, _) = shell.WindowSize();
        if (!isDrawn) PrintGrid(shell, reading, columns);
        foreach (var finding in reading.Findings) Wrapping.Write("• ", finding.Text, columns, shell.Output);
        foreach (var note in reading.Source.Notes) Wrapping.Write("Note: ", note, columns, shell.Output);
    }

    static void PrintGrid(Shell shell, LensReading reading, int columns)
    {
        var plan = reading.Source.Plan;
        foreach (string line in Wrapping.Lines(string.Create(CultureInfo.InvariantCulture,
            $"{LensFiles.KindName(reading.Table)} lens · {reading.Source.Name} · {reading.Table.Positions} token{(reading.Table.Positions == 1 ? "" : "s")} · end at iteration {plan.Measure.Horizon} · start {reading.Source.StartText}"),
            columns - 1))
            shell.Output.WriteLine(line);
        new LensGrid(reading, plan.Measure.Iterations, columns).Write(shell.Output);
        shell.Output.WriteLine();
    }
}
