using System.Collections.Generic;
using System.IO;
using System.Linq;
using Muninn.Cli.Frame;
using Muninn.Cli.Input;
using Muninn.Cli.Results;
using Muninn.Engine.Text.Training;
using Muninn.Engine.Training.Data.Corpus;
using Muninn.Engine.Training.Worlds;

namespace Muninn.Cli.Commands;

/// <summary>Learns a tokenizer from texts.</summary>
sealed class TokenizerTrainCommand : Verb
{
    readonly Setting<int?> _vocabulary = new(static text => Reads.Number(1, 1 << 20)(text), null)
    {
        Name = "--vocabulary",
        ValueName = "N",
        Description = "How many tokens there are in all: 256 bytes, what is learnt, and the special tokens.",
    };

    readonly Setting<string?> _out = new(Reads.Path, null)
    {
        Name = "--out",
        ShortName = "-o",
        ValueName = "FOLDER",
        Description = "The folder to write; it must be new, or empty.",
        TakesFile = true,
    };

    readonly Setting<int> _worlds = new(Reads.Number(0, 100_000_000), 0)
    {
        Name = "--worlds",
        ValueName = "N",
        Description = "Also learn from N texts of the generated worlds, half prose, half questions with their answers; of their training part only.",
        FallbackText = "0",
    };

    readonly Setting<ulong> _seed = new(Reads.Seed, 0)
    {
        Name = "--seed",
        ValueName = "N",
        Description = "Which worlds.",
        FallbackText = "0",
    };

    readonly Setting<string> _pattern = new(
        static text => text switch { "gpt2" => TokenizerPlan.Gpt2Pattern, "seedling" => TokenizerPlan.SeedlingPattern, _ => text }, TokenizerPlan.Gpt2Pattern)
    {
        Name = "--pattern",
        ValueName = "PATTERN",
        Description = "Cuts texts into the pieces that no token crosses: gpt2, seedling (words of ASCII letters), or a regular expression whose matches are pieces.",
        FallbackText = "gpt2",
    };

    readonly Setting<bool> _digitsApart = new(Reads.Word(("apart", true), ("together", false)), true)
    {
        Name = "--digits",
        ValueName = "HOW",
        Description = "apart: every digit is a token of its own; together: as the pattern cuts.",
        Choices = ["apart", "together"],
        FallbackText = "apart",
    };

    readonly Setting<int> _leastCount = new(Reads.Number(1, int.MaxValue), 2)
    {
        Name = "--least-count",
        ValueName = "N",
        Description = "Learn no token whose two parts stand side by side less often.",
        FallbackText = "2",
    };

    readonly Setting<string?> _begin = Token("--begin-token", "The special token that begins a text.", "<|begin_text|>");

    readonly Setting<string?> _end = Token("--end-token", "The special token that ends a text.", "<|end_text|>");

    readonly Setting<string?> _pad = Token("--pad-token", "The special token that fills up shorter texts.", "<|pad|>");

    readonly RepeatedSetting<string> _special = new(Reads.Text)
    {
        Name = "--special-token",
        ValueName = "TOKEN",
        Description = "A further special token; may be given several times.",
        FallbackText = "<|begin_header|>, <|end_header|> and <|end_turn|>, those of the built-in chat template",
    };

    readonly Setting<string?> _template = new(Reads.Path, null)
    {
        Name = "--chat-template",
        ValueName = "FILE",
        Description = "The chat template, in Jinja.",
        FallbackText = "the built-in one, unless --special-token names others than its tokens",
        TakesFile = true,
    };

    /// <inheritdoc/>
    public override string Name => "tokenizer train";

    /// <inheritdoc/>
    public override string Summary => "Learn a byte-level tokenizer from texts.";

    /// <inheritdoc/>
    public override string Description =>
        "Byte-pair encoding: every byte is a token, and the two tokens that stand side by side most often become one, again and again, until the " +
        "vocabulary is full. Writes tokenizer.json and tokenizer_config.json, which Hugging Face's libraries read, too. The same texts give the " +
        "same bytes, in any order: of pairs that occur equally often, the one with the smaller ids goes first.";

    /// <inheritdoc/>
    public override Positional Positional =>
        new("FILE", "Texts in UTF-8; .jsonl and .ndjson are JSON lines with text, prompt and completion, or messages. None with --worlds alone.", 0, int.MaxValue);

