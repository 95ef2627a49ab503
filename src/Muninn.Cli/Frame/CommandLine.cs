using System;
using System.Collections.Generic;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Linq;
using Muninn.Kernels;

namespace Muninn.Cli.Frame;

/// <summary>
/// From the words of the command line to a verb and its options. Only the verb that is called is built;
/// System.CommandLine splits its options, everything around it (help, errors, endings) is ours.
/// </summary>
sealed class CommandLine(IReadOnlyList<(string Name, Func<Verb> Create)> verbs)
{
    /// <summary>Runs what <paramref name="arguments"/> ask for.</summary>
    /// <returns>The exit code.</returns>
    /// <exception cref="UsageException">The words make no sense; see <see cref="UsageException"/>.</exception>
    public int Run(string[] arguments, Shell shell)
    {
        if (arguments is [] or ["--help" or "-h" or "help"])
        {
            HelpPage.WriteOverview(verbs, shell.Output);
            return ExitCode.Success;
        }

        if (arguments is ["--version"])
        {
            shell.Output.WriteLine("muninn " + Product.Version);
            return ExitCode.Success;
        }

        if (arguments[0] is "--help" or "-h" or "help") arguments = [.. arguments[1..], "--help"];
        var (verb, rest) = Find(arguments);
        if (verb is null)
        {
            WriteGroup(arguments[0], shell);
            return ExitCode.Success;
        }

        return Run(verb, rest, shell);
    }

    /// <summary>The verb that <paramref name="arguments"/> name, whatever follows; null when there is none.</summary>
    public Verb? Named(string[] arguments)
    {
        foreach (var (name, create) in verbs)
        {
            var words = name.Split(' ');
            if (arguments.Length >= words.Length && words.AsSpan().SequenceEqual(arguments.AsSpan(0, words.Length)))
                return create();
        }

        return null;
    }

    (Verb? Verb, string[] Options) Find(string[] arguments)
    {
        if (Named(arguments) is { } verb) return (verb, arguments[verb.Name.Split(' ').Length..]);
        var first = arguments[0];
        var group = verbs.Where(v => v.Name.StartsWith(first + " ", StringComparison.Ordinal)).Select(v => v.Name).ToList();
        if (group.Count > 0 && arguments is [_, "--help" or "-h"]) return (null, []);
        if (group.Count > 0)
        {
            var lines = string.Join(" or ", group.Select(n => $"'muninn {n}'"));
            throw new UsageException(arguments.Length == 1
                ? $"'{first}' wants a second word: {lines}."
                : $"'{first} {arguments[1]}' is no command; use {lines}.");
        }

        var names = verbs.Select(v => v.Name.Split(' ')[0]).Distinct(StringComparer.Ordinal).ToList();
        if (first.StartsWith('-'))
        {
            throw new UsageException(
                $"unknown option '{first}' before a command; the ones here are --help and --version. " +
                $"Commands: {string.Join(", ", names)}.");
        }

        throw new UsageException(
            $"unknown command '{first}'{Suggestion.Phrase(first, names)} Commands: {string.Join(", ", names)}.");
    }

    void WriteGroup(string group, Shell shell)
    {
        foreach (var (name, create) in verbs)
        {
            if (!name.StartsWith(group + " ", StringComparison.Ordinal)) continue;
            HelpPage.Write(create(), shell.Output);
            shell.Output.WriteLine();
        }
    }

    int Run(Verb verb, string[] arguments, Shell shell)
    {
        var (command, words, help) = Declare(verb);
        var parsed = CommandLineParser.Parse(command, arguments, new ParserConfiguration
        {
            // "-ab" is not "-a -b", and a text may begin with "@" without being a response file.
            EnablePosixBundling = false,
            ResponseFileTokenReplacer = null,
        });
        if (parsed.GetResult(help) is { Implicit: false })
        {
            HelpPage.Write(verb, shell.Output);
            return ExitCode.Success;
        }

        var texts = words is null ? [] : parsed.GetValue(words) ?? [];
        RefuseUnknownOptions(verb, parsed, arguments);
        RefuseErrors(verb, parsed, texts);
        if (!verb.ToleratesUnknownVariables) RefuseUnknownVariables(shell);
        foreach (var setting in verb.Settings) setting.Check(parsed, shell);
        if (!verb.RunsAnywhere) ProcessorFloor.Require();
        return verb.Run(new Invocation(verb, parsed, texts, shell));
    }

