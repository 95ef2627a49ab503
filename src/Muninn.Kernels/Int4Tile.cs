using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using S = System.Runtime.Intrinsics.Vector512<short>;
using V = System.Runtime.Intrinsics.Vector512;

namespace Muninn.Kernels;

/// <summary>Rows of 8-bit numbers × one panel of 4-bit weights: exact whole sums over a group, then one scale.</summary>
/// <remarks>
/// A group of 32 inputs of a panel: 64 bytes of scales (the bfloat16 scales of outputs c and c + 16 in one lane), then
/// <c>[4][32][4]</c> bytes: of step s, input 8s + j in the lower half of byte j and input 8s + 4 + j in the upper half,
/// each weight + 8. Of the rows: <c>[rows]</c> float32 scales, <c>[rows]</c> starts, then <c>[8][rows]</c> times four numbers.
/// Two 16-bit sums an output hold 16 inputs each. They start at −8 · Σ x, which takes the 8 back out of the weights and
/// keeps every partial sum within ±8 · 127 · 16 = ±16256; nothing saturates.
/// </remarks>
static unsafe class Int4Tile
{
    internal const int RowsMax = 12;
    internal const int NarrowRowsMax = 4;
    internal const int GroupLanes = PanelWeights.PanelOutputs / 2 + PanelWeights.PanelOutputs * WeightFormats.GroupInputs / 8;
    internal const int GroupRowLanes = 2 + 2 * Steps;

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
            S p0 = default, q0 = default, p1 = default, q1 = default, p2 = default, q2 = default;
            S p3 = default, q3 = default, p4 = default, q4 = default, p5 = default, q5 = default;
            S p6 = default, q6 = default, p7 = default, q7 = default, p8 = default, q8 = default;
            S p9 = default, q9 = default, p10 = default, q10 = default, p11 = default, q11 = default;
            float* scales = (float*)a;
            a += TRows.Count;
            p0 = q0 = V.Create(a[0]).AsInt16();
            if (TRows.Count > 1) p1 = q1 = V.Create(a[1]).AsInt16();
            if (TRows.Count > 2) p2 = q2 = V.Create(a[2]).AsInt16();
            if (TRows.Count > 3) p3 = q3 = V.Create(a[3]).AsInt16();
            if (TRows.Count > 4) p4 = q4 = V.Create(a[4]).AsInt16();
            if (TRows.Count > 5) p5 = q5 = V.Create(a[5]).AsInt16();
            if (TRows.Count > 6) p6 = q6 = V.Create(a[6]).AsInt16();
            if (TRows.Count > 7) p7 = q7 = V.Create(a[7]).AsInt16();
            if (TRows.Count > 8) p8 = q8 = V.Create(a[8]).AsInt16();
            if (TRows.Count > 9) p9 = q9 = V.Create(a[9]).AsInt16();
            if (TRows.Count > 10) p10 = q10 = V.Create(a[10]).AsInt16();
            if (TRows.Count > 11) p11 = q11 = V.Create(a[11]).AsInt16();
            a += TRows.Count;
            var w = group + 64 + TShape.FirstOutput * 4;
            for (var step = 0; step < Steps; step++, w += 4 * PanelWeights.PanelOutputs, a += 2 * TRows.Count)
            {
                var nibble = V.Create((byte)15);
                var (u, v) = (V.Load(w) & nibble, TShape.IsWide ? V.Load(w + 64) & nibble : default);
                var x = V.Create(a[0]).AsSByte();
                p0 += Lanes.MultiplyAddBytes(u, x);
                if (TShape.IsWide) q0 += Lanes.MultiplyAddBytes(v, x);
                if (TRows.Count > 1) { x = V.Create(a[1]).AsSByte(); p1 += Lanes.MultiplyAddBytes(u, x); if (TShape.IsWide) q1 += Lanes.MultiplyAddBytes(v, x); }
                if (TRows.Count > 2) { x = V.Create(a[2]).AsSByte(); p2 += Lanes.MultiplyAddBytes(u, x); if (TShape.IsWide) q2 += Lanes.MultiplyAddBytes(v, x); }
                if (TRows.Count > 3) { x = V.Create(a[3]).AsSByte(); p3 += Lanes.MultiplyAddBytes(u, x); if (TShape.IsWide) q3 += Lanes.MultiplyAddBytes(v, x); }
                if (TRows.Count > 4) { x = V.Create(a[4]).AsSByte(); p4 += Lanes.MultiplyAddBytes(u, x); if (TShape.IsWide) q4 += Lanes.MultiplyAddBytes(v, x); }
                if (TRows.Count > 5) { x = V.Create(a[5]).AsSByte(); p5 += Lanes.MultiplyAddBytes(u, x); if (TShape.IsWide) q5 += Lanes.MultiplyAddBytes(v, x); }
                if (TRows.Count > 6) { x = V.Create(a[6]).AsSByte(); p6 += Lanes.MultiplyAddBytes(u, x); if (TShape.IsWide) q6 += Lanes.MultiplyAddBytes(v, x); }
                if (TRows.Count > 7) { x = V.Create(a[7]).AsSByte(); p7 += Lanes.MultiplyAddBytes(u, x); if (TShape.IsWide) q7 += Lanes.MultiplyAddBytes(v, x); }
                if (TRows.Count > 8) { x = V.Create(a[8]).AsSByte(); p8 += Lanes.MultiplyAddBytes(u, x); if (TShape.IsWide) q8 += Lanes.MultiplyAddBytes(v, x); }
                if (TRows.Count > 9) { x = V.Create(a[9]).AsSByte(); p9 += Lanes.MultiplyAddBytes(u, x); if (TShape.IsWide) q9 += Lanes.MultiplyAddBytes(v, x); }
                if (TRows.Count > 10) { x = V.Create(a[10]).AsSByte(); p10 += Lanes.MultiplyAddBytes(u, x); if (TShape.IsWide) q10 += Lanes.MultiplyAddBytes(v, x); }
                if (TRows.Count > 11) { x = V.Create(a[11]).AsSByte(); p11 += Lanes.MultiplyAddBytes(u, x); if (TShape.IsWide) q11 += Lanes.MultiplyAddBytes(v, x); }
                var b = a + TRows.Count;
                u = (V.Load((ushort*)w) >> 4).AsByte() & nibble;
                if (TShape.IsWide) v = (V.Load((ushort*)w + 32) >> 4).AsByte() & nibble;
                x = V.Create(b[0]).AsSByte();
                p0 += Lanes.MultiplyAddBytes(u, x);
                if (TShape.IsWide) q0 += Lanes.MultiplyAddBytes(v, x);
                if (TRows.Count > 1) { x = V.Create(b[1]).AsSByte(); p1 += Lanes.MultiplyAddBytes(u, x); if (TShape.IsWide) q1 += Lanes.MultiplyAddBytes(v, x); }
                if (TRows.Count > 2) { x = V.Create(b[2]).AsSByte(); p2 += Lanes.MultiplyAddBytes(u, x); if (TShape.IsWide) q2 += Lanes.MultiplyAddBytes(v, x); }
                if (TRows.Count > 3) { x = V.Create(b[3]).AsSByte(); p3 += Lanes.MultiplyAddBytes(u, x); if (TShape.IsWide) q3 += Lanes.MultiplyAddBytes(v, x); }
                if (TRows.Count > 4) { x = V.Create(b[4]).AsSByte(); p4 += Lanes.MultiplyAddBytes(u, x); if (TShape.IsWide) q4 += Lanes.MultiplyAddBytes(v, x); }
                if (TRows.Count > 5) { x = V.Create(b[5]).AsSByte(); p5 += Lanes.MultiplyAddBytes(u, x); if (TShape.IsWide) q5 += Lanes.MultiplyAddBytes(v, x); }
                if (TRows.Count > 6) { x = V.Create(b[6]).AsSByte(); p6 += Lanes.MultiplyAddBytes(u, x); if (TShape.IsWide) q6 += Lanes.MultiplyAddBytes(v, x); }
                if (TRows.Count > 7) { x = V.Create(b[7]).AsSByte(); p7 += Lanes.MultiplyAddBytes(u, x); if (TShape.IsWide) q7 += Lanes.MultiplyAddBytes(v, x); }
                if (TRows.Count > 8) { x = V.Create(b[8]).AsSByte(); p8 += Lanes.MultiplyAddBytes(u, x); if (TShape.IsWide) q8 += Lanes.MultiplyAddBytes(v, x); }
                if (TRows.Count > 9) { x = V.Create(b[9]).AsSByte(); p9 += Lanes.MultiplyAddBytes(u, x); if (TShape.IsWide) q9 += Lanes.MultiplyAddBytes(v, x); }
                if (TRows.Count > 10) { x = V.Create(b[10]).AsSByte(); p10 += Lanes.MultiplyAddBytes(u, x); if (TShape.IsWide) q10 += Lanes.MultiplyAddBytes(v, x); }
                if (TRows.Count > 11) { x = V.Create(b[11]).AsSByte(); p11 += Lanes.MultiplyAddBytes(u, x); if (TShape.IsWide) q11 += Lanes.MultiplyAddBytes(v, x); }
            }

