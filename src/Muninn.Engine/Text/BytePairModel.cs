using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Text;

namespace Muninn.Engine.Text;

/// <summary>What happens to characters that no token spells.</summary>
/// <param name="Bytes">Whether they are spelled as <c>&lt;0xE2&gt;</c> tokens where the vocabulary has those.</param>
/// <param name="Token">The id that stands for them otherwise; null drops them.</param>
/// <param name="Fused">Whether a row of them is one such token.</param>
readonly record struct UnknownRule(bool Bytes, int? Token, bool Fused);

/// <summary>Byte-pair encoding of one piece: the pair that was learnt first is joined first.</summary>
/// <remarks>O(n log n) in the length of a piece: the pairs wait in a queue, the symbols in a linked list.</remarks>
sealed class BytePairModel
{
    const int MaxRemembered = 16_384;
    const int MaxRememberedLength = 128;

    readonly Dictionary<string, int> _vocabulary;
    readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    readonly Dictionary<(int Left, int Right), Merge> _merges;
    readonly UnknownRule _unknown;
    readonly bool _wholePiecesFirst;
    readonly ConcurrentDictionary<string, int[]> _remembered = new(StringComparer.Ordinal);
    readonly ConcurrentDictionary<string, int[]>.AlternateLookup<ReadOnlySpan<char>> _recall;
    int _rememberedCount;

    /// <summary>A model from its tables, which it keeps.</summary>
    /// <param name="vocabulary">Token names and ids.</param>
    /// <param name="merges">Pairs of ids, with their rank and the id of what they join to.</param>
    /// <param name="unknown">The rule for characters that no token spells.</param>
    /// <param name="wholePiecesFirst">Whether a piece that is a token is that token, whatever the merges say.</param>
    public BytePairModel(
        Dictionary<string, int> vocabulary,
        Dictionary<(int Left, int Right), Merge> merges,
        UnknownRule unknown,
        bool wholePiecesFirst)
    {
        _vocabulary = vocabulary;
        _merges = merges;
        _unknown = unknown;
        _wholePiecesFirst = wholePiecesFirst;
        _lookup = vocabulary.GetAlternateLookup<ReadOnlySpan<char>>();
        _recall = _remembered.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>Appends the ids of a piece.</summary>
    public void Encode(ReadOnlySpan<char> piece, List<int> destination)
    {
        if (_recall.TryGetValue(piece, out var known))
        {
            destination.AddRange(known);
            return;
        }

        var first = destination.Count;
        if (_wholePiecesFirst && _lookup.TryGetValue(piece, out var whole))
            destination.Add(whole);
        else
            Join(Spell(piece), destination);
        if (piece.Length > MaxRememberedLength || _rememberedCount >= MaxRemembered)
            return;
        _rememberedCount++;
        _remembered.TryAdd(piece.ToString(), [.. destination[first..]]);
    }

    List<int> Spell(ReadOnlySpan<char> piece)
    {
        var ids = new List<int>(piece.Length);
        var pendingUnknown = false;
        Span<int> bytes = stackalloc int[4];
        foreach (var rune in piece.EnumerateRunes())
        {
            var letter = piece[..rune.Utf16SequenceLength];
            piece = piece[rune.Utf16SequenceLength..];
            var count = 0;
            if (_lookup.TryGetValue(letter, out var id))
                (bytes[0], count) = (id, 1);
            else if (_unknown.Bytes)
                count = SpellBytes(rune, bytes);
            if (count > 0 && pendingUnknown && _unknown.Token is { } before)
                ids.Add(before);
            if (count == 0 && pendingUnknown && !_unknown.Fused && _unknown.Token is { } previous)
                ids.Add(previous);
            pendingUnknown = count == 0;
            ids.AddRange(bytes[..count]);
        }

        if (pendingUnknown && _unknown.Token is { } last)
            ids.Add(last);
        return ids;
    }

    int SpellBytes(Rune rune, Span<int> destination)
    {
        Span<byte> utf8 = stackalloc byte[4];
        var count = rune.EncodeToUtf8(utf8);
        for (var i = 0; i < count; i++)
        {
            if (!_vocabulary.TryGetValue(ByteToken(utf8[i]), out destination[i]))
                return 0;
        }

        return count;
    }

    /// <summary>The name of the token that stands for a byte under byte fallback.</summary>
    public static string ByteToken(byte value) => FormattableString.Invariant($"<0x{value:X2}>");

    void Join(List<int> symbols, List<int> destination)
    {
        var ids = symbols.ToArray();
        var previous = new int[ids.Length];
        var next = new int[ids.Length];
        var queue = new PriorityQueue<(int At, int Joined), (int Rank, int At)>();
        for (var i = 0; i < ids.Length; i++)
        {
            previous[i] = i - 1;
            next[i] = i + 1 < ids.Length ? i + 1 : -1;
            Offer(ids, i, next[i], queue);
        }

        while (queue.TryDequeue(out var pair, out _))
        {
            var right = ids[pair.At] < 0 ? -1 : next[pair.At];
            // Pairs are not taken out of the queue when a neighbour joins elsewhere: they are found stale here.
            if (right < 0 || !_merges.TryGetValue((ids[pair.At], ids[right]), out var merge) || merge.Joined != pair.Joined)
                continue;
            ids[pair.At] = merge.Joined;
            ids[right] = -1;
            next[pair.At] = next[right];
            if (next[right] >= 0)
                previous[next[right]] = pair.At;
            Offer(ids, previous[pair.At], pair.At, queue);
            Offer(ids, pair.At, next[pair.At], queue);
        }

        foreach (var id in ids)
        {
            if (id >= 0)
                destination.Add(id);
        }
    }

    void Offer(int[] ids, int left, int right, PriorityQueue<(int At, int Joined), (int Rank, int At)> queue)
    {
        if (left >= 0 && right >= 0 && _merges.TryGetValue((ids[left], ids[right]), out var merge))
            queue.Enqueue((left, merge.Joined), (merge.Rank, left));
    }
}

/// <summary>A learnt join.</summary>
/// <param name="Rank">When it was learnt; the lowest goes first.</param>
/// <param name="Joined">The id of the two together.</param>
readonly record struct Merge(int Rank, int Joined);
