using System;
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

BenchmarkSwitcher.FromAssembly(typeof(ProductBench).Assembly).Run(args);
