using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using F = System.Runtime.Intrinsics.Vector512<float>;
using V = System.Runtime.Intrinsics.Vector512;

namespace Muninn.Kernels;

/// <summary>Rotary position embedding on neighbouring pairs (RoFormer, Su et al. 2021).</summary>
public static unsafe class Rotary
{
    /// <summary>Adds the bias to queries and keys, then turns each pair: (a, b) → (a cos θ − b sin θ, b cos θ + a sin θ).</summary>
    /// <param name="queryKeyValue">All query heads, all key heads, all value heads, <c>[rows, 3 · heads · headWidth]</c>; queries and keys are overwritten.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="heads">Heads of a row.</param>
    /// <param name="headWidth">Floats of a head, even.</param>
    /// <param name="bias">Bias of queries, then of keys, <c>[2, heads · headWidth]</c>; empty means none.</param>
    /// <param name="table">cos θ and sin θ, <c>[context, headWidth / 2, 2]</c>.</param>
    /// <param name="positions">Position of each row, <c>[rows]</c>, inside the table.</param>
    /// <exception cref="ArgumentException">A size does not fit, or a position is not in the table.</exception>
    public static void Apply(
        Span<float> queryKeyValue,
        int rows,
        int heads,
        int headWidth,
        ReadOnlySpan<float> bias,
        ReadOnlySpan<float> table,
        ReadOnlySpan<int> positions)
    {
        Check(queryKeyValue, rows, heads, headWidth, bias, table, positions);
        var width = heads * headWidth;
        fixed (float* row = queryKeyValue, added = bias, turns = table)
        {
            for (var r = 0; r < rows; r++)
            {
                // Queries and keys lie side by side, and so do their biases: twice as many heads.
                TurnRow(row + 3L * r * width, added, turns + (long)positions[r] * headWidth, 2 * heads, headWidth);
            }
        }
    }

    /// <summary>The same by all workers of a pool.</summary>
    /// <param name="queryKeyValue">All query heads, all key heads, all value heads, <c>[rows, 3 · heads · headWidth]</c>; queries and keys are overwritten.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="heads">Heads of a row.</param>
    /// <param name="headWidth">Floats of a head, even.</param>
    /// <param name="bias">Bias of queries, then of keys, <c>[2, heads · headWidth]</c>; empty means none.</param>
    /// <param name="table">cos θ and sin θ, <c>[context, headWidth / 2, 2]</c>.</param>
    /// <param name="positions">Position of each row, <c>[rows]</c>, inside the table.</param>
    /// <param name="pool">Who computes.</param>
    /// <exception cref="ArgumentException">A size does not fit, or a position is not in the table.</exception>
    public static void Apply(
        Span<float> queryKeyValue,
        int rows,
        int heads,
        int headWidth,
        ReadOnlySpan<float> bias,
        ReadOnlySpan<float> table,
        ReadOnlySpan<int> positions,
        WorkerPool pool)
    {
        Check(queryKeyValue, rows, heads, headWidth, bias, table, positions);
        fixed (float* row = queryKeyValue, added = bias, turns = table)
        fixed (int* position = positions)
        {
            var work = new Turns { Rows = row, Bias = added, Table = turns, Positions = position, Heads = heads, HeadWidth = headWidth };
            RowShares<Turns>.Run(work, rows, 2L * heads * headWidth, pool);
        }
    }

