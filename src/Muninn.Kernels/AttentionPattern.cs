using System;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Muninn.Kernels;

/// <summary>
/// The softmax weights that <see cref="Attention"/> never holds, and attention by given weights: for looking at and for
/// changing. Plain loops on one thread; the weights agree with what attention used to a few units in the last place.
/// </summary>
public static unsafe class AttentionPattern
{
    /// <summary>w[r, head, p] = softmaxₚ(q · kₚ / √headWidth) over the places that row r sees in a store of float32; 0 beyond them.</summary>
    /// <param name="layout">How the store lies.</param>
    /// <param name="queryKeyValue">All query heads, all key heads, all value heads, <c>[rows, 3 · width]</c>; only queries are read.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="visible">What each row sees, without masks.</param>
    /// <param name="keys">Keys of the store.</param>
    /// <param name="places">Places of a row of weights, at least as many as any row sees.</param>
    /// <param name="weights">w, <c>[rows, heads, places]</c>, overwritten.</param>
    /// <exception cref="ArgumentException">A span is too short, a row sees nothing or too much, there are masks, or a table leaves the store.</exception>
    public static void Weigh(
        KeyValueLayout layout, ReadOnlySpan<float> queryKeyValue, int rows, in VisiblePlaces visible, ReadOnlySpan<float> keys, int places,
        Span<float> weights) =>
        Weigh<StoredFloat32, float>(layout, queryKeyValue, rows, visible, keys, places, weights);

    /// <summary>w[r, head, p] = softmaxₚ(q · kₚ / √headWidth) over the places that row r sees in a store of bfloat16; 0 beyond them.</summary>
    /// <param name="layout">How the store lies.</param>
    /// <param name="queryKeyValue">All query heads, all key heads, all value heads, <c>[rows, 3 · width]</c>; only queries are read.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="visible">What each row sees, without masks.</param>
    /// <param name="keys">Keys of the store.</param>
    /// <param name="places">Places of a row of weights, at least as many as any row sees.</param>
    /// <param name="weights">w, <c>[rows, heads, places]</c>, overwritten.</param>
    /// <exception cref="ArgumentException">A span is too short, a row sees nothing or too much, there are masks, or a table leaves the store.</exception>
    public static void Weigh(
        KeyValueLayout layout, ReadOnlySpan<float> queryKeyValue, int rows, in VisiblePlaces visible, ReadOnlySpan<ushort> keys, int places,
        Span<float> weights) =>
        Weigh<StoredBrainFloat16, ushort>(layout, queryKeyValue, rows, visible, keys, places, weights);

    /// <summary>y[r, head] = Σₚ w[r, head, p] vₚ from a store of float32, wherever w is not the same to the bit as <paramref name="before"/>.</summary>
    /// <param name="layout">How the store lies.</param>
    /// <param name="weights">w, <c>[rows, heads, places]</c>; any numbers where a row sees, 0 beyond.</param>
    /// <param name="before">Weights by which <paramref name="destination"/> was read, <c>[rows, heads, places]</c>.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="visible">What each row sees, without masks.</param>
    /// <param name="values">Values of the store.</param>
    /// <param name="places">Places of a row of weights.</param>
    /// <param name="destination">The heads side by side, <c>[rows, width]</c>; only heads whose weights differ are overwritten.</param>
    /// <exception cref="ArgumentException">A span is too short, a table leaves the store, or a row gives weight to a place that it does not see.</exception>
    public static void Read(
        KeyValueLayout layout, ReadOnlySpan<float> weights, ReadOnlySpan<float> before, int rows, in VisiblePlaces visible,
        ReadOnlySpan<float> values, int places, Span<float> destination) =>
        Read<StoredFloat32, float>(layout, weights, before, rows, visible, values, places, destination);

    /// <summary>y[r, head] = Σₚ w[r, head, p] vₚ from a store of bfloat16, wherever w is not the same to the bit as <paramref name="before"/>.</summary>
    /// <param name="layout">How the store lies.</param>
    /// <param name="weights">w, <c>[rows, heads, places]</c>; any numbers where a row sees, 0 beyond.</param>
    /// <param name="before">Weights by which <paramref name="destination"/> was read, <c>[rows, heads, places]</c>.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="visible">What each row sees, without masks.</param>
    /// <param name="values">Values of the store.</param>
    /// <param name="places">Places of a row of weights.</param>
    /// <param name="destination">The heads side by side, <c>[rows, width]</c>; only heads whose weights differ are overwritten.</param>
    /// <exception cref="ArgumentException">A span is too short, a table leaves the store, or a row gives weight to a place that it does not see.</exception>
    public static void Read(
        KeyValueLayout layout, ReadOnlySpan<float> weights, ReadOnlySpan<float> before, int rows, in VisiblePlaces visible,
        ReadOnlySpan<ushort> values, int places, Span<float> destination) =>
        Read<StoredBrainFloat16, ushort>(layout, weights, before, rows, visible, values, places, destination);

