using System;

namespace Muninn.Kernels;

/// <summary>Causal attention over a key/value store of float32 or bfloat16.</summary>
public static unsafe class Attention
{
    /// <summary>Below this many visited floats of keys the caller works alone.</summary>
    const long SharedWorkMin = 1 << 16;

    /// <summary>Puts keys and values of some rows into a store of float32.</summary>
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
        Span<float> values) =>
        Write<StoredFloat32, float>(layout, queryKeyValue, rows, places, keys, values, null);

    /// <summary>The same by all workers of a pool; no place may be given twice.</summary>
    /// <param name="layout">How the store lies.</param>
    /// <param name="queryKeyValue">All query heads, all key heads, all value heads, <c>[rows, 3 · width]</c>; queries are not read.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="places">Place of each row in the store, <c>[rows]</c>, all different.</param>
    /// <param name="keys">Keys of the store; only the given places are overwritten.</param>
    /// <param name="values">Values of the store; only the given places are overwritten.</param>
    /// <param name="pool">Who copies.</param>
    /// <exception cref="ArgumentException">A span is too short, or a place is outside the store.</exception>
    public static void Write(
        KeyValueLayout layout,
        ReadOnlySpan<float> queryKeyValue,
        int rows,
        ReadOnlySpan<int> places,
        Span<float> keys,
        Span<float> values,
        WorkerPool pool) =>
        Write<StoredFloat32, float>(layout, queryKeyValue, rows, places, keys, values, pool);

    /// <summary>Puts keys and values of some rows into a store of bfloat16, rounded as <see cref="BrainFloats.Round(float)"/> does.</summary>
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
        Span<ushort> keys,
        Span<ushort> values) =>
        Write<StoredBrainFloat16, ushort>(layout, queryKeyValue, rows, places, keys, values, null);

    /// <summary>Puts a copy of one place's key and value into another place of a store of float32.</summary>
    /// <param name="layout">How the store lies.</param>
    /// <param name="from">The place that is read.</param>
    /// <param name="to">The place that is overwritten; may be <paramref name="from"/>.</param>
    /// <param name="keys">Keys of the store.</param>
    /// <param name="values">Values of the store.</param>
    /// <exception cref="ArgumentException">A place is outside the store.</exception>
    public static void Copy(KeyValueLayout layout, int from, int to, Span<float> keys, Span<float> values) =>
        Copy<float>(layout, from, to, keys, values);

    /// <summary>Puts a copy of one place's key and value into another place of a store of bfloat16.</summary>
    /// <param name="layout">How the store lies.</param>
    /// <param name="from">The place that is read.</param>
    /// <param name="to">The place that is overwritten; may be <paramref name="from"/>.</param>
    /// <param name="keys">Keys of the store.</param>
    /// <param name="values">Values of the store.</param>
    /// <exception cref="ArgumentException">A place is outside the store.</exception>
    public static void Copy(KeyValueLayout layout, int from, int to, Span<ushort> keys, Span<ushort> values) =>
        Copy<ushort>(layout, from, to, keys, values);

    /// <summary>y[r, head] = Σₚ softmaxₚ(q · kₚ / √headWidth) vₚ over the places that row r sees in a store of float32.</summary>
    /// <param name="layout">How the store lies.</param>
    /// <param name="queryKeyValue">All query heads, all key heads, all value heads, <c>[rows, 3 · width]</c>; only queries are read.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="visible">What each row sees; a row that sees nothing is refused.</param>
    /// <param name="keys">Keys of the store.</param>
    /// <param name="values">Values of the store.</param>
    /// <param name="destination">The heads side by side, <c>[rows, width]</c>, overwritten; must not overlap the inputs.</param>
    /// <param name="pool">Who computes.</param>
    /// <exception cref="ArgumentException">A span is too short, a row sees nothing, or a table leaves the store.</exception>
    /// <remarks>
    /// Softmax runs along in chunks of 64 seen places, so the bits of a row depend on its own query and on the keys and
    /// values it sees, in their order, alone. Other places contribute nothing, whatever they hold and wherever they lie.
    /// </remarks>
    public static void Read(
        KeyValueLayout layout,
        ReadOnlySpan<float> queryKeyValue,
        int rows,
        in VisiblePlaces visible,
        ReadOnlySpan<float> keys,
        ReadOnlySpan<float> values,
        Span<float> destination,
        WorkerPool pool) =>
        Read<StoredFloat32, float>(layout, queryKeyValue, rows, visible, keys, values, destination, pool);

    /// <summary>y[r, head] = Σₚ softmaxₚ(q · kₚ / √headWidth) vₚ over the places that row r sees in a store of bfloat16.</summary>
    /// <param name="layout">How the store lies.</param>
    /// <param name="queryKeyValue">All query heads, all key heads, all value heads, <c>[rows, 3 · width]</c>; only queries are read.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="visible">What each row sees; a row that sees nothing is refused.</param>
    /// <param name="keys">Keys of the store.</param>
    /// <param name="values">Values of the store.</param>
    /// <param name="destination">The heads side by side, <c>[rows, width]</c>, overwritten; must not overlap the inputs.</param>
    /// <param name="pool">Who computes.</param>
    /// <exception cref="ArgumentException">A span is too short, a row sees nothing, or a table leaves the store.</exception>
    /// <remarks>The same bits as a store of float32 with the same numbers in it: they are widened, and all sums are float32.</remarks>
    public static void Read(
        KeyValueLayout layout,
        ReadOnlySpan<float> queryKeyValue,
        int rows,
        in VisiblePlaces visible,
        ReadOnlySpan<ushort> keys,
        ReadOnlySpan<ushort> values,
        Span<float> destination,
        WorkerPool pool) =>
        Read<StoredBrainFloat16, ushort>(layout, queryKeyValue, rows, visible, keys, values, destination, pool);

    static void Write<TStored, T>(
        KeyValueLayout layout, ReadOnlySpan<float> queryKeyValue, int rows, ReadOnlySpan<int> places, Span<T> keys, Span<T> values, WorkerPool? pool)
        where TStored : struct, IStoredFloat<T>
        where T : unmanaged
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        var capacity = Capacity(layout, keys.Length, values.Length);
        Guard.Holds(queryKeyValue.Length, 3L * rows * layout.Width, "[rows, 3 · width]");
        Guard.Holds(places.Length, rows, "[rows]");
        foreach (var place in places[..rows]) CheckPlace(place, capacity, nameof(places));
        fixed (float* source = queryKeyValue)
        fixed (int* place = places)
        fixed (T* keyStore = keys, valueStore = values)
        {
            var work = new Writing<TStored, T> { Layout = layout, Source = source, Places = place, Keys = keyStore, Values = valueStore };
            if (pool is null) work.Run(0, rows, 0);
            else RowShares<Writing<TStored, T>>.Run(work, rows, 2L * layout.Width, pool);
        }
    }

    struct Writing<TStored, T> : IRowWork
        where TStored : struct, IStoredFloat<T>
        where T : unmanaged
    {
        internal KeyValueLayout Layout;
        internal float* Source;
        internal int* Places;
        internal T* Keys;
        internal T* Values;

        public readonly void Run(int first, int last, int worker)
        {
            for (int r = first, next; r < last; r = next)
            {
                // Rows whose places follow each other in one panel are columns of it.
                for (next = r + 1; next < last && Places[next] == Places[next - 1] + 1 && Places[next] % Lanes.Count != 0;) next++;
                var keyRows = Source + (3L * r + 1) * Layout.Width;
                var panel = Keys + Layout.KeyPanel(Places[r] / Lanes.Count) + Places[r] % Lanes.Count;
                TStored.CopyColumns(keyRows, 3L * Layout.Width, next - r, Layout.Width, panel);
                for (var row = r; row < next; row++)
                    WriteValue<TStored, T>(Layout, Source + (3L * row + 2) * Layout.Width, Places[row], Values);
            }
        }
    }

    static void WriteValue<TStored, T>(KeyValueLayout layout, float* row, int place, T* store)
        where TStored : struct, IStoredFloat<T>
        where T : unmanaged
    {
        for (long head = 0; head < layout.Heads; head++)
        {
            var value = new Span<T>(store + layout.ValueRow(place, head), layout.ValueWidth);
            TStored.CopyRow(new(row + head * layout.HeadWidth, layout.HeadWidth), value);
            value[layout.HeadWidth..].Clear();
        }
    }

    static void Copy<T>(KeyValueLayout layout, int from, int to, Span<T> keys, Span<T> values) where T : unmanaged
    {
        var capacity = Capacity(layout, keys.Length, values.Length);
        CheckPlace(from, capacity, nameof(from));
        CheckPlace(to, capacity, nameof(to));
        fixed (T* keyStore = keys, valueStore = values)
        {
            var source = keyStore + layout.KeyPanel(from / Lanes.Count) + from % Lanes.Count;
            var destination = keyStore + layout.KeyPanel(to / Lanes.Count) + to % Lanes.Count;
            for (long i = 0; i < layout.Width; i++) destination[i * Lanes.Count] = source[i * Lanes.Count];
            for (long head = 0; head < layout.Heads; head++)
            {
                var value = new ReadOnlySpan<T>(valueStore + layout.ValueRow(from, head), layout.ValueWidth);
                value.CopyTo(new(valueStore + layout.ValueRow(to, head), layout.ValueWidth));
            }
        }
    }

    static void Read<TStored, T>(
        KeyValueLayout layout,
        ReadOnlySpan<float> queryKeyValue,
        int rows,
        in VisiblePlaces visible,
        ReadOnlySpan<T> keys,
        ReadOnlySpan<T> values,
        Span<float> destination,
        WorkerPool pool)
        where TStored : struct, IStoredFloat<T>
        where T : unmanaged
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        var capacity = Capacity(layout, keys.Length, values.Length);
        Guard.Holds(queryKeyValue.Length, 3L * rows * layout.Width, "[rows, 3 · width]");
        Guard.Holds(destination.Length, (long)rows * layout.Width, "[rows, width]");
        destination = destination[..(rows * layout.Width)];
        Guard.Apart(queryKeyValue[..(3 * rows * layout.Width)], destination);
        Guard.Apart(keys, destination);
        Guard.Apart(values, destination);
        var visited = VisiblePlaces.Check(visible, rows, capacity);
        if (rows == 0) return;
        fixed (float* source = queryKeyValue, result = destination)
        fixed (T* keyStore = keys, valueStore = values)
        fixed (int* starts = visible.Starts, lengths = visible.Lengths, panels = visible.Panels)
        fixed (ushort* masks = visible.Masks)
        {
            var job = new AttentionJob<TStored, T>
            {
                Layout = layout,
                Rows = rows,
                Source = source,
                Starts = starts,
                Lengths = lengths,
                Panels = panels,
                Masks = masks,
                Keys = keyStore,
                Values = valueStore,
                Result = result,
                Pool = pool,
            };
            pool.Run(job, visited * layout.Width < SharedWorkMin ? 1 : pool.Threads);
        }
    }

    static void CheckPlace(int place, int capacity, string name)
    {
        if ((uint)place >= (uint)capacity)
            throw new ArgumentException($"Place {place} is outside the store of {capacity} places; enlarge the store.", name);
    }

    /// <summary>Places of the whole panels that a store has room for.</summary>
    static int Capacity(KeyValueLayout layout, int keys, int values)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(layout.Heads, 1, nameof(layout));
        ArgumentOutOfRangeException.ThrowIfLessThan(layout.HeadWidth, 1, nameof(layout));
        var places = (int)long.Min(keys / layout.Width, values / ((long)layout.Heads * layout.ValueWidth));
        return places / Lanes.Count * Lanes.Count;
    }
}
