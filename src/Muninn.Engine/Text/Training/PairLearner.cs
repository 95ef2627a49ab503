using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;

namespace Muninn.Engine.Text.Training;

/// <summary>Byte-pair encoding, learnt: the pair that occurs most often becomes a token, and again, until there are enough.</summary>
/// <remarks>
/// A pair's count is how often its two tokens stand beside each other, overlaps included, in all pieces, times how often each piece
/// occurs. Of pairs with one count the one with the smaller id on the left comes first, then the one with the smaller id on the right; ids
/// are bytes, then tokens in the order in which they were learnt. So the result is a function of the counts alone. A pair that spells a
/// token that is there already joins to it. After each join only the pairs around it are counted anew (Sennrich et al., 2016; the
/// bookkeeping is that of every fast trainer).
/// </remarks>
sealed class PairLearner
{
    const int ByteCount = 256;

    readonly List<string> _names = [];
    readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    readonly HashSet<string> _reserved;
    readonly List<(int Left, int Right)> _merges = [];

    // All pieces one behind another; a piece becomes shorter in its place.
    readonly int[] _symbols;
    readonly int[] _starts;
    readonly int[] _lengths;
    readonly long[] _counts;
    readonly long _singleLetters;
    readonly Dictionary<long, Pair> _pairs = [];
    readonly PriorityQueue<(long Key, long Count), (long Count, long Key)> _queue = new(Comparer<(long Count, long Key)>.Create(
        static (a, b) => a.Count != b.Count ? b.Count.CompareTo(a.Count) : a.Key.CompareTo(b.Key)));

    /// <summary>Pieces to learn from.</summary>
    /// <param name="counts">Pieces in letters of bytes, and how often each occurs.</param>
    /// <param name="reserved">Names that no learnt token may have.</param>
    public PairLearner(IReadOnlyDictionary<string, long> counts, IEnumerable<string> reserved)
    {
        _reserved = new(reserved, StringComparer.Ordinal);
        for (int value = 0; value < ByteCount; value++)
            AddToken(ByteAlphabet.LetterOf((byte)value).ToString());
        // A piece of one letter has no pair.
        _singleLetters = counts.Where(static entry => entry.Key.Length == 1).Sum(static entry => entry.Value);
        var pieces = counts.Where(static entry => entry.Key.Length > 1).ToList();
        _symbols = new int[pieces.Sum(static entry => entry.Key.Length)];
        _starts = new int[pieces.Count];
        _lengths = new int[pieces.Count];
        _counts = new long[pieces.Count];
        int at = 0;
        for (int piece = 0; piece < pieces.Count; piece++)
        {
            var (letters, count) = pieces[piece];
            (_starts[piece], _lengths[piece], _counts[piece]) = (at, letters.Length, count);
            foreach (char letter in letters)
                _symbols[at++] = _ids[letter.ToString()];
        }
    }

    /// <summary>Names of all tokens, in letters of bytes; the id is the place.</summary>
    public IReadOnlyList<string> Names => _names;

    /// <summary>The pairs in the order in which they were learnt.</summary>
    public IReadOnlyList<(int Left, int Right)> Merges => _merges;

    /// <summary>How many tokens all the pieces are by now.</summary>
    public long TokenCount => _singleLetters + _counts.Zip(_lengths, static (count, length) => count * length).Sum();

    /// <summary>Learns tokens.</summary>
    /// <param name="most">At most so many; fewer where no pair is left.</param>
    /// <param name="leastCount">A pair that occurs less often is not learnt.</param>
    /// <param name="learnt">Told how many tokens there are after each.</param>
    /// <param name="stopping">Ends the work.</param>
    public void Learn(int most, long leastCount, Action<int>? learnt, CancellationToken stopping)
    {
        CountAll();
        foreach (var (key, pair) in _pairs)
            Offer(key, pair);
        while (_names.Count < ByteCount + most && _queue.TryDequeue(out var best, out _))
        {
            stopping.ThrowIfCancellationRequested();
            if (!_pairs.TryGetValue(best.Key, out var pair)) continue;
            // Counts change while pairs wait: the queue is told of more at once, of less here.
            if (pair.Count != best.Count)
            {
                if (pair.Count < best.Count) Offer(best.Key, pair);
                continue;
            }

            if (pair.Count < leastCount) break;
            var (left, right) = Parts(best.Key);
            string name = _names[left] + _names[right];
            if (_reserved.Contains(name)) continue;
            _merges.Add((left, right));
            Join(pair.Pieces, best.Key, AddToken(name));
            learnt?.Invoke(_names.Count - ByteCount);
        }
    }

