using System;
using BenchmarkDotNet.Attributes;
using Muninn.Kernels;

namespace Muninn.Benchmarks;

/// <summary>Products of the shapes that a block of width 2048 has.</summary>
public class ProductBench : IDisposable
{
    const int Outputs = 5632;
    const int Inputs = 2048;

    WorkerPool? _pool;
    PanelWeights? _weights;
    float[] _x = [];
    float[] _y = [];

    [Params(1, 2, 4, 8, 16, 32, 64, 128, 512)]
    public int Rows { get; set; }

    [ParamsAllValues]
    public WeightFormat Format { get; set; }

    [Params(1, 2)]
    public int Threads { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        _pool = new WorkerPool(Threads);
        _weights = Filling.Weights(Format, Outputs, Inputs);
        _x = Filling.Floats(Rows * Inputs);
        _y = new float[Rows * Outputs];
    }

    [Benchmark]
    public void Multiply() => MatrixProduct.Multiply(_x, Rows, _weights!, _y, _pool!);

    [GlobalCleanup]
    public void Dispose()
    {
        _weights?.Dispose();
        _pool?.Dispose();
    }
}
