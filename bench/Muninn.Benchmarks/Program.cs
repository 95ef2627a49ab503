using System;
using System.Globalization;
using System.Linq;
using BenchmarkDotNet.Running;
using Muninn.Benchmarks;

if (args.Contains("--quick"))
{
    QuickProducts.Run(Console.Out);
    QuickAttention.Run(Console.Out);
    QuickSampling.Run(Console.Out);
    return;
}

// recording FOLDER TOKENS [FILE.muninn]: what observing a model costs, and how fast a recording is read.
if (args is ["recording", var folder, var tokens, .. var files])
{
    QuickRecording.Run(folder, int.Parse(tokens, CultureInfo.InvariantCulture), Console.Out);
    foreach (var file in files) QuickRecording.Read(file, Console.Out);
    return;
}

// training SECONDS: a batch there and back at two shapes, on one thread and on two.
if (args is ["training", var seconds])
{
    QuickTraining.Run(int.Parse(seconds, CultureInfo.InvariantCulture), Console.Out);
    return;
}

// training SHAPE THREADS SECONDS: one of them again and again, for a profiler.
if (args is ["training", var shape, var threads, var duration])
{
    QuickTraining.Repeat(shape, int.Parse(threads, CultureInfo.InvariantCulture), int.Parse(duration, CultureInfo.InvariantCulture));
    return;
}

BenchmarkSwitcher.FromAssembly(typeof(ProductBench).Assembly).Run(args);
