using System.Collections.Generic;
using System.Text;

namespace Muninn.Engine.Text.Patterns;

/// <summary>Simple case folding, for patterns that ignore case.</summary>
static class CaseFolding
{
    /// <summary>Adds the other cases of every character in the ranges.</summary>
    /// <remarks>U+017F folds to s and U+212A to k, which plain upper and lower case do not show.</remarks>
    public static void AddCases(List<(int First, int Last)> ranges)
    {
        var given = ranges.ToArray();
        foreach (var (first, last) in given)
        {
            for (var c = first; c <= last && c <= 0x1FFFF; c++)
            {
                if (!Rune.TryCreate(c, out var rune))
                    continue;
                var upper = Rune.ToUpperInvariant(rune).Value;
                var lower = Rune.ToLowerInvariant(rune).Value;
                if (upper != c)
                    ranges.Add((upper, upper));
                if (lower != c)
                    ranges.Add((lower, lower));
                if (c is 's' or 'S')
                    ranges.Add((0x017F, 0x017F));
                if (c is 'k' or 'K')
                    ranges.Add((0x212A, 0x212A));
            }
        }
    }
}