    /// <inheritdoc/>
    public override IReadOnlyList<SettingGroup> Groups =>
    [
        new("Input and output", [_worlds, _seed, _vocabulary, _out]),
        new("Tokens", [_pattern, _digitsApart, _leastCount, _begin, _end, _pad, _special, _template]),
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<(string Purpose, string Line)> Examples =>
    [
        ("4096 tokens of your own texts", "muninn tokenizer train notes.txt chats.jsonl --vocabulary 4096 --out tokenizer"),
        ("a tokenizer for the generated worlds", "muninn tokenizer train --worlds 20000 --vocabulary 768 --out tokenizer"),
        ("look at it", "muninn tokenize \"The raven remembers.\" --model tokenizer"),
    ];

    /// <inheritdoc/>
    public override bool RunsAnywhere => true;

    /// <inheritdoc/>
    public override int Run(Invocation invocation)
    {
        var shell = invocation.Shell;
        int worlds = invocation.Value(_worlds);
        if (invocation.Words.Count == 0 && worlds == 0)
            throw new UsageException("there is nothing to learn from: give the name of a FILE, or --worlds N.");
        var trainer = Trainer(invocation);
        var name = invocation.Value(_out)
            ?? throw new UsageException("--out is missing: give the name of the folder to write, e.g. --out tokenizer.");
        CorpusFile[] files = [.. invocation.Words.Select(CorpusFile.Of)];
        var target = OutputFolder.Target(name);
        using (var progress = new CorpusProgress(files, shell))
        {
            foreach (var document in files.SelectMany(static file => file.Documents()))
            {
                progress.Report(document);
                foreach (var text in document.Texts) trainer.Add(text);
            }
        }

        foreach (var text in WorldCorpus.Texts(invocation.Value(_seed), worlds))
        {
            shell.Stopping.ThrowIfCancellationRequested();
            trainer.Add(text);
        }

        int wanted = invocation.Value(_vocabulary) ?? 0;
        LearntTokenizer learnt;
        using (var progress = new Progress(shell, "tokens", wanted))
            learnt = trainer.Learn(progress.Report, shell.Stopping);
        OutputFolder.Write(target, shell, () => target.Write(learnt.Write));
        shell.Output.WriteLine($"{target.Path}: {learnt.Vocabulary} tokens: 256 bytes, {learnt.Learnt} learnt, {learnt.Vocabulary - 256 - learnt.Learnt} special");
        shell.Output.WriteLine($"learnt from {Amount.Bytes(trainer.Bytes)} with {Amount.Count(trainer.PieceCount)} different pieces; {learnt.BytesPerToken:F2} bytes a token there");
        if (learnt.Vocabulary < wanted)
            shell.Error.WriteLine($"note: {wanted} tokens are asked for; no more pairs occur {invocation.Value(_leastCount)} times. Give more texts, or a smaller --least-count.");
        return ExitCode.Success;
    }

    TokenizerTrainer Trainer(Invocation invocation)
    {
        var special = invocation.Values(_special);
        var plan = new TokenizerPlan
        {
            Vocabulary = invocation.Value(_vocabulary)
                ?? throw new UsageException("--vocabulary is missing: say how many tokens there are to be, e.g. --vocabulary 4096."),
            Pattern = invocation.Value(_pattern),
            DigitsApart = invocation.Value(_digitsApart),
            LeastCount = invocation.Value(_leastCount),
        };
        plan = plan with
        {
            BeginText = invocation.Value(_begin) ?? plan.BeginText,
            EndText = invocation.Value(_end) ?? plan.EndText,
            Padding = invocation.Value(_pad) ?? plan.Padding,
            OtherSpecial = special.Count > 0 ? special : plan.OtherSpecial,
            ChatTemplate = invocation.Value(_template) is { } file ? TextInput.ReadFile(file) : null,
        };
        try
        {
            return new TokenizerTrainer(plan);
        }
        catch (InvalidDataException error)
        {
            throw new UsageException(error.Message);
        }
    }

    static Setting<string?> Token(string name, string description, string fallback) => new(Reads.Text, null)
    {
        Name = name,
        ValueName = "TOKEN",
        Description = description,
        FallbackText = fallback,
    };
}
