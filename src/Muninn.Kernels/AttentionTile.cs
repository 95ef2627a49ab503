using System.Numerics;
using System.Runtime.CompilerServices;
using F = System.Runtime.Intrinsics.Vector512<float>;
using V = System.Runtime.Intrinsics.Vector512;

namespace Muninn.Kernels;

/// <summary>
/// One to four rows against a chunk of the places they share: what is loaded once serves all of them, and each row's sums
/// run in the order they would have alone.
/// </summary>
static unsafe class AttentionTile<TStored, T, TRows>
    where TStored : struct, IStoredFloat<T>
    where T : unmanaged
    where TRows : struct, IRowCount
{
    /// <summary>q · k of all places of a chunk, in order.</summary>
    /// <param name="layout">How the store lies.</param>
    /// <param name="query">One head of the first row's query; the next row's lies 3 · width further on.</param>
    /// <param name="keys">The same head of the first panel.</param>
    /// <param name="chunk">The places.</param>
    /// <param name="scores">Overwritten, <c>[rows, SeenChunk.Stride]</c>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Score(KeyValueLayout layout, float* query, T* keys, SeenChunk* chunk, float* scores)
    {
        var raw = stackalloc float[4 * Lanes.Count * TRows.Count];
        float* query1 = query + 3L * layout.Width, query2 = query1 + 3L * layout.Width, query3 = query2 + 3L * layout.Width;
        var stride = layout.KeyPanel(1);
        for (int part = 0, done = 0; part < chunk->Parts; part += 4)
        {
            // Four parts at a time. Where there are fewer, the first stands in for the rest.
            var parts = chunk->Parts - part;
            var a = keys + chunk->Panels[part] * stride;
            var b = parts > 1 ? keys + chunk->Panels[part + 1] * stride : a;
            var c = parts > 2 ? keys + chunk->Panels[part + 2] * stride : a;
            var d = parts > 3 ? keys + chunk->Panels[part + 3] * stride : a;
            F p0 = default, q0 = default, r0 = default, s0 = default, p1 = default, q1 = default, r1 = default, s1 = default;
            F p2 = default, q2 = default, r2 = default, s2 = default, p3 = default, q3 = default, r3 = default, s3 = default;
            for (long i = 0; i < layout.HeadWidth; i++, a += Lanes.Count, b += Lanes.Count, c += Lanes.Count, d += Lanes.Count)
            {
                F x0 = V.Create(query[i]), x1 = default, x2 = default, x3 = default;
                if (TRows.Count > 1) x1 = V.Create(query1[i]);
                if (TRows.Count > 2) x2 = V.Create(query2[i]);
                if (TRows.Count > 3) x3 = V.Create(query3[i]);
                var u = TStored.Load(a);
                p0 = V.FusedMultiplyAdd(x0, u, p0);
                if (TRows.Count > 1) p1 = V.FusedMultiplyAdd(x1, u, p1);
                if (TRows.Count > 2) p2 = V.FusedMultiplyAdd(x2, u, p2);
                if (TRows.Count > 3) p3 = V.FusedMultiplyAdd(x3, u, p3);
                u = TStored.Load(b);
                q0 = V.FusedMultiplyAdd(x0, u, q0);
                if (TRows.Count > 1) q1 = V.FusedMultiplyAdd(x1, u, q1);
                if (TRows.Count > 2) q2 = V.FusedMultiplyAdd(x2, u, q2);
                if (TRows.Count > 3) q3 = V.FusedMultiplyAdd(x3, u, q3);
                u = TStored.Load(c);
                r0 = V.FusedMultiplyAdd(x0, u, r0);
                if (TRows.Count > 1) r1 = V.FusedMultiplyAdd(x1, u, r1);
                if (TRows.Count > 2) r2 = V.FusedMultiplyAdd(x2, u, r2);
                if (TRows.Count > 3) r3 = V.FusedMultiplyAdd(x3, u, r3);
                u = TStored.Load(d);
                s0 = V.FusedMultiplyAdd(x0, u, s0);
                if (TRows.Count > 1) s1 = V.FusedMultiplyAdd(x1, u, s1);
                if (TRows.Count > 2) s2 = V.FusedMultiplyAdd(x2, u, s2);
                if (TRows.Count > 3) s3 = V.FusedMultiplyAdd(x3, u, s3);
            }

            var target = chunk->IsDense ? scores : raw;
            var apart = chunk->IsDense ? SeenChunk.Stride : 4 * Lanes.Count;
            Store(target, p0, q0, r0, s0);
            if (TRows.Count > 1) Store(target + apart, p1, q1, r1, s1);
            if (TRows.Count > 2) Store(target + 2 * apart, p2, q2, r2, s2);
            if (TRows.Count > 3) Store(target + 3 * apart, p3, q3, r3, s3);
            if (chunk->IsDense) return;
            for (var row = 0; row < TRows.Count; row++)
                chunk->Gather(part, raw + row * apart, scores + row * SeenChunk.Stride + done);
            done += chunk->CountOf(part);
        }
    }

    /// <summary>sums = fades · sums + Σ weights · values, over some places of a chunk in order.</summary>
    /// <param name="layout">How the store lies.</param>
    /// <param name="values">One head of the first panel.</param>
    /// <param name="chunk">The places.</param>
    /// <param name="from">The first of them that counts.</param>
    /// <param name="to">The first one after it that does not; it and those behind it are not even read.</param>
    /// <param name="weights">One for each place of the chunk, <c>[rows, SeenChunk.Stride]</c>.</param>
    /// <param name="fades">One for each row.</param>
    /// <param name="sums">Accumulated into, <c>[rows, headWidth padded to 16]</c>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void AddValues(
        KeyValueLayout layout, T* values, SeenChunk* chunk, int from, int to, float* weights, float* fades, float* sums)
    {
        float* weights1 = weights + SeenChunk.Stride, weights2 = weights1 + SeenChunk.Stride, weights3 = weights2 + SeenChunk.Stride;
        var (firstPart, firstBits) = chunk->At(from);
        var panelStride = layout.ValueRow(Lanes.Count, 0);
        long stride = layout.ValueWidth;
        var column = 0;
        for (; column + 64 <= stride; column += 64, values += 64, sums += 64)
        {
            float* sums1 = sums + stride, sums2 = sums1 + stride, sums3 = sums2 + stride;
            F p0, q0, r0, s0, p1 = default, q1 = default, r1 = default, s1 = default;
            F p2 = default, q2 = default, r2 = default, s2 = default, p3 = default, q3 = default, r3 = default, s3 = default;
            (p0, q0, r0, s0) = Faded(sums, fades[0]);
            if (TRows.Count > 1) (p1, q1, r1, s1) = Faded(sums1, fades[1]);
            if (TRows.Count > 2) (p2, q2, r2, s2) = Faded(sums2, fades[2]);
            if (TRows.Count > 3) (p3, q3, r3, s3) = Faded(sums3, fades[3]);
            var bits = firstBits;
            for (int part = firstPart, i = from; i < to; bits = chunk->Bits[++part])
            {
                var panel = values + chunk->Panels[part] * panelStride;
                while (bits != 0 && i < to)
                {
                    var (first, end) = (BitOperations.TrailingZeroCount(bits), int.Min(to, i + SeenChunk.Run(bits)));
                    bits = SeenChunk.AfterRun(bits);
                    for (var value = panel + first * stride; i < end; i++, value += stride)
                    {
                        F x0 = V.Create(weights[i]), x1 = default, x2 = default, x3 = default;
                        if (TRows.Count > 1) x1 = V.Create(weights1[i]);
                        if (TRows.Count > 2) x2 = V.Create(weights2[i]);
                        if (TRows.Count > 3) x3 = V.Create(weights3[i]);
                        var u = TStored.Load(value);
                        p0 = V.FusedMultiplyAdd(x0, u, p0);
                        if (TRows.Count > 1) p1 = V.FusedMultiplyAdd(x1, u, p1);
                        if (TRows.Count > 2) p2 = V.FusedMultiplyAdd(x2, u, p2);
                        if (TRows.Count > 3) p3 = V.FusedMultiplyAdd(x3, u, p3);
                        u = TStored.Load(value + 16);
                        q0 = V.FusedMultiplyAdd(x0, u, q0);
                        if (TRows.Count > 1) q1 = V.FusedMultiplyAdd(x1, u, q1);
                        if (TRows.Count > 2) q2 = V.FusedMultiplyAdd(x2, u, q2);
                        if (TRows.Count > 3) q3 = V.FusedMultiplyAdd(x3, u, q3);
                        u = TStored.Load(value + 32);
                        r0 = V.FusedMultiplyAdd(x0, u, r0);
                        if (TRows.Count > 1) r1 = V.FusedMultiplyAdd(x1, u, r1);
                        if (TRows.Count > 2) r2 = V.FusedMultiplyAdd(x2, u, r2);
                        if (TRows.Count > 3) r3 = V.FusedMultiplyAdd(x3, u, r3);
                        u = TStored.Load(value + 48);
                        s0 = V.FusedMultiplyAdd(x0, u, s0);
                        if (TRows.Count > 1) s1 = V.FusedMultiplyAdd(x1, u, s1);
                        if (TRows.Count > 2) s2 = V.FusedMultiplyAdd(x2, u, s2);
                        if (TRows.Count > 3) s3 = V.FusedMultiplyAdd(x3, u, s3);
                    }
                }
            }

            Store(sums, p0, q0, r0, s0);
            if (TRows.Count > 1) Store(sums1, p1, q1, r1, s1);
            if (TRows.Count > 2) Store(sums2, p2, q2, r2, s2);
            if (TRows.Count > 3) Store(sums3, p3, q3, r3, s3);
        }

        for (; column < stride; column += 16, values += 16, sums += 16)
            AddStrip(layout, values, chunk, from, to, weights, fades, sums);
    }

    /// <summary>The same for 16 channels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void AddStrip(
        KeyValueLayout layout, T* values, SeenChunk* chunk, int from, int to, float* weights, float* fades, float* sums)
    {
        var (part, bits) = chunk->At(from);
        var panelStride = layout.ValueRow(Lanes.Count, 0);
        long stride = layout.ValueWidth;
        F p0 = V.Load(sums) * V.Create(fades[0]), p1 = default, p2 = default, p3 = default;
        if (TRows.Count > 1) p1 = V.Load(sums + stride) * V.Create(fades[1]);
        if (TRows.Count > 2) p2 = V.Load(sums + 2 * stride) * V.Create(fades[2]);
        if (TRows.Count > 3) p3 = V.Load(sums + 3 * stride) * V.Create(fades[3]);
        for (var i = from; i < to; bits = chunk->Bits[++part])
        {
            var panel = values + chunk->Panels[part] * panelStride;
            while (bits != 0 && i < to)
            {
                var (first, end) = (BitOperations.TrailingZeroCount(bits), int.Min(to, i + SeenChunk.Run(bits)));
                bits = SeenChunk.AfterRun(bits);
                for (var value = panel + first * stride; i < end; i++, value += stride)
                {
                    var u = TStored.Load(value);
                    p0 = V.FusedMultiplyAdd(V.Create(weights[i]), u, p0);
                    if (TRows.Count > 1) p1 = V.FusedMultiplyAdd(V.Create(weights[SeenChunk.Stride + i]), u, p1);
                    if (TRows.Count > 2) p2 = V.FusedMultiplyAdd(V.Create(weights[2 * SeenChunk.Stride + i]), u, p2);
                    if (TRows.Count > 3) p3 = V.FusedMultiplyAdd(V.Create(weights[3 * SeenChunk.Stride + i]), u, p3);
                }
            }
        }

        V.Store(p0, sums);
        if (TRows.Count > 1) V.Store(p1, sums + stride);
        if (TRows.Count > 2) V.Store(p2, sums + 2 * stride);
        if (TRows.Count > 3) V.Store(p3, sums + 3 * stride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static (F P, F Q, F R, F S) Faded(float* sums, float fade)
    {
        var fading = V.Create(fade);
        return (V.Load(sums) * fading, V.Load(sums + 16) * fading, V.Load(sums + 32) * fading, V.Load(sums + 48) * fading);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Store(float* destination, F p, F q, F r, F s)
    {
        V.Store(p, destination);
        V.Store(q, destination + 16);
        V.Store(r, destination + 32);
        V.Store(s, destination + 48);
    }
}