    int AddToken(string name)
    {
        if (_ids.TryGetValue(name, out int id)) return id;
        _ids.Add(name, _names.Count);
        _names.Add(name);
        return _names.Count - 1;
    }

    void CountAll()
    {
        for (int piece = 0; piece < _starts.Length; piece++)
        {
            var symbols = _symbols.AsSpan(_starts[piece], _lengths[piece]);
            for (int i = 0; i + 1 < symbols.Length; i++)
                Change(Key(symbols[i], symbols[i + 1]), _counts[piece], piece);
        }
    }

    void Join(List<int> pieces, long key, int joined)
    {
        var (left, right) = Parts(key);
        var grown = new HashSet<long>();
        foreach (int piece in pieces)
            JoinIn(piece, left, right, joined, grown);
        // What is left of the pair itself counts nothing any more.
        _pairs.Remove(key);
        foreach (long other in grown)
            Offer(other, _pairs[other]);
    }

    /// <summary>Joins the two wherever they stand in a piece, from left to right, and counts the pairs around anew.</summary>
    void JoinIn(int piece, int left, int right, int joined, HashSet<long> grown)
    {
        var symbols = _symbols.AsSpan(_starts[piece], _lengths[piece]);
        long count = _counts[piece];
        int length = 0;
        int behindLast = 0;
        for (int read = 0; read < symbols.Length;)
        {
            if (!IsPair(symbols, read, left, right))
            {
                symbols[length++] = symbols[read++];
                continue;
            }

            // Gone: the pair with what is before, which a join right before has taken away already; the pair itself; the one with what is behind.
            if (read > behindLast) Change(Key(symbols[length - 1], left), -count, piece);
            Change(Key(left, right), -count, piece);
            if (read + 2 < symbols.Length) Change(Key(right, symbols[read + 2]), -count, piece);
            // New: the pair with what is before, and the one with what is behind, which a join right behind adds itself.
            if (length > 0) Grow(Key(symbols[length - 1], joined), count, piece, grown);
            symbols[length++] = joined;
            read += 2;
            behindLast = read;
            if (read < symbols.Length && !IsPair(symbols, read, left, right)) Grow(Key(joined, symbols[read]), count, piece, grown);
        }

        _lengths[piece] = length;
    }

    static bool IsPair(ReadOnlySpan<int> symbols, int at, int left, int right) =>
        at + 1 < symbols.Length && symbols[at] == left && symbols[at + 1] == right;

    void Grow(long key, long count, int piece, HashSet<long> grown)
    {
        Change(key, count, piece);
        grown.Add(key);
    }

    void Change(long key, long count, int piece)
    {
        if (!_pairs.TryGetValue(key, out var pair))
            _pairs.Add(key, pair = new Pair());
        pair.Count += count;
        if (count > 0 && (pair.Pieces.Count == 0 || pair.Pieces[^1] != piece))
            pair.Pieces.Add(piece);
    }

    void Offer(long key, Pair pair)
    {
        if (pair.Count > 0) _queue.Enqueue((key, pair.Count), (pair.Count, key));
    }

    static long Key(int left, int right) => (long)left << 32 | (uint)right;

    static (int Left, int Right) Parts(long key) => ((int)(key >> 32), (int)key);

    /// <summary>Two tokens beside each other: how often, and in which pieces; some of those may have lost it since.</summary>
    sealed class Pair
    {
        public long Count;
        public List<int> Pieces = [];
    }
}
