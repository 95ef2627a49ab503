using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace Muninn.Microscope.Measures.Lenses;

/// <summary>Reads a <see cref="LensTable"/> in words, from the numbers alone.</summary>
public static class LensFindings
{
    /// <summary>Tokens named in one sentence.</summary>
    const int NamesMax = 5;

    /// <summary>A lead of the likeliest token below this, in nats, is a toss-up: the second has more than nine tenths of its probability.</summary>
    internal const double MarginMin = 0.1;

    /// <summary>The findings, the most important first.</summary>
    /// <param name="table">The measure.</param>
    /// <param name="labels">Display text of each token of the prompt, <c>[T]</c>.</param>
    public static IReadOnlyList<Finding> Describe(LensTable table, IReadOnlyList<string> labels)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(labels);
        if (labels.Count != table.Positions)
            throw new ArgumentException($"There are {labels.Count} labels for {table.Positions} tokens; give one for each.", nameof(labels));
        Finding?[] findings = [NotFinite(table, labels), Commitment(table, labels), Settling(table, labels), Late(table, labels), TossUps(table, labels)];
        return [.. findings.OfType<Finding>()];
    }

    static Finding? NotFinite(LensTable table, IReadOnlyList<string> labels)
    {
        int? First(int t)
        {
            int reading = Enumerable.Range(0, table.Readings).FirstOrDefault(m => table.Likeliest(m, t) == LensTable.NoToken, -1);
            return reading < 0 ? null : table.Iterations[reading];
        }

        int[] lost = Where(table, t => First(t) is not null);
        return lost.Length == 0 ? null : new Finding(FindingKind.LostLogits,
            $"{Count(lost.Length)} logits that are not finite, first at iteration {lost.Min(First)}: {Names(lost, labels)}. Nothing can be read there.", lost);
    }

    static Finding? Commitment(LensTable table, IReadOnlyList<string> labels)
    {
        int[] known = Where(table, t => table.Commit[t] is not null);
        if (known.Length == 0)
            return null;
        int[] ordered = [.. known.OrderBy(t => table.Commit[t]).ThenBy(static t => t)];
        var (first, last) = (ordered[0], ordered[^1]);
        var median = Statistics.Median(known.Select(t => (double)table.Commit[t]!.Value));
        string spread = table.Commit[first] == table.Commit[last] ? "" :
            $" {Earliest(table, known, first, labels)} at {table.Commit[first]}, the last {Name(last, labels)} at {table.Commit[last]}.";
        return new Finding(FindingKind.Commitment, string.Create(CultureInfo.InvariantCulture,
            $"The likeliest next token no longer changes from iteration {median} on (median of {known.Length}; read at {States(table)} iterations up to {table.Settings.Horizon}).")
            + spread, []);
    }

    /// <summary>Many tokens may be the first.</summary>
    static string Earliest(LensTable table, int[] known, int first, IReadOnlyList<string> labels)
    {
        int together = known.Count(t => table.Commit[t] == table.Commit[first]);
        return together == 1 ? $"The first is {Name(first, labels)}" : $"The first are {together} tokens";
    }

    static Finding? Settling(LensTable table, IReadOnlyList<string> labels)
    {
        int[] known = Where(table, t => table.Settled[t] is not null);
        if (known.Length == 0)
            return null;
        var median = Statistics.Median(known.Select(t => (double)table.Settled[t]!.Value));
        int[] after = [.. known.Where(t => table.Settled[t] > table.Commit[t])];
        int slowest = known.MaxBy(t => table.Settled[t]);
        return new Finding(FindingKind.Settling, string.Create(CultureInfo.InvariantCulture,
            $"The whole distribution stays within {table.Settings.DivergenceBound} nats of the end from iteration {median} on (median), for {Name(slowest, labels)} from {table.Settled[slowest]}; ")
            + $"{after.Length} of {known.Length} tokens settle only after their answer stands.", []);
    }

    static Finding? Late(LensTable table, IReadOnlyList<string> labels)
    {
        int horizon = table.Settings.Horizon;
        int[] late = Where(table, t => horizon > 0 && table.Commit[t] > horizon / 2);
        return late.Length == 0 ? null : new Finding(FindingKind.LateAnswer,
            $"{late.Length} of {table.Positions} answers still changed in the second half of the run ({Names(late, labels)}): " +
            $"that {(late.Length == 1 ? "it is" : "they are")} final at {horizon} cannot be told from this run; raise the horizon.", late);
    }

    static Finding? TossUps(LensTable table, IReadOnlyList<string> labels)
    {
        int[] close = Where(table, t => table.FinalMargin[t] < MarginMin);
        return close.Length == 0 ? null : new Finding(FindingKind.Margin,
            string.Create(CultureInfo.InvariantCulture,
                $"At the end the likeliest token leads the second by less than {MarginMin} nats at {close.Length} of {table.Positions} tokens (")
            + $"{Names(close, labels)}): which of the two is ahead says little there.", close);
    }

    static int States(LensTable table) => table.Blocks.Count(static block => block == LensTable.State);

    static int[] Where(LensTable table, Func<int, bool> holds) => [.. Enumerable.Range(0, table.Positions).Where(holds)];

    static string Name(int t, IReadOnlyList<string> labels) => $"“{labels[t]}” (position {t})";

    static string Names(int[] positions, IReadOnlyList<string> labels) =>
        string.Join(", ", positions.Take(NamesMax).Select(t => Name(t, labels)))
        + (positions.Length > NamesMax ? $" and {positions.Length - NamesMax} more" : "");

    static string Count(int count) => count == 1 ? "1 token has" : $"{count} tokens have";
}
