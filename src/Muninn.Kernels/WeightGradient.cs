using System;
using System.Runtime.CompilerServices;

namespace Muninn.Kernels;

/// <summary>
/// What the products of <see cref="MatrixProduct"/> ask of their weights: dw[n, k] += Σ over rows of dy[r, n] · x[r, k], the rows in
/// order. What they ask of x is the product of dy with <see cref="PanelWeights.TransposedOf"/>.
/// </summary>
/// <remarks>
/// It is the product of forwards once more: the columns of dy take the place of the rows, and x, as it lies, makes the panels. The bits do
/// not depend on the pool.
/// </remarks>
public static unsafe class WeightGradient
{
    /// <summary>For <see cref="MatrixProduct.Multiply(ReadOnlySpan{float}, int, PanelWeights, Span{float}, WorkerPool)"/>.</summary>
    /// <param name="gradients">dy, <c>[rows, outputs]</c>.</param>
    /// <param name="x">The operand, <c>[rows, inputs]</c>.</param>
    /// <param name="rows">How many rows, 0 or more.</param>
    /// <param name="outputs">Rows of the matrix.</param>
    /// <param name="inputs">Columns of the matrix.</param>
    /// <param name="destination">dw, <c>[outputs, inputs]</c>, accumulated into; must not overlap the others.</param>
    /// <param name="pool">Who computes.</param>
    /// <exception cref="ArgumentException">A span is too short, or the destination overlaps another.</exception>
    public static void Add(
        ReadOnlySpan<float> gradients, ReadOnlySpan<float> x, int rows, int outputs, int inputs, Span<float> destination, WorkerPool pool)
    {
        Check(gradients, rows, outputs, inputs, destination);
        CheckOperand(x, (long)rows * inputs, "[rows, inputs]", destination[..(outputs * inputs)]);
        fixed (float* source = x)
        {
            Add(gradients, new PlainRows(source, inputs), rows, outputs, inputs, destination, pool);
        }
    }

    /// <summary>For <see cref="MatrixProduct.MultiplyNormalized"/>: the operand is norm(x).</summary>
    /// <param name="gradients">dy, <c>[rows, outputs]</c>.</param>
    /// <param name="x">Rows before the norm, <c>[rows, inputs]</c>.</param>
    /// <param name="gain">Gain of the norm, <c>[inputs]</c>.</param>
    /// <param name="epsilon">ε of the norm, inside the root.</param>
    /// <param name="rows">How many rows, 0 or more.</param>
    /// <param name="outputs">Rows of the matrix.</param>
    /// <param name="inputs">Columns of the matrix.</param>
    /// <param name="destination">dw, <c>[outputs, inputs]</c>, accumulated into; must not overlap the others.</param>
    /// <param name="pool">Who computes.</param>
    /// <exception cref="ArgumentException">A span is too short, or the destination overlaps another.</exception>
    public static void AddNormalized(
        ReadOnlySpan<float> gradients,
        ReadOnlySpan<float> x,
        ReadOnlySpan<float> gain,
        float epsilon,
        int rows,
        int outputs,
        int inputs,
        Span<float> destination,
        WorkerPool pool)
    {
        Check(gradients, rows, outputs, inputs, destination);
        CheckOperand(x, (long)rows * inputs, "[rows, inputs]", destination[..(outputs * inputs)]);
        CheckOperand(gain, inputs, "[inputs]", destination[..(outputs * inputs)]);
        fixed (float* source = x, factors = gain)
        {
            Add(gradients, NormalizedRows.Of(source, inputs, factors, epsilon, rows, pool), rows, outputs, inputs, destination, pool);
        }
    }

