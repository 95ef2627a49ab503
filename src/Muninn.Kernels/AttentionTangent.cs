using System;
using System.Runtime.CompilerServices;
using F = System.Runtime.Intrinsics.Vector512<float>;
using V = System.Runtime.Intrinsics.Vector512;

namespace Muninn.Kernels;

/// <summary>
/// Derivatives of <see cref="Attention"/> over one whole prompt, in which row r sees rows 0 … r: forwards, how its result
/// changes with queries, keys and values; and back, what a gradient of its result asks of them.
/// </summary>
public static unsafe class AttentionTangent
{
    /// <summary>Below this many visited floats the caller works alone.</summary>
    const long SharedWorkMin = 1 << 16;

    /// <summary>
    /// dy[r] = Σⱼ wⱼ vⱼ + pⱼ dvⱼ with wⱼ = pⱼ (dsⱼ − Σᵢ pᵢ dsᵢ), dsⱼ = (dq · kⱼ + q · dkⱼ) / √headWidth and p the softmax of the
    /// scores, head by head: the change of attention, to first order.
    /// </summary>
    /// <param name="layout">Heads and their width.</param>
    /// <param name="queryKeyValue">Where the change is taken: all query heads, all key heads, all value heads, <c>[rows, 3 · width]</c>.</param>
    /// <param name="tangents">Changes of these, <c>[directions, rows, 3 · width]</c>.</param>
    /// <param name="directions">How many changes of all rows.</param>
    /// <param name="rows">Rows of the prompt, in order of position.</param>
    /// <param name="reach">Whether a row sees the changes of other rows' keys and values.</param>
    /// <param name="destination">dy, the heads side by side, <c>[directions, rows, width]</c>, overwritten; must not overlap the inputs.</param>
    /// <param name="pool">Who computes.</param>
    /// <exception cref="ArgumentException">A span is too short or overlaps.</exception>
    public static void Read(
        KeyValueLayout layout,
        ReadOnlySpan<float> queryKeyValue,
        ReadOnlySpan<float> tangents,
        int directions,
        int rows,
        TangentReach reach,
        Span<float> destination,
        WorkerPool pool)
    {
        var width = Check(layout, queryKeyValue, directions, rows);
        var results = (long)directions * rows * width;
        Guard.Holds(tangents.Length, 3 * results, "[directions, rows, 3 · width]");
        Guard.Holds(destination.Length, results, "[directions, rows, width]");
        Guard.Apart(queryKeyValue[..(3 * rows * width)], destination[..(int)results]);
        Guard.Apart(tangents[..(int)(3 * results)], destination[..(int)results]);
        fixed (float* source = queryKeyValue, change = tangents, result = destination)
        {
            Run(new Job { Layout = layout, Source = source, Change = change, Result = result, Reach = reach }, directions, rows, pool);
        }
    }

    /// <summary>
    /// What dy asks of queries, keys and values, the transpose of <see cref="Read"/>: with gⱼ = pⱼ (dy · vⱼ − Σᵢ pᵢ dy · vᵢ) / √headWidth,
    /// dq = Σⱼ gⱼ kⱼ, dkⱼ = Σ gⱼ q and dvⱼ = Σ pⱼ dy, the last two over all rows that see j.
    /// </summary>
    /// <param name="layout">Heads and their width.</param>
    /// <param name="queryKeyValue">Where it is taken: all query heads, all key heads, all value heads, <c>[rows, 3 · width]</c>.</param>
    /// <param name="gradients">dy, <c>[directions, rows, width]</c>.</param>
    /// <param name="directions">How many gradients of all rows.</param>
    /// <param name="rows">Rows of the prompt, in order of position.</param>
    /// <param name="reach">Whether a row's gradient comes to other rows' keys and values.</param>
    /// <param name="destination">dq, dk and dv, <c>[directions, rows, 3 · width]</c>, overwritten; must not overlap the inputs.</param>
    /// <param name="pool">Who computes.</param>
    /// <exception cref="ArgumentException">A span is too short or overlaps.</exception>
    public static void ReadGradient(
        KeyValueLayout layout,
        ReadOnlySpan<float> queryKeyValue,
        ReadOnlySpan<float> gradients,
        int directions,
        int rows,
        TangentReach reach,
        Span<float> destination,
        WorkerPool pool)
    {
        var width = Check(layout, queryKeyValue, directions, rows);
        var results = (long)directions * rows * width;
        Guard.Holds(gradients.Length, results, "[directions, rows, width]");
        Guard.Holds(destination.Length, 3 * results, "[directions, rows, 3 · width]");
        Guard.Apart(queryKeyValue[..(3 * rows * width)], destination[..(int)(3 * results)]);
        Guard.Apart(gradients[..(int)results], destination[..(int)(3 * results)]);
        destination[..(int)(3 * results)].Clear();
        fixed (float* source = queryKeyValue, change = gradients, result = destination)
        {
            Run(new Job { Layout = layout, Source = source, Change = change, Result = result, Reach = reach, IsGradient = true }, directions, rows, pool);
        }
    }