    static void Weigh<TStored, T>(
        KeyValueLayout layout, ReadOnlySpan<float> queryKeyValue, int rows, in VisiblePlaces visible, ReadOnlySpan<T> keys, int places,
        Span<float> weights)
        where TStored : struct, IStoredFloat<T>
        where T : unmanaged
    {
        Check(layout, rows, visible, (int)(keys.Length / layout.Width), places, weights.Length);
        Guard.Holds(queryKeyValue.Length, 3L * rows * layout.Width, "[rows, 3 · width]");
        Span<float> scores = new float[Lanes.Padded(places)];
        var scale = 1 / MathF.Sqrt(layout.HeadWidth);
        fixed (T* store = keys)
        fixed (float* scored = scores)
        {
            for (var row = 0; row < rows; row++)
            {
                var panels = visible.Panels[visible.Starts[row]..];
                var length = visible.Lengths[row];
                for (var head = 0; head < layout.Heads; head++)
                {
                    var query = queryKeyValue.Slice(3 * row * layout.Width + head * layout.HeadWidth, layout.HeadWidth);
                    for (var first = 0; first < length; first += Lanes.Count)
                    {
                        var key = store + layout.KeyPanel(panels[first / Lanes.Count]) + (long)Lanes.Count * head * layout.HeadWidth;
                        var sum = Vector512<float>.Zero;
                        for (var d = 0; d < layout.HeadWidth; d++)
                            sum = Vector512.FusedMultiplyAdd(Vector512.Create(query[d]), TStored.Load(key + d * Lanes.Count), sum);
                        Vector512.Store(sum * Vector512.Create(scale), scored + first);
                    }

                    var result = weights.Slice((row * layout.Heads + head) * places, places);
                    result.Clear();
                    SoftmaxOf(scores[..length], result);
                }
            }
        }
    }

    /// <summary>w = softmax(x), its sum in double.</summary>
    static void SoftmaxOf(ReadOnlySpan<float> x, Span<float> w)
    {
        var largest = float.NegativeInfinity;
        foreach (var score in x) largest = score > largest || float.IsNaN(score) ? score : largest;
        double total = 0;
        for (var i = 0; i < x.Length; i++) total += w[i] = Exponential.Of(Vector512.Create(x[i] - largest)).ToScalar();
        for (var i = 0; i < x.Length; i++) w[i] = (float)(w[i] / total);
    }

    static void Read<TStored, T>(
        KeyValueLayout layout, ReadOnlySpan<float> weights, ReadOnlySpan<float> before, int rows, in VisiblePlaces visible,
        ReadOnlySpan<T> values, int places, Span<float> destination)
        where TStored : struct, IStoredFloat<T>
        where T : unmanaged
    {
        Check(layout, rows, visible, (int)(values.Length / ((long)layout.Heads * layout.ValueWidth)), places, weights.Length);
        Guard.Holds(before.Length, (long)rows * layout.Heads * places, "[rows, heads, places]");
        Guard.Holds(destination.Length, (long)rows * layout.Width, "[rows, width]");
        Span<float> sums = new float[layout.ValueWidth];
        fixed (T* store = values)
        {
            for (var row = 0; row < rows; row++)
            {
                var panels = visible.Panels[visible.Starts[row]..];
                for (var head = 0; head < layout.Heads; head++)
                {
                    var at = (row * layout.Heads + head) * places;
                    var own = weights.Slice(at, places);
                    if (MemoryMarshal.AsBytes(own).SequenceEqual(
                        MemoryMarshal.AsBytes(before.Slice(at, places))))
                        continue;
                    RequireZeros(own[visible.Lengths[row]..], row, head, visible.Lengths[row]);
                    sums.Clear();
                    for (var place = 0; place < visible.Lengths[row]; place++)
                    {
                        var panel = panels[place / Lanes.Count];
                        var value = store + layout.ValueRow(panel * Lanes.Count + place % Lanes.Count, head);
                        fixed (float* sum = sums)
                        {
                            for (var d = 0; d < layout.ValueWidth; d += Lanes.Count)
                                Vector512.Store(
                                    Vector512.FusedMultiplyAdd(Vector512.Create(own[place]), TStored.Load(value + d), Vector512.Load(sum + d)),
                                    sum + d);
                        }
                    }

                    sums[..layout.HeadWidth].CopyTo(destination[(row * layout.Width + head * layout.HeadWidth)..]);
                }
            }
        }
    }

    static void RequireZeros(ReadOnlySpan<float> beyond, int row, int head, int seen)
    {
        // What is not a number is no zero either.
        var first = beyond.IndexOfAnyExcept(0f, -0f);
        if (first >= 0)
            throw new ArgumentException(
                $"Row {row} sees {seen} places, but head {head} gives place {seen + first} a weight of {beyond[first]}; weights of places " +
                "that a row does not see must stay 0.", nameof(beyond));
    }

    static void Check(KeyValueLayout layout, int rows, in VisiblePlaces visible, int capacity, int places, int weights)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfLessThan(places, 1);
        Guard.Holds(weights, (long)rows * layout.Heads * places, "[rows, heads, places]");
        if (!visible.Masks.IsEmpty)
            throw new ArgumentException("Patterns are not defined for masked places; give tables without masks.", nameof(visible));
        VisiblePlaces.Check(visible, rows, capacity / Lanes.Count * Lanes.Count);
        foreach (var length in visible.Lengths[..rows])
        {
            if (length > places)
                throw new ArgumentException($"A row sees {length} places, but its weights have room for {places}; make room.", nameof(places));
        }
    }
}
