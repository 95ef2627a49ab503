using System;
using System.Collections.Generic;

namespace Muninn.Cli.Frame;

/// <summary>Finds what a mistyped word was probably meant to be.</summary>
static class Suggestion
{
    /// <summary>
    /// The candidate with the fewest edits (insert, delete, replace, swap neighbours) from
    /// <paramref name="word"/>, or null when none is within a third of its length, at least two.
    /// </summary>
    /// <param name="word">What was typed.</param>
    /// <param name="candidates">What is valid; the first of equally near ones wins.</param>
    public static string? Nearest(string word, IEnumerable<string> candidates)
    {
        string? best = null;
        int bestEdits = Math.Max(2, word.Length / 3) + 1;
        foreach (var candidate in candidates)
        {
            // A beginning of the word is the commonest abbreviation.
            int edits = word.TrimStart('-').Length >= 3 && candidate.StartsWith(word, StringComparison.Ordinal)
                ? 1
                : Edits(word, candidate);
            if (edits < bestEdits) (best, bestEdits) = (candidate, edits);
        }

        return best;
    }

    /// <summary>The end of a sentence: "; did you mean X?" or a full stop.</summary>
    public static string Phrase(string word, IEnumerable<string> candidates) =>
        Nearest(word, candidates) is { } nearest ? $"; did you mean {nearest}?" : ".";

    static int Edits(string a, string b)
    {
        // Optimal string alignment: three rows of the table are enough.
        var beforeLast = new int[b.Length + 1];
        var last = new int[b.Length + 1];
        var row = new int[b.Length + 1];
        for (int j = 0; j <= b.Length; j++) last[j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                row[j] = Math.Min(replaced, Math.Min(last[j], row[j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    row[j] = Math.Min(row[j], beforeLast[j - 2] + 1);
            }

            (beforeLast, last, row) = (last, row, beforeLast);
        }

        return last[b.Length];
    }
}
