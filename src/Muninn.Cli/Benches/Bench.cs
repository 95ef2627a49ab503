using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading;
using Muninn.Cli.Frame;
using Muninn.Engine.Model;
using Muninn.Engine.Recurrence;
using Muninn.Kernels;

namespace Muninn.Cli.Benches;

/// <summary>
/// Measures what the machine can do and what the engine makes of it, on one thread. Absolute figures move with the machine
/// and its neighbours; the ratios hold.
/// </summary>
/// <param name="depth">How long to measure.</param>
/// <param name="unfinished">Learns of the temporary folder.</param>
/// <param name="stopping">Ends the bench between two measurements.</param>
sealed class Bench(BenchDepth depth, UnfinishedFiles unfinished, CancellationToken stopping)
{
    const string OfPeak = "of FMA peak";
    const string OfReads = "of reading as much memory";

    /// <summary>The wall time that the whole of heatmap is allowed on the default model, in seconds.</summary>
    const double HeatmapAllowed = 0.6;

    /// <summary>Outputs and inputs of the product that is measured: queries, keys and values at width 1024.</summary>
    const int Outputs = 3072;
    const int Inputs = 1024;

    /// <summary>All measurements, one after the other as they are made.</summary>
    public IEnumerable<BenchRow> Run()
    {
        yield return new("FMA peak, one thread", MachineProbe.FusedMultiplyAddsPerSecond() / 1e9, "GFLOP/s");
        yield return new("read bandwidth, one thread", MachineProbe.ReadBytesPerSecond(256 << 20) / 1e9, "GB/s");
        using var pool = new WorkerPool(1);
        foreach (var format in Enum.GetValues<WeightFormat>())
        {
            foreach (int rows in depth.Rows) yield return Product(format, rows, pool);
        }

        using (var model = BenchModel.Create(unfinished))
        {
            yield return Prompt($"core iteration, 64 tokens, width 1024", model.Model, pool, depth.CoreIterations);
            yield return Prompt($"prompt of 64 tokens, {depth.PromptIterations} iterations, width 1024", model.Model, pool, depth.PromptIterations);
        }

        yield return WholeHeatmap();
    }

    BenchRow Product(WeightFormat format, int rows, WorkerPool pool)
    {
        var matrix = new float[Outputs * Inputs];
        for (int i = 0; i < matrix.Length; i++) matrix[i] = i % 251 / 251f - 0.5f;
        using var weights = format == WeightFormat.Float32
            ? PanelWeights.Pack(matrix, Outputs, Inputs)
            : PanelWeights.PackBrainFloat16([.. matrix.Select(v => (ushort)(BitConverter.SingleToUInt32Bits(v) >> 16))], Outputs, Inputs);
        var x = new float[rows * Inputs];
        Array.Fill(x, 0.25f);
        var y = new float[rows * Outputs];
        var (seconds, peak) = Time(() => MatrixProduct.Multiply(x, rows, weights, y, pool), depth.Seconds);
        double flops = 2.0 * rows * Outputs * Inputs / seconds;
        var type = format == WeightFormat.Float32 ? "f32" : "bf16";
        // One row reads every weight for two operations: memory is the limit there.
        return rows == 1
            ? new($"product {type}, 1 row", weights.Bytes / seconds / 1e9, "GB/s",
                weights.Bytes / seconds / MachineProbe.ReadBytesPerSecond(weights.Bytes), OfReads)
            : new($"product {type}, {rows} rows", flops / 1e9, "GFLOP/s", flops / peak, OfPeak);
    }

    BenchRow Prompt(string name, RecurrentModel model, WorkerPool pool, int iterations)
    {
        const int Tokens = 64;
        var run = new PromptRun(model, pool, [.. Enumerable.Range(0, Tokens)]);
        run.Run(new RunSettings { Limit = 1, Start = InitialState.Random(0) }, cancellation: stopping);
        var (seconds, peak) = Time(
            () => run.Run(new RunSettings { Limit = iterations, Start = InitialState.Random(0) }, cancellation: stopping), 0);
        double flops = 2.0 * Tokens * model.Config.ProductWeightsPerIteration * iterations / seconds;
        return new(name, flops / 1e9, "GFLOP/s", flops / peak, OfPeak);
    }

    BenchRow WholeHeatmap()
    {
        var program = Path.Combine(AppContext.BaseDirectory, "muninn.dll");
        var (seconds, _) = Time(() =>
        {
            var start = new ProcessStartInfo("dotnet", [program, "heatmap", "--graphics", "blocks", Input.InputSettings.ExampleSentence])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                UseShellExecute = false,
            };
            using var process = Process.Start(start) ?? throw new IOException("'dotnet' could not be started. Put it on the PATH.");
            process.StandardInput.Close();
            process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            if (process.ExitCode != 0) throw new IOException($"'muninn heatmap' ended with exit code {process.ExitCode}.");
        }, depth.Seconds);
        return new("heatmap as a whole, from start to end", seconds * 1000, "ms", seconds / HeatmapAllowed, "of the 0.6 s allowed");
    }

    /// <summary>
    /// Median seconds of <paramref name="work"/> after one run to warm up, and the better of the FMA peaks before and after:
    /// neighbours slow both.
    /// </summary>
    (double Seconds, double Peak) Time(Action work, double atLeastSeconds)
    {
        stopping.ThrowIfCancellationRequested();
        if (atLeastSeconds > 0) work();
        double peak = MachineProbe.FusedMultiplyAddsPerSecond();
        var times = new List<double>();
        long begin = Stopwatch.GetTimestamp();
        do
        {
            stopping.ThrowIfCancellationRequested();
            long start = Stopwatch.GetTimestamp();
            work();
            times.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        while (Stopwatch.GetElapsedTime(begin).TotalSeconds < atLeastSeconds);

        times.Sort();
        return (times[times.Count / 2], double.Max(peak, MachineProbe.FusedMultiplyAddsPerSecond()));
    }
}

/// <summary>How long and how widely to measure.</summary>
/// <param name="Rows">Rows of the products.</param>
/// <param name="Seconds">Time for each figure, at least.</param>
/// <param name="CoreIterations">Iterations over which one core iteration is measured.</param>
/// <param name="PromptIterations">Iterations of the prompt.</param>
sealed record BenchDepth(int[] Rows, double Seconds, int CoreIterations, int PromptIterations)
{
    /// <summary>Figures that hold.</summary>
    public static BenchDepth Full { get; } = new([1, 8, 16, 64, 128, 512], 0.5, 8, 128);

    /// <summary>A look, in well under half a minute.</summary>
    public static BenchDepth Quick { get; } = new([1, 64, 512], 0.1, 2, 16);
}
