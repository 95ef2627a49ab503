using System;
using System.Collections.Generic;
using System.CommandLine;

namespace Muninn.Cli.Frame;

/// <summary>
/// One option of a command, together with the environment variable that says the same. The command line
/// wins over the environment, the environment over the fallback.
/// </summary>
abstract class Setting
{
    /// <summary>The option as typed, e.g. <c>--initial-state</c>.</summary>
    public required string Name { get; init; }

    /// <summary>A second, short name such as <c>-o</c>, or null.</summary>
    public string? ShortName { get; init; }

    /// <summary>What stands for the value in help, e.g. <c>N</c>; null for a flag.</summary>
    public string? ValueName { get; init; }

    /// <summary>One or two sentences for the help page.</summary>
    public required string Description { get; init; }

    /// <summary>What holds when nothing is given, as shown in help; null when that is plain.</summary>
    public string? FallbackText { get; init; }

    /// <summary>The words a value can be, for help and completion; empty when it is free.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>Whether a value names a file, for completion.</summary>
    public bool TakesFile { get; init; }

    /// <summary>How the names of all environment twins begin.</summary>
    public const string VariablePrefix = "MUNINN_";

    /// <summary>The environment twin, e.g. <c>MUNINN_INITIAL_STATE</c>.</summary>
    public string Variable => VariablePrefix + Name.TrimStart('-').Replace('-', '_').ToUpperInvariant();

    /// <summary>The option as the parser sees it.</summary>
    public abstract Option Option { get; }

    /// <summary>Whether the option stands on the command line.</summary>
    public bool OnCommandLine(ParseResult parsed) => parsed.GetResult(Option) is { Implicit: false };

    /// <summary>Reads the environment twin so that a bad value is found even where it is not used.</summary>
    /// <exception cref="UsageException">The variable holds no valid value; the message names it.</exception>
    public abstract void Check(ParseResult parsed, Shell shell);

    private protected TOption Describe<TOption>(TOption option) where TOption : Option
    {
        option.HelpName = ValueName;
        option.Description = Description;
        if (ShortName is not null) option.Aliases.Add(ShortName);
        return option;
    }
}

/// <summary>A setting with one value.</summary>
/// <param name="read">Turns what was typed into a value; a <see cref="FormatException"/> says what is valid.</param>
/// <param name="fallback">The value when neither the command line nor the environment gives one.</param>
sealed class Setting<T>(Func<string, T> read, T fallback) : Setting
{
    Option<string>? _option;

    /// <inheritdoc/>
    public override Option Option => _option ??= Describe(new Option<string>(Name));

    /// <summary>The value, and where it comes from: the option, the variable, or null for the fallback.</summary>
    /// <exception cref="UsageException">It is not valid; the message names its source.</exception>
    public (T Value, string? Source) Resolve(ParseResult parsed, Shell shell)
    {
        if (OnCommandLine(parsed)) return (Read(parsed.GetValue((Option<string>)Option) ?? "", Name), Name);
        return shell.Variable(Variable) is { } text ? (Read(text, Variable), Variable) : (fallback, null);
    }

    /// <inheritdoc/>
    public override void Check(ParseResult parsed, Shell shell) => Resolve(parsed, shell);

    T Read(string text, string source)
    {
        try
        {
            return read(text);
        }
        catch (FormatException e)
        {
            throw new UsageException($"{source}: {e.Message}");
        }
    }
}

/// <summary>A setting that is there or not. In the environment: 1, true, yes, on or 0, false, no, off.</summary>
sealed class Flag : Setting
{
    Option<bool>? _option;

    /// <inheritdoc/>
    public override Option Option => _option ??= Describe(new Option<bool>(Name)
    {
        // With an optional value "--chat true" would swallow a text that happens to be "true".
        Arity = ArgumentArity.Zero,
    });

    /// <summary>Whether it is set.</summary>
    /// <exception cref="UsageException">The variable holds something else than a truth value.</exception>
    public bool IsSet(ParseResult parsed, Shell shell)
    {
        if (OnCommandLine(parsed)) return true;
        return shell.Variable(Variable)?.ToLowerInvariant() switch
        {
            null or "0" or "false" or "no" or "off" => false,
            "1" or "true" or "yes" or "on" => true,
            var other => throw new UsageException(
                $"{Variable}: '{other}' is neither yes nor no; use 1 or 0, or unset the variable."),
        };
    }

    /// <inheritdoc/>
    public override void Check(ParseResult parsed, Shell shell) => IsSet(parsed, shell);
}

/// <summary>
/// A setting that may be given several times. In the environment the values are separated like the
/// folders of PATH.
/// </summary>
/// <param name="read">As in <see cref="Setting{T}"/>.</param>
sealed class RepeatedSetting<T>(Func<string, T> read) : Setting
{
    Option<string[]>? _option;

    /// <inheritdoc/>
    public override Option Option => _option ??= Describe(new Option<string[]>(Name)
    {
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
    });

    /// <summary>The values in the order given; empty when there are none.</summary>
    /// <exception cref="UsageException">One is not valid; the message names its source.</exception>
    public IReadOnlyList<T> Values(ParseResult parsed, Shell shell)
    {
        var source = Name;
        var texts = OnCommandLine(parsed) ? parsed.GetValue((Option<string[]>)Option) : null;
        if (texts is null && shell.Variable(Variable) is { } variable)
        {
            source = Variable;
            texts = variable.Split(System.IO.Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        }

        var values = new List<T>();
        foreach (var text in texts ?? [])
        {
            try
            {
                values.Add(read(text));
            }
            catch (FormatException e)
            {
                throw new UsageException($"{source}: {e.Message}");
            }
        }

        return values;
    }

    /// <inheritdoc/>
    public override void Check(ParseResult parsed, Shell shell) => Values(parsed, shell);
}