    /// <summary>
    /// What the turned queries and keys ask of those before the turn: the gradient is turned back, (a, b) → (a cos θ + b sin θ,
    /// b cos θ − a sin θ). A bias changes no gradient. Tangents are turned as rows are, without a bias.
    /// </summary>
    /// <param name="gradients">Gradients of all query heads, all key heads, all value heads, <c>[rows, 3 · heads · headWidth]</c>; those of queries and keys are overwritten.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="heads">Heads of a row.</param>
    /// <param name="headWidth">Floats of a head, even.</param>
    /// <param name="table">cos θ and sin θ, <c>[context, headWidth / 2, 2]</c>.</param>
    /// <param name="positions">Position of each row, <c>[rows]</c>, inside the table.</param>
    /// <exception cref="ArgumentException">A size does not fit, or a position is not in the table.</exception>
    public static void ApplyGradient(
        Span<float> gradients, int rows, int heads, int headWidth, ReadOnlySpan<float> table, ReadOnlySpan<int> positions)
    {
        Check(gradients, rows, heads, headWidth, [], table, positions);
        var width = heads * headWidth;
        fixed (float* row = gradients, turns = table)
        {
            for (var r = 0; r < rows; r++) TurnRowBack(row + 3L * r * width, turns + (long)positions[r] * headWidth, 2 * heads, headWidth);
        }
    }

    /// <summary>
    /// The same by all workers of a pool, and what queries and keys ask of their bias: dbias += the sum over rows of their gradients
    /// before the turn, 64 rows each, in order, one after the other.
    /// </summary>
    /// <param name="gradients">Gradients of all query heads, all key heads, all value heads, <c>[rows, 3 · heads · headWidth]</c>; those of queries and keys are overwritten.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="heads">Heads of a row.</param>
    /// <param name="headWidth">Floats of a head, even.</param>
    /// <param name="table">cos θ and sin θ, <c>[context, headWidth / 2, 2]</c>.</param>
    /// <param name="positions">Position of each row, <c>[rows]</c>, inside the table.</param>
    /// <param name="biasGradient">dbias of queries, then of keys, <c>[2, heads · headWidth]</c>, accumulated into; empty: there is no bias.</param>
    /// <param name="pool">Who computes.</param>
    /// <exception cref="ArgumentException">A size does not fit, or a position is not in the table.</exception>
    public static void ApplyGradient(
        Span<float> gradients,
        int rows,
        int heads,
        int headWidth,
        ReadOnlySpan<float> table,
        ReadOnlySpan<int> positions,
        Span<float> biasGradient,
        WorkerPool pool)
    {
        Check(gradients, rows, heads, headWidth, biasGradient, table, positions);
        var width = 2 * heads * headWidth;
        var chunks = biasGradient.IsEmpty ? 0 : RowShares<TurnsBack>.Chunks(rows);
        fixed (float* row = gradients, turns = table, sums = biasGradient)
        fixed (int* position = positions)
        {
            var work = new TurnsBack
            {
                Rows = row,
                Table = turns,
                Positions = position,
                Sums = chunks == 0 ? null : pool.Shared((long)chunks * width),
                Heads = heads,
                HeadWidth = headWidth,
            };
            RowShares<TurnsBack>.Run(work, rows, width, pool);
            for (var chunk = 0; chunk < chunks; chunk++) RmsNorm.AddRow(sums, work.Sums + (long)chunk * width, width, sums);
        }
    }

    static void Check(
        ReadOnlySpan<float> queryKeyValue,
        int rows,
        int heads,
        int headWidth,
        ReadOnlySpan<float> bias,
        ReadOnlySpan<float> table,
        ReadOnlySpan<int> positions)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfLessThan(heads, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(headWidth, 2);
        if (headWidth % 2 != 0)
            throw new ArgumentException($"A head of {headWidth} floats has no pairs to turn; the width must be even.", nameof(headWidth));
        var width = checked(heads * headWidth);
        Guard.Holds(queryKeyValue.Length, 3L * rows * width, "[rows, 3 · heads · headWidth]");
        Guard.Holds(positions.Length, rows, "[rows]");
        if (!bias.IsEmpty) Guard.Holds(bias.Length, 2L * width, "[2, heads · headWidth]");
        var context = table.Length / headWidth;
        foreach (var position in positions[..rows])
        {
            if ((uint)position >= (uint)context)
                throw new ArgumentException(
                    $"Position {position} is outside the rotary table of {context} positions; shorten the text.", nameof(positions));
        }
    }

