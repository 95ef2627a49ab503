using System.Diagnostics;
using System.IO;
using System.Linq;
using Muninn.Kernels;

namespace Muninn.Benchmarks;

/// <summary>Attention beside the FMA peak of the same run.</summary>
static class QuickAttention
{
    internal static void Run(TextWriter output)
    {
        output.WriteLine("attention, 16 heads of 64, one thread");
        output.WriteLine("places rows     µs  GFLOP/s  of peak");
        foreach (var places in (int[])[64, 1024])
        {
            foreach (var rows in (int[])[1, 64])
            {
                using var bench = new AttentionBench { Places = places, Rows = rows, Threads = 1 };
                bench.Prepare();
                bench.Read();
                var peak = MachineProbe.FusedMultiplyAddsPerSecond();
                var times = new double[25];
                for (var i = 0; i < times.Length; i++)
                {
                    var start = Stopwatch.GetTimestamp();
                    for (var repeat = 0; repeat < 10; repeat++) bench.Read();
                    times[i] = Stopwatch.GetElapsedTime(start).TotalSeconds / 10;
                }

                var seconds = times.Order().ElementAt(times.Length / 2);
                var flops = 4.0 * 16 * 64 * Enumerable.Range(places - rows + 1, rows).Sum() / seconds;
                output.WriteLine($"{places,6} {rows,4} {seconds * 1e6,6:F1} {flops / 1e9,8:F1} {flops / peak,8:F3}");
            }
        }
    }
}
