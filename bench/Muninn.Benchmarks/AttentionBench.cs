using System;
using System.Linq;
using BenchmarkDotNet.Attributes;
using Muninn.Kernels;

namespace Muninn.Benchmarks;

/// <summary>Attention of a prompt to itself, and of one new token to a long past.</summary>
public class AttentionBench : IDisposable
{
    static readonly KeyValueLayout _layout = new(Heads: 16, HeadWidth: 64);

    WorkerPool? _pool;
    float[] _x = [];
    float[] _y = [];
    AlignedFloats? _keys;
    AlignedFloats? _values;
    int[] _starts = [];
    int[] _lengths = [];
    int[] _panels = [];

    [Params(1, 64)]
    public int Rows { get; set; }

    [Params(64, 1024)]
    public int Places { get; set; }

    [Params(1, 2)]
    public int Threads { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        _pool = new WorkerPool(Threads);
        _x = Filling.Floats(Rows * 3 * _layout.Width);
        _y = new float[Rows * _layout.Width];
        _keys = new AlignedFloats(_layout.KeyLength(Places));
        _values = new AlignedFloats(_layout.ValueLength(Places));
        _starts = new int[Rows];
        _panels = [.. Enumerable.Range(0, Places / KeyValueLayout.PanelPlaces)];
        _lengths = [.. Enumerable.Range(Places - Rows + 1, Rows)];
        Filling.Floats((int)_keys.Length).CopyTo(_keys.Slice(0, (int)_keys.Length));
        Filling.Floats((int)_values.Length).CopyTo(_values.Slice(0, (int)_values.Length));
    }

    [Benchmark]
    public void Read() => Attention.Read(
        _layout,
        _x,
        Rows,
        new() { Starts = _starts, Lengths = _lengths, Panels = _panels },
        _keys!.Slice(0, (int)_keys.Length),
        _values!.Slice(0, (int)_values.Length),
        _y,
        _pool!);

    [GlobalCleanup]
    public void Dispose()
    {
        _keys?.Dispose();
        _values?.Dispose();
        _pool?.Dispose();
    }
}
