using System.Collections.Generic;
using System.IO;
using Muninn.Cli.Frame;

namespace Muninn.Cli.Input;

/// <summary>What the user wants read, before any model is opened.</summary>
/// <param name="Text">The text, or null when <paramref name="Ids"/> is given.</param>
/// <param name="Ids">Token ids, or null when <paramref name="Text"/> is given.</param>
/// <param name="Origin">Where it comes from, for messages.</param>
sealed record Prompt(string? Text, int[]? Ids, string Origin)
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

        var prompt = text is not null ? new Prompt(text, null, "TEXT")
            : file.Value is not null ? new Prompt(TextInput.ReadFile(file.Value), null, $"the file '{file.Value}'")
            : tokens.Value is not null ? new Prompt(null, tokens.Value, tokens.Source ?? settings.Tokens.Name)
            : FromStandardInput(invocation.Shell);
        if (prompt.Text is { Length: 0 })
        {
            throw new UsageException(
                $"{prompt.Origin} is empty: there is no token to look at. Give a text, e.g. muninn {invocation.Verb.Name} \"The raven.\"");
        }

        return prompt;
    }

    static Prompt FromStandardInput(Shell shell)
    {
        var example = new Prompt(InputSettings.ExampleSentence, null, "the example sentence");
        if (!shell.InputRedirected || IsNullDevice()) return example;
        using var input = shell.OpenInput();
        return ReferenceEquals(input, Stream.Null)
            ? example
            : new Prompt(TextInput.Read(input, "standard input"), null, "standard input");
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
