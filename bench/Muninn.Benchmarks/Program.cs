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

BenchmarkSwitcher.FromAssembly(typeof(ProductBench).Assembly).Run(args);
