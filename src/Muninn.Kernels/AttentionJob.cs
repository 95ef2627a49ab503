using System;
using System.Runtime.CompilerServices;
using System.Threading;
using F = System.Runtime.Intrinsics.Vector512<float>;
using V = System.Runtime.Intrinsics.Vector512;

namespace Muninn.Kernels;

/// <summary>Attention of all heads of all rows; a worker takes one head of a few neighbouring rows at a time.</summary>
unsafe struct AttentionJob : IWorkerJob
{
    /// <summary>Places between two looks at the running maximum.</summary>
    const int Chunk = 64;

    /// <summary>Rows that go through a chunk together while it is in the first-level cache.</summary>
    const int GroupRows = 8;

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

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(int worker)
    {
        var sums = Pool.Scratch(worker, (long)GroupRows * Layout.ValueWidth);
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
                ReadHead(first, last, head, sums);
                first = last;
            }
        }
    }

    /// <summary>One head of rows that belong to one sequence: chunk by chunk, and in a chunk row by row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    readonly void ReadHead(int first, int last, int head, float* sums)
    {
        var weights = stackalloc float[Chunk];
        var largest = stackalloc float[GroupRows];
        var totals = stackalloc F[GroupRows];
        var length = 0;
        for (var row = first; row < last; row++) length = int.Max(length, Lengths[row]);
        new Span<float>(sums, GroupRows * Layout.ValueWidth).Clear();
        new Span<float>(largest, GroupRows).Fill(float.NegativeInfinity);
        for (var done = 0; done < length; done += Chunk)
        {
            for (var row = first; row < last; row++)
            {
                var count = int.Min(Chunk, Lengths[row] - done);
                if (count <= 0) continue;
                var place = Starts[row] + done;
                var before = largest[row - first];
                var score = Score(row, place, count, head, weights);
                var now = score > before ? score : before;
                var fade = done == 0 ? 0 : V.ToScalar(Exponential.Of(V.Create(before - now)));
                largest[row - first] = now;
                totals[row - first] = Weigh(weights, count, now, totals[row - first] * V.Create(fade));
                AddValues(weights, count, place, head, fade, sums + (row - first) * Layout.ValueWidth);
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

    /// <summary>Scores of a chunk, and the largest of them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    readonly float Score(int row, int place, int count, int head, float* scores)
    {
        var query = Source + 3L * row * Layout.Width + (long)head * Layout.HeadWidth;
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

        var scale = 1 / MathF.Sqrt(Layout.HeadWidth);
        p = Masked(p, scale, count);
        q = Masked(q, scale, count - 16);
        r = Masked(r, scale, count - 32);
        s = Masked(s, scale, count - 48);
        V.Store(p, scores);
        V.Store(q, scores + 16);
        V.Store(r, scores + 32);
        V.Store(s, scores + 48);
        return Lanes.Largest(Lanes.Larger(Lanes.Larger(p, q), Lanes.Larger(r, s)));
    }

    static F Masked(F score, float scale, int count) =>
        V.ConditionalSelect(Lanes.Below(count), score * V.Create(scale), V.Create(float.NegativeInfinity));

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

    /// <summary>sums = fade · sums + Σ weights · values, over the places in order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    readonly void AddValues(float* weights, int count, int place, int head, float fade, float* sums)
    {
        var stride = (long)Layout.Heads * Layout.ValueWidth * Lanes.Count;
        var panel = Values + place / Lanes.Count * stride + (long)head * Layout.ValueWidth * Lanes.Count;
        for (; count > 0; count -= Lanes.Count, panel += stride, weights += Lanes.Count, fade = 1)
            AddPanel(weights, int.Min(count, Lanes.Count), panel, fade, sums);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    readonly void AddPanel(float* weights, int count, float* value, float fade, float* sums)
    {
        var stride = Layout.ValueWidth;
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
