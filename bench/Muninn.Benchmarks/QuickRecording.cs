using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Model;
using Muninn.Engine.Recurrence;
using Muninn.Kernels;
using Muninn.Microscope.Measures;
using Muninn.Microscope.Recordings;
using Muninn.Microscope.Trajectories;

namespace Muninn.Benchmarks;

/// <summary>What observing costs beside the run itself, one after the other in one process, and how fast a recording is read.</summary>
static class QuickRecording
{
    const int Iterations = 128;
    const int Rounds = 21;

    internal static void Run(string folder, int tokens, TextWriter output)
    {
        using var checkpoint = Checkpoint.Open(folder);
        using var pool = new WorkerPool(1);
        using var model = RecurrentModel.Load(checkpoint, new ModelOptions(), pool);
        using var run = new PromptRun(model, pool, [.. Enumerable.Range(0, tokens).Select(i => 5 + i * 37 % 700)]);
        var settings = new ConvergenceSettings { Iterations = Iterations, Horizon = Iterations };
        int width = checkpoint.Config.Width;
        double[,] seconds = new double[4, Rounds];
        double[] observed = new double[Rounds];
        double[] concluded = new double[Rounds];
        for (int round = -2; round < Rounds; round++)
        {
            for (int way = 0; way < 4; way++)
            {
                var start = Stopwatch.GetTimestamp();
                var meter = way is 1 or 3 ? new ConvergenceMeter(tokens, model.FinalNorm, settings, 64 << 20) : null;
                var recorder = way is 2 or 3 ? new TrajectoryRecorder(tokens, width, Enumerable.Range(0, Iterations + 1)) : null;
                var watching = TimeSpan.Zero;
                IterationObserver? observer = way == 0 ? null : (in IterationView iteration) =>
                {
                    var began = Stopwatch.GetTimestamp();
                    meter?.Observe(iteration);
                    recorder?.Observe(iteration);
                    watching += Stopwatch.GetElapsedTime(began);
                };
                run.Run(new RunSettings { Limit = Iterations, Start = InitialState.Random(0) }, observer: observer);
                var end = Stopwatch.GetTimestamp();
                _ = meter?.ToConvergence();
                if (round < 0) continue;
                seconds[way, round] = Stopwatch.GetElapsedTime(start).TotalSeconds;
                if (way != 1) continue;
                observed[round] = watching.TotalSeconds;
                concluded[round] = Stopwatch.GetElapsedTime(end).TotalSeconds;
            }
        }

        double alone = Median(seconds, 0);
        output.WriteLine($"{tokens} tokens, {Iterations} iterations, one thread, medians of {Rounds} rounds: the run alone {alone * 1e3:F1} ms");
        output.WriteLine($"distances and lens-free measures  {Share(seconds, 1):P1} more; spent in them {Median(observed) / alone:P1} observing, {Median(concluded) / alone:P1} at the end");
        output.WriteLine($"full states                       {Share(seconds, 2):P1} more");
        output.WriteLine($"both                              {Share(seconds, 3):P1} more");
    }

    /// <summary>Median over rounds of what one way takes more than the run alone in the same round.</summary>
    static double Share(double[,] seconds, int way) =>
        Median([.. Enumerable.Range(0, Rounds).Select(round => seconds[way, round] / seconds[0, round] - 1)]);

    static double Median(double[] values) => values.Order().ElementAt(values.Length / 2);

    /// <summary>Time to read a recording, measures alone and all of it.</summary>
    internal static void Read(string path, TextWriter output)
    {
        foreach (var parts in Enum.GetValues<RecordingParts>())
        {
            var times = new double[Rounds];
            for (int i = -2; i < Rounds; i++)
            {
                var start = Stopwatch.GetTimestamp();
                _ = RecordingReader.Read(path, parts);
                if (i >= 0) times[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            }

            output.WriteLine($"reading {Path.GetFileName(path)}, {parts}: {times.Order().ElementAt(Rounds / 2):F1} ms");
        }
    }

    static double Median(double[,] seconds, int way) => Median([.. Enumerable.Range(0, Rounds).Select(round => seconds[way, round])]);
}