    struct Turns : IRowWork
    {
        internal float* Rows;
        internal float* Bias;
        internal float* Table;
        internal int* Positions;
        internal int Heads;
        internal int HeadWidth;

        public readonly void Run(int first, int last, int worker)
        {
            for (var r = first; r < last; r++)
                TurnRow(Rows + 3L * r * Heads * HeadWidth, Bias, Table + (long)Positions[r] * HeadWidth, 2 * Heads, HeadWidth);
        }
    }

    struct TurnsBack : IRowWork
    {
        internal float* Rows;
        internal float* Table;
        internal int* Positions;
        internal float* Sums;
        internal int Heads;
        internal int HeadWidth;

        public readonly void Run(int first, int last, int worker)
        {
            var width = 2 * Heads * HeadWidth;
            var sums = Sums + (long)(first / RowShares<TurnsBack>.ChunkRows) * width;
            if (Sums != null) new Span<float>(sums, width).Clear();
            for (var r = first; r < last; r++)
            {
                var row = Rows + 3L * r * Heads * HeadWidth;
                TurnRowBack(row, Table + (long)Positions[r] * HeadWidth, 2 * Heads, HeadWidth);
                if (Sums != null) RmsNorm.AddRow(sums, row, width, sums);
            }
        }
    }

    /// <summary>Turns all heads of a row, sixteen columns of every head before the next: their angles are the same.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void TurnRow(float* row, float* bias, float* turn, int heads, int width)
    {
        var i = 0;
        for (; i + Lanes.Count <= width; i += Lanes.Count)
        {
            var (cosine, sine) = Angles(V.Load(turn + i));
            for (long place = i; place < (long)heads * width; place += width)
            {
                var x = bias is null ? V.Load(row + place) : V.Load(row + place) + V.Load(bias + place);
                V.Store(Turned(x, cosine, sine), row + place);
            }
        }

        if (i == width) return;
        var rest = width - i;
        var (lastCosine, lastSine) = Angles(Lanes.LoadFirst(turn + i, rest));
        for (long place = i; place < (long)heads * width; place += width)
        {
            var x = Lanes.LoadFirst(row + place, rest);
            if (bias is not null) x += Lanes.LoadFirst(bias + place, rest);
            Lanes.StoreFirst(Turned(x, lastCosine, lastSine), row + place, rest);
        }
    }

    /// <summary>The same by the opposite angles.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void TurnRowBack(float* row, float* turn, int heads, int width)
    {
        var i = 0;
        for (; i + Lanes.Count <= width; i += Lanes.Count)
        {
            var (cosine, sine) = Angles(V.Load(turn + i));
            for (long place = i; place < (long)heads * width; place += width) V.Store(Turned(V.Load(row + place), cosine, -sine), row + place);
        }

        if (i == width) return;
        var rest = width - i;
        var (lastCosine, lastSine) = Angles(Lanes.LoadFirst(turn + i, rest));
        for (long place = i; place < (long)heads * width; place += width)
            Lanes.StoreFirst(Turned(Lanes.LoadFirst(row + place, rest), lastCosine, -lastSine), row + place, rest);
    }

    /// <summary>cos θ of each pair twice; −sin θ for the first of a pair, sin θ for the second.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static (F Cosine, F Sine) Angles(F cosineAndSine)
    {
        var cosine = V.Shuffle(cosineAndSine, V.Create(0, 0, 2, 2, 4, 4, 6, 6, 8, 8, 10, 10, 12, 12, 14, 14));
        var sine = V.Shuffle(cosineAndSine, V.Create(1, 1, 3, 3, 5, 5, 7, 7, 9, 9, 11, 11, 13, 13, 15, 15));
        return (cosine, sine ^ V.Create(0x80000000ul).AsSingle());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static F Turned(F x, F cosine, F sine)
    {
        var partner = V.Shuffle(x, V.Create(1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14));
        return V.FusedMultiplyAdd(x, cosine, partner * sine);
    }
}
