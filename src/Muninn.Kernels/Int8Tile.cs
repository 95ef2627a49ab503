using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using I = System.Runtime.Intrinsics.Vector512<int>;
using V = System.Runtime.Intrinsics.Vector512;

namespace Muninn.Kernels;

/// <summary>Rows of 7-bit numbers × one panel of 8-bit weights: exact whole sums over a group, then one scale.</summary>
/// <remarks>
/// A group of 32 inputs of a panel: 64 bytes of scales (the bfloat16 scales of outputs c and c + 16 in one lane), then
/// <c>[8][32][4]</c> bytes, each a weight + 128. Of the rows: <c>[rows]</c> float32 scales, then four times <c>[rows]</c>
/// starts, <c>[rows]</c> times four numbers and the next four. Two 16-bit sums an output hold four inputs each. They start at
/// −128 · Σ x, which takes the 128 back out of the weights, and may pass 16 bits on their way; they end within them, at
/// ±4 · 128 · 63, because rows go no further than ±63, and two products of a byte up to 255 do not saturate either. (Weights
/// widened to 16 bits and rows of 16 bits were tried: a fifth slower.)
/// </remarks>
static unsafe class Int8Tile
{
    internal const int RowsMax = 12;
    internal const int NarrowRowsMax = 4;
    internal const int GroupLanes = PanelWeights.PanelOutputs / 2 + PanelWeights.PanelOutputs * WeightFormats.GroupInputs / 4;
    internal const int GroupRowLanes = 1 + 3 * Steps;

    const int Steps = WeightFormats.GroupInputs / 8;

