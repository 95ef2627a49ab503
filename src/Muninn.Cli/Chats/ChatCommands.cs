using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Muninn.Cli.Frame;
using Muninn.Cli.Input;
using Muninn.Cli.Results;

namespace Muninn.Cli.Chats;

/// <summary>What begins with a slash in a conversation.</summary>
/// <param name="conversation">What it acts on.</param>
/// <param name="shell">Its words go to standard error: the output holds answers alone.</param>
sealed class ChatCommands(Conversation conversation, Shell shell)
{
    /// <summary>The commands, for help.</summary>
    public static IReadOnlyList<(string Line, string Meaning)> All { get; } =
    [
        ("/iterations N", "think up to N iterations a token from now on"),
        ("/system TEXT", "set the system turn; without TEXT there is none"),
        ("/reset", "forget what was said, but for the system turn"),
        ("/save FILE", "write the conversation to FILE, which ends in .json"),
        ("/help", "show these lines"),
        ("/quit", "end; so does the end of the input"),
    ];

    static readonly string[] _words = [.. All.Select(static command => command.Line.Split(' ')[0])];

    /// <summary>Whether a message is a command. A message of the user that begins with a slash has two.</summary>
    public static bool IsCommand(string message) => message.StartsWith('/') && !message.StartsWith("//", StringComparison.Ordinal);

    /// <summary>A message of the user as the model is to see it.</summary>
    public static string Unescaped(string message) => message.StartsWith("//", StringComparison.Ordinal) ? message[1..] : message;

    /// <summary>Does what a command says.</summary>
    /// <returns>Whether the conversation goes on.</returns>
    /// <exception cref="UsageException">There is no such command, or it is not used like that.</exception>
    public bool Run(string message)
    {
        int end = message.AsSpan().IndexOfAny(' ', '\n', '\t');
        var (word, rest) = end < 0 ? (message, "") : (message[..end], message[end..].Trim());
        switch (word)
        {
            case "/iterations":
                conversation.Iterations = Read(word, rest, Reads.Number(1, InputSettings.MostIterations));
                Say($"iterations: {conversation.Iterations}");
                break;
            case "/system":
                conversation.System = rest.Length > 0 ? rest : null;
                Say(rest.Length > 0 ? "system turn set" : "no system turn");
                break;
            case "/reset":
                RequireNothing(word, rest);
                conversation.Reset();
                Say("forgotten");
                break;
            case "/save":
                Save(rest);
                break;
            case "/help":
                RequireNothing(word, rest);
                foreach (var (line, meaning) in All) Say($"{line,-14} {meaning}");
                break;
            case "/quit":
                RequireNothing(word, rest);
                return false;
            default:
                throw new UsageException(
                    $"'{word}' is no command{Suggestion.Phrase(word, _words)} Commands: {string.Join(", ", _words)}. " +
                    "Two slashes begin a message that begins with one.");
        }

        return true;
    }

    void Save(string name)
    {
        if (name.Length == 0) throw new UsageException("/save wants the name of a file, e.g. /save talk.json.");
        var file = Read("/save", name, OutputFile.Read(".json"));
        OutputFile.Check([file]);
        conversation.Save(file);
        Say($"{file.Name}: {Amount.Bytes(new FileInfo(file.Path).Length)}");
    }

    void Say(string line) => shell.Error.WriteLine(line);

    static void RequireNothing(string word, string rest)
    {
        if (rest.Length > 0) throw new UsageException($"{word} takes nothing behind it, and '{rest}' is there. Give {word} alone.");
    }

    static T Read<T>(string word, string text, Func<string, T> read)
    {
        try
        {
            return read(text);
        }
        catch (FormatException e)
        {
            throw new UsageException($"{word}: {e.Message}");
        }
    }
}
