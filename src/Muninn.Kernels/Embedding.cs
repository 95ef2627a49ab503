using System;
using System.Runtime.CompilerServices;
using V = System.Runtime.Intrinsics.Vector512;

namespace Muninn.Kernels;

/// <summary>Rows of a table that are chosen by number: how tokens become vectors.</summary>
public static unsafe class Embedding
{
    /// <summary>x[r, :] = scale · table[tokens[r], :].</summary>
    /// <param name="table">The table, <c>[vocabulary, width]</c>.</param>
    /// <param name="tokens">Which row of the table each row is, <c>[rows]</c>.</param>
    /// <param name="width">Floats of a row.</param>
    /// <param name="scale">The factor.</param>
    /// <param name="destination">x, <c>[rows, width]</c>, overwritten.</param>
    /// <exception cref="ArgumentException">A span is too short, or a token is not in the table.</exception>
    public static void Read(ReadOnlySpan<float> table, ReadOnlySpan<int> tokens, int width, float scale, Span<float> destination)
    {
        Check(table, tokens, width);
        Guard.Holds(destination.Length, (long)tokens.Length * width, "[rows, width]");
        for (var r = 0; r < tokens.Length; r++)
        {
            var row = destination.Slice(r * width, width);
            table.Slice(tokens[r] * width, width).CopyTo(row);
            Softmax.Scale(row, scale);
        }
    }

    /// <summary>What x of <see cref="Read"/> asks of the table: dtable[tokens[r], :] += scale · dx[r, :], the rows in order.</summary>
    /// <param name="gradients">dx, <c>[rows, width]</c>.</param>
    /// <param name="tokens">Which row of the table each row was, <c>[rows]</c>.</param>
    /// <param name="width">Floats of a row.</param>
    /// <param name="scale">The factor.</param>
    /// <param name="destination">dtable, <c>[vocabulary, width]</c>, accumulated into; rows without a token are not touched.</param>
    /// <exception cref="ArgumentException">A span is too short, or a token is not in the table.</exception>
    public static void AddGradient(
        ReadOnlySpan<float> gradients, ReadOnlySpan<int> tokens, int width, float scale, Span<float> destination)
    {
        Check(destination, tokens, width);
        Guard.Holds(gradients.Length, (long)tokens.Length * width, "[rows, width]");
        fixed (float* source = gradients, sums = destination)
        {
            for (var r = 0; r < tokens.Length; r++) AddRow(source + (long)r * width, scale, width, sums + (long)tokens[r] * width);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void AddRow(float* x, float scale, int width, float* sums)
    {
        var factor = V.Create(scale);
        var c = 0;
        for (; c + Lanes.Count <= width; c += Lanes.Count) V.Store(V.FusedMultiplyAdd(V.Load(x + c), factor, V.Load(sums + c)), sums + c);
        for (; c < width; c++) sums[c] = MathF.FusedMultiplyAdd(x[c], scale, sums[c]);
    }

    static void Check(ReadOnlySpan<float> table, ReadOnlySpan<int> tokens, int width)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        var vocabulary = table.Length / width;
        for (var r = 0; r < tokens.Length; r++)
        {
            if ((uint)tokens[r] >= (uint)vocabulary)
                throw new ArgumentException(
                    $"Token {tokens[r]} of row {r} is not in a table of {vocabulary} rows; give 0 to {vocabulary - 1}.", nameof(tokens));
        }
    }
}