    /// <summary>Result += rows · weights; the left half of the panel alone where the shape is narrow.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Multiply<TRows, TShape>(TileWork* work)
        where TRows : struct, IRowCount
        where TShape : struct, ITileShape
    {
        var a = (int*)work->Rows;
        var c = work->Result;
        var ahead = work->Ahead;
        var (aheadLines, near) = (work->AheadLines, work->IsNear);
        var group = (byte*)work->Weights;
        for (var last = group + work->Depth / WeightFormats.GroupInputs * GroupLanes * sizeof(int); group < last;)
        {
            ahead = TileWork.FetchAhead(ahead, aheadLines, near);
            I p0 = default, q0 = default, p1 = default, q1 = default, p2 = default, q2 = default, p3 = default, q3 = default, p4 = default, q4 = default;
            I p5 = default, q5 = default, p6 = default, q6 = default, p7 = default, q7 = default, p8 = default, q8 = default, p9 = default, q9 = default;
            I p10 = default, q10 = default, p11 = default, q11 = default;
            float* scales = (float*)a;
            a += TRows.Count;
            var w = group + 64 + TShape.FirstOutput * 4;
            for (var step = 0; step < Steps; step++, w += 8 * PanelWeights.PanelOutputs, a += 3 * TRows.Count)
            {
                var (u, v) = (V.Load(w), TShape.IsWide ? V.Load(w + 64) : default);
                var (s, t) = (V.Load(w + 128), TShape.IsWide ? V.Load(w + 192) : default);
                int* b = a + TRows.Count, d = b + TRows.Count;
                p0 += Sum(a + 0, u, b + 0, s, d + 0); if (TShape.IsWide) q0 += Sum(a + 0, v, b + 0, t, d + 0);
                if (TRows.Count > 1) { p1 += Sum(a + 1, u, b + 1, s, d + 1); if (TShape.IsWide) q1 += Sum(a + 1, v, b + 1, t, d + 1); }
                if (TRows.Count > 2) { p2 += Sum(a + 2, u, b + 2, s, d + 2); if (TShape.IsWide) q2 += Sum(a + 2, v, b + 2, t, d + 2); }
                if (TRows.Count > 3) { p3 += Sum(a + 3, u, b + 3, s, d + 3); if (TShape.IsWide) q3 += Sum(a + 3, v, b + 3, t, d + 3); }
                if (TRows.Count > 4) { p4 += Sum(a + 4, u, b + 4, s, d + 4); if (TShape.IsWide) q4 += Sum(a + 4, v, b + 4, t, d + 4); }
                if (TRows.Count > 5) { p5 += Sum(a + 5, u, b + 5, s, d + 5); if (TShape.IsWide) q5 += Sum(a + 5, v, b + 5, t, d + 5); }
                if (TRows.Count > 6) { p6 += Sum(a + 6, u, b + 6, s, d + 6); if (TShape.IsWide) q6 += Sum(a + 6, v, b + 6, t, d + 6); }
                if (TRows.Count > 7) { p7 += Sum(a + 7, u, b + 7, s, d + 7); if (TShape.IsWide) q7 += Sum(a + 7, v, b + 7, t, d + 7); }
                if (TRows.Count > 8) { p8 += Sum(a + 8, u, b + 8, s, d + 8); if (TShape.IsWide) q8 += Sum(a + 8, v, b + 8, t, d + 8); }
                if (TRows.Count > 9) { p9 += Sum(a + 9, u, b + 9, s, d + 9); if (TShape.IsWide) q9 += Sum(a + 9, v, b + 9, t, d + 9); }
                if (TRows.Count > 10) { p10 += Sum(a + 10, u, b + 10, s, d + 10); if (TShape.IsWide) q10 += Sum(a + 10, v, b + 10, t, d + 10); }
                if (TRows.Count > 11) { p11 += Sum(a + 11, u, b + 11, s, d + 11); if (TShape.IsWide) q11 += Sum(a + 11, v, b + 11, t, d + 11); }
            }

            var (first, second) = TShape.WeightScales(V.Load((uint*)group));
            var z = V.Create(scales[0]);
            Lanes.AddScaled(p0, z, first, c); if (TShape.IsWide) Lanes.AddScaled(q0, z, second, c + 16);
            if (TRows.Count > 1) { z = V.Create(scales[1]); Lanes.AddScaled(p1, z, first, c + 32); if (TShape.IsWide) Lanes.AddScaled(q1, z, second, c + 48); }
            if (TRows.Count > 2) { z = V.Create(scales[2]); Lanes.AddScaled(p2, z, first, c + 64); if (TShape.IsWide) Lanes.AddScaled(q2, z, second, c + 80); }
            if (TRows.Count > 3) { z = V.Create(scales[3]); Lanes.AddScaled(p3, z, first, c + 96); if (TShape.IsWide) Lanes.AddScaled(q3, z, second, c + 112); }
            if (TRows.Count > 4) { z = V.Create(scales[4]); Lanes.AddScaled(p4, z, first, c + 128); if (TShape.IsWide) Lanes.AddScaled(q4, z, second, c + 144); }
            if (TRows.Count > 5) { z = V.Create(scales[5]); Lanes.AddScaled(p5, z, first, c + 160); if (TShape.IsWide) Lanes.AddScaled(q5, z, second, c + 176); }
            if (TRows.Count > 6) { z = V.Create(scales[6]); Lanes.AddScaled(p6, z, first, c + 192); if (TShape.IsWide) Lanes.AddScaled(q6, z, second, c + 208); }
            if (TRows.Count > 7) { z = V.Create(scales[7]); Lanes.AddScaled(p7, z, first, c + 224); if (TShape.IsWide) Lanes.AddScaled(q7, z, second, c + 240); }
            if (TRows.Count > 8) { z = V.Create(scales[8]); Lanes.AddScaled(p8, z, first, c + 256); if (TShape.IsWide) Lanes.AddScaled(q8, z, second, c + 272); }
            if (TRows.Count > 9) { z = V.Create(scales[9]); Lanes.AddScaled(p9, z, first, c + 288); if (TShape.IsWide) Lanes.AddScaled(q9, z, second, c + 304); }
            if (TRows.Count > 10) { z = V.Create(scales[10]); Lanes.AddScaled(p10, z, first, c + 320); if (TShape.IsWide) Lanes.AddScaled(q10, z, second, c + 336); }
            if (TRows.Count > 11) { z = V.Create(scales[11]); Lanes.AddScaled(p11, z, first, c + 352); if (TShape.IsWide) Lanes.AddScaled(q11, z, second, c + 368); }
            group += GroupLanes * sizeof(int);
        }
    }

    /// <summary>Eight inputs of 16 outputs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static I Sum(int* start, Vector512<byte> first, int* x, Vector512<byte> second, int* y)
    {
        var sum = V.Create(*start).AsInt16() + Lanes.MultiplyAddBytes(first, V.Create(*x).AsSByte());
        return Lanes.MultiplyAddPairs(sum + Lanes.MultiplyAddBytes(second, V.Create(*y).AsSByte()), V.Create((short)1));
    }
}
