using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using F = System.Runtime.Intrinsics.Vector512<float>;
using V = System.Runtime.Intrinsics.Vector512;

namespace Muninn.Kernels;

/// <summary>Rows × one panel of bfloat16 weights, widened in registers: a shift, a mask, a fused multiply-add.</summary>
/// <remarks>At most 13 rows: the packed pairs take two registers more than float32 weights do.</remarks>
static unsafe class BrainFloat16Tile
{
    internal const int RowsMax = 13;
    internal const int NarrowRowsMax = 6;

    /// <summary>Rows · weights, summed over the inputs in order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Multiply<TRows>(TileWork* work) where TRows : struct, IRowCount
    {
        float* a = work->Rows, w = work->Weights, c = work->Result;
        var ahead = work->Ahead;
        var (stride, aheadLines, strip, near) = (work->Stride, work->AheadLines, work->StripLanes, work->IsNear);
        F p0 = default, q0 = default, p1 = default, q1 = default, p2 = default, q2 = default, p3 = default;
        F q3 = default, p4 = default, q4 = default, p5 = default, q5 = default, p6 = default, q6 = default;
        F p7 = default, q7 = default, p8 = default, q8 = default, p9 = default, q9 = default, p10 = default;
        F q10 = default, p11 = default, q11 = default, p12 = default, q12 = default;
        if (work->Continues)
        {
            p0 = V.Load(c); q0 = V.Load(c + 16);
            if (TRows.Count > 1) { p1 = V.Load(c + stride); q1 = V.Load(c + stride + 16); }
            if (TRows.Count > 2) { p2 = V.Load(c + 2 * stride); q2 = V.Load(c + 2 * stride + 16); }
            if (TRows.Count > 3) { p3 = V.Load(c + 3 * stride); q3 = V.Load(c + 3 * stride + 16); }
            if (TRows.Count > 4) { p4 = V.Load(c + 4 * stride); q4 = V.Load(c + 4 * stride + 16); }
            if (TRows.Count > 5) { p5 = V.Load(c + 5 * stride); q5 = V.Load(c + 5 * stride + 16); }
            if (TRows.Count > 6) { p6 = V.Load(c + 6 * stride); q6 = V.Load(c + 6 * stride + 16); }
            if (TRows.Count > 7) { p7 = V.Load(c + 7 * stride); q7 = V.Load(c + 7 * stride + 16); }
            if (TRows.Count > 8) { p8 = V.Load(c + 8 * stride); q8 = V.Load(c + 8 * stride + 16); }
            if (TRows.Count > 9) { p9 = V.Load(c + 9 * stride); q9 = V.Load(c + 9 * stride + 16); }
            if (TRows.Count > 10) { p10 = V.Load(c + 10 * stride); q10 = V.Load(c + 10 * stride + 16); }
            if (TRows.Count > 11) { p11 = V.Load(c + 11 * stride); q11 = V.Load(c + 11 * stride + 16); }
            if (TRows.Count > 12) { p12 = V.Load(c + 12 * stride); q12 = V.Load(c + 12 * stride + 16); }
        }

        float* end = w + (work->Depth + 1) / 2 * 32;
        while (w < end)
        {
            ahead = TileWork.FetchAhead(ahead, aheadLines, near);
            var last = w + Math.Min(end - w, strip);
            for (; w < last; w += 32, a += 2 * TRows.Count)
            {
                var pairs = V.Load((uint*)w);
                var morePairs = V.Load((uint*)w + 16);
                var u = (pairs << 16).AsSingle();
                var v = (morePairs << 16).AsSingle();
                var x = V.Create(a[0]);
                p0 = V.FusedMultiplyAdd(x, u, p0); q0 = V.FusedMultiplyAdd(x, v, q0);
                if (TRows.Count > 1) { x = V.Create(a[1]); p1 = V.FusedMultiplyAdd(x, u, p1); q1 = V.FusedMultiplyAdd(x, v, q1); }
                if (TRows.Count > 2) { x = V.Create(a[2]); p2 = V.FusedMultiplyAdd(x, u, p2); q2 = V.FusedMultiplyAdd(x, v, q2); }
                if (TRows.Count > 3) { x = V.Create(a[3]); p3 = V.FusedMultiplyAdd(x, u, p3); q3 = V.FusedMultiplyAdd(x, v, q3); }
                if (TRows.Count > 4) { x = V.Create(a[4]); p4 = V.FusedMultiplyAdd(x, u, p4); q4 = V.FusedMultiplyAdd(x, v, q4); }
                if (TRows.Count > 5) { x = V.Create(a[5]); p5 = V.FusedMultiplyAdd(x, u, p5); q5 = V.FusedMultiplyAdd(x, v, q5); }
                if (TRows.Count > 6) { x = V.Create(a[6]); p6 = V.FusedMultiplyAdd(x, u, p6); q6 = V.FusedMultiplyAdd(x, v, q6); }
                if (TRows.Count > 7) { x = V.Create(a[7]); p7 = V.FusedMultiplyAdd(x, u, p7); q7 = V.FusedMultiplyAdd(x, v, q7); }
                if (TRows.Count > 8) { x = V.Create(a[8]); p8 = V.FusedMultiplyAdd(x, u, p8); q8 = V.FusedMultiplyAdd(x, v, q8); }
                if (TRows.Count > 9) { x = V.Create(a[9]); p9 = V.FusedMultiplyAdd(x, u, p9); q9 = V.FusedMultiplyAdd(x, v, q9); }
                if (TRows.Count > 10) { x = V.Create(a[10]); p10 = V.FusedMultiplyAdd(x, u, p10); q10 = V.FusedMultiplyAdd(x, v, q10); }
                if (TRows.Count > 11) { x = V.Create(a[11]); p11 = V.FusedMultiplyAdd(x, u, p11); q11 = V.FusedMultiplyAdd(x, v, q11); }
                if (TRows.Count > 12) { x = V.Create(a[12]); p12 = V.FusedMultiplyAdd(x, u, p12); q12 = V.FusedMultiplyAdd(x, v, q12); }
                var odd = a + TRows.Count;
                u = (pairs & V.Create(0xFFFF0000u)).AsSingle();
                v = (morePairs & V.Create(0xFFFF0000u)).AsSingle();
                x = V.Create(odd[0]);
                p0 = V.FusedMultiplyAdd(x, u, p0); q0 = V.FusedMultiplyAdd(x, v, q0);
                if (TRows.Count > 1) { x = V.Create(odd[1]); p1 = V.FusedMultiplyAdd(x, u, p1); q1 = V.FusedMultiplyAdd(x, v, q1); }
                if (TRows.Count > 2) { x = V.Create(odd[2]); p2 = V.FusedMultiplyAdd(x, u, p2); q2 = V.FusedMultiplyAdd(x, v, q2); }
                if (TRows.Count > 3) { x = V.Create(odd[3]); p3 = V.FusedMultiplyAdd(x, u, p3); q3 = V.FusedMultiplyAdd(x, v, q3); }
                if (TRows.Count > 4) { x = V.Create(odd[4]); p4 = V.FusedMultiplyAdd(x, u, p4); q4 = V.FusedMultiplyAdd(x, v, q4); }
                if (TRows.Count > 5) { x = V.Create(odd[5]); p5 = V.FusedMultiplyAdd(x, u, p5); q5 = V.FusedMultiplyAdd(x, v, q5); }
                if (TRows.Count > 6) { x = V.Create(odd[6]); p6 = V.FusedMultiplyAdd(x, u, p6); q6 = V.FusedMultiplyAdd(x, v, q6); }
                if (TRows.Count > 7) { x = V.Create(odd[7]); p7 = V.FusedMultiplyAdd(x, u, p7); q7 = V.FusedMultiplyAdd(x, v, q7); }
                if (TRows.Count > 8) { x = V.Create(odd[8]); p8 = V.FusedMultiplyAdd(x, u, p8); q8 = V.FusedMultiplyAdd(x, v, q8); }
                if (TRows.Count > 9) { x = V.Create(odd[9]); p9 = V.FusedMultiplyAdd(x, u, p9); q9 = V.FusedMultiplyAdd(x, v, q9); }
                if (TRows.Count > 10) { x = V.Create(odd[10]); p10 = V.FusedMultiplyAdd(x, u, p10); q10 = V.FusedMultiplyAdd(x, v, q10); }
                if (TRows.Count > 11) { x = V.Create(odd[11]); p11 = V.FusedMultiplyAdd(x, u, p11); q11 = V.FusedMultiplyAdd(x, v, q11); }
                if (TRows.Count > 12) { x = V.Create(odd[12]); p12 = V.FusedMultiplyAdd(x, u, p12); q12 = V.FusedMultiplyAdd(x, v, q12); }
            }
        }

        V.Store(p0, c); V.Store(q0, c + 16);
        if (TRows.Count > 1) { V.Store(p1, c + stride); V.Store(q1, c + stride + 16); }
        if (TRows.Count > 2) { V.Store(p2, c + 2 * stride); V.Store(q2, c + 2 * stride + 16); }
        if (TRows.Count > 3) { V.Store(p3, c + 3 * stride); V.Store(q3, c + 3 * stride + 16); }
        if (TRows.Count > 4) { V.Store(p4, c + 4 * stride); V.Store(q4, c + 4 * stride + 16); }
        if (TRows.Count > 5) { V.Store(p5, c + 5 * stride); V.Store(q5, c + 5 * stride + 16); }
        if (TRows.Count > 6) { V.Store(p6, c + 6 * stride); V.Store(q6, c + 6 * stride + 16); }
        if (TRows.Count > 7) { V.Store(p7, c + 7 * stride); V.Store(q7, c + 7 * stride + 16); }
        if (TRows.Count > 8) { V.Store(p8, c + 8 * stride); V.Store(q8, c + 8 * stride + 16); }
        if (TRows.Count > 9) { V.Store(p9, c + 9 * stride); V.Store(q9, c + 9 * stride + 16); }
        if (TRows.Count > 10) { V.Store(p10, c + 10 * stride); V.Store(q10, c + 10 * stride + 16); }
        if (TRows.Count > 11) { V.Store(p11, c + 11 * stride); V.Store(q11, c + 11 * stride + 16); }
        if (TRows.Count > 12) { V.Store(p12, c + 12 * stride); V.Store(q12, c + 12 * stride + 16); }
    }

