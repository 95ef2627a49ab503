using System;
using System.Threading;
using F = System.Runtime.Intrinsics.Vector512<float>;
using V = System.Runtime.Intrinsics.Vector512;

namespace Muninn.Kernels;

/// <summary>Attention of all heads of all rows; a worker takes one head of one row at a time.</summary>
unsafe struct AttentionJob : IWorkerJob
{
    /// <summary>Places between two looks at the running maximum.</summary>
    const int Chunk = 64;

    internal KeyValueLayout Layout;
    internal int Rows;
    internal float* Source;
    internal int* Starts;
    internal int* Lengths;
    internal float* Keys;
    internal float* Values;
    internal float* Result;
    internal WorkerPool Pool;
    int _taken;

    public void Run(int worker)
    {
        var sums = Pool.Scratch(worker, Layout.ValueWidth);
        while (true)
        {
            var item = Interlocked.Increment(ref _taken) - 1;
            if (item >= Rows * Layout.Heads) return;
            // Heads outside, rows inside: neighbouring rows meet the same keys again.
            ReadHead(item % Rows, item / Rows, sums);
        }
    }

    readonly void ReadHead(int row, int head, float* sums)
    {
        var query = Source + 3L * row * Layout.Width + (long)head * Layout.HeadWidth;
        var weights = stackalloc float[Chunk];
        new Span<float>(sums, Layout.ValueWidth).Clear();
        var scale = 1 / MathF.Sqrt(Layout.HeadWidth);
        var largest = float.NegativeInfinity;
        F total = default;
        for (var done = 0; done < Lengths[row]; done += Chunk)
        {
            var count = int.Min(Chunk, Lengths[row] - done);
            var place = Starts[row] + done;
            var chunkLargest = Score(query, scale, place, count, head, weights);
            var next = float.Max(largest, chunkLargest);
            var fade = done == 0 ? 0 : V.ToScalar(V.Exp(V.Create(largest - next)));
            largest = next;
            total = Weigh(weights, count, largest, total * V.Create(fade));
            AddValues(weights, count, place, head, fade, sums);
        }

        var share = 1 / Lanes.Sum(total);
        var result = Result + (long)row * Layout.Width + (long)head * Layout.HeadWidth;
        for (var i = 0; i < Layout.HeadWidth; i++) result[i] = sums[i] * share;
    }

    /// <summary>Scores of a chunk, and the largest of them.</summary>
    readonly float Score(float* query, float scale, int place, int count, int head, float* scores)
    {
        var largest = V.Create(float.NegativeInfinity);
        for (var i = 0; i < count; i += Lanes.Count)
        {
            var panel = Keys + ((long)((place + i) / Lanes.Count) * Layout.Heads + head) * Layout.HeadWidth * Lanes.Count;
            F sum = default;
            for (var d = 0; d < Layout.HeadWidth; d++) sum = V.FusedMultiplyAdd(V.Create(query[d]), V.Load(panel + (long)d * Lanes.Count), sum);
            sum = V.ConditionalSelect(Lanes.Below(count - i), sum * V.Create(scale), V.Create(float.NegativeInfinity));
            V.Store(sum, scores + i);
            largest = V.Max(largest, sum);
        }

        return Lanes.Largest(largest);
    }

    /// <summary>Scores become weights e^(score − largest); returns the total of the weights so far, lane by lane.</summary>
    static F Weigh(float* weights, int count, float largest, F total)
    {
        for (var i = 0; i < count; i += Lanes.Count)
        {
            var weight = V.Exp(V.Load(weights + i) - V.Create(largest));
            weight = V.ConditionalSelect(Lanes.Below(count - i), weight, F.Zero);
            V.Store(weight, weights + i);
            total += weight;
        }

        return total;
    }

    readonly void AddValues(float* weights, int count, int place, int head, float fade, float* sums)
    {
        var stride = (long)Layout.Heads * Layout.ValueWidth;
        for (var c = 0; c < Layout.ValueWidth; c += Lanes.Count)
        {
            var value = Values + place * stride + (long)head * Layout.ValueWidth + c;
            var sum = V.Load(sums + c) * V.Create(fade);
            for (var p = 0; p < count; p++, value += stride) sum = V.FusedMultiplyAdd(V.Create(weights[p]), V.Load(value), sum);
            V.Store(sum, sums + c);
        }
    }
}
