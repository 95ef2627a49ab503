using System;
using System.Runtime.CompilerServices;
using System.Threading;
using F = System.Runtime.Intrinsics.Vector512<float>;
using V = System.Runtime.Intrinsics.Vector512;

namespace Muninn.Kernels;

/// <summary>
/// What the result of <see cref="Attention"/> asks of queries, keys and values, over sequences one behind the other in each of which
/// a row sees the rows before it and itself: <see cref="AttentionTangent.ReadGradient"/> for many sequences and one gradient.
/// </summary>
/// <remarks>
/// Four rows go together: what is loaded of keys and values serves all of them. Their sums run in the order that single rows would
/// have, so no bit depends on the grouping. Backwards the shares are computed anew; they are not kept.
/// </remarks>
public static unsafe class AttentionGradient
{
    /// <summary>Below this many visited floats the caller works alone.</summary>
    const long SharedWorkMin = 1 << 14;

    /// <summary>
    /// With gⱼ = pⱼ (dy · vⱼ − Σᵢ pᵢ dy · vᵢ) / √headWidth, p the softmax of the scores: dq = Σⱼ gⱼ kⱼ, dkⱼ = Σ gⱼ q and dvⱼ = Σ pⱼ dy,
    /// the last two over all rows of the sequence that see j, in order.
    /// </summary>
    /// <param name="layout">Heads and their width.</param>
    /// <param name="queryKeyValue">Where it is taken: all query heads, all key heads, all value heads, <c>[rows, 3 · width]</c>.</param>
    /// <param name="gradients">dy, the heads side by side, <c>[rows, width]</c>.</param>
    /// <param name="firsts">First row of each sequence, ascending from 0, and behind the last the number of rows.</param>
    /// <param name="destination">dq, dk and dv, <c>[rows, 3 · width]</c>, overwritten; must not overlap the inputs.</param>
    /// <param name="pool">Who computes.</param>
    /// <exception cref="ArgumentException">A span is too short or overlaps, or the sequences do not ascend.</exception>
    public static void Read(
        KeyValueLayout layout,
        ReadOnlySpan<float> queryKeyValue,
        ReadOnlySpan<float> gradients,
        ReadOnlySpan<int> firsts,
        Span<float> destination,
        WorkerPool pool)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(layout.Heads, 1, nameof(layout));
        ArgumentOutOfRangeException.ThrowIfLessThan(layout.HeadWidth, 1, nameof(layout));
        var rows = RowsOf(firsts);
        var floats = (long)rows * layout.Width;
        Guard.Holds(queryKeyValue.Length, 3 * floats, "[rows, 3 · width]");
        Guard.Holds(gradients.Length, floats, "[rows, width]");
        Guard.Holds(destination.Length, 3 * floats, "[rows, 3 · width]");
        Guard.Apart(queryKeyValue[..(int)(3 * floats)], destination[..(int)(3 * floats)]);
        Guard.Apart(gradients[..(int)floats], destination[..(int)(3 * floats)]);
        fixed (float* source = queryKeyValue, change = gradients, result = destination)
        fixed (int* first = firsts)
        {
            var job = new Job { Layout = layout, Source = source, Change = change, Result = result, Firsts = first, Sequences = firsts.Length - 1, Pool = pool };
            pool.Run(job, 3 * floats < SharedWorkMin ? 1 : pool.Threads);
        }
    }

    static int RowsOf(ReadOnlySpan<int> firsts)
    {
        if (firsts.IsEmpty || firsts[0] != 0)
            throw new ArgumentException("The first sequence begins at row 0; give the first row of each, and behind the last the number of rows.", nameof(firsts));
        for (var i = 1; i < firsts.Length; i++)
        {
            if (firsts[i] < firsts[i - 1])
                throw new ArgumentException($"Sequence {i} begins at row {firsts[i]}, before sequence {i - 1} at {firsts[i - 1]}; put them in order.", nameof(firsts));
        }

        return firsts[^1];
    }

    /// <summary>A worker takes one head of one sequence at a time, since a row adds to the keys of all rows before it.</summary>
    struct Job : IWorkerJob
    {
        internal KeyValueLayout Layout;
        internal float* Source;
        internal float* Change;
        internal float* Result;
        internal int* Firsts;
        internal int Sequences;
        internal WorkerPool Pool;
        int _taken;

        public void Run(int worker)
        {
            while (true)
            {
                var item = Interlocked.Increment(ref _taken) - 1;
                if (item / Layout.Heads >= Sequences) return;
                var (first, last) = (Firsts[item / Layout.Heads], Firsts[item / Layout.Heads + 1]);
                if (first == last) continue;
                var head = new HeadGradient(last - first, Layout.HeadWidth, null);
                head = new HeadGradient(last - first, Layout.HeadWidth, Pool.Scratch(worker, head.Floats));
                var place = (long)(item % Layout.Heads) * Layout.HeadWidth;
                var triple = 3L * first * Layout.Width + place;
                head.Take(Source + triple, Change + (long)first * Layout.Width + place, Layout.Width);
                head.Back();
                head.Give(Result + triple, Layout.Width);
            }
        }
    }

    /// <summary>One head of one sequence, apart from the others and padded to whole vectors.</summary>
    readonly struct HeadGradient
    {
        readonly int _length;
        readonly int _width;
        readonly int _padded;
        readonly int _paddedLength;
        readonly float* _keyPanels;
        readonly float* _valuePanels;
        readonly float* _queries;
        readonly float* _keys;
        readonly float* _gradients;
        readonly float* _queryGradients;
        readonly float* _keyGradients;
        readonly float* _valueGradients;
        readonly float* _shares;
        readonly float* _changes;

        internal HeadGradient(int length, int width, float* memory)
        {
            (_length, _width, _padded, _paddedLength) = (length, width, Lanes.Padded(width), Lanes.Padded(length));
            var (panels, rows, places) = ((long)_paddedLength * width, (long)length * _padded, 4L * _paddedLength);
            _keyPanels = memory;
            _valuePanels = _keyPanels + panels;
            _queries = _valuePanels + panels;
            _keys = _queries + rows;
            _gradients = _keys + rows;
            _queryGradients = _gradients + rows;
            _keyGradients = _queryGradients + rows;
            _valueGradients = _keyGradients + rows;
            _shares = _valueGradients + rows;
            _changes = _shares + places;
            Floats = 2 * (panels + places) + 6 * rows;
        }

        internal long Floats { get; }

        /// <summary>Copies queries, keys and values out of rows of 3 · width, and gradients out of rows of width.</summary>
        internal void Take(float* source, float* gradients, int width)
        {
            Copy(source, 3L * width, _queries);
            Copy(source + width, 3L * width, _keys);
            Copy(gradients, width, _gradients);
            CopyPanels(source + width, 3L * width, _keyPanels);
            CopyPanels(source + 2 * width, 3L * width, _valuePanels);
            new Span<float>(_keyGradients, 2 * _length * _padded).Clear();
        }

        internal void Give(float* result, int width)
        {
            for (var row = 0; row < _length; row++, result += 3L * width)
            {
                var place = (long)row * _padded;
                new ReadOnlySpan<float>(_queryGradients + place, _width).CopyTo(new(result, _width));
                new ReadOnlySpan<float>(_keyGradients + place, _width).CopyTo(new(result + width, _width));
                new ReadOnlySpan<float>(_valueGradients + place, _width).CopyTo(new(result + 2 * width, _width));
            }
        }

        internal void Back()
        {
            var row = 0;
            for (; row + 4 <= _length; row += 4) Back<Rows4>(row);
            if (_length - row == 3) Back<Rows3>(row);
            else if (_length - row == 2) Back<Rows2>(row);
            else if (_length - row == 1) Back<Rows1>(row);
        }

        void Back<TRows>(int row) where TRows : struct, IRowCount
        {
            Score<TRows>(row);
            for (var r = 0; r < TRows.Count; r++) Weigh(row + r, _shares + r * _paddedLength, _changes + r * _paddedLength, row + TRows.Count);
            AddQueries<TRows>(row);
            AddKeys<TRows>(row);
        }

        void Copy(float* source, long stride, float* destination)
        {
            for (var row = 0; row < _length; row++, source += stride, destination += _padded)
            {
                new ReadOnlySpan<float>(source, _width).CopyTo(new(destination, _width));
                new Span<float>(destination + _width, _padded - _width).Clear();
            }
        }

        /// <summary>Sixteen rows to a panel, column by column; behind the last row zeros.</summary>
        void CopyPanels(float* source, long stride, float* destination)
        {
            for (var row = 0; row < _length; row += Lanes.Count, source += Lanes.Count * stride, destination += (long)Lanes.Count * _width)
            {
                var rows = int.Min(Lanes.Count, _length - row);
                if (rows < Lanes.Count) new Span<float>(destination, Lanes.Count * _width).Clear();
                Transposition.Copy(source, stride, rows, _width, destination, Lanes.Count);
            }
        }

        /// <summary>shares[j] = q · kⱼ and changes[j] = dy · vⱼ, of some rows.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        void Score<TRows>(int row) where TRows : struct, IRowCount
        {
            var (stride, places) = ((long)_padded, (long)_paddedLength);
            for (var j = 0; j < row + TRows.Count; j += Lanes.Count)
            {
                float* q = _queries + row * stride, d = _gradients + row * stride;
                float* k = _keyPanels + (long)j * _width, v = _valuePanels + (long)j * _width;
                F p0 = default, p1 = default, p2 = default, p3 = default, q0 = default, q1 = default, q2 = default, q3 = default;
                for (var c = 0; c < _width; c++, q++, d++, k += Lanes.Count, v += Lanes.Count)
                {
                    var (x, y) = (V.Load(k), V.Load(v));
                    p0 = V.FusedMultiplyAdd(V.Create(q[0]), x, p0);
                    q0 = V.FusedMultiplyAdd(V.Create(d[0]), y, q0);
                    if (TRows.Count > 1) { p1 = V.FusedMultiplyAdd(V.Create(q[stride]), x, p1); q1 = V.FusedMultiplyAdd(V.Create(d[stride]), y, q1); }
                    if (TRows.Count > 2) { p2 = V.FusedMultiplyAdd(V.Create(q[2 * stride]), x, p2); q2 = V.FusedMultiplyAdd(V.Create(d[2 * stride]), y, q2); }
                    if (TRows.Count > 3) { p3 = V.FusedMultiplyAdd(V.Create(q[3 * stride]), x, p3); q3 = V.FusedMultiplyAdd(V.Create(d[3 * stride]), y, q3); }
                }

                float* s = _shares + j, g = _changes + j;
                V.Store(p0, s);
                V.Store(q0, g);
                if (TRows.Count > 1) { V.Store(p1, s + places); V.Store(q1, g + places); }
                if (TRows.Count > 2) { V.Store(p2, s + 2 * places); V.Store(q2, g + 2 * places); }
                if (TRows.Count > 3) { V.Store(p3, s + 3 * places); V.Store(q3, g + 3 * places); }
            }
        }

        /// <summary>Scores become shares p, and changes g; both are 0 in places that the row does not see.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        void Weigh(int row, float* shares, float* changes, int end)
        {
            var scale = 1 / MathF.Sqrt(_width);
            var scales = V.Create(scale);
            var largest = V.Create(float.NegativeInfinity);
            for (var j = 0; j < end; j += Lanes.Count)
            {
                var score = V.ConditionalSelect(Lanes.Below(row + 1 - j), V.Load(shares + j) * scales, V.Create(float.NegativeInfinity));
                V.Store(score, shares + j);
                largest = Lanes.Larger(score, largest);
            }

            var most = V.Create(Lanes.Largest(largest));
            F total = default;
            for (var j = 0; j < end; j += Lanes.Count)
            {
                var share = V.ConditionalSelect(Lanes.Below(row + 1 - j), Exponential.Of(V.Load(shares + j) - most), F.Zero);
                V.Store(share, shares + j);
                total += share;
            }

            var inverse = V.Create(1 / Lanes.Sum(total));
            F mean = default;
            for (var j = 0; j < end; j += Lanes.Count)
            {
                var share = V.Load(shares + j) * inverse;
                V.Store(share, shares + j);
                mean = V.FusedMultiplyAdd(share, V.Load(changes + j), mean);
            }

            var means = V.Create(Lanes.Sum(mean));
            for (var j = 0; j < end; j += Lanes.Count)
                V.Store(V.Load(shares + j) * (V.Load(changes + j) - means) * scales, changes + j);
        }

        /// <summary>dq = Σⱼ gⱼ kⱼ, of some rows.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        void AddQueries<TRows>(int row) where TRows : struct, IRowCount
        {
            var (stride, places) = ((long)_padded, (long)_paddedLength);
            for (var c = 0; c < _padded; c += Lanes.Count)
            {
                F p0 = default, p1 = default, p2 = default, p3 = default;
                float* k = _keys + c, g = _changes, end = g + row + TRows.Count;
                for (; g < end; g++, k += stride)
                {
                    var x = V.Load(k);
                    p0 = V.FusedMultiplyAdd(V.Create(g[0]), x, p0);
                    if (TRows.Count > 1) p1 = V.FusedMultiplyAdd(V.Create(g[places]), x, p1);
                    if (TRows.Count > 2) p2 = V.FusedMultiplyAdd(V.Create(g[2 * places]), x, p2);
                    if (TRows.Count > 3) p3 = V.FusedMultiplyAdd(V.Create(g[3 * places]), x, p3);
                }

                var result = _queryGradients + row * stride + c;
                V.Store(p0, result);
                if (TRows.Count > 1) V.Store(p1, result + stride);
                if (TRows.Count > 2) V.Store(p2, result + 2 * stride);
                if (TRows.Count > 3) V.Store(p3, result + 3 * stride);
            }
        }

        /// <summary>dkⱼ += gⱼ q and dvⱼ += pⱼ dy, of some rows, the first before the next.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        void AddKeys<TRows>(int row) where TRows : struct, IRowCount
        {
            var (stride, places) = ((long)_padded, (long)_paddedLength);
            for (var c = 0; c < _padded; c += Lanes.Count)
            {
                float* q = _queries + row * stride + c, d = _gradients + row * stride + c;
                F q0 = V.Load(q), q1 = default, q2 = default, q3 = default, d0 = V.Load(d), d1 = default, d2 = default, d3 = default;
                if (TRows.Count > 1) { q1 = V.Load(q + stride); d1 = V.Load(d + stride); }
                if (TRows.Count > 2) { q2 = V.Load(q + 2 * stride); d2 = V.Load(d + 2 * stride); }
                if (TRows.Count > 3) { q3 = V.Load(q + 3 * stride); d3 = V.Load(d + 3 * stride); }
                float* k = _keyGradients + c, v = _valueGradients + c, g = _changes, p = _shares, end = g + row + TRows.Count;
                for (; g < end; g++, p++, k += stride, v += stride)
                {
                    var x = V.FusedMultiplyAdd(V.Create(g[0]), q0, V.Load(k));
                    var y = V.FusedMultiplyAdd(V.Create(p[0]), d0, V.Load(v));
                    if (TRows.Count > 1) { x = V.FusedMultiplyAdd(V.Create(g[places]), q1, x); y = V.FusedMultiplyAdd(V.Create(p[places]), d1, y); }
                    if (TRows.Count > 2) { x = V.FusedMultiplyAdd(V.Create(g[2 * places]), q2, x); y = V.FusedMultiplyAdd(V.Create(p[2 * places]), d2, y); }
                    if (TRows.Count > 3) { x = V.FusedMultiplyAdd(V.Create(g[3 * places]), q3, x); y = V.FusedMultiplyAdd(V.Create(p[3 * places]), d3, y); }
                    V.Store(x, k);
                    V.Store(y, v);
                }
            }
        }
    }
}