            var ones = V.Create((short)1);
            var (s, t) = TShape.WeightScales(V.Load((uint*)group));
            var z = V.Create(scales[0]);
            Lanes.AddScaled(Lanes.MultiplyAddPairs(p0, ones), z, s, c);
            if (TShape.IsWide) Lanes.AddScaled(Lanes.MultiplyAddPairs(q0, ones), z, t, c + 16);
            if (TRows.Count > 1) { z = V.Create(scales[1]); Lanes.AddScaled(Lanes.MultiplyAddPairs(p1, ones), z, s, c + 32); if (TShape.IsWide) Lanes.AddScaled(Lanes.MultiplyAddPairs(q1, ones), z, t, c + 48); }
            if (TRows.Count > 2) { z = V.Create(scales[2]); Lanes.AddScaled(Lanes.MultiplyAddPairs(p2, ones), z, s, c + 64); if (TShape.IsWide) Lanes.AddScaled(Lanes.MultiplyAddPairs(q2, ones), z, t, c + 80); }
            if (TRows.Count > 3) { z = V.Create(scales[3]); Lanes.AddScaled(Lanes.MultiplyAddPairs(p3, ones), z, s, c + 96); if (TShape.IsWide) Lanes.AddScaled(Lanes.MultiplyAddPairs(q3, ones), z, t, c + 112); }
            if (TRows.Count > 4) { z = V.Create(scales[4]); Lanes.AddScaled(Lanes.MultiplyAddPairs(p4, ones), z, s, c + 128); if (TShape.IsWide) Lanes.AddScaled(Lanes.MultiplyAddPairs(q4, ones), z, t, c + 144); }
            if (TRows.Count > 5) { z = V.Create(scales[5]); Lanes.AddScaled(Lanes.MultiplyAddPairs(p5, ones), z, s, c + 160); if (TShape.IsWide) Lanes.AddScaled(Lanes.MultiplyAddPairs(q5, ones), z, t, c + 176); }
            if (TRows.Count > 6) { z = V.Create(scales[6]); Lanes.AddScaled(Lanes.MultiplyAddPairs(p6, ones), z, s, c + 192); if (TShape.IsWide) Lanes.AddScaled(Lanes.MultiplyAddPairs(q6, ones), z, t, c + 208); }
            if (TRows.Count > 7) { z = V.Create(scales[7]); Lanes.AddScaled(Lanes.MultiplyAddPairs(p7, ones), z, s, c + 224); if (TShape.IsWide) Lanes.AddScaled(Lanes.MultiplyAddPairs(q7, ones), z, t, c + 240); }
            if (TRows.Count > 8) { z = V.Create(scales[8]); Lanes.AddScaled(Lanes.MultiplyAddPairs(p8, ones), z, s, c + 256); if (TShape.IsWide) Lanes.AddScaled(Lanes.MultiplyAddPairs(q8, ones), z, t, c + 272); }
            if (TRows.Count > 9) { z = V.Create(scales[9]); Lanes.AddScaled(Lanes.MultiplyAddPairs(p9, ones), z, s, c + 288); if (TShape.IsWide) Lanes.AddScaled(Lanes.MultiplyAddPairs(q9, ones), z, t, c + 304); }
            if (TRows.Count > 10) { z = V.Create(scales[10]); Lanes.AddScaled(Lanes.MultiplyAddPairs(p10, ones), z, s, c + 320); if (TShape.IsWide) Lanes.AddScaled(Lanes.MultiplyAddPairs(q10, ones), z, t, c + 336); }
            if (TRows.Count > 11) { z = V.Create(scales[11]); Lanes.AddScaled(Lanes.MultiplyAddPairs(p11, ones), z, s, c + 352); if (TShape.IsWide) Lanes.AddScaled(Lanes.MultiplyAddPairs(q11, ones), z, t, c + 368); }
            group += GroupLanes * sizeof(int);
        }
    }
}
