using System.Collections.Generic;
using Muninn.Cli.Figures;
using Muninn.Cli.Frame;
using Muninn.Cli.Input;
using Muninn.Cli.Results;

namespace Muninn.Cli.Commands;

/// <summary>Asks a model held-out questions and says after how many iterations it answers them.</summary>
sealed class EvalCommand : Verb
{
    readonly EvaluationSettings _settings = new();
    readonly OutputSettings _output = new(EvaluationFiles.Types, EvaluationFigures.Names);

    /// <inheritdoc/>
    public override string Name => "eval";

    /// <inheritdoc/>
    public override string Summary => "Ask held-out questions: accuracy by task, serial steps and iterations.";

    /// <inheritdoc/>
    public override string Description =>
        "Asks a model questions of the generated worlds that no training sees, each once to the last iteration, and reads the answer after " +
        "every iteration on the way: it is right where greedy generation at that depth gives it and ends. Prints the share of right answers, and " +
        "after how many iterations an answer stays right.\n\n" +
        "With --text also how well texts are predicted, with --exit also answers whose tokens stop for themselves.";

    /// <inheritdoc/>
    public override Positional Positional => new("MODEL", "The model; instead of --model.", 0, 1);

    /// <inheritdoc/>
    public override IReadOnlyList<SettingGroup> Groups => [.. _settings.Groups, new("Output", _output.Settings)];

    /// <inheritdoc/>
    public override IReadOnlyList<(string Purpose, string Line)> Examples =>
    [
        ("the default model", "muninn eval"),
        ("a checkpoint of a training run, quickly", "muninn eval runs/first --questions 20 --steps 2,4,8 -n 32"),
        ("accuracy against iterations as a picture", "muninn eval --out accuracy.svg"),
        ("what an exit rule costs and saves", "muninn eval --exit residual:1e-2 --tasks relay,toggle"),
        ("how well a text is predicted", "muninn eval --questions 0 --text README.md"),
    ];

    /// <inheritdoc/>
    public override int Run(Invocation invocation)
    {
        var shell = invocation.Shell;
        var files = _output.Files(invocation);
        var reading = EvaluationReading.Of(_settings.Of(invocation), shell);
        _output.Deliver(invocation, files, new CommandResult
        {
            Json = json => EvaluationJson.Write(json, reading),
            Csv = stream => EvaluationFiles.WriteCsv(stream, reading),
            Figure = name => EvaluationFigures.Of(name, reading),
            Print = _ => EvaluationTable.Print(reading, shell),
        });
        return ExitCode.Success;
    }
}
