using System.Collections.Generic;
using System.IO;
using System.Linq;
using Muninn.Cli.Chats;
using Muninn.Cli.Frame;
using Muninn.Cli.Input;
using Muninn.Cli.Results;

namespace Muninn.Cli.Commands;

/// <summary>Talks with a model.</summary>
sealed class ChatCommand : Verb
{
    readonly InputSettings _input = new();
    readonly GenerationSettings _generation;

    readonly Setting<string?> _system = new(Reads.Text, null)
    {
        Name = "--system",
        ValueName = "TEXT",
        Description = "The system turn in front of all others.",
    };

    readonly Flag _stats = new()
    {
        Name = "--stats",
        Description = "Write speed, iterations, exits and memory to standard error behind every answer.",
    };

    public ChatCommand() => _generation = new GenerationSettings(_input);

    /// <inheritdoc/>
    public override string Name => "chat";

    /// <inheritdoc/>
    public override string Summary => "Talk with a model, and see how long it thinks.";

    /// <inheritdoc/>
    public override string Description =>
        "Every line is a message; a backslash at its end continues it on the next line. The conversation goes through the chat template " +
        "of the model, and all of it is read anew for each answer. On a terminal each token stands on the colour of its iterations, from " +
        "violet for few to yellow for all (NO_COLOR: no colours); a pipe gets the answers alone, a line end behind each.\n\n" +
        "Ctrl-C during an answer ends the answer, in front of a message the program.\n\n" +
        "Commands: " + string.Join("; ", ChatCommands.All.Select(static command => $"{command.Line} - {command.Meaning}")) + ".";

    /// <inheritdoc/>
    public override IReadOnlyList<SettingGroup> Groups => [.. _generation.Groups, new("Conversation", [_system, _stats])];

    /// <inheritdoc/>
    public override IReadOnlyList<(string Purpose, string Line)> Examples =>
    [
        ("think as long as it takes", "muninn chat --iterations 64 --exit residual"),
        ("with the published model", "muninn chat --model tomg-group-umd/huginn-0125 --temperature 0.7 --system \"You are a careful assistant.\""),
        ("from a script", "printf 'Hello\\n/save talk.json\\n' | muninn chat"),
    ];

    /// <inheritdoc/>
    public override int Run(Invocation invocation)
    {
        var shell = invocation.Shell;
        var plan = _generation.Of(invocation);
        if (plan.Start.File is { } file)
            throw new UsageException($"'{file}' holds one start state, and every answer has its own length. Start from zero or random.");
        using var session = GenerationSession.Open(plan, static (_, text, location) =>
        {
            if (text is null) throw new UsageException($"the model '{location.Reference}' has no tokenizer.json, so it cannot talk. Take another --model.");
            if (text.ChatTemplate is null)
                throw new UsageException($"the model '{location.Reference}' has no chat template. Use 'muninn generate', which takes a text as it is.");
        });
        var conversation = new Conversation(session, invocation.Value(_system), shell);
        var commands = new ChatCommands(conversation, shell);
        using var input = new ChatInput(shell);
        if (input.IsInteractive)
            shell.Output.WriteLine($"{session.Location.Reference}, {conversation.Iterations} iterations; /help shows what else there is. {conversation.Scale}");
        while (input.Next() is { } message)
        {
            shell.Stopping.ThrowIfCancellationRequested();
            try
            {
                if (ChatCommands.IsCommand(message))
                {
                    if (!commands.Run(message)) break;
                    continue;
                }

                var record = conversation.Answer(ChatCommands.Unescaped(message));
                if (invocation.IsSet(_stats)) GenerationReport.WriteStats(shell.Error, record);
            }
            catch (System.Exception e) when (input.IsInteractive && e is UsageException or IOException or InvalidDataException or System.UnauthorizedAccessException)
            {
                // A person can do it otherwise; a script that goes on would not know.
                shell.Error.WriteLine(e.Message);
            }
        }

        return ExitCode.Success;
    }
}
