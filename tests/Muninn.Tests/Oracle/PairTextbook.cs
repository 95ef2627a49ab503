using System.Collections.Generic;
using System.Linq;

namespace Muninn.Tests.Oracle;

/// <summary>Byte-pair encoding learnt as the definition says: every pair of every word is counted anew each time.</summary>
static class PairTextbook
{
    /// <summary>The joined pairs in their order.</summary>
    /// <param name="words">Words in letters, and how often they occur.</param>
    /// <param name="letters">All letters in the order of their ids.</param>
    /// <param name="most">Most tokens that are learnt.</param>
    /// <param name="leastCount">Least number of times a pair must occur.</param>
    public static List<(string Left, string Right)> Merges(IEnumerable<(string Word, long Count)> words, string[] letters, int most, long leastCount)
    {
        List<string> tokens = [.. letters];
        var rows = words.Select(word => (Symbols: word.Word.Select(letter => letter.ToString()).ToList(), word.Count)).ToList();
        var merges = new List<(string Left, string Right)>();
        while (tokens.Count < letters.Length + most)
        {
            var counts = new Dictionary<(string Left, string Right), long>();
            foreach (var (symbols, count) in rows)
                for (int i = 0; i + 1 < symbols.Count; i++)
                    counts[(symbols[i], symbols[i + 1])] = counts.GetValueOrDefault((symbols[i], symbols[i + 1])) + count;
            var ordered = counts.OrderByDescending(pair => pair.Value).ThenBy(pair => tokens.IndexOf(pair.Key.Left)).ThenBy(pair => tokens.IndexOf(pair.Key.Right));
            if (ordered.FirstOrDefault() is not { Value: > 0 } best || best.Value < leastCount) break;
            var (left, right) = best.Key;
            merges.Add((left, right));
            if (!tokens.Contains(left + right)) tokens.Add(left + right);
            foreach (var (symbols, _) in rows)
            {
                for (int i = 0; i + 1 < symbols.Count; i++)
                {
                    if (symbols[i] != left || symbols[i + 1] != right) continue;
                    symbols[i] = left + right;
                    symbols.RemoveAt(i + 1);
                }
            }
        }

        return merges;
    }
}
