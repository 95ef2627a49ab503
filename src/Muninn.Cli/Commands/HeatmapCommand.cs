using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using Muninn.Cli.Frame;
using Muninn.Cli.Input;
using Muninn.Cli.Results;
using Muninn.Microscope.Figures;
using Muninn.Microscope.Writers;

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

    readonly Setting<int[]?> _positions = new(Reads.Indices, null)
    {
        Name = "--positions",
        ValueName = "LIST",
        Description = "Show only these tokens, e.g. 0-9,15. All are read, and the findings speak of all.",
    };

    readonly Setting<TerminalGraphics?> _graphics = new(
        Reads.Word<TerminalGraphics?>(
            ("auto", null), ("kitty", TerminalGraphics.Kitty), ("sixel", TerminalGraphics.Sixel),
            ("blocks", TerminalGraphics.Blocks), ("ascii", TerminalGraphics.Ascii), ("none", TerminalGraphics.None)), null)
    {
        Name = "--graphics",
        ValueName = "KIND",
        Description = "How the terminal shows the picture; auto asks the environment, NO_COLOR and a pipe get ascii.",
        Choices = ["auto", "kitty", "sixel", "blocks", "ascii", "none"],
        FallbackText = "auto",
    };

    readonly Flag _json = new() { Name = "--json", Description = "Print all numbers and findings as JSON, and no picture." };

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
        [.. _input.Groups, new("Output", [_out, _positions, _graphics, _json])];

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
        var (listed, source) = invocation.Resolve(_positions);
        using var reading = Reading.Of(RunPlan.Of(invocation, _input), shell);
        var positions = Shown(listed, source, reading.Tokens.Ids.Length);
        var heatmap = HeatmapOf(reading, positions);
        if (invocation.IsSet(_json)) JsonOutput.Print(shell, json => ReadingJson.Write(json, reading, positions));
        else Print(invocation, reading, heatmap);

        foreach (var file in files)
        {
            shell.Stopping.ThrowIfCancellationRequested();
            ReadingFiles.Write(file, reading, heatmap, positions, shell);
            if (!invocation.IsSet(_json)) shell.Output.WriteLine($"{file.Name}: {Amount.Bytes(new FileInfo(file.Path).Length)}");
        }

        return ExitCode.Success;
    }

    void Print(Invocation invocation, Reading reading, Heatmap heatmap)
    {
        var shell = invocation.Shell;
        var surroundings = TerminalSurroundings.Read(shell.Variable, () => !shell.OutputRedirected);
        var capability = TerminalCapability.Detect(surroundings);
        if (invocation.Value(_graphics) is { } forced)
        {
            // Asked for by name, blocks come in colour even where none was detected.
            var colors = capability.Colors == TerminalColors.None ? TerminalColors.Full : capability.Colors;
            capability = new TerminalCapability(forced, colors);
        }

        var (columns, rows) = shell.WindowSize();
        // Room for the prompt line under the picture; findings may scroll it up.
        TerminalWriter.Write(heatmap, new TerminalSize { Columns = columns, Lines = rows - 1 }, capability, shell.Output);
        if (capability.Graphics != TerminalGraphics.None) shell.Output.WriteLine();
        foreach (var finding in reading.Findings) Wrapping.Write("• ", finding.Text, columns, shell.Output);
        foreach (var note in reading.Notes) Wrapping.Write("Note: ", note, columns, shell.Output);
    }

    static int[] Shown(int[]? listed, string? source, int count)
    {
        if (listed is null) return [.. Enumerable.Range(0, count)];
        foreach (int position in listed)
        {
            if (position >= count)
                throw new UsageException($"{source}: position {position} is outside the text, whose {count} tokens are 0 to {count - 1}.");
        }

        return listed;
    }

    static Heatmap HeatmapOf(Reading reading, int[] positions)
    {
        var plan = reading.Plan;
        var convergence = reading.Convergence;
        int count = reading.Tokens.Ids.Length;
        var start = plan.Start.File is { } file ? Path.GetFileName(file)
            : plan.Start == StartChoice.Random ? $"random, seed {plan.Seed}" : plan.Start.Name;
        var heatmap = new Heatmap
        {
            Subtitle = string.Create(CultureInfo.InvariantCulture,
                $"{reading.ModelName} · {count} token{(count == 1 ? "" : "s")} · s* at iteration {plan.Measure.Horizon} · start {start}"),
            RowLabels = reading.Tokens.Labels,
            Values = convergence.Distance,
            Floor = convergence.Floor,
        };
        return heatmap.Select(positions);
    }
}
