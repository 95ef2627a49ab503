using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Files;
using Muninn.Engine.Initialization;
using Muninn.Engine.Model;
using Muninn.Engine.Training;
using Muninn.Kernels;

namespace Muninn.Benchmarks;

/// <summary>A batch there and back at two shapes, on one thread and on two by turns, beside the FMA peak of the same minute.</summary>
static class QuickTraining
{
    static readonly ModelConfig _small = new()
    {
        Width = 128,
        Heads = 4,
        Hidden = 336,
        Vocabulary = 768,
        Context = 1024,
        PreludeBlocks = 1,
        CoreBlocks = 2,
        CodaBlocks = 1,
        MeanRecurrence = 8,
        MeanBackpropagation = 4,
    };

    static readonly ModelConfig _middle = _small with { Width = 512, Heads = 8, Hidden = 1408, Vocabulary = 4096 };

    /// <summary>One shape on some threads, over and over: for a profiler.</summary>
    internal static void Repeat(string shape, int threads, int seconds)
    {
        var (config, rows) = shape == "128" ? (_small, 2500) : (_middle, 1024);
        using var pool = new WorkerPool(threads);
        var model = Model(config, pool);
        var (batch, start) = Batch(config, rows, 30, 120);
        var pass = new GradientPass(model, pool, new GradientShape { RowsMax = rows, RecordedMax = 4 });
        for (var clock = Stopwatch.StartNew(); clock.Elapsed.TotalSeconds < seconds;)
            pass.Run(batch, start, 4, 4);
    }

    internal static void Run(int seconds, TextWriter output)
    {
        output.WriteLine("shape  rows threads         ms  tokens/s  GFLOP/s   peak  of peak  held, MiB: model, pass, pool");
        // Sequences of 30 to 120 tokens, as questions are.
        Measure("128", _small, 2500, 30, 120, seconds, output);
        Measure("512", _middle, 1024, 30, 120, seconds, output);
    }

    static void Measure(string name, ModelConfig config, int rows, int shortest, int longest, int seconds, TextWriter output)
    {
        var (batch, start) = Batch(config, rows, shortest, longest);
        var runs = new List<Subject>();
        foreach (var (threads, recomputes) in ((int, bool)[])[(1, false), (2, false), (1, true)])
        {
            var run = new Subject(config, rows, threads, recomputes);
            // Some memory is made when it is first needed.
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 3; i++)
                run.Pass.Run(batch, start, 4, 4);
            run.PassBytes += GC.GetAllocatedBytesForCurrentThread() - before;
            runs.Add(run);
        }

        for (var clock = Stopwatch.StartNew(); clock.Elapsed.TotalSeconds < seconds || runs[0].Times.Count < 5;)
        {
            foreach (var run in runs)
            {
                run.Peaks.Add(MachineProbe.FusedMultiplyAddsPerSecond(run.Pool, 0.005));
                long begun = Stopwatch.GetTimestamp();
                run.Pass.Run(batch, start, 4, 4);
                run.Times.Add(Stopwatch.GetElapsedTime(begun).TotalSeconds);
            }
        }

        foreach (var run in runs)
        {
            double time = Median(run.Times), peak = Median(run.Peaks), rate = Operations(config, rows, 4, 4) / time;
            output.WriteLine(
                $"{name,5} {rows,5} {run.Name,10} {1e3 * time,7:F1} {rows / time,9:F0} {rate / 1e9,8:F1} {peak / 1e9,6:F0} {rate / peak,8:F3}  "
                + $"{Mebibytes(run.ModelBytes),6:F1} {Mebibytes(run.PassBytes),6:F1} {Mebibytes(run.Pool.Bytes),6:F1}");
            run.Pool.Dispose();
        }

        output.WriteLine($"two threads over one: {Median(runs[0].Times) / Median(runs[1].Times):F2} (medians), "
            + $"{Median([.. runs[0].Times.Zip(runs[1].Times, static (one, two) => one / two)]):F2} (median of neighbours), {runs[0].Times.Min() / runs[1].Times.Min():F2} (best)");
    }

    static double Mebibytes(long bytes) => bytes / 1048576.0;

    /// <summary>A model and a pass of their own.</summary>
    sealed class Subject
    {
        public Subject(ModelConfig config, int rows, int threads, bool recomputes)
        {
            Name = recomputes ? $"{threads} twice" : $"{threads}";
            Pool = new WorkerPool(threads);
            var model = Model(config, Pool);
            ModelBytes = model.Weights.Sum(static weight => (long)(weight.Values.Length + weight.Gradient.Length) * sizeof(float));
            long before = GC.GetAllocatedBytesForCurrentThread();
            Pass = new GradientPass(model, Pool, new GradientShape { RowsMax = rows, RecordedMax = 4, Recompute = recomputes });
            PassBytes = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        public string Name { get; }

        public WorkerPool Pool { get; }

        public GradientPass Pass { get; }

        public long ModelBytes { get; }

        public long PassBytes { get; set; }

        public List<double> Times { get; } = [];

        public List<double> Peaks { get; } = [];
    }

    static TrainingModel Model(ModelConfig config, WorkerPool pool)
    {
        string folder = Directory.CreateTempSubdirectory("muninn-bench").FullName;
        try
        {
            string place = Path.Combine(folder, "model");
            var shards = ShardPlan.Of(ModelInitialization.Tensors(config, 1, DType.F32, pool), long.MaxValue);
            CheckpointWriter.Write(FolderTarget.Of(place), new CheckpointDraft { Config = config, Shards = shards, Type = DType.F32 });
            using var checkpoint = Checkpoint.Open(place);
            return TrainingModel.Load(checkpoint, RotarySource.Exact);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    static (TrainingBatch Batch, float[] Start) Batch(ModelConfig config, int rows, int shortest, int longest)
    {
        var lengths = new List<int>();
        uint state = 1;
        for (int left = rows; left > 0; left -= lengths[^1])
        {
            state = state * 1664525 + 1013904223;
            lengths.Add(Math.Min(left, shortest + (int)(state >> 8) % (longest - shortest + 1)));
        }

        int[] tokens = [.. Enumerable.Range(0, rows).Select(row => row * 31 % config.Vocabulary)];
        return (new TrainingBatch { Tokens = tokens, Labels = tokens, Lengths = lengths.ToArray() }, Filling.Floats(rows * config.Width));
    }

    /// <summary>Operations of the matrix products alone: one forwards, two more where the gradient goes.</summary>
    static double Operations(ModelConfig config, int rows, int free, int recorded)
    {
        double block = 4.0 * config.Width * config.Width + 3.0 * config.Width * config.Hidden;
        double core = config.CoreBlocks * block + 2.0 * config.Width * config.Width;
        double ends = (config.PreludeBlocks + config.CodaBlocks) * block + (double)config.Vocabulary * config.Width;
        return 2.0 * rows * (free * core + 3 * (recorded * core + ends));
    }

    static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