    static int Check(KeyValueLayout layout, ReadOnlySpan<float> queryKeyValue, int directions, int rows)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(directions);
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfLessThan(layout.Heads, 1, nameof(layout));
        ArgumentOutOfRangeException.ThrowIfLessThan(layout.HeadWidth, 1, nameof(layout));
        Guard.Holds(queryKeyValue.Length, 3L * rows * layout.Width, "[rows, 3 · width]");
        return layout.Width;
    }

    static void Run(Job job, int directions, int rows, WorkerPool pool)
    {
        job.Directions = directions;
        job.Rows = rows;
        job.Pool = pool;
        var visited = (long)directions * rows * rows * job.Layout.Width;
        job.Workers = visited < SharedWorkMin ? 1 : int.Min(pool.Threads, job.Layout.Heads);
        pool.Run(job, job.Workers);
    }

    /// <summary>A worker takes whole heads, since a gradient adds to the keys of a head from every row.</summary>
    struct Job : IWorkerJob
    {
        internal KeyValueLayout Layout;
        internal float* Source;
        internal float* Change;
        internal float* Result;
        internal TangentReach Reach;
        internal bool IsGradient;
        internal int Directions;
        internal int Rows;
        internal int Workers;
        internal WorkerPool Pool;

        public readonly void Run(int worker)
        {
            var padded = Lanes.Padded(Rows);
            var shares = Pool.Scratch(worker, 2L * padded);
            for (var head = worker; head < Layout.Heads; head += Workers)
            {
                for (var row = 0; row < Rows; row++)
                {
                    Weigh(row, head, shares);
                    for (var direction = 0; direction < Directions; direction++)
                    {
                        if (IsGradient) Back(direction, row, head, shares, shares + padded);
                        else Forward(direction, row, head, shares, shares + padded);
                    }
                }
            }
        }

        /// <summary>Where query (0), key (1) or value (2) of a head of a row begin.</summary>
        readonly long Part(long row, int part, int head) => (3 * row + part) * Layout.Width + (long)head * Layout.HeadWidth;

        /// <summary>shares[j] = softmax of the scores of row <paramref name="row"/>.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        readonly void Weigh(int row, int head, float* shares)
        {
            var scale = 1 / MathF.Sqrt(Layout.HeadWidth);
            var query = Source + Part(row, 0, head);
            var largest = float.NegativeInfinity;
            for (var j = 0; j <= row; j++)
            {
                shares[j] = Dot(query, Source + Part(j, 1, head), Layout.HeadWidth) * scale;
                if (shares[j] > largest) largest = shares[j];
            }

            F totals = default;
            for (var j = 0; j <= row; j += Lanes.Count)
            {
                var seen = Lanes.Below(row + 1 - j);
                var share = V.ConditionalSelect(seen, Exponential.Of(V.Load(shares + j) - V.Create(largest)), F.Zero);
                V.Store(share, shares + j);
                totals += share;
            }

            var total = V.Create(1 / Lanes.Sum(totals));
            for (var j = 0; j <= row; j += Lanes.Count) V.Store(V.Load(shares + j) * total, shares + j);
        }

        readonly void Forward(int direction, int row, int head, float* shares, float* changes)
        {
            var scale = 1 / MathF.Sqrt(Layout.HeadWidth);
            var first = (long)direction * Rows;
            float* query = Source + Part(row, 0, head), queryChange = Change + Part(first + row, 0, head);
            var from = Reach == TangentReach.Whole ? 0 : row;
            float mean = 0;
            for (var j = 0; j <= row; j++)
            {
                changes[j] = Dot(queryChange, Source + Part(j, 1, head), Layout.HeadWidth);
                if (j >= from) changes[j] += Dot(query, Change + Part(first + j, 1, head), Layout.HeadWidth);
                changes[j] *= scale;
                mean = MathF.FusedMultiplyAdd(shares[j], changes[j], mean);
            }

            var result = Result + (first + row) * Layout.Width + (long)head * Layout.HeadWidth;
            new Span<float>(result, Layout.HeadWidth).Clear();
            for (var j = 0; j <= row; j++)
            {
                Add(shares[j] * (changes[j] - mean), Source + Part(j, 2, head), Layout.HeadWidth, result);
                if (j >= from) Add(shares[j], Change + Part(first + j, 2, head), Layout.HeadWidth, result);
            }
        }

        readonly void Back(int direction, int row, int head, float* shares, float* changes)
        {
            var scale = 1 / MathF.Sqrt(Layout.HeadWidth);
            var first = (long)direction * Rows;
            var gradient = Change + (first + row) * Layout.Width + (long)head * Layout.HeadWidth;
            var from = Reach == TangentReach.Whole ? 0 : row;
            float mean = 0;
            for (var j = 0; j <= row; j++)
            {
                changes[j] = Dot(gradient, Source + Part(j, 2, head), Layout.HeadWidth);
                mean = MathF.FusedMultiplyAdd(shares[j], changes[j], mean);
            }

            float* query = Source + Part(row, 0, head), queryGradient = Result + Part(first + row, 0, head);
            for (var j = 0; j <= row; j++)
            {
                var change = shares[j] * (changes[j] - mean) * scale;
                Add(change, Source + Part(j, 1, head), Layout.HeadWidth, queryGradient);
                if (j < from) continue;
                Add(change, query, Layout.HeadWidth, Result + Part(first + j, 1, head));
                Add(shares[j], gradient, Layout.HeadWidth, Result + Part(first + j, 2, head));
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        static float Dot(float* a, float* b, int count)
        {
            F sum = default;
            var c = 0;
            for (; c + Lanes.Count <= count; c += Lanes.Count) sum = V.FusedMultiplyAdd(V.Load(a + c), V.Load(b + c), sum);
            if (c < count) sum = V.FusedMultiplyAdd(Lanes.LoadFirst(a + c, count - c), Lanes.LoadFirst(b + c, count - c), sum);
            return Lanes.Sum(sum);
        }

        /// <summary>sums += factor · x.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        static void Add(float factor, float* x, int count, float* sums)
        {
            var factors = V.Create(factor);
            var c = 0;
            for (; c + Lanes.Count <= count; c += Lanes.Count) V.Store(V.FusedMultiplyAdd(factors, V.Load(x + c), V.Load(sums + c)), sums + c);
            for (; c < count; c++) sums[c] = MathF.FusedMultiplyAdd(factor, x[c], sums[c]);
        }
    }
}
