using System;
using System.Numerics;
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
    /// <summary>Places between two looks at the running maximum.</summary>
    const int Chunk = SeenChunk.Places;

    /// <summary>Rows that go through a chunk together while it is in the first-level cache.</summary>
    const int GroupRows = 8;

    /// <summary>Floats from one row's weights to the next one's: whole vectors may be stored at any place of a chunk.</summary>
    const int WeightStride = Chunk + Lanes.Count;

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
        var scratch = Pool.Scratch(worker, GroupRows * (Layout.ValueWidth + (long)WeightStride));
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
                ReadHead(first, last, head, scratch, scratch + GroupRows * WeightStride);
                first = last;
            }
        }
    }

    /// <summary>One head of rows that share a table: chunk by chunk, and in a chunk row by row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    readonly void ReadHead(int first, int last, int head, float* weights, float* sums)
    {
        var largest = stackalloc float[GroupRows];
        var fades = stackalloc float[GroupRows];
        var counts = stackalloc int[GroupRows];
        var totals = stackalloc F[GroupRows];
        var length = 0;
        for (var row = first; row < last; row++) length = int.Max(length, Lengths[row]);
        new Span<float>(sums, GroupRows * Layout.ValueWidth).Clear();
        new Span<float>(largest, GroupRows).Fill(float.NegativeInfinity);
        var chunk = new SeenChunk(Panels + Starts[first], Masks == null ? null : Masks + Starts[first], length);
        for (var begun = false; chunk.Next(); begun = true)
        {
            for (var i = 0; i < last - first; i++)
            {
                counts[i] = chunk.CountWithin(Lengths[first + i]);
                if (counts[i] == 0) continue;
                var scores = weights + i * WeightStride;
                Score(first + i, &chunk, counts[i], head, scores);
                var score = Scale(scores, counts[i]);
                var before = largest[i];
                var now = score > before ? score : before;
                fades[i] = begun ? V.ToScalar(Exponential.Of(V.Create(before - now))) : 0;
                largest[i] = now;
                totals[i] = Weigh(scores, counts[i], now, totals[i] * V.Create(fades[i]));
                AddValues(scores, counts[i], &chunk, head, fades[i], sums + i * Layout.ValueWidth);
            }
        }

        for (var row = first; row < last; row++)
            Divide(sums + (row - first) * Layout.ValueWidth, Lanes.Sum(totals[row - first]), row, head);
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

    /// <summary>q · k of the first places of a chunk, in order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    readonly void Score(int row, SeenChunk* chunk, int count, int head, float* scores)
    {
        var query = Source + 3L * row * Layout.Width + (long)head * Layout.HeadWidth;
        var keys = Keys + (long)head * Layout.HeadWidth * Lanes.Count;
        var stride = (long)Layout.Width * Lanes.Count;
        var raw = stackalloc float[Chunk];
        // Four sums at a time hide the latency of each. Where there are fewer parts, the first stands in for the rest.
        for (int part = 0, done = 0; done < count; part += 4)
        {
            var parts = chunk->Parts - part;
            var a = keys + chunk->Panels[part] * stride;
            var b = parts > 1 ? keys + chunk->Panels[part + 1] * stride : a;
            var c = parts > 2 ? keys + chunk->Panels[part + 2] * stride : a;
            var d = parts > 3 ? keys + chunk->Panels[part + 3] * stride : a;
            F p = default, q = default, r = default, s = default;
            for (long i = 0; i < Layout.HeadWidth; i++)
            {
                var x = V.Create(query[i]);
                p = V.FusedMultiplyAdd(x, TStored.Load(a + i * Lanes.Count), p);
                q = V.FusedMultiplyAdd(x, TStored.Load(b + i * Lanes.Count), q);
                r = V.FusedMultiplyAdd(x, TStored.Load(c + i * Lanes.Count), r);
                s = V.FusedMultiplyAdd(x, TStored.Load(d + i * Lanes.Count), s);
            }

            V.Store(p, raw);
            V.Store(q, raw + 16);
            V.Store(r, raw + 32);
            V.Store(s, raw + 48);
            for (var i = 0; i < int.Min(parts, 4); i++) done += chunk->Gather(part + i, raw + 16 * i, scores + done);
        }
    }

    /// <summary>Scores · 1 / √headWidth, −∞ behind the last; returns the largest.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    readonly float Scale(float* scores, int count)
    {
        var scale = 1 / MathF.Sqrt(Layout.HeadWidth);
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

    /// <summary>sums = fade · sums + Σ weights · values, over the first places of a chunk in order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    readonly void AddValues(float* weights, int count, SeenChunk* chunk, int head, float fade, float* sums)
    {
        var values = Values + Layout.ValueRow(0, head);
        var panelStride = Layout.ValueRow(Lanes.Count, 0);
        var stride = Layout.ValueWidth;
        var fading = V.Create(fade);
        var column = 0;
        for (; column + 64 <= stride; column += 64)
        {
            var (p, q) = (V.Load(sums + column) * fading, V.Load(sums + column + 16) * fading);
            var (r, s) = (V.Load(sums + column + 32) * fading, V.Load(sums + column + 48) * fading);
            for (int part = 0, i = 0; i < count; part++)
            {
                var panel = values + chunk->Panels[part] * panelStride + column;
                for (var bits = chunk->Bits[part]; bits != 0 && i < count; bits &= bits - 1, i++)
                {
                    var v = panel + (long)BitOperations.TrailingZeroCount(bits) * stride;
                    var x = V.Create(weights[i]);
                    p = V.FusedMultiplyAdd(x, TStored.Load(v), p);
                    q = V.FusedMultiplyAdd(x, TStored.Load(v + 16), q);
                    r = V.FusedMultiplyAdd(x, TStored.Load(v + 32), r);
                    s = V.FusedMultiplyAdd(x, TStored.Load(v + 48), s);
                }
            }

            V.Store(p, sums + column);
            V.Store(q, sums + column + 16);
            V.Store(r, sums + column + 32);
            V.Store(s, sums + column + 48);
        }

        for (; column < stride; column += 16)
        {
            var p = V.Load(sums + column) * fading;
            for (int part = 0, i = 0; i < count; part++)
            {
                var panel = values + chunk->Panels[part] * panelStride + column;
                for (var bits = chunk->Bits[part]; bits != 0 && i < count; bits &= bits - 1, i++)
                {
                    var v = panel + (long)BitOperations.TrailingZeroCount(bits) * stride;
                    p = V.FusedMultiplyAdd(V.Create(weights[i]), TStored.Load(v), p);
                }
            }

            V.Store(p, sums + column);
        }
    }
}
