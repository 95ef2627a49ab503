using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Muninn.Microscope.Measures;

namespace Muninn.Microscope.Interventions;

/// <summary>Says what an <see cref="InterventionEffect"/> shows, from its numbers alone.</summary>
public static class InterventionFindings
{
    /// <summary>Tokens named in one sentence.</summary>
    const int NamesMax = 5;

    /// <summary>The findings: states, distributions.</summary>
    /// <param name="effect">What the edits did.</param>
    /// <param name="labels">Display text of each token, <c>[positions]</c>.</param>
    public static IReadOnlyList<Finding> Describe(InterventionEffect effect, IReadOnlyList<string> labels)
    {
        ArgumentNullException.ThrowIfNull(effect);
        ArgumentNullException.ThrowIfNull(labels);
        return [States(effect, labels), Distributions(effect, labels)];
    }

    static Finding States(InterventionEffect effect, IReadOnlyList<string> labels)
    {
        var byVerdict = Enumerable.Range(0, effect.Positions).ToLookup(effect.VerdictOf);
        var parts = new List<string>();
        string share = effect.Settings.Tolerance.ToString("R", CultureInfo.InvariantCulture);
        Add(ReturnVerdict.Untouched, "the same to the bit at every iteration");
        int rounding = byVerdict[ReturnVerdict.Returned].Count(effect.EndsWithinRounding);
        Add(ReturnVerdict.Returned, $"back where the unedited run ends, within {share} of the norm there, {rounding} of them within rounding");
        Add(ReturnVerdict.Elsewhere, "at rest elsewhere");
        Add(ReturnVerdict.Undecided, "away from it and still moving, or compared with a state that moves; more iterations would tell");
        Add(ReturnVerdict.NotFinite, "not finite");
        string text = $"Of {effect.Positions} {(effect.Positions == 1 ? "state" : "states")}: {string.Join("; ", parts)}.";
        if (effect.ActsToTheEnd)
            text += " The edits act up to the last iteration: where these states end belongs to the edited model.";
        return new Finding(FindingKind.Intervention, text, [.. byVerdict[ReturnVerdict.Elsewhere]]);

        void Add(ReturnVerdict verdict, string words)
        {
            int[] positions = [.. byVerdict[verdict]];
            if (positions.Length == 0)
                return;
            bool isNamed = verdict is not (ReturnVerdict.Untouched or ReturnVerdict.Returned) && positions.Length <= NamesMax;
            string names = isNamed ? $" ({string.Join(", ", positions.Select(position => NameOf(position, labels)))})" : "";
            parts.Add($"{positions.Length} {words}{names}");
        }
    }

    static Finding Distributions(InterventionEffect effect, IReadOnlyList<string> labels)
    {
        int most = effect.MostDiverged;
        if (double.IsNaN(effect.Shifts[most].Divergence))
            return new Finding(FindingKind.Intervention, $"Logits at {NameOf(most, labels)} are not finite: nothing can be said of the next token.", [most]);
        int[] changed = [.. Enumerable.Range(0, effect.Positions).Where(t => effect.Shifts[t].Before != effect.Shifts[t].After)];
        string change = changed.Length == 0 ? "behind no token" : $"behind {changed.Length} of {effect.Positions}";
        string text = effect.Shifts[most].Divergence > 0
            ? $"The distribution of the next token diverges by {Text(effect.DivergenceMean)} nats on average, most behind {NameOf(most, labels)}, by " +
                $"{Text(effect.Shifts[most].Divergence)}; the likeliest one changes {change}."
            : "No distribution of the next token differs.";
        return new Finding(FindingKind.Intervention, text, changed);
    }

    static string NameOf(int position, IReadOnlyList<string> labels) => $"{position} “{labels[position]}”";

    static string Text(double value) => value.ToString("0.0e0", CultureInfo.InvariantCulture);
}
