using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Cli.Figures;
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

    readonly OutputSettings _output = new(ComparisonReport.Types, ComparisonFigures.Names);

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
        new("Output", _output.Settings),
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<(string Purpose, string Line)> Examples =>
    [
        ("one word changed", "muninn compare \"Ann gives the key to Ben. Who has it?\" --to-text \"Ann gives the key to Carl. Who has it?\""),
        ("the same text in four bits", "muninn compare \"The raven remembers.\" --to-model seedling-int4"),
        ("does the start matter?", "muninn compare \"The raven remembers.\" --to-seed 1"),
        ("both heatmaps and their difference as a picture", "muninn compare \"The raven remembers.\" --to-model seedling-int4 --out map.svg"),
        ("how near the states are, iteration by iteration", "muninn compare \"The raven remembers.\" --to-seed 1 --figure fidelity --out near.png"),
    ];

    /// <inheritdoc/>
    public override int Run(Invocation invocation)
    {
        var files = _output.Files(invocation);
        var shell = invocation.Shell;
        var left = RunPlan.Of(invocation, _input);
        var right = RightOf(invocation, left);
        var iterations = Fidelity.CurveIterations(left.Measure.Horizon);
        const string Remedy = "Give a lower --horizon, or shorter texts.";
        left = left with { StatesWanted = iterations, LogitsWanted = true, FewerStates = Remedy };
        right = right with { StatesWanted = iterations, LogitsWanted = true, FewerStates = Remedy };
        var a = ComparisonSide.Of(left, shell);
        var b = ComparisonSide.Of(right, shell);
        var report = new ComparisonReport(a, b, Comparison.Of(a.Run, b.Run, Align(a, b, invocation.Value(_byPosition))));
        _output.Deliver(invocation, files, new CommandResult
        {
            Json = report.Write,
            Csv = report.WriteTable,
            Figure = name => ComparisonFigures.Of(name, report),
            Print = _ => report.Print(shell.Output),
        });
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
