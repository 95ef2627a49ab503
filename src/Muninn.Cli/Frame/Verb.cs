using System.Collections.Generic;
using System.CommandLine;

namespace Muninn.Cli.Frame;

/// <summary>Settings that stand together on the help page.</summary>
/// <param name="Title">The heading.</param>
/// <param name="Settings">In the order shown.</param>
sealed record SettingGroup(string Title, IReadOnlyList<Setting> Settings);

/// <summary>What may follow a command without an option name.</summary>
/// <param name="Name">As shown in the usage line, e.g. <c>TEXT</c>.</param>
/// <param name="Description">For the help page.</param>
/// <param name="Least">Fewest words.</param>
/// <param name="Most">Most words.</param>
/// <param name="Choices">The valid words, or empty.</param>
sealed record Positional(string Name, string Description, int Least, int Most, params IReadOnlyList<string> Choices);

/// <summary>One command: its words, its settings, its work.</summary>
abstract class Verb
{
    /// <summary>The words that call it, e.g. <c>models list</c>.</summary>
    public abstract string Name { get; }

    /// <summary>One line for the overview.</summary>
    public abstract string Summary { get; }

    /// <summary>The paragraphs under the usage line.</summary>
    public virtual string Description => Summary;

    /// <summary>Command lines worth copying, each with its purpose.</summary>
    public virtual IReadOnlyList<(string Purpose, string Line)> Examples => [];

    /// <summary>What follows without an option name, or null.</summary>
    public virtual Positional? Positional => null;

    /// <summary>The options.</summary>
    public virtual IReadOnlyList<SettingGroup> Groups => [];

    /// <summary>Whether it runs though a MUNINN_… variable is the twin of no option.</summary>
    public virtual bool ToleratesUnknownVariables => false;

    /// <summary>Whether it computes nothing and so runs on any processor; the others need what <c>ProcessorFloor</c> names.</summary>
    public virtual bool RunsAnywhere => false;

    /// <summary>Does the work.</summary>
    /// <returns>The exit code.</returns>
    public abstract int Run(Invocation invocation);

    /// <summary>The usage line.</summary>
    public string Usage
    {
        get
        {
            var line = "muninn " + Name;
            if (Positional is { } words)
            {
                var name = words.Most > 1 ? words.Name + " ..." : words.Name;
                line += words.Least == 0 ? $" [{name}]" : " " + name;
            }

            return Groups.Count > 0 ? line + " [options]" : line;
        }
    }

    /// <summary>All settings of all groups.</summary>
    public IEnumerable<Setting> Settings
    {
        get
        {
            foreach (var group in Groups)
            {
                foreach (var setting in group.Settings) yield return setting;
            }
        }
    }
}

/// <summary>A verb called from a command line.</summary>
/// <param name="verb">What is called.</param>
/// <param name="parsed">Its options, free of errors.</param>
/// <param name="words">The words without an option name.</param>
/// <param name="shell">Where it is called.</param>
sealed class Invocation(Verb verb, ParseResult parsed, IReadOnlyList<string> words, Shell shell)
{
    /// <summary>What is called.</summary>
    public Verb Verb => verb;

    /// <summary>Where it is called.</summary>
    public Shell Shell => shell;

    /// <summary>The words without an option name.</summary>
    public IReadOnlyList<string> Words => words;

    /// <summary>The value of <paramref name="setting"/>.</summary>
    public T Value<T>(Setting<T> setting) => setting.Resolve(parsed, shell).Value;

    /// <summary>The value of <paramref name="setting"/> with the option or variable it comes from.</summary>
    public (T Value, string? Source) Resolve<T>(Setting<T> setting) => setting.Resolve(parsed, shell);

    /// <summary>The values of <paramref name="setting"/>.</summary>
    public IReadOnlyList<T> Values<T>(RepeatedSetting<T> setting) => setting.Values(parsed, shell);

    /// <summary>Whether <paramref name="flag"/> is set.</summary>
    public bool IsSet(Flag flag) => flag.IsSet(parsed, shell);

    /// <summary>Whether <paramref name="setting"/> stands on the command line itself.</summary>
    public bool IsTyped(Setting setting) => setting.OnCommandLine(parsed);
}
