using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Cli.Figures;
using Muninn.Cli.Frame;
using Muninn.Cli.Input;
using Muninn.Cli.Results;
using Muninn.Engine.Recurrence;
using Muninn.Microscope.Measures.Exits;

namespace Muninn.Cli.Commands;

/// <summary>Replays every exit rule on full-depth runs and shows what each saves and costs.</summary>
sealed class ExitsCommand : Verb
{
    readonly InputSettings _input = new();

    readonly Setting<string?> _prompts = new(Reads.Path, null)
    {
        Name = "--prompts",
        ValueName = "FILE",
        Description = "Read many texts from FILE, one a line; empty lines are left out.",
        TakesFile = true,
    };

    readonly RepeatedSetting<Choice> _rules = new(Read)
    {
        Name = "--rule",
        ValueName = "RULE",
        Description =
            $"Replay this rule at several thresholds ({string.Join(", ", ExitRules.Names.Skip(1))}), or at one: NAME:THRESHOLD, with " +
            "/INTERVAL behind it for the coda. May be given several times.",
        FallbackText = "all of them",
    };

    readonly Setting<int> _interval = new(Reads.Number(1, InputSettings.MostIterations), 1)
    {
        Name = "--interval",
        ValueName = "K",
        Description = "Rules that read logits do so at every K-th iteration, where --rule does not say otherwise.",
        FallbackText = "1",
    };

    readonly Flag _verify = new()
    {
        Name = "--verify",
        Description = "Run the rules on the fronts, and those with a threshold of their own, for real and show what differs from the replay.",
    };

    readonly OutputSettings _output = new(ExitFiles.Types, ExitFigures.Names);

    /// <inheritdoc/>
    public override string Name => "exits";

    /// <inheritdoc/>
    public override string Summary => "Show what every exit rule would save and cost on a text.";

    /// <inheritdoc/>
    public override string Description =>
        "Runs a text once to its full depth, --iterations, replays exit rules and thresholds on the recording, and shows for each how many " +
        "iterations its tokens take, how far their distributions are from those at full depth, and how many answers change; beside them the " +
        "same depth for all. In a real run tokens attend to earlier ones as they stopped, in a replay as they went on: --verify measures it.";

    /// <inheritdoc/>
    public override Positional Positional => InputSettings.Text;

    /// <inheritdoc/>
    public override IReadOnlyList<SettingGroup> Groups =>
        [.. _input.Groups, new("Exits", [_prompts, _rules, _interval, _verify]), new("Output", _output.Settings)];

    /// <inheritdoc/>
    public override IReadOnlyList<(string Purpose, string Line)> Examples =>
    [
        ("every rule on a sentence", "muninn exits \"Ann gives the key to Ben.\""),
        ("one rule on many texts, checked by real runs", "muninn exits --prompts questions.txt --rule kl --rule residual:0.02 --verify"),
        ("iterations against divergence as a picture", "muninn exits --file question.txt --verify --out exits.svg"),
        ("when tokens leave under each rule", "muninn exits --file question.txt --figure histogram --out leaving.png"),
        ("all numbers for a figure of your own", "muninn exits --file question.txt --out exits.csv"),
    ];

    /// <inheritdoc/>
    public override int Run(Invocation invocation)
    {
        var shell = invocation.Shell;
        var files = _output.Files(invocation);
        var prompts = Prompts(invocation);
        var plan = RunPlan.Of(invocation, _input, prompts?[0]);
        int interval = invocation.Value(_interval);
        var chosen = invocation.Values(_rules);
        if (chosen.Count == 0) chosen = [.. ExitCandidate.Rules.Select(static rule => new Choice(rule, false, false))];
        var candidates = ExitCandidate.Depths(plan.Measure.Iterations).Concat(chosen.SelectMany(choice => choice.At(interval))).Distinct().ToList();
        var asked = chosen.Where(static choice => choice.HasThreshold).SelectMany(choice => choice.At(interval)).ToHashSet();
        bool isVerified = invocation.IsSet(_verify);
        using var reading = ExitReading.Of(
            plan, prompts ?? [plan.Prompt], candidates,
            outcome => isVerified && (outcome.OnDivergenceFront || outcome.OnAnswerFront || outcome.OnPassFront || asked.Contains(outcome.Candidate)), shell);
        _output.Deliver(invocation, files, new CommandResult
        {
            Json = json => ExitFiles.WriteJson(json, reading),
            Csv = stream => ExitFiles.WriteCsv(reading, stream),
            Figure = name => ExitFigures.Of(name, reading),
            Print = isDrawn => ExitText.Write(reading, isDrawn, shell.WindowSize().Columns, shell.Output),
        });
        return ExitCode.Success;
    }

    /// <summary>What --prompts asks to read; null: what the input options say.</summary>
    List<Prompt>? Prompts(Invocation invocation)
    {
        var (file, source) = invocation.Resolve(_prompts);
        if (file is null) return null;
        bool isTyped = invocation.IsTyped(_prompts);
        var other = invocation.Words.Count > 0 ? "TEXT"
            : invocation.IsTyped(_input.File) ? _input.File.Name
            : invocation.IsTyped(_input.Tokens) ? _input.Tokens.Name : null;
        if (other is not null && !isTyped) return null;
        if (other is not null) throw new UsageException($"{source} and {other} are both given. Leave one out.");
        var frame = Prompt.FrameOf(invocation, _input);
        var prompts = new List<Prompt>();
        int number = 0;
        foreach (string line in TextInput.ReadFile(file).Split('\n'))
        {
            number++;
            var text = line.TrimEnd('\r');
            if (text.Length > 0) prompts.Add(new Prompt(text, null, FormattableString.Invariant($"line {number} of '{file}'"), frame));
        }

        return prompts.Count > 0 ? prompts : throw new UsageException($"{source}: the file '{file}' has no line with a text. Give one text a line.");
    }

    static Choice Read(string text)
    {
        var rule = ExitRules.Parse(text)
            ?? throw new FormatException($"every table has fixed depths; leave '{text}' out, or give one of {string.Join(", ", ExitRules.Names.Skip(1))}.");
        return new Choice(rule, text.Contains(':', StringComparison.Ordinal), text.Contains('/', StringComparison.Ordinal));
    }

    /// <summary>A rule as it was asked for.</summary>
    /// <param name="Rule">The rule.</param>
    /// <param name="HasThreshold">Whether its threshold was given, so that it is replayed at that one alone.</param>
    /// <param name="HasInterval">Whether its coda interval was given.</param>
    sealed record Choice(ExitRule Rule, bool HasThreshold, bool HasInterval)
    {
        /// <summary>What is replayed.</summary>
        /// <param name="interval">Coda interval where none was given.</param>
        public IReadOnlyList<ExitCandidate> At(int interval)
        {
            var rule = Rule.ReadsLogits && !HasInterval ? Rule with { CodaInterval = interval } : Rule;
            return HasThreshold ? [new ExitCandidate(rule)] : ExitCandidate.Ladder(rule);
        }
    }
}
