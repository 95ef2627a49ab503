using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using I = System.Runtime.Intrinsics.Vector512<int>;
using V = System.Runtime.Intrinsics.Vector512;

namespace Muninn.Kernels;

/// <summary>Rows of 7-bit numbers × one panel of 8-bit weights: exact whole sums over a group, then one scale.</summary>
/// <remarks>
/// A group of 32 inputs of a panel: 64 bytes of scales (the bfloat16 scales of outputs c and c + 16 in one lane), then
/// <c>[8][32][4]</c> bytes, each a weight + 128. Of the rows: <c>[rows]</c> float32 scales, <c>[rows]</c> starts, then
/// <c>[8][rows]</c> times four numbers. The sum starts at −128 · Σ x, which takes the 128 back out of the weights. Rows go
/// no further than ±64: two products of a byte up to 255 then stay within 16 bits and nothing saturates. (Weights widened
/// to 16 bits and rows of 16 bits were tried: 15 % slower.)
/// </remarks>
static unsafe class Int8Tile
{
    internal const int RowsMax = 13;
    internal const int NarrowRowsMax = 4;
    internal const int GroupLanes = PanelWeights.PanelOutputs / 2 + PanelWeights.PanelOutputs * WeightFormats.GroupInputs / 4;
    internal const int GroupRowLanes = 2 + Steps;

    const int Steps = WeightFormats.GroupInputs / 4;

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
            float* scales = (float*)a;
            a += TRows.Count;
            var ones = V.Create((short)1);
            I p0, q0, p1, q1, p2, q2, p3, q3, p4, q4, p5, q5, p6, q6, p7, q7, p8, q8, p9, q9, p10, q10, p11, q11, p12, q12;
            p0 = q0 = V.Create(a[0]);
            p1 = q1 = TRows.Count > 1 ? V.Create(a[1]) : default;
            p2 = q2 = TRows.Count > 2 ? V.Create(a[2]) : default;
            p3 = q3 = TRows.Count > 3 ? V.Create(a[3]) : default;
            p4 = q4 = TRows.Count > 4 ? V.Create(a[4]) : default;
            p5 = q5 = TRows.Count > 5 ? V.Create(a[5]) : default;
            p6 = q6 = TRows.Count > 6 ? V.Create(a[6]) : default;
            p7 = q7 = TRows.Count > 7 ? V.Create(a[7]) : default;
            p8 = q8 = TRows.Count > 8 ? V.Create(a[8]) : default;
            p9 = q9 = TRows.Count > 9 ? V.Create(a[9]) : default;
            p10 = q10 = TRows.Count > 10 ? V.Create(a[10]) : default;
            p11 = q11 = TRows.Count > 11 ? V.Create(a[11]) : default;
            p12 = q12 = TRows.Count > 12 ? V.Create(a[12]) : default;
            a += TRows.Count;
            var w = group + 64 + TShape.FirstOutput * 4;
            for (var step = 0; step < Steps; step++, w += 4 * PanelWeights.PanelOutputs, a += TRows.Count)
            {
                var u = V.Load(w);
                var v = TShape.IsWide ? V.Load(w + 64) : default;
                var x = V.Create(a[0]).AsSByte();
                p0 += Lanes.MultiplyAddPairs(Lanes.MultiplyAddBytes(u, x), ones);
                if (TShape.IsWide) q0 += Lanes.MultiplyAddPairs(Lanes.MultiplyAddBytes(v, x), ones);
                if (TRows.Count > 1) { x = V.Create(a[1]).AsSByte(); p1 += Lanes.MultiplyAddPairs(Lanes.MultiplyAddBytes(u, x), ones); if (TShape.IsWide) q1 += Lanes.MultiplyAddPairs(Lanes.MultiplyAddBytes(v, x), ones); }
                if (TRows.Count > 2) { x = V.Create(a[2]).AsSByte(); p2 += Lanes.MultiplyAddPairs(Lanes.MultiplyAddBytes(u, x), ones); if (TShape.IsWide) q2 += Lanes.MultiplyAddPairs(Lanes.MultiplyAddBytes(v, x), ones); }
                if (TRows.Count > 3) { x = V.Create(a[3]).AsSByte(); p3 += Lanes.MultiplyAddPairs(Lanes.MultiplyAddBytes(u, x), ones); if (TShape.IsWide) q3 += Lanes.MultiplyAddPairs(Lanes.MultiplyAddBytes(v, x), ones); }
                if (TRows.Count > 4) { x = V.Create(a[4]).AsSByte(); p4 += Lanes.MultiplyAddPairs(Lanes.MultiplyAddBytes(u, x), ones); if (TShape.IsWide) q4 += Lanes.MultiplyAddPairs(Lanes.MultiplyAddBytes(v, x), ones); }
                if (TRows.Count > 5) { x = V.Create(a[5]).AsSByte(); p5 += Lanes.MultiplyAddPairs(Lanes.MultiplyAddBytes(u, x), ones); if (TShape.IsWide) q5 += Lanes.MultiplyAddPairs(Lanes.MultiplyAddBytes(v, x), ones); }
                if (TRows.Count > 6) { x = V.Create(a[6]).AsSByte(); p6 += Lanes.MultiplyAddPairs(Lanes.MultiplyAddBytes(u, x), ones); if (TShape.IsWide) q6 += Lanes.MultiplyAddPairs(Lanes.MultiplyAddBytes(v, x), ones); }
                if (TRows.Count > 7) { x = V.Create(a[7]).AsSByte(); p7 += Lanes.MultiplyAddPairs(Lanes.MultiplyAddBytes(u, x), ones); if (TShape.IsWide) q7 += Lanes.MultiplyAddPairs(Lanes.MultiplyAddBytes(v, x), ones); }
                if (TRows.Count > 8) { x = V.Create(a[8]).AsSByte(); p8 += Lanes.MultiplyAddPairs(Lanes.MultiplyAddBytes(u, x), ones); if (TShape.IsWide) q8 += Lanes.MultiplyAddPairs(Lanes.MultiplyAddBytes(v, x), ones); }
                if (TRows.Count > 9) { x = V.Create(a[9]).AsSByte(); p9 += Lanes.MultiplyAddPairs(Lanes.MultiplyAddBytes(u, x), ones); if (TShape.IsWide) q9 += Lanes.MultiplyAddPairs(Lanes.MultiplyAddBytes(v, x), ones); }
                if (TRows.Count > 10) { x = V.Create(a[10]).AsSByte(); p10 += Lanes.MultiplyAddPairs(Lanes.MultiplyAddBytes(u, x), ones); if (TShape.IsWide) q10 += Lanes.MultiplyAddPairs(Lanes.MultiplyAddBytes(v, x), ones); }
                if (TRows.Count > 11) { x = V.Create(a[11]).AsSByte(); p11 += Lanes.MultiplyAddPairs(Lanes.MultiplyAddBytes(u, x), ones); if (TShape.IsWide) q11 += Lanes.MultiplyAddPairs(Lanes.MultiplyAddBytes(v, x), ones); }
                if (TRows.Count > 12) { x = V.Create(a[12]).AsSByte(); p12 += Lanes.MultiplyAddPairs(Lanes.MultiplyAddBytes(u, x), ones); if (TShape.IsWide) q12 += Lanes.MultiplyAddPairs(Lanes.MultiplyAddBytes(v, x), ones); }
            }

