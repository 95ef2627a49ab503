using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Cli.Frame;
using Muninn.Cli.Input;
using Muninn.Cli.Results;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Text;

namespace Muninn.Cli.Commands;

/// <summary>Turns token ids back into text.</summary>
sealed class DetokenizeCommand : Verb
{
    readonly Setting<string> _model = InputSettings.ModelSetting();

    readonly Flag _noSpecial = new() { Name = "--no-special", Description = "Leave special tokens out." };

    readonly Flag _json = new() { Name = "--json", Description = "Print JSON." };

    /// <inheritdoc/>
    public override string Name => "detokenize";

    /// <inheritdoc/>
    public override string Summary => "Turn token ids back into text.";

    /// <inheritdoc/>
    public override string Description =>
        "Prints the text and nothing else, to its very last byte; a terminal gets a line end after it.";

    /// <inheritdoc/>
    public override Positional Positional =>
        new("IDS", "Token ids, separated by commas or spaces. Without them: standard input.", 0, int.MaxValue);

    /// <inheritdoc/>
    public override IReadOnlyList<SettingGroup> Groups => [new("Options", [_model, _noSpecial, _json])];

    /// <inheritdoc/>
    public override IReadOnlyList<(string Purpose, string Line)> Examples =>
    [
        ("the text of some ids", "muninn detokenize 84 257 9"),
        ("there and back again", "muninn tokenize --json \"The raven\" | jq -c .ids | muninn detokenize"),
    ];

    /// <inheritdoc/>
    public override bool RunsAnywhere => true;

    /// <inheritdoc/>
    public override int Run(Invocation invocation)
    {
        var shell = invocation.Shell;
        var ids = ReadIds(invocation);
        var location = new ModelLocator(ModelPlaces.FromProcess()).FindTokenizer(invocation.Value(_model));
        var tokenizer = ModelText.Open(location.Folder)?.Tokenizer
            ?? throw new UsageException($"the model '{location.Reference}' has no tokenizer.json. Take another --model.");
        PromptTokens.CheckKnown(ids, "IDS", tokenizer);
        if (invocation.IsSet(_noSpecial)) ids = [.. ids.Where(id => !tokenizer.IsSpecial(id))];
        var text = tokenizer.Decode(ids);
        if (invocation.IsSet(_json)) JsonOutput.Print(shell, json => json.WriteString("text", text));
        else if (shell.OutputRedirected) shell.Output.Write(text);
        else shell.Output.WriteLine(text);
        return ExitCode.Success;
    }

    static int[] ReadIds(Invocation invocation)
    {
        var words = invocation.Words;
        if (words.Count == 0)
        {
            if (!invocation.Shell.InputRedirected) throw new UsageException("no ids: give some, e.g. muninn detokenize 84 257 9.");
            using var input = invocation.Shell.OpenInput();
            words = [TextInput.Read(input, "standard input")];
        }

        try
        {
            return Reads.TokenIds(string.Join(' ', words));
        }
        catch (FormatException e)
        {
            throw new UsageException(e.Message);
        }
    }
}