    static (Command Command, Argument<string[]>? Words, Option<bool> Help) Declare(Verb verb)
    {
        var command = new Command(verb.Name.Replace(' ', '-'), verb.Summary);
        Argument<string[]>? words = null;
        if (verb.Positional is { } positional)
        {
            // The count is checked here and not by the parser, whose message names neither count nor remedy.
            words = new Argument<string[]>(positional.Name) { Arity = ArgumentArity.ZeroOrMore };
            command.Add(words);
        }

        foreach (var setting in verb.Settings) command.Add(setting.Option);
        var help = new Option<bool>("--help", "-h") { Arity = ArgumentArity.Zero };
        command.Add(help);
        return (command, words, help);
    }

    /// <summary>The names of all variables that some command's option has for a twin.</summary>
    public HashSet<string> VariablesKnown() =>
        verbs.SelectMany(v => v.Create().Settings).Select(setting => setting.Variable).ToHashSet(StringComparer.Ordinal);

    void RefuseUnknownVariables(Shell shell)
    {
        var ours = shell.VariableNames.Where(name => name.StartsWith(Setting.VariablePrefix, StringComparison.Ordinal)).ToList();
        if (ours.Count == 0) return;
        var known = VariablesKnown();
        foreach (var name in ours.Where(name => !known.Contains(name)).Order(StringComparer.Ordinal))
        {
            throw new UsageException(
                $"the environment variable {name} is the twin of no option{Suggestion.Phrase(name, known)} Unset it; " +
                "'muninn doctor' lists those that are set.");
        }
    }

    static void RefuseUnknownOptions(Verb verb, ParseResult parsed, string[] arguments)
    {
        // What follows "--" is text, whatever it looks like.
        var end = Array.IndexOf(arguments, "--");
        var typed = arguments.AsSpan(0, end < 0 ? arguments.Length : end);
        foreach (var token in parsed.CommandResult.Tokens.Select(t => t.Value).Concat(parsed.UnmatchedTokens))
        {
            if (!LooksLikeOption(token) || !typed.Contains(token)) continue;
            var name = token.Split('=', ':')[0];
            var names = verb.Settings.Select(s => s.Name).Append("--help").ToList();
            var remedy = verb.Positional is null ? "" : $" Put -- in front of a {verb.Positional.Name} that begins with a dash.";
            throw new UsageException(
                $"unknown option '{name}'{Suggestion.Phrase(name, names)} Options: {string.Join(", ", names)}.{remedy}");
        }
    }

    // A sentence that begins with a dash is a text; an option name has no white space in it.
    static bool LooksLikeOption(string token) =>
        token.Length > 1 && token[0] == '-' && !token.Split('=', ':')[0].Any(char.IsWhiteSpace) && !char.IsDigit(token[1]);

    static void RefuseErrors(Verb verb, ParseResult parsed, string[] words)
    {
        if (verb.Positional is null && parsed.UnmatchedTokens is [var first, ..])
            throw new UsageException($"'{first}' is too much: this command takes options only.");
        if (verb.Positional is { } positional)
        {
            if (words.Length > positional.Most)
            {
                throw new UsageException(
                    $"{words.Length} words where {positional.Name} is one: '{words[positional.Most]}' is too much. " +
                    "Put a text with spaces in quotes.");
            }

            if (words.Length < positional.Least)
                throw new UsageException($"{positional.Name} is missing: {positional.Description}");
            foreach (var word in words)
            {
                if (positional.Choices.Count > 0 && !positional.Choices.Contains(word, StringComparer.Ordinal))
                {
                    throw new UsageException(
                        $"{positional.Name} '{word}' is none of {string.Join(", ", positional.Choices)}.");
                }
            }
        }

        if (parsed.Errors is [var error, ..]) throw new UsageException(Reword(error));
    }

    static string Reword(ParseError error)
    {
        if (error.SymbolResult is OptionResult { Option: var option } result)
        {
            if (result.Tokens.Count == 0) return $"{option.Name} wants a value: {option.Name} {option.HelpName}.";
            if (result.Tokens.Count > 1 || result.IdentifierTokenCount > 1)
                return $"{option.Name} is given {Math.Max(result.Tokens.Count, result.IdentifierTokenCount)} times; give it once.";
        }

        return error.Message;
    }
}
