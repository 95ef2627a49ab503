using System;
using System.Collections.Generic;

namespace Muninn.Microscope.Measures.Comparisons;

/// <summary>
/// Tokens of two prompts that stand for each other: the longest common subsequence of their ids, in order. Of several as long,
/// the one whose pairs come earliest on the left.
/// </summary>
public sealed class TokenAlignment
{
    TokenAlignment(int[] left, int[] right)
    {
        Left = left;
        Right = right;
    }

    /// <summary>Positions in the left prompt, <c>[pairs]</c>, ascending.</summary>
    public int[] Left { get; }

    /// <summary>The position in the right prompt that stands for each, <c>[pairs]</c>, ascending.</summary>
    public int[] Right { get; }

    /// <summary>How many pairs.</summary>
    public int Count => Left.Length;

    /// <summary>Aligns two prompts by their tokens.</summary>
    /// <param name="left">Token ids, at least one.</param>
    /// <param name="right">Token ids of the same tokenizer, at least one.</param>
    /// <remarks>Time and memory grow with the product of the lengths between their common beginning and end: 64 MB for two contexts of 4096.</remarks>
    public static TokenAlignment Of(ReadOnlySpan<int> left, ReadOnlySpan<int> right)
    {
        int start = left.CommonPrefixLength(right);
        int end = 0;
        while (end < Math.Min(left.Length, right.Length) - start && left[^(end + 1)] == right[^(end + 1)])
            end++;
        var pairs = new List<(int Left, int Right)>();
        for (int i = 0; i < start; i++)
            pairs.Add((i, i));
        Between(left[start..^end], right[start..^end], start, pairs);
        for (int i = end; i > 0; i--)
            pairs.Add((left.Length - i, right.Length - i));
        return new TokenAlignment([.. pairs.ConvertAll(pair => pair.Left)], [.. pairs.ConvertAll(pair => pair.Right)]);
    }

    /// <summary>Pairs every position with the same position, as far as the shorter prompt goes.</summary>
    /// <param name="left">Positions on the left.</param>
    /// <param name="right">Positions on the right.</param>
    public static TokenAlignment ByPosition(int left, int right)
    {
        int[] positions = new int[Math.Min(left, right)];
        for (int i = 0; i < positions.Length; i++)
            positions[i] = i;
        return new TokenAlignment(positions, positions);
    }

    static void Between(ReadOnlySpan<int> left, ReadOnlySpan<int> right, int start, List<(int Left, int Right)> pairs)
    {
        if (left.IsEmpty || right.IsEmpty)
            return;
        // longest[i, j]: pairs that left[i..] and right[j..] have in common.
        int columns = right.Length + 1;
        var longest = new int[checked((left.Length + 1) * columns)];
        for (int i = left.Length - 1; i >= 0; i--)
        {
            for (int j = right.Length - 1; j >= 0; j--)
            {
                longest[i * columns + j] = left[i] == right[j]
                    ? longest[(i + 1) * columns + j + 1] + 1
                    : Math.Max(longest[(i + 1) * columns + j], longest[i * columns + j + 1]);
            }
        }

        for (int i = 0, j = 0; i < left.Length && j < right.Length;)
        {
            if (left[i] == right[j])
                pairs.Add((start + i++, start + j++));
            else if (longest[(i + 1) * columns + j] > longest[i * columns + j + 1])
                i++;
            else
                j++;
        }
    }
}