    /// <summary>The same for the left half of a panel: the shape for 16 registers of 32 bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void MultiplyNarrow<TRows>(TileWork* work) where TRows : struct, IRowCount
    {
        float* a = work->Rows, w = work->Weights, c = work->Result;
        var ahead = work->Ahead;
        var (stride, aheadLines, strip, near) = (work->Stride, work->AheadLines, work->StripLanes, work->IsNear);
        F p0 = default, p1 = default, p2 = default, p3 = default, p4 = default, p5 = default;
        if (work->Continues)
        {
            p0 = V.Load(c);
            if (TRows.Count > 1) { p1 = V.Load(c + stride); }
            if (TRows.Count > 2) { p2 = V.Load(c + 2 * stride); }
            if (TRows.Count > 3) { p3 = V.Load(c + 3 * stride); }
            if (TRows.Count > 4) { p4 = V.Load(c + 4 * stride); }
            if (TRows.Count > 5) { p5 = V.Load(c + 5 * stride); }
        }

        float* end = w + (work->Depth + 1) / 2 * 32;
        while (w < end)
        {
            ahead = TileWork.FetchAhead(ahead, aheadLines, near);
            var last = w + Math.Min(end - w, strip);
            for (; w < last; w += 32, a += 2 * TRows.Count)
            {
                var pairs = V.Load((uint*)w);
                var u = (pairs << 16).AsSingle();
                var x = V.Create(a[0]);
                p0 = V.FusedMultiplyAdd(x, u, p0);
                if (TRows.Count > 1) { x = V.Create(a[1]); p1 = V.FusedMultiplyAdd(x, u, p1); }
                if (TRows.Count > 2) { x = V.Create(a[2]); p2 = V.FusedMultiplyAdd(x, u, p2); }
                if (TRows.Count > 3) { x = V.Create(a[3]); p3 = V.FusedMultiplyAdd(x, u, p3); }
                if (TRows.Count > 4) { x = V.Create(a[4]); p4 = V.FusedMultiplyAdd(x, u, p4); }
                if (TRows.Count > 5) { x = V.Create(a[5]); p5 = V.FusedMultiplyAdd(x, u, p5); }
                var odd = a + TRows.Count;
                u = (pairs & V.Create(0xFFFF0000u)).AsSingle();
                x = V.Create(odd[0]);
                p0 = V.FusedMultiplyAdd(x, u, p0);
                if (TRows.Count > 1) { x = V.Create(odd[1]); p1 = V.FusedMultiplyAdd(x, u, p1); }
                if (TRows.Count > 2) { x = V.Create(odd[2]); p2 = V.FusedMultiplyAdd(x, u, p2); }
                if (TRows.Count > 3) { x = V.Create(odd[3]); p3 = V.FusedMultiplyAdd(x, u, p3); }
                if (TRows.Count > 4) { x = V.Create(odd[4]); p4 = V.FusedMultiplyAdd(x, u, p4); }
                if (TRows.Count > 5) { x = V.Create(odd[5]); p5 = V.FusedMultiplyAdd(x, u, p5); }
            }
        }

        V.Store(p0, c);
        if (TRows.Count > 1) { V.Store(p1, c + stride); }
        if (TRows.Count > 2) { V.Store(p2, c + 2 * stride); }
        if (TRows.Count > 3) { V.Store(p3, c + 3 * stride); }
        if (TRows.Count > 4) { V.Store(p4, c + 4 * stride); }
        if (TRows.Count > 5) { V.Store(p5, c + 5 * stride); }
    }
}
