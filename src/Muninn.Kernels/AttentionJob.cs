using System;
using System.Runtime.CompilerServices;
using System.Threading;
using F = System.Runtime.Intrinsics.Vector512<float>;
using V = System.Runtime.Intrinsics.Vector512;

namespace Muninn.Kernels;

/// <summary>Attention of all heads of all rows; a worker takes one head of a few neighbouring rows at a time.</summary>
unsafe struct AttentionJob<TStored, T> : IWorkerJob
    where TStored : struct, IStoredFloat<T>
    where T : unmanaged
{
    /// <summary>Rows that go through a chunk together while it is in the first-level cache.</summary>
    const int GroupRows = 8;

    internal KeyValueLayout Layout;
    internal int Rows;
    internal float* Source;
    internal int* Starts;
    internal int* Lengths;
    internal int* Panels;
    internal ushort* Masks;
    internal T* Keys;
    internal T* Values;
    internal float* Result;
    internal WorkerPool Pool;
    long _taken;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(int worker)
    {
        var scratch = Pool.Scratch(worker, GroupRows * (Layout.ValueWidth + (long)SeenChunk.Stride));
        var groups = (Rows + GroupRows - 1) / GroupRows;
        while (true)
        {
            var item = Interlocked.Increment(ref _taken) - 1;
            if (item >= (long)groups * Layout.Heads) return;
            var head = (int)(item / groups);
            var first = (int)(item % groups) * GroupRows;
            var end = int.Min(first + GroupRows, Rows);
            while (first < end)
            {
                var last = first + 1;
                while (last < end && Starts[last] == Starts[first]) last++;
                ReadHead(first, last, head, scratch, scratch + GroupRows * SeenChunk.Stride);
                first = last;
            }
        }
    }

    /// <summary>One head of rows that share a table: chunk by chunk, scores of all rows, then their weights, then values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    readonly void ReadHead(int first, int last, int head, float* weights, float* sums)
    {
        var rows = last - first;
        var largest = stackalloc float[Lanes.Count];
        var fades = stackalloc float[Lanes.Count];
        var counts = stackalloc int[GroupRows];
        var totals = stackalloc F[GroupRows];
        var length = 0;
        for (var row = first; row < last; row++) length = int.Max(length, Lengths[row]);
        new Span<float>(sums, rows * Layout.ValueWidth).Clear();
        new Span<float>(largest, Lanes.Count).Fill(float.NegativeInfinity);
        var chunk = new SeenChunk(Panels + Starts[first], Masks == null ? null : Masks + Starts[first], length);
        while (chunk.Next())
        {
            for (var i = 0; i < rows; i++) counts[i] = chunk.CountWithin(Lengths[first + i]);
            for (int i = 0, together; i < rows; i += together)
            {
                together = Together(counts + i, rows - i);
                if (counts[i] != 0) Score(together, first + i, &chunk, head, weights + i * SeenChunk.Stride);
            }

            Fade(rows, counts, weights, largest, fades);
            for (var i = 0; i < rows; i++)
            {
                if (counts[i] == 0) continue;
                totals[i] = Weigh(weights + i * SeenChunk.Stride, counts[i], largest[i], totals[i] * V.Create(fades[i]));
            }

            AddValues(rows, counts, &chunk, head, weights, fades, sums);
        }

        for (var row = first; row < last; row++)
            Divide(sums + (row - first) * Layout.ValueWidth, Lanes.Sum(totals[row - first]), row, head);
    }

    /// <summary>How many of the next rows go on together: as many as registers hold and see something of the chunk.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static int Together(int* counts, int rows)
    {
        if (!V.IsHardwareAccelerated) return 1;
        var together = 1;
        while (together < int.Min(rows, 4) && counts[together] != 0 && counts[0] != 0) together++;
        return together;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    readonly void Score(int rows, int row, SeenChunk* chunk, int head, float* scores)
    {
        var query = Source + 3L * row * Layout.Width + (long)head * Layout.HeadWidth;
        var keys = Keys + (long)head * Layout.HeadWidth * Lanes.Count;
        if (rows == 1) AttentionTile<TStored, T, Rows1>.Score(Layout, query, keys, chunk, scores);
        else if (rows == 2) AttentionTile<TStored, T, Rows2>.Score(Layout, query, keys, chunk, scores);
        else if (rows == 3) AttentionTile<TStored, T, Rows3>.Score(Layout, query, keys, chunk, scores);
        else AttentionTile<TStored, T, Rows4>.Score(Layout, query, keys, chunk, scores);
    }

    /// <summary>Values of the places that neighbouring rows all see together, and then of those that one of them sees alone.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    readonly void AddValues(int rows, int* counts, SeenChunk* chunk, int head, float* weights, float* fades, float* sums)
    {
        var still = 1f;
        for (int i = 0, together; i < rows; i += together)
        {
            together = Together(counts + i, rows - i);
            var common = counts[i];
            for (var j = 1; j < together; j++) common = int.Min(common, counts[i + j]);
            if (common != 0) AddValues(together, chunk, 0, common, head, weights + i * SeenChunk.Stride, fades + i, sums + i * Layout.ValueWidth);
            for (var j = i; j < i + together; j++)
            {
                if (counts[j] > common)
                    AddValues(1, chunk, common, counts[j], head, weights + j * SeenChunk.Stride, &still, sums + j * Layout.ValueWidth);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    readonly void AddValues(int rows, SeenChunk* chunk, int from, int to, int head, float* weights, float* fades, float* sums)
    {
        var values = Values + Layout.ValueRow(0, head);
        if (rows == 1) AttentionTile<TStored, T, Rows1>.AddValues(Layout, values, chunk, from, to, weights, fades, sums);
        else if (rows == 2) AttentionTile<TStored, T, Rows2>.AddValues(Layout, values, chunk, from, to, weights, fades, sums);
        else if (rows == 3) AttentionTile<TStored, T, Rows3>.AddValues(Layout, values, chunk, from, to, weights, fades, sums);
        else AttentionTile<TStored, T, Rows4>.AddValues(Layout, values, chunk, from, to, weights, fades, sums);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    readonly void Divide(float* sums, float total, int row, int head)
    {
        var result = Result + (long)row * Layout.Width + (long)head * Layout.HeadWidth;
        var share = V.Create(1 / total);
        var i = 0;
        for (; i + Lanes.Count <= Layout.HeadWidth; i += Lanes.Count) V.Store(V.Load(sums + i) * share, result + i);
        for (; i < Layout.HeadWidth; i++) result[i] = sums[i] * V.ToScalar(share);
    }

    /// <summary>Scales the scores, notes the largest so far and how much of what came before remains: e^(largest before − largest).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    readonly void Fade(int rows, int* counts, float* scores, float* largest, float* fades)
    {
        var scale = 1 / MathF.Sqrt(Layout.HeadWidth);
        var before = V.Load(largest);
        for (var i = 0; i < rows; i++)
        {
            if (counts[i] == 0) continue;
            var score = Scale(scores + i * SeenChunk.Stride, scale, counts[i]);
            if (score > largest[i]) largest[i] = score;
        }

        // One row alone waits for every step: a vector loaded right behind the store of one of its lanes would be one more.
        V.Store(Exponential.Of(before - (rows == 1 ? V.Create(largest[0]) : V.Load(largest))), fades);
    }

    /// <summary>Scores · 1 / √headWidth, −∞ behind the last; returns the largest.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static float Scale(float* scores, float scale, int count)
    {
        var p = Scaled(scores, scale, count);
        var q = Scaled(scores + 16, scale, count - 16);
        var r = Scaled(scores + 32, scale, count - 32);
        var s = Scaled(scores + 48, scale, count - 48);
        return Lanes.Largest(Lanes.Larger(Lanes.Larger(p, q), Lanes.Larger(r, s)));
    }

    static F Scaled(float* scores, float scale, int count)
    {
        var scaled = V.ConditionalSelect(
            Lanes.Below(count), V.Load(scores) * V.Create(scale), V.Create(float.NegativeInfinity));
        V.Store(scaled, scores);
        return scaled;
    }

    /// <summary>Scores become weights e^(score − largest); returns the total of the weights so far, lane by lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static F Weigh(float* weights, int count, float largest, F total)
    {
        for (var i = 0; i < count; i += Lanes.Count)
        {
            var weight = Exponential.Of(V.Load(weights + i) - V.Create(largest));
            // Selected once more: after an infinite score even a masked one is not a number.
            weight = V.ConditionalSelect(Lanes.Below(count - i), weight, F.Zero);
            V.Store(weight, weights + i);
            total += weight;
        }

        return total;
    }
}
