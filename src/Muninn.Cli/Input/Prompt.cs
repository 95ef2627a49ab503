using System.Collections.Generic;
using System.IO;
using Muninn.Cli.Frame;

namespace Muninn.Cli.Input;

/// <summary>What is put around a text before the model reads it.</summary>
abstract record PromptFrame
{
    /// <summary>Only the tokens of the text.</summary>
    public sealed record Bare : PromptFrame;

    /// <summary>The special tokens with which the model was trained.</summary>
    public sealed record Special : PromptFrame;

    /// <summary>The chat template, with the text as the user's turn.</summary>
    /// <param name="System">The system turn in front of it, or null.</param>
    public sealed record Chat(string? System) : PromptFrame;
}

/// <summary>What the user wants read, before any model is opened.</summary>
/// <param name="Text">The text, or null when <paramref name="Ids"/> is given.</param>
/// <param name="Ids">Token ids, or null when <paramref name="Text"/> is given.</param>
/// <param name="Origin">Where it comes from, for messages.</param>
/// <param name="Frame">What is put around a text.</param>
sealed record Prompt(string? Text, int[]? Ids, string Origin, PromptFrame Frame)
{
    /// <summary>
    /// What <paramref name="invocation"/> asks to read. What is typed wins over the environment, anything
    /// given wins over standard input, and the example sentence stands in where nothing can be read.
    /// </summary>
    /// <remarks>
    /// A terminal or the null device on standard input counts as nothing. An empty pipe or file does not:
    /// a pipeline that broke before it must not end in a picture of a sentence nobody asked for.
    /// </remarks>
    /// <exception cref="UsageException">Several texts are given, or an empty one.</exception>
    public static Prompt Of(Invocation invocation, InputSettings settings)
    {
        var given = new List<string>();
        if (invocation.Words.Count > 0) given.Add("TEXT");
        if (invocation.IsTyped(settings.File)) given.Add(settings.File.Name);
        if (invocation.IsTyped(settings.Tokens)) given.Add(settings.Tokens.Name);
        if (given.Count > 1)
            throw new UsageException($"{string.Join(" and ", given)} are both given; one run reads one text. Leave one out.");

        var text = invocation.Words is [var word] ? word : null;
        var file = given.Contains("TEXT") || given.Contains(settings.Tokens.Name) ? default : invocation.Resolve(settings.File);
        var tokens = given.Contains("TEXT") || given.Contains(settings.File.Name) ? default : invocation.Resolve(settings.Tokens);
        if (file.Value is not null && tokens.Value is not null)
            throw new UsageException($"{file.Source} and {tokens.Source} are both set; one run reads one text. Unset one.");

        var frame = FrameOf(invocation, settings);
        var prompt = text is not null ? new Prompt(text, null, "TEXT", frame)
            : file.Value is "-" ? FromStandardInput(invocation.Shell, frame)
            : file.Value is not null ? new Prompt(TextInput.ReadFile(file.Value), null, $"the file '{file.Value}'", frame)
            : tokens.Value is not null ? new Prompt(null, tokens.Value, tokens.Source ?? settings.Tokens.Name, frame)
            : FromStandardInput(invocation.Shell, frame);
        if (prompt.Ids is not null && invocation.IsTyped(settings.Chat))
            throw new UsageException("--chat wants a text, --tokens gives finished ids. Leave one out.");
        if (prompt.Text is { Length: 0 })
        {
            throw new UsageException(
                $"{prompt.Origin} is empty: there is no token to look at. Give a text, e.g. muninn {invocation.Verb.Name} \"The raven.\"");
        }

        return prompt;
    }

    /// <summary>What the options say is to be put around a text.</summary>
    /// <exception cref="UsageException">Options that exclude each other.</exception>
    public static PromptFrame FrameOf(Invocation invocation, InputSettings settings)
    {
        var chat = invocation.IsSet(settings.Chat);
        if (!chat && invocation.IsTyped(settings.System))
            throw new UsageException("--system is a turn of a conversation: give --chat too, or leave it out.");
        if (chat && invocation.IsTyped(settings.NoSpecial))
            throw new UsageException("--chat and --no-special exclude each other: the template spells its special tokens itself.");
        return chat ? new PromptFrame.Chat(invocation.Value(settings.System))
            : invocation.IsSet(settings.NoSpecial) ? new PromptFrame.Bare()
            : new PromptFrame.Special();
    }

    static Prompt FromStandardInput(Shell shell, PromptFrame frame)
    {
        var example = new Prompt(InputSettings.ExampleSentence, null, "the example sentence", frame);
        if (!shell.InputRedirected || IsNullDevice()) return example;
        using var input = shell.OpenInput();
        return ReferenceEquals(input, Stream.Null)
            ? example
            : new Prompt(TextInput.Read(input, "standard input"), null, "standard input", frame);
    }

    static bool IsNullDevice()
    {
        try
        {
            return File.ResolveLinkTarget("/dev/stdin", returnFinalTarget: true)?.FullName == "/dev/null";
        }
        catch (IOException)
        {
            // Closed, or a system without such links: reading it will tell.
            return false;
        }
    }
}
