using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using Muninn.Engine.Generation;
using Muninn.Engine.Randomness;
using Muninn.Kernels;

namespace Muninn.Benchmarks;

/// <summary>A choice among 65 536 tokens, beside one pass over their logits in the same run.</summary>
static class QuickSampling
{
    const int Vocabulary = 65_536;

    internal static void Run(TextWriter output)
    {
        output.WriteLine("a choice among 65536 tokens, one thread; logits normal, deviation 3, and nearly equal ones");
        output.WriteLine("                                        µs  passes       flat µs  passes");
        var peaked = Logits(3);
        var flat = Logits(0.01);
        var history = Enumerable.Range(0, 2000).Select(i => i * 31 % 4096).ToArray();
        (string Name, Sampler Sampler)[] samplers =
        [
            ("greedy", Sampler.Greedy),
            ("greedy, all penalties", Sampler.Greedy with { RepetitionPenalty = 1.1f, Dry = new() }),
            ("temperature 0.7", new FilteredSampler { Temperature = 0.7f }),
            ("top-k 50", new FilteredSampler { TopK = 50 }),
            ("top-p 0.9", new FilteredSampler { TopP = 0.9 }),
            ("min-p 0.05", new FilteredSampler { MinP = 0.05 }),
            ("0.7, top-k 50, top-p 0.9, min-p 0.05", new FilteredSampler { Temperature = 0.7f, TopK = 50, TopP = 0.9, MinP = 0.05 }),
        ];
        foreach (var (name, sampler) in samplers)
        {
            var worker = new TokenSampler(sampler, Vocabulary);
            var position = 0;
            Write(output, name, peaked, flat, logits => worker.Choose(logits, history, position++).Token);
        }

        var top = new TokenLogProbability[20];
        Write(output, "20 log-probabilities", peaked, flat, logits => LogProbabilities.Top(logits, top));
        var keys = new float[Vocabulary];
        Write(output, "sorting the logits, for comparison", peaked, flat, logits =>
        {
            logits.CopyTo(keys, 0);
            Array.Sort(keys);
            return 0;
        });
    }

    static void Write(TextWriter output, string name, float[] peaked, float[] flat, Func<float[], int> choose)
    {
        output.Write($"{name,-37}");
        foreach (var logits in (float[][])[peaked, flat])
        {
            var pass = Median(() => Softmax.IndexOf(logits, float.MaxValue));
            var choice = Median(() => choose(logits));
            output.Write($"{choice,8:F1} {choice / pass,7:F1}      ");
        }

        output.WriteLine();
    }

    /// <summary>Microseconds of a call.</summary>
    static double Median(Func<int> call)
    {
        var times = new double[25];
        for (var i = -5; i < times.Length; i++)
        {
            var start = Stopwatch.GetTimestamp();
            for (var repeat = 0; repeat < 10; repeat++) call();
            if (i >= 0) times[i] = Stopwatch.GetElapsedTime(start).TotalMicroseconds / 10;
        }

        return times.Order().ElementAt(times.Length / 2);
    }

    static float[] Logits(double deviation) =>
        [.. Enumerable.Range(0, Vocabulary).Select(i => (float)(deviation * CounterRandom.TruncatedNormal(1, RandomStream.Tokens, 0, i)))];
}
