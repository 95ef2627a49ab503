using System;
using BenchmarkDotNet.Attributes;
using Muninn.Kernels;

namespace Muninn.Benchmarks;

/// <summary>Rows that are computed on their way into a product, beside the same work in two passes.</summary>
public class FusedBench : IDisposable
{
    const int Width = 2048;
    const int Hidden = 5632;
    const float Epsilon = 1e-6f;

    WorkerPool? _pool;
    PanelWeights? _up;
    PanelWeights? _down;
    PanelWeights? _adapter;
    float[] _x = [];
    float[] _gain = [];
    float[] _gateAndFactor = [];
    float[] _paired = [];
    float[] _rows = [];
    float[] _y = [];

    [Params(1, 16, 128)]
    public int Rows { get; set; }

    [ParamsAllValues]
    public WeightFormat Format { get; set; }

    [Params(1, 2)]
    public int Threads { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        _pool = new WorkerPool(Threads);
        _up = Filling.Weights(Format, Hidden, Width);
        _down = Filling.Weights(Format, Width, Hidden);
        _adapter = Filling.Weights(Format, Width, 2 * Width);
        _x = Filling.Floats(Rows * Width);
        _gain = Filling.Floats(Width);
        _gateAndFactor = Filling.Floats(Rows * 2 * Hidden);
        _paired = new float[Rows * 2 * Width];
        _rows = new float[Rows * Hidden];
        _y = new float[Rows * Hidden];
    }

    [Benchmark]
    public void NormalizeThenMultiply()
    {
        RmsNorm.Normalize(_x, _gain, Rows, Width, Epsilon, _rows);
        MatrixProduct.Multiply(_rows, Rows, _up!, _y, _pool!);
    }

    [Benchmark]
    public void MultiplyNormalized() => MatrixProduct.MultiplyNormalized(_x, _gain, Epsilon, Rows, _up!, _y, _pool!);

    [Benchmark]
    public void GateThenMultiply()
    {
        GatedSilu.Multiply(_gateAndFactor, Rows, Hidden, _rows, _pool!);
        MatrixProduct.Multiply(_rows, Rows, _down!, _y, _pool!);
    }

    [Benchmark]
    public void MultiplyGated() => MatrixProduct.MultiplyGated(_gateAndFactor, Rows, _down!, _y, _pool!);

    [Benchmark]
    public void PairThenMultiply()
    {
        for (var r = 0; r < Rows; r++)
        {
            _x.AsSpan(r * Width, Width).CopyTo(_paired.AsSpan(2 * r * Width));
            _x.AsSpan(r * Width, Width).CopyTo(_paired.AsSpan((2 * r + 1) * Width));
        }

        MatrixProduct.Multiply(_paired, Rows, _adapter!, _y, _pool!);
    }

    [Benchmark]
    public void MultiplyPaired() => MatrixProduct.MultiplyPaired(_x, _x, Rows, _adapter!, _y, _pool!);

    [GlobalCleanup]
    public void Dispose()
    {
        _adapter?.Dispose();
        _down?.Dispose();
        _up?.Dispose();
        _pool?.Dispose();
    }
}
