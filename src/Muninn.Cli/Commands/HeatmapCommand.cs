using System.Collections.Generic;
using Muninn.Cli.Frame;
using Muninn.Cli.Input;
using Muninn.Cli.Results;

namespace Muninn.Cli.Commands;

/// <summary>Shows how far every token's latent state still is from where it comes to rest, at every iteration.</summary>
sealed class HeatmapCommand : Verb
{
    readonly InputSettings _input = new();

    readonly RepeatedSetting<OutputFile> _out = new(OutputFile.Read(ReadingFiles.Types))
    {
        Name = "--out",
        ShortName = "-o",
        ValueName = "FILE",
        Description =
            $"Write FILE, whose ending says what: {string.Join(", ", ReadingFiles.Types)}. May be given several times.",
        TakesFile = true,
    };

    readonly Flag _measureFloor = new()
    {
        Name = "--measure-floor",
        Description = "Measure for every token which distances are rounding, by restarts beside s*; takes up to twice as long. Else it is assumed.",
    };

    readonly HeatmapOutput _output = new();

    /// <inheritdoc/>
    public override string Name => "heatmap";

    /// <inheritdoc/>
    public override string Summary => "Show where each token's latent state comes to rest, and how fast.";

    /// <inheritdoc/>
    public override string Description =>
        "Reads a text with a recurrent-depth model, iterates the core on it, and shows for every token (top to bottom) and " +
        "every iteration (left to right) the distance of the latent state from s*, where it comes to rest; then says in words " +
        "what the picture shows.";

    /// <inheritdoc/>
    public override Positional Positional => InputSettings.Text;

    /// <inheritdoc/>
    public override IReadOnlyList<SettingGroup> Groups =>
        [.. _input.Groups, new("Output", [_out, _output.Positions, _measureFloor, _output.Graphics.Setting, _output.Json])];

    /// <inheritdoc/>
    public override IReadOnlyList<(string Purpose, string Line)> Examples =>
    [
        ("the built-in example sentence", "muninn heatmap"),
        ("a sentence of your own, as a picture and as a page to explore",
            "muninn heatmap \"The raven remembers.\" --out raven.svg --out raven.html"),
        ("a file, with a model from the Hugging Face cache",
            "muninn heatmap --file question.txt --chat --model tomg-group-umd/huginn-0125"),
        ("raw token ids, from the zero state", "muninn heatmap --tokens 5,17,3 --initial-state zero"),
    ];

    /// <inheritdoc/>
    public override int Run(Invocation invocation)
    {
        var shell = invocation.Shell;
        var files = invocation.Values(_out);
        OutputFile.Check(files);
        // Read before the run: a bad list must not be found after minutes.
        _ = invocation.Value(_output.Positions);
        var plan = RunPlan.Of(invocation, _input) with { FloorMeasured = invocation.IsSet(_measureFloor) };
        using var reading = Reading.Of(plan, shell);
        var recording = reading.Recording;
        int[] positions = _output.Shown(invocation, recording);
        var heatmap = HeatmapOutput.HeatmapOf(recording, positions);
        if (invocation.IsSet(_output.Json)) JsonOutput.Print(shell, json => ReadingJson.Write(json, recording, positions));
        else _output.Print(invocation, recording, heatmap);
        _output.Write(invocation, recording, files, heatmap, positions);
        return ExitCode.Success;
    }
}
