using System;
using System.Collections.Generic;
using System.Threading;
using Muninn.Kernels;

namespace Muninn.Cli.Benches;

/// <summary>Products of all formats: of few rows, beside reading their weights from memory; of more, beside the sums they take.</summary>
sealed class Products(BenchDepth depth, Limits limits, WorkerPool pool, CancellationToken stopping) : BenchGroup
{
    /// <summary>Outputs of products that are judged by their sums.</summary>
    public const int Outputs = 5632;

    /// <summary>Inputs of every product.</summary>
    public const int Inputs = 2048;

    /// <summary>Up to so many rows, a product is judged by reading weights that no cache holds; from the next bound on, by its sums.</summary>
    const int MemoryRowsMax = 4;

    const int SumsRowsMin = 8;

    readonly Held<(WeightFormat Format, int Outputs), PanelWeights> _weights =
        new(key => RepeatedRows.Pack(key.Format, key.Outputs, Inputs, pool));

    /// <inheritdoc/>
    public override string Name => "products";

    /// <inheritdoc/>
    public override IEnumerable<BenchCase> Cases
    {
        get
        {
            foreach (var format in Enum.GetValues<WeightFormat>())
            {
                foreach (int rows in depth.Rows)
                {
                    if (rows <= MemoryRowsMax) yield return FromMemory(format, rows);
                }

                foreach (int rows in depth.Rows)
                {
                    if (rows >= SumsRowsMin) yield return BySums(format, rows);
                }
            }
        }
    }

    /// <summary>The short name of a format.</summary>
    public static string NameOf(WeightFormat format) => format switch
    {
        WeightFormat.Float32 => "f32",
        WeightFormat.BrainFloat16 => "bf16",
        WeightFormat.Int8 => "int8",
        _ => "int4",
    };

    /// <summary>"1 row", "2 rows".</summary>
    public static string RowsOf(int rows) => rows == 1 ? "1 row" : $"{rows} rows";

    /// <inheritdoc/>
    public override void Dispose() => _weights.Dispose();

    BenchCase FromMemory(WeightFormat format, int rows)
    {
        var name = $"product {NameOf(format)}, {RowsOf(rows)}, weights from memory";
        return new(name, () =>
        {
            // Of every format so many outputs that its weights fill the memory.
            int outputs = (int)(depth.MemoryBytes / BytesOf(format, Inputs) + 31) / 32 * 32;
            var weights = _weights.Get((format, outputs));
            var figure = Measure(weights, rows, limits.Reading, weights.Bytes);
            return BenchRow.Of(Name, name, figure, "GB/s", limits.Reading, rows == 1 ? OneRowGoal(format) : null);
        });
    }

    BenchCase BySums(WeightFormat format, int rows)
    {
        var name = $"product {NameOf(format)}, {RowsOf(rows)}, {Outputs} x {Inputs}";
        return new(name, () =>
        {
            var weights = _weights.Get((format, Outputs));
            var figure = Measure(weights, rows, limits.Arithmetic, 2.0 * rows * Outputs * Inputs);
            return BenchRow.Of(Name, name, figure, "GFLOP/s", limits.Arithmetic, SumsGoal(format, rows));
        });
    }

    Figure Measure(PanelWeights weights, int rows, Limit limit, double work)
    {
        var x = RepeatedRows.Floats(rows * Inputs);
        var y = new float[rows * weights.Outputs];
        return new Yardstick(limit, stopping).Measure(() => MatrixProduct.Multiply(x, rows, weights, y, pool), work, depth);
    }

    /// <summary>Bytes of one output, scales included.</summary>
    static double BytesOf(WeightFormat format, int inputs) =>
        format.RowBytes(inputs) + (format.IsInteger() ? (double)inputs / WeightFormats.GroupInputs * sizeof(ushort) : 0);

    static Goal OneRowGoal(WeightFormat format) => format switch
    {
        WeightFormat.Float32 => new(0.95),
        WeightFormat.BrainFloat16 => new(0.85),
        _ => new(0.88),
    };

    static Goal? SumsGoal(WeightFormat format, int rows) => format switch
    {
        WeightFormat.Float32 => new(rows switch { >= 64 => 0.92, >= 32 => 0.87, >= 16 => 0.75, _ => 0.70 }),
        WeightFormat.BrainFloat16 => new(0.85),
        WeightFormat.Int8 => rows >= 16 ? new(1.6) : null,
        _ => rows >= 16 ? new(2.0) : null,
    };
}
