using System.Collections.Generic;
using Muninn.Cli.Frame;
using Muninn.Cli.Input;
using Muninn.Cli.Results;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Text;

namespace Muninn.Cli.Commands;

/// <summary>Shows how a text becomes tokens.</summary>
sealed class TokenizeCommand : Verb
{
    readonly InputSettings _input = new();
    readonly Flag _json = new() { Name = "--json", Description = "Print JSON." };

    /// <inheritdoc/>
    public override string Name => "tokenize";

    /// <inheritdoc/>
    public override string Summary => "Show the tokens of a text: position, id, piece of the text.";

    /// <inheritdoc/>
    public override Positional Positional => InputSettings.Text;

    /// <inheritdoc/>
    public override IReadOnlyList<SettingGroup> Groups =>
    [
        new("Input", [_input.File, _input.Tokens, _input.Chat, _input.System, _input.NoSpecial]),
        new("Model and output", [_input.Model, _json]),
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<(string Purpose, string Line)> Examples =>
    [
        ("what the model sees of a sentence", "muninn tokenize \"The raven remembers.\""),
        ("only the ids", "muninn tokenize \"The raven remembers.\" --json | jq -c .ids"),
    ];

    /// <inheritdoc/>
    public override bool RunsAnywhere => true;

    /// <inheritdoc/>
    public override int Run(Invocation invocation)
    {
        var prompt = Prompt.Of(invocation, _input);
        var location = new ModelLocator(ModelPlaces.FromProcess()).FindTokenizer(invocation.Value(_input.Model));
        var text = ModelText.Open(location.Folder);
        var tokens = PromptTokens.Of(prompt, text, location.Reference);
        if (text is not null) PromptTokens.CheckKnown(tokens.Ids, prompt.Origin, text.Tokenizer);
        if (invocation.IsSet(_json))
        {
            JsonOutput.Print(invocation.Shell, json =>
            {
                json.WriteString("model", location.Reference);
                json.WriteStartArray("ids");
                foreach (int id in tokens.Ids) json.WriteNumberValue(id);
                json.WriteEndArray();
                json.WriteStartArray("labels");
                foreach (var label in tokens.Labels) json.WriteStringValue(label);
                json.WriteEndArray();
            });
            return ExitCode.Success;
        }

        var output = invocation.Shell.Output;
        for (int position = 0; position < tokens.Ids.Length; position++)
            output.WriteLine($"{position,6} {tokens.Ids[position],8}  {tokens.Labels[position]}");
        return ExitCode.Success;
    }
}