            var scale = V.Load((uint*)group);
            var (s, t) = TShape.WeightScales(scale);
            var z = V.Create(scales[0]);
            Lanes.AddScaled(p0, z, s, c);
            if (TShape.IsWide) Lanes.AddScaled(q0, z, t, c + 16);
            if (TRows.Count > 1) { z = V.Create(scales[1]); Lanes.AddScaled(p1, z, s, c + 32); if (TShape.IsWide) Lanes.AddScaled(q1, z, t, c + 48); }
            if (TRows.Count > 2) { z = V.Create(scales[2]); Lanes.AddScaled(p2, z, s, c + 64); if (TShape.IsWide) Lanes.AddScaled(q2, z, t, c + 80); }
            if (TRows.Count > 3) { z = V.Create(scales[3]); Lanes.AddScaled(p3, z, s, c + 96); if (TShape.IsWide) Lanes.AddScaled(q3, z, t, c + 112); }
            if (TRows.Count > 4) { z = V.Create(scales[4]); Lanes.AddScaled(p4, z, s, c + 128); if (TShape.IsWide) Lanes.AddScaled(q4, z, t, c + 144); }
            if (TRows.Count > 5) { z = V.Create(scales[5]); Lanes.AddScaled(p5, z, s, c + 160); if (TShape.IsWide) Lanes.AddScaled(q5, z, t, c + 176); }
            if (TRows.Count > 6) { z = V.Create(scales[6]); Lanes.AddScaled(p6, z, s, c + 192); if (TShape.IsWide) Lanes.AddScaled(q6, z, t, c + 208); }
            if (TRows.Count > 7) { z = V.Create(scales[7]); Lanes.AddScaled(p7, z, s, c + 224); if (TShape.IsWide) Lanes.AddScaled(q7, z, t, c + 240); }
            if (TRows.Count > 8) { z = V.Create(scales[8]); Lanes.AddScaled(p8, z, s, c + 256); if (TShape.IsWide) Lanes.AddScaled(q8, z, t, c + 272); }
            if (TRows.Count > 9) { z = V.Create(scales[9]); Lanes.AddScaled(p9, z, s, c + 288); if (TShape.IsWide) Lanes.AddScaled(q9, z, t, c + 304); }
            if (TRows.Count > 10) { z = V.Create(scales[10]); Lanes.AddScaled(p10, z, s, c + 320); if (TShape.IsWide) Lanes.AddScaled(q10, z, t, c + 336); }
            if (TRows.Count > 11) { z = V.Create(scales[11]); Lanes.AddScaled(p11, z, s, c + 352); if (TShape.IsWide) Lanes.AddScaled(q11, z, t, c + 368); }
            if (TRows.Count > 12) { z = V.Create(scales[12]); Lanes.AddScaled(p12, z, s, c + 384); if (TShape.IsWide) Lanes.AddScaled(q12, z, t, c + 400); }
            group += GroupLanes * sizeof(int);
        }
    }
}
