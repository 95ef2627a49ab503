using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Muninn.Cli.Frame;
using Muninn.Cli.Input;
using Muninn.Cli.Results;
using Muninn.Microscope.Measures;
using Muninn.Microscope.Measures.Comparisons;

namespace Muninn.Cli.Commands;

/// <summary>Holds two runs against each other: other words, another model, another start.</summary>
sealed class CompareCommand : Verb
{
    readonly InputSettings _input = new();

    readonly Setting<string?> _toText = new(Reads.Text, null)
    {
        Name = "--to-text",
        ValueName = "TEXT",
        Description = "The right side reads this text.",
    };

    readonly Setting<string?> _toFile = new(Reads.Path, null)
    {
        Name = "--to-file",
        ValueName = "FILE",
        Description = "The right side reads the text in FILE.",
        TakesFile = true,
    };

    readonly Setting<string?> _toModel = new(Reads.Path, null)
    {
        Name = "--to-model",
        ValueName = "MODEL",
        Description = "The right side is read by this model: another checkpoint, or the same one with other weights (see 'muninn quantize').",
        TakesFile = true,
    };

    readonly Setting<ulong?> _toSeed = new(static text => Reads.Seed(text), null)
    {
        Name = "--to-seed",
        ValueName = "N",
        Description = "The right side starts from the random state of this seed.",
    };

    readonly Setting<StartChoice?> _toStart = new(StartChoice.Read, null)
    {
        Name = "--to-initial-state",
        ValueName = "START",
        Description = "The right side starts here: zero, random or a file, as --initial-state.",
        TakesFile = true,
    };

    readonly Setting<bool> _byPosition = new(Reads.Word(("tokens", false), ("position", true)), false)
    {
        Name = "--align",
        ValueName = "HOW",
        Description = "Which tokens stand for each other: the longest common subsequence of tokens, or those at the same position.",
        Choices = ["tokens", "position"],
        FallbackText = "tokens",
    };

    readonly RepeatedSetting<OutputFile> _out = new(OutputFile.Read(ComparisonReport.Types))
    {
        Name = "--out",
        ShortName = "-o",
        ValueName = "FILE",
        Description = $"Write FILE, whose ending says what: {string.Join(", ", ComparisonReport.Types)}. May be given several times.",
        TakesFile = true,
    };

    readonly Flag _json = new() { Name = "--json", Description = "Print all numbers as JSON." };

    /// <inheritdoc/>
    public override string Name => "compare";

    /// <inheritdoc/>
    public override string Summary => "Hold two runs against each other, token by token.";

    /// <inheritdoc/>
    public override string Description =>
        "Reads a text (left) and something else (right): another text, another model, another start; whatever is not said is the same " +
        "on both sides. Aligns their tokens and says which come to rest faster, how far apart their distances run, and, where the states " +
        "have the same width, how near states and next tokens are, iteration by iteration. docs/comparison.md says what the numbers mean.";

    /// <inheritdoc/>
    public override Positional Positional => InputSettings.Text;

    /// <inheritdoc/>
    public override IReadOnlyList<SettingGroup> Groups =>
    [
        .. _input.Groups,
        new("Right side", [_toText, _toFile, _toModel, _toSeed, _toStart, _byPosition]),
        new("Output", [_out, _json]),
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<(string Purpose, string Line)> Examples =>
    [
        ("one word changed", "muninn compare \"Ann gives the key to Ben. Who has it?\" --to-text \"Ann gives the key to Carl. Who has it?\""),
        ("the same text in four bits", "muninn compare \"The raven remembers.\" --to-model seedling-int4"),
        ("does the start matter?", "muninn compare \"The raven remembers.\" --to-seed 1"),
    ];

    /// <inheritdoc/>
    public override int Run(Invocation invocation)
    {
        var files = invocation.Values(_out);
        OutputFile.Check(files);
        var shell = invocation.Shell;
        var left = RunPlan.Of(invocation, _input);
        var right = RightOf(invocation, left);
        var iterations = Fidelity.Iterations(left.Measure.Horizon);
        left = left with { StatesWanted = iterations, LogitsWanted = true };
        right = right with { StatesWanted = iterations, LogitsWanted = true };
        var a = ComparisonSide.Of(left, shell);
        var b = ComparisonSide.Of(right, shell);
        var report = new ComparisonReport(a, b, Comparison.Of(a.Run, b.Run, Align(a, b, invocation.Value(_byPosition))));
        if (invocation.IsSet(_json)) JsonOutput.Print(shell, report.Write);
        else report.Print(shell.Output);
        foreach (var file in files)
        {
            shell.Stopping.ThrowIfCancellationRequested();
            report.Write(file, shell);
            if (!invocation.IsSet(_json)) shell.Output.WriteLine($"{file.Name}: {Amount.Bytes(new FileInfo(file.Path).Length)}");
        }

        return ExitCode.Success;
    }

    RunPlan RightOf(Invocation invocation, RunPlan left)
    {
        string? text = invocation.Value(_toText);
        string? file = invocation.Value(_toFile);
        if (text is not null && file is not null)
            throw new UsageException("--to-text and --to-file are both given; the right side reads one text. Leave one out.");
        if (text is { Length: 0 })
            throw new UsageException("--to-text is empty: there is no token to look at. Give a text.");
        var right = left with
        {
            Model = invocation.Value(_toModel) ?? left.Model,
            Seed = invocation.Value(_toSeed) ?? left.Seed,
            Start = invocation.Value(_toStart) ?? left.Start,
            Prompt = text is not null ? left.Prompt with { Text = text, Ids = null, Origin = "--to-text" }
                : file is not null ? left.Prompt with { Text = TextInput.ReadFile(file), Ids = null, Origin = $"the file '{file}'" }
                : left.Prompt,
        };
        return right != left
            ? right
            : throw new UsageException(
                "both sides are the same run. Say what differs on the right: --to-text, --to-file, --to-model, --to-seed or --to-initial-state.");
    }

    static TokenAlignment Align(ComparisonSide left, ComparisonSide right, bool byPosition)
    {
        if (byPosition) return TokenAlignment.ByPosition(left.Labels.Count, right.Labels.Count);
        // Ids mean the same only in one tokenizer; other models are aligned by what their tokens read.
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        bool same = left.Fingerprint == right.Fingerprint;
        var alignment = TokenAlignment.Of(same ? left.Run.Tokens : Numbered(left.Labels), same ? right.Run.Tokens : Numbered(right.Labels));
        return alignment.Count > 0
            ? alignment
            : throw new UsageException("the two prompts have no token in common. Give --align position to compare the first with the first, and so on.");

        int[] Numbered(IReadOnlyList<string> labels) => [.. labels.Select(label => numbers.TryGetValue(label, out int number) ? number : numbers[label] = numbers.Count)];
    }
}
