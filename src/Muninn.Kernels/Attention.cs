using System;

namespace Muninn.Kernels;

/// <summary>Causal attention over a key/value store.</summary>
public static unsafe class Attention
{
    /// <summary>Below this many visited floats of keys the caller works alone.</summary>
    const long SharedWorkMin = 1 << 16;

    /// <summary>Puts keys and values of some rows into the store.</summary>
    /// <param name="layout">How the store lies.</param>
    /// <param name="queryKeyValue">All query heads, all key heads, all value heads, <c>[rows, 3 · width]</c>; queries are not read.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="places">Place of each row in the store, <c>[rows]</c>; of equal ones the last row stays.</param>
    /// <param name="keys">Keys of the store; only the given places are overwritten.</param>
    /// <param name="values">Values of the store; only the given places are overwritten.</param>
    /// <exception cref="ArgumentException">A span is too short, or a place is outside the store.</exception>
    public static void Write(
        KeyValueLayout layout,
        ReadOnlySpan<float> queryKeyValue,
        int rows,
        ReadOnlySpan<int> places,
        Span<float> keys,
        Span<float> values)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        var capacity = Capacity(layout, keys.Length, values.Length);
        Guard.Holds(queryKeyValue.Length, 3L * rows * layout.Width, "[rows, 3 · width]");
        Guard.Holds(places.Length, rows, "[rows]");
        foreach (var place in places[..rows])
        {
            if ((uint)place >= (uint)capacity)
                throw new ArgumentException($"Place {place} is outside the store of {capacity} places; enlarge the store.", nameof(places));
        }

        fixed (float* source = queryKeyValue, keyStore = keys, valueStore = values)
        {
            for (int r = 0, next; r < rows; r = next)
            {
                // Rows whose places follow each other in one panel are columns of it.
                for (next = r + 1; next < rows && places[next] == places[next - 1] + 1 && places[next] % Lanes.Count != 0;) next++;
                var keyRows = source + (3L * r + 1) * layout.Width;
                var panel = keyStore + (long)(places[r] / Lanes.Count) * layout.Width * Lanes.Count + places[r] % Lanes.Count;
                Transposition.Copy(keyRows, 3L * layout.Width, next - r, layout.Width, panel, Lanes.Count);
                for (var row = r; row < next; row++)
                    WriteValue(layout, source + (3L * row + 2) * layout.Width, places[row], valueStore);
            }
        }
    }

    /// <summary>y[r, head] = Σₚ softmaxₚ(q · kₚ / √headWidth) vₚ over the places that row r may see.</summary>
    /// <param name="layout">How the store lies.</param>
    /// <param name="queryKeyValue">All query heads, all key heads, all value heads, <c>[rows, 3 · width]</c>; only queries are read.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="starts">First place of the row's own sequence, <c>[rows]</c>, a multiple of 16.</param>
    /// <param name="lengths">How many places from there on it sees, <c>[rows]</c>: its own position + 1.</param>
    /// <param name="keys">Keys of the store.</param>
    /// <param name="values">Values of the store.</param>
    /// <param name="destination">The heads side by side, <c>[rows, width]</c>, overwritten; must not overlap the inputs.</param>
    /// <param name="pool">Who computes.</param>
    /// <exception cref="ArgumentException">A span is too short, or a sequence leaves the store.</exception>
    /// <remarks>
    /// Softmax runs along in chunks of 64 places counted from the start of the sequence, so the bits of a row depend on
    /// its own query and places alone. Places beyond its length contribute nothing, whatever they hold.
    /// </remarks>
    public static void Read(
        KeyValueLayout layout,
        ReadOnlySpan<float> queryKeyValue,
        int rows,
        ReadOnlySpan<int> starts,
        ReadOnlySpan<int> lengths,
        ReadOnlySpan<float> keys,
        ReadOnlySpan<float> values,
        Span<float> destination,
        WorkerPool pool)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        var capacity = Capacity(layout, keys.Length, values.Length);
        Guard.Holds(queryKeyValue.Length, 3L * rows * layout.Width, "[rows, 3 · width]");
        Guard.Holds(destination.Length, (long)rows * layout.Width, "[rows, width]");
        Guard.Holds(starts.Length, rows, "[rows]");
        Guard.Holds(lengths.Length, rows, "[rows]");
        destination = destination[..(rows * layout.Width)];
        Guard.Apart(queryKeyValue[..(3 * rows * layout.Width)], destination);
        Guard.Apart(keys, destination);
        Guard.Apart(values, destination);
        var visited = CheckSequences(starts[..rows], lengths[..rows], capacity);
        if (rows == 0) return;
        fixed (float* source = queryKeyValue, keyStore = keys, valueStore = values, result = destination)
        fixed (int* start = starts, length = lengths)
        {
            var job = new AttentionJob
            {
                Layout = layout,
                Rows = rows,
                Source = source,
                Starts = start,
                Lengths = length,
                Keys = keyStore,
                Values = valueStore,
                Result = result,
                Pool = pool,
            };
            pool.Run(job, visited * layout.Width < SharedWorkMin ? 1 : pool.Threads);
        }
    }

    static void WriteValue(KeyValueLayout layout, float* row, int place, float* store)
    {
        long width = layout.ValueWidth;
        for (long head = 0; head < layout.Heads; head++)
        {
            var panel = store + (place / Lanes.Count * layout.Heads + head) * width * Lanes.Count;
            var value = new Span<float>(panel + place % Lanes.Count * width, layout.ValueWidth);
            new ReadOnlySpan<float>(row + head * layout.HeadWidth, layout.HeadWidth).CopyTo(value);
            value[layout.HeadWidth..].Clear();
        }
    }

    static int Capacity(KeyValueLayout layout, int keys, int values)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(layout.Heads, 1, nameof(layout));
        ArgumentOutOfRangeException.ThrowIfLessThan(layout.HeadWidth, 1, nameof(layout));
        var places = int.Min(keys / layout.Width, values / (layout.Heads * layout.ValueWidth));
        return places / Lanes.Count * Lanes.Count;
    }

    static long CheckSequences(ReadOnlySpan<int> starts, ReadOnlySpan<int> lengths, int capacity)
    {
        long visited = 0;
        for (var r = 0; r < starts.Length; r++)
        {
            if (starts[r] < 0 || starts[r] % Lanes.Count != 0)
                throw new ArgumentException(
                    $"Row {r} starts at place {starts[r]}; a sequence starts at a multiple of {Lanes.Count}.", nameof(starts));
            var most = capacity - starts[r];
            if (lengths[r] < 1 || lengths[r] > most)
                throw new ArgumentException(
                    $"Row {r} sees {lengths[r]} places from {starts[r]} on, but the store has {capacity}; give it 1 to {most}.",
                    nameof(lengths));
            visited += lengths[r];
        }

        return visited;
    }
}
