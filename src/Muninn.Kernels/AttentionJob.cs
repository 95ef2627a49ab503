using System;
using System.Runtime.CompilerServices;
using System.Threading;
using F = System.Runtime.Intrinsics.Vector512<float>;
using V = System.Runtime.Intrinsics.Vector512;

namespace Muninn.Kernels;

/// <summary>Attention of all heads of all rows; a worker takes one head of a few rows at a time.</summary>
unsafe struct AttentionJob : IWorkerJob
{
    /// <summary>Places between two looks at the running maximum.</summary>
    const int Chunk = 64;

    /// <summary>Heads of rows that a worker takes at a time.</summary>
    const int Share = 4;

    internal KeyValueLayout Layout;
    internal int Rows;
    internal float* Source;
    internal int* Starts;
    internal int* Lengths;
    internal float* Keys;
    internal float* Values;
    internal float* Result;
    internal WorkerPool Pool;
    long _taken;

    public void Run(int worker)
    {
        var sums = Pool.Scratch(worker, Layout.ValueWidth);
        while (true)
        {
            var first = Interlocked.Add(ref _taken, Share) - Share;
            var items = (long)Rows * Layout.Heads;
            if (first >= items) return;
            // Heads outside, rows inside: neighbouring rows meet the same keys again.
            for (var item = first; item < long.Min(first + Share, items); item++)
                ReadHead((int)(item % Rows), (int)(item / Rows), sums);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    readonly void ReadHead(int row, int head, float* sums)
    {
        var query = Source + 3L * row * Layout.Width + (long)head * Layout.HeadWidth;
        var weights = stackalloc float[Chunk];
        var scale = 1 / MathF.Sqrt(Layout.HeadWidth);
        var largest = float.NegativeInfinity;
        float fade = 0;
        F total = default;
        new Span<float>(sums, Layout.ValueWidth).Clear();
        for (var done = 0; done < Lengths[row]; done += Chunk)
        {
            var count = int.Min(Chunk, Lengths[row] - done);
            var place = Starts[row] + done;
            var next = float.Max(largest, Score(query, scale, place, count, head, weights));
            if (done > 0) fade = V.ToScalar(V.Exp(V.Create(largest - next)));
            largest = next;
            total = Weigh(weights, count, largest, total * V.Create(fade));
            AddValues(weights, count, place, head, fade, sums);
        }

        var share = V.Create(1 / Lanes.Sum(total));
        var result = Result + (long)row * Layout.Width + (long)head * Layout.HeadWidth;
        var i = 0;
        for (; i + Lanes.Count <= Layout.HeadWidth; i += Lanes.Count) V.Store(V.Load(sums + i) * share, result + i);
        for (; i < Layout.HeadWidth; i++) result[i] = sums[i] * V.ToScalar(share);
    }

    /// <summary>Scores of a chunk, and the largest of them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    readonly float Score(float* query, float scale, int place, int count, int head, float* scores)
    {
        var stride = (long)Layout.Width * Lanes.Count;
        var a = Keys + place / Lanes.Count * stride + (long)head * Layout.HeadWidth * Lanes.Count;
        // Four sums at a time hide the latency of each. Where there are fewer panels, the first stands in for the rest.
        float* b = count > 16 ? a + stride : a, c = count > 32 ? a + 2 * stride : a, d = count > 48 ? a + 3 * stride : a;
        F p = default, q = default, r = default, s = default;
        for (long i = 0; i < Layout.HeadWidth; i++)
        {
            var x = V.Create(query[i]);
            p = V.FusedMultiplyAdd(x, V.Load(a + i * Lanes.Count), p);
            q = V.FusedMultiplyAdd(x, V.Load(b + i * Lanes.Count), q);
            r = V.FusedMultiplyAdd(x, V.Load(c + i * Lanes.Count), r);
            s = V.FusedMultiplyAdd(x, V.Load(d + i * Lanes.Count), s);
        }

        p = Masked(p, scale, count);
        q = Masked(q, scale, count - 16);
        r = Masked(r, scale, count - 32);
        s = Masked(s, scale, count - 48);
        V.Store(p, scores);
        V.Store(q, scores + 16);
        V.Store(r, scores + 32);
        V.Store(s, scores + 48);
        return Lanes.Largest(V.Max(V.Max(p, q), V.Max(r, s)));
    }

    static F Masked(F score, float scale, int count) =>
        V.ConditionalSelect(Lanes.Below(count), score * V.Create(scale), V.Create(float.NegativeInfinity));

    /// <summary>Scores become weights e^(score − largest); returns the total of the weights so far, lane by lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static F Weigh(float* weights, int count, float largest, F total)
    {
        for (var i = 0; i < count; i += Lanes.Count)
        {
            var weight = V.Exp(V.Load(weights + i) - V.Create(largest));
            // Selected once more: after an infinite score even a masked one is not a number.
            weight = V.ConditionalSelect(Lanes.Below(count - i), weight, F.Zero);
            V.Store(weight, weights + i);
            total += weight;
        }

        return total;
    }

    /// <summary>sums = fade · sums + Σ weights · values, over the places in order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    readonly void AddValues(float* weights, int count, int place, int head, float fade, float* sums)
    {
        var stride = (long)Layout.Heads * Layout.ValueWidth;
        var value = Values + place * stride + (long)head * Layout.ValueWidth;
        var fading = V.Create(fade);
        var column = 0;
        for (; column + 64 <= Layout.ValueWidth; column += 64, sums += 64, value += 64)
        {
            var (p, q) = (V.Load(sums) * fading, V.Load(sums + 16) * fading);
            var (r, s) = (V.Load(sums + 32) * fading, V.Load(sums + 48) * fading);
            var v = value;
            for (var i = 0; i < count; i++, v += stride)
            {
                var x = V.Create(weights[i]);
                p = V.FusedMultiplyAdd(x, V.Load(v), p);
                q = V.FusedMultiplyAdd(x, V.Load(v + 16), q);
                r = V.FusedMultiplyAdd(x, V.Load(v + 32), r);
                s = V.FusedMultiplyAdd(x, V.Load(v + 48), s);
            }

            V.Store(p, sums);
            V.Store(q, sums + 16);
            V.Store(r, sums + 32);
            V.Store(s, sums + 48);
        }

        for (; column < Layout.ValueWidth; column += 16, sums += 16, value += 16)
        {
            var p = V.Load(sums) * fading;
            var v = value;
            for (var i = 0; i < count; i++, v += stride) p = V.FusedMultiplyAdd(V.Create(weights[i]), V.Load(v), p);
            V.Store(p, sums);
        }
    }
}
