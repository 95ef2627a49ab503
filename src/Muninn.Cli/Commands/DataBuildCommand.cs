using System.Collections.Generic;
using System.Linq;
using Muninn.Cli.Frame;
using Muninn.Cli.Input;
using Muninn.Cli.Results;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Text;
using Muninn.Engine.Training.Data.Corpus;
using Muninn.Engine.Training.Data.Shards;

namespace Muninn.Cli.Commands;

/// <summary>Cuts texts into tokens, once, for training.</summary>
sealed class DataBuildCommand : Verb
{
    readonly Setting<string> _model = InputSettings.ModelSetting();

    readonly Setting<OutputFile?> _out = new(static text => OutputFile.Read(".safetensors")(text), null)
    {
        Name = "--out",
        ShortName = "-o",
        ValueName = "FILE",
        Description = "The file to write, .safetensors; left as it is where it was made of the same texts in the same way.",
        TakesFile = true,
    };

    readonly Setting<DocumentSplit> _documents = new(
        Reads.Word(("file", DocumentSplit.File), ("blank-lines", DocumentSplit.BlankLines), ("lines", DocumentSplit.Lines)), DocumentSplit.File)
    {
        Name = "--documents",
        ValueName = "HOW",
        Description = "What of a text file is a document: the whole file, what stands between blank-lines, or each of its lines. A JSON line is always one.",
        Choices = ["file", "blank-lines", "lines"],
        FallbackText = "file",
    };

    readonly Setting<double> _promptWeight = new(Reads.Real(0, double.PositiveInfinity), 0)
    {
        Name = "--prompt-weight",
        ValueName = "W",
        Description = "How much prompts count, and all turns but the assistant's; completions and the assistant's turns count 1.",
        FallbackText = "0",
    };

    readonly Flag _json = new() { Name = "--json", Description = "Print JSON." };

    /// <inheritdoc/>
    public override string Name => "data build";

    /// <inheritdoc/>
    public override string Summary => "Cut texts into tokens once, into a file that training maps into memory.";

    /// <inheritdoc/>
    public override string Description =>
        "Text files are learnt from their first to their last word. A JSON line is one of: {\"text\": …}, learnt whole; {\"prompt\": …, \"completion\": …}, of which the " +
        "completion is learnt; {\"messages\": [{\"role\": …, \"content\": …}, …]}, which go through the model's chat template, and of which the assistant's turns are " +
        "learnt. A line that is none of these ends the work and is named.";

    /// <inheritdoc/>
    public override Positional Positional => new("FILE", "Texts in UTF-8; .jsonl and .ndjson are JSON lines.", 1, int.MaxValue);

    /// <inheritdoc/>
    public override IReadOnlyList<SettingGroup> Groups => [new("Options", [_model, _out, _documents, _promptWeight, _json])];

    /// <inheritdoc/>
    public override IReadOnlyList<(string Purpose, string Line)> Examples =>
    [
        ("conversations, for the tokenizer of the default model", "muninn data build chats.jsonl --out chats.safetensors"),
        ("texts, for your own tokenizer", "muninn data build notes.txt --documents blank-lines --model tokenizer --out notes.safetensors"),
    ];

    /// <inheritdoc/>
    public override bool RunsAnywhere => true;

    /// <inheritdoc/>
    public override int Run(Invocation invocation)
    {
        var shell = invocation.Shell;
        var output = invocation.Value(_out)
            ?? throw new UsageException("--out is missing: give the name of the file to write, e.g. --out corpus.safetensors.");
        OutputFile.Check([output]);
        CorpusFile[] files = [.. invocation.Words.Select(CorpusFile.Of)];
        var location = new ModelLocator(ModelPlaces.FromProcess()).FindTokenizer(invocation.Value(_model));
        var text = ModelText.Open(location.Folder)
            ?? throw new UsageException($"the model '{location.Reference}' has no tokenizer.json. Take another --model.");
        var draft = new ShardDraft(files, location.Folder, text)
        {
            Split = invocation.Value(_documents),
            PromptWeight = (float)invocation.Value(_promptWeight),
        };
        var made = draft.OpenMade(output.Path);
        if (made is null)
        {
            using var progress = new CorpusProgress(files, shell);
            output.Write(shell, target => draft.Make(target, progress.Report));
        }

        using var shard = made ?? TokenShard.Open(output.Path, draft.Tokenizer);
        if (invocation.IsSet(_json))
        {
            JsonOutput.Print(shell, json =>
            {
                json.WriteBoolean("was_there", made is not null);
                ShardFacts.Write(shard, json);
            });
            return ExitCode.Success;
        }

        ShardFacts.Print(shard, output.Name, shell);
        if (made is not null) shell.Output.WriteLine("  was there already: the same texts, cut in the same way");
        return ExitCode.Success;
    }
}
