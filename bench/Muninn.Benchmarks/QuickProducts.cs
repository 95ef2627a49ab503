using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using Muninn.Kernels;

namespace Muninn.Benchmarks;

/// <summary>A table of products beside the limits of the machine, measured in the same run; some seconds, for CI.</summary>
static class QuickProducts
{
    static readonly int[] _rows = [1, 2, 4, 8, 16, 32, 64, 128];

    static readonly (int Outputs, int Inputs)[] _shapes = [(5632, 2048), (3072, 1024), (1024, 1024), (5632, 1024), (1024, 2816)];

    internal static void Run(TextWriter output)
    {
        var peak = MachineProbe.FusedMultiplyAddsPerSecond();
        var bandwidth = MachineProbe.ReadBytesPerSecond(256 << 20);
        output.WriteLine($"one thread: FMA peak {peak / 1e9:F1} GFLOP/s, reads {bandwidth / 1e9:F1} GB/s");
        output.WriteLine("format        outputs inputs rows  GFLOP/s  of peak  weights GB/s  of reads");
        using var pool = new WorkerPool(1);
        foreach (var (outputs, inputs) in _shapes)
        {
            foreach (var format in Enum.GetValues<WeightFormat>())
            {
                using var weights = Filling.Weights(format, outputs, inputs);
                foreach (var rows in _rows)
                {
                    var (seconds, near) = Time(weights, rows, pool);
                    var flops = 2.0 * rows * outputs * inputs / seconds;
                    output.WriteLine(
                        $"{format,-13} {outputs,7} {inputs,6} {rows,4} {flops / 1e9,8:F1} {flops / near,8:F3} {weights.Bytes / seconds / 1e9,13:F1} {weights.Bytes / seconds / bandwidth,9:F3}");
                }
            }
        }
    }

    /// <summary>Median time of a product, and the better of the peaks measured before and after it: neighbours slow both.</summary>
    static (double Seconds, double Peak) Time(PanelWeights weights, int rows, WorkerPool pool)
    {
        var x = Filling.Floats(rows * weights.Inputs);
        var y = new float[rows * weights.Outputs];
        MatrixProduct.Multiply(x, rows, weights, y, pool);
        var times = new List<double>();
        var begin = Stopwatch.GetTimestamp();
        var peak = MachineProbe.FusedMultiplyAddsPerSecond();
        while (times.Count < 5 || (times.Count < 200 && Stopwatch.GetElapsedTime(begin).TotalSeconds < 0.15))
        {
            var start = Stopwatch.GetTimestamp();
            MatrixProduct.Multiply(x, rows, weights, y, pool);
            times.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        peak = double.Max(peak, MachineProbe.FusedMultiplyAddsPerSecond());
        return (times.Order().ElementAt(times.Count / 2), peak);
    }
}
