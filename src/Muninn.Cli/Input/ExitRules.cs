using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Muninn.Cli.Frame;
using Muninn.Engine.Recurrence;

namespace Muninn.Cli.Input;

/// <summary>
/// Exit rules as they are typed: <c>NAME</c>, <c>NAME:THRESHOLD</c> or, for rules that run the coda,
/// <c>NAME:THRESHOLD/INTERVAL</c>; <c>kl:5e-4/4</c> runs it at every fourth iteration. Without a threshold the rule's own holds.
/// </summary>
static class ExitRules
{
    /// <summary>The word for no rule: every row runs to its limit.</summary>
    public const string Fixed = "fixed";

    const string StableToken = "stable-token";

    static readonly (string Name, ExitRule Standard, Func<double, ExitRule> At)[] _rules =
    [
        ("residual", new ResidualExit(), static value => new ResidualExit(value)),
        ("cosine", new CosineExit(), static value => new CosineExit(value)),
        ("acceleration", new AccelerationExit(), static value => new AccelerationExit(value)),
        ("contraction", new ContractionExit(), static value => new ContractionExit(value)),
        ("entropy", new EntropyExit(), static value => new EntropyExit(value)),
        ("kl", new DivergenceExit(), static value => new DivergenceExit(value)),
        ("minp-kl", new MinPDivergenceExit(), static value => new MinPDivergenceExit(value)),
        (StableToken, new StableTokenExit(), static value => new StableTokenExit((int)value)),
    ];

    /// <summary>The valid names, in the order in which help shows them.</summary>
    public static IReadOnlyList<string> Names { get; } = [Fixed, .. _rules.Select(static rule => rule.Name)];

    /// <summary>The rule of a text; null for <see cref="Fixed"/>.</summary>
    /// <param name="text">As typed.</param>
    /// <exception cref="FormatException">No such rule, or a threshold or interval that it cannot have.</exception>
    public static ExitRule? Parse(string text)
    {
        var (rest, interval) = Split(text, '/');
        var (name, threshold) = Split(rest, ':');
        if (name == Fixed)
        {
            return threshold is null && interval is null
                ? null
                : throw new FormatException($"'{text}': {Fixed} takes neither a threshold nor an interval; give {Fixed} alone.");
        }

        var found = Array.Find(_rules, rule => rule.Name == name);
        if (found.Name is null)
        {
            // Every short name is near to nothing at all.
            var end = name.Length > 0 ? Suggestion.Phrase(name, Names) : ".";
            throw new FormatException($"'{name}' is no exit rule; give one of {string.Join(", ", Names)}{end}");
        }

        var rule = threshold is null ? found.Standard : found.At(ThresholdOf(name, threshold));
        if (interval is null) return rule;
        if (!rule.ReadsLogits)
            throw new FormatException($"'{text}': {name} reads states alone and never runs the coda; leave out /{interval}.");
        return rule with { CodaInterval = IntervalOf(interval) };
    }

    /// <summary>The name by which a rule is typed.</summary>
    public static string NameOf(ExitRule rule) => Array.Find(_rules, known => known.Standard.GetType() == rule.GetType()).Name;

    /// <summary>A rule as it is typed, with its threshold.</summary>
    public static string TextOf(ExitRule rule) => rule is { ReadsLogits: true, CodaInterval: > 1 }
        ? string.Create(CultureInfo.InvariantCulture, $"{NameOf(rule)}:{ThresholdTextOf(rule)}/{rule.CodaInterval}")
        : $"{NameOf(rule)}:{ThresholdTextOf(rule)}";

    /// <summary>A rule's threshold as it is typed.</summary>
    public static string ThresholdTextOf(ExitRule rule) => rule switch
    {
        ResidualExit r => NumberText(r.Threshold),
        CosineExit r => NumberText(r.Threshold),
        AccelerationExit r => NumberText(r.Threshold),
        ContractionExit r => NumberText(r.Threshold),
        EntropyExit r => NumberText(r.Threshold),
        DivergenceExit r => NumberText(r.Threshold),
        MinPDivergenceExit r => NumberText(r.Threshold),
        StableTokenExit r => r.Count.ToString(CultureInfo.InvariantCulture),
        _ => throw new ArgumentException($"{rule.GetType().Name} has no name.", nameof(rule)),
    };

    static string NumberText(double value) =>
        value.ToString(value < 1e-3 ? "0.###############e-0" : "R", CultureInfo.InvariantCulture);

    static (string Before, string? After) Split(string text, char separator)
    {
        int index = text.IndexOf(separator, StringComparison.Ordinal);
        return index < 0 ? (text, null) : (text[..index], text[(index + 1)..]);
    }

    static double ThresholdOf(string name, string text)
    {
        if (name == StableToken)
        {
            return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count >= 1
                ? count
                : throw new FormatException($"'{text}' is no count for {name}; give a whole number from 1, such as {StableTokenExit.DefaultCount}.");
        }

        return double.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out double value)
            && value > 0 && double.IsFinite(value)
            ? value
            : throw new FormatException($"'{text}' is no threshold for {name}; give a number above 0, such as 0.001 or 1e-3.");
    }

    static int IntervalOf(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int interval) && interval >= 1
            ? interval
            : throw new FormatException($"'{text}' is no coda interval; give a whole number of iterations from 1, such as 4.");
}
