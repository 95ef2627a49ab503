using System.Collections.Generic;
using System.Linq;
using Muninn.Cli.Frame;
using Muninn.Cli.Input;
using Muninn.Cli.Results;
using Muninn.Engine.Generation;
using Muninn.Engine.Text;

namespace Muninn.Cli.Commands;

/// <summary>Continues a text.</summary>
sealed class GenerateCommand : Verb
{
    readonly InputSettings _input = new();
    readonly GenerationSettings _generation;

    readonly Flag _json = new()
    {
        Name = "--json",
        Description = "Print JSON lines: one object for each token as it comes, then one with the end, the whole text and the counts.",
    };

    readonly Flag _stats = new()
    {
        Name = "--stats",
        Description = "Write speed, iterations, exits and memory to standard error when the text has ended.",
    };

    public GenerateCommand() => _generation = new GenerationSettings(_input);

    /// <inheritdoc/>
    public override string Name => "generate";

    /// <inheritdoc/>
    public override string Summary => "Continue a text, each token with as many iterations as it needs.";

    /// <inheritdoc/>
    public override string Description =>
        "Prints what the model writes behind the text, as it comes, and nothing else; a terminal gets a line end after it. " +
        "Without a temperature the likeliest token is taken, and the same command gives the same text.\n\n" +
        "The text ends at --max-tokens, at an end token of the model, at a stop text, where the context is full, or at Ctrl-C.";

    /// <inheritdoc/>
    public override Positional Positional => InputSettings.Text;

    /// <inheritdoc/>
    public override IReadOnlyList<SettingGroup> Groups =>
    [
        new("Input", [_input.File, _input.Tokens, _input.Chat, _input.System, _input.NoSpecial]),
        .. _generation.Groups,
        new("Output", [_json, _generation.LogProbabilities, _stats]),
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<(string Purpose, string Line)> Examples =>
    [
        ("the likeliest continuation", "muninn generate \"Ann gives the key to Ben.\""),
        ("drawn by chance, up to the end of the line", "muninn generate \"The raven\" --temperature 0.8 --min-p 0.05 --stop $'\\n'"),
        ("each token stops thinking when it has come to rest", "muninn generate \"The raven\" --iterations 64 --exit residual --stats"),
        ("the same text as without, sooner", "muninn generate \"The raven\" --iterations 32 --draft-iterations 8 --stats"),
    ];

    /// <inheritdoc/>
    public override int Run(Invocation invocation)
    {
        var shell = invocation.Shell;
        var plan = _generation.Of(invocation);
        var prompt = Prompt.Of(invocation, _input);
        var json = invocation.IsSet(_json);
        if (!json && invocation.IsTyped(_generation.LogProbabilities))
            throw new UsageException($"{_generation.LogProbabilities.Name} are printed as JSON. Give --json too, or leave it out.");
        PromptTokens? tokens = null;
        using var session = GenerationSession.Open(plan, (config, text, location) =>
        {
            tokens = PromptTokens.Of(prompt, text, location.Reference);
            tokens.Check(config, prompt);
            if (text is null && plan.Stops.Texts.Count > 0)
                throw new UsageException($"--stop is a text, and the model '{location.Reference}' has no tokenizer.json. Leave it out.");
            if (text is null && !json)
                throw new UsageException($"the model '{location.Reference}' has no tokenizer.json, so no text can be printed. Give --json, which prints ids.");
        });
        var ends = prompt.Frame is PromptFrame.Chat ? [.. session.EndTokens.Union(AnswerForm.Of(session.Text!).EndTokens)] : session.EndTokens;
        var request = plan.Request(session.Config, tokens!.Ids, ends);
        var output = new ContinuedText(session.Text?.Tokenizer, plan.Stops);
        var record = session.Generate(request, (in GeneratedToken token) => Show(shell, token, output, session.Text?.Tokenizer, json), () => shell.Stopping.IsCancellationRequested);
        var rest = output.Finish();
        if (json) JsonOutput.PrintLine(shell, line => GenerationReport.WriteEnd(line, record, output.Shown, output.Stop));
        else if (shell.OutputRedirected) shell.Output.Write(rest);
        else shell.Output.WriteLine(shell.Harmless(rest));
        shell.Output.Flush();
        if (invocation.IsSet(_stats)) GenerationReport.WriteStats(shell.Error, record);
        shell.Stopping.ThrowIfCancellationRequested();
        record.RequireSound();
        if (record.End == GenerationEnd.ContextFull)
            shell.Error.WriteLine($"note: the context of {session.Location.Reference}, {session.Config.Context} tokens, is full; the text ends here.");
        return ExitCode.Success;
    }

    static bool Show(Shell shell, in GeneratedToken token, ContinuedText text, Tokenizer? tokenizer, bool json)
    {
        var (characters, released) = text.Push(token.Token);
        if (json)
        {
            var shown = token;
            JsonOutput.PrintLine(shell, line => GenerationReport.WriteToken(line, shown, characters, tokenizer));
        }
        else if (released.Length > 0)
        {
            shell.Output.Write(shell.Harmless(released));
            shell.Output.Flush();
        }

        return text.Stop is null;
    }
}