    /// <summary>For <see cref="MatrixProduct.MultiplyGated"/>: the operand is silu(gate) · factor.</summary>
    /// <param name="gradients">dy, <c>[rows, outputs]</c>.</param>
    /// <param name="gateAndFactor">Gates, then factors, <c>[rows, 2 · inputs]</c>.</param>
    /// <param name="rows">How many rows, 0 or more.</param>
    /// <param name="outputs">Rows of the matrix.</param>
    /// <param name="inputs">Columns of the matrix.</param>
    /// <param name="destination">dw, <c>[outputs, inputs]</c>, accumulated into; must not overlap the others.</param>
    /// <param name="pool">Who computes.</param>
    /// <exception cref="ArgumentException">A span is too short, or the destination overlaps another.</exception>
    public static void AddGated(
        ReadOnlySpan<float> gradients, ReadOnlySpan<float> gateAndFactor, int rows, int outputs, int inputs, Span<float> destination, WorkerPool pool)
    {
        Check(gradients, rows, outputs, inputs, destination);
        CheckOperand(gateAndFactor, 2L * rows * inputs, "[rows, 2 · inputs]", destination[..(outputs * inputs)]);
        fixed (float* source = gateAndFactor)
        {
            Add(gradients, new GatedRows(source, inputs), rows, outputs, inputs, destination, pool);
        }
    }

    /// <summary>For <see cref="MatrixProduct.MultiplyPaired"/>, whose operand [a; b] lies in two places.</summary>
    /// <param name="gradients">dy, <c>[rows, outputs]</c>.</param>
    /// <param name="first">First half of every row, <c>[rows, half]</c>.</param>
    /// <param name="second">Second half of every row, <c>[rows, half]</c>.</param>
    /// <param name="rows">How many rows, 0 or more.</param>
    /// <param name="outputs">Rows of the matrix.</param>
    /// <param name="half">Half of the columns of the matrix.</param>
    /// <param name="destination">dw, <c>[outputs, 2 · half]</c>, accumulated into; must not overlap the others.</param>
    /// <param name="pool">Who computes.</param>
    /// <exception cref="ArgumentException">A span is too short, or the destination overlaps another.</exception>
    public static void AddPaired(
        ReadOnlySpan<float> gradients,
        ReadOnlySpan<float> first,
        ReadOnlySpan<float> second,
        int rows,
        int outputs,
        int half,
        Span<float> destination,
        WorkerPool pool)
    {
        Check(gradients, rows, outputs, checked(2 * half), destination);
        CheckOperand(first, (long)rows * half, "[rows, half]", destination[..(outputs * 2 * half)]);
        CheckOperand(second, (long)rows * half, "[rows, half]", destination[..(outputs * 2 * half)]);
        fixed (float* left = first, right = second)
        {
            Add(gradients, new PairedRows(left, right, half), rows, outputs, 2 * half, destination, pool);
        }
    }

    static void Check(ReadOnlySpan<float> gradients, int rows, int outputs, int inputs, Span<float> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(outputs);
        ArgumentOutOfRangeException.ThrowIfNegative(inputs);
        Guard.Holds(destination.Length, (long)outputs * inputs, "[outputs, inputs]");
        CheckOperand(gradients, (long)rows * outputs, "[rows, outputs]", destination[..(outputs * inputs)]);
    }

    static void CheckOperand(
        ReadOnlySpan<float> operand,
        long needed,
        string shape,
        ReadOnlySpan<float> destination,
        [CallerArgumentExpression(nameof(operand))] string name = "")
    {
        Guard.Holds(operand.Length, needed, shape, name);
        Guard.Apart(operand[..(int)needed], destination, name);
    }

    static void Add<TSource>(
        ReadOnlySpan<float> gradients, TSource x, int rows, int outputs, int inputs, Span<float> destination, WorkerPool pool)
        where TSource : struct, IRowSource
    {
        if (rows == 0 || outputs == 0 || inputs == 0) return;
        fixed (float* change = gradients, result = destination)
        {
            var lanes = WeightFormat.Float32.PanelLanes(rows);
            var block = new PanelBlock(pool.Panels(lanes * ((inputs + PanelWeights.PanelOutputs - 1) / PanelWeights.PanelOutputs)), lanes, inputs);
            var job = new TransposedPanelJob<TSource> { Source = x, Rows = rows, Columns = inputs, Panels = block.Start, Pool = pool };
            pool.Run(job, (long)rows * inputs < MatrixProduct.SharedPackingMin ? 1 : pool.Threads);
            MatrixProduct.Multiply(new ColumnRows(change, outputs, rows), result, outputs, block, rows, WeightFormat.Float32, adds: true, pool);
        }
    }
}
