using System;
using System.Linq;
using Muninn.Kernels;
using Muninn.Tests.Oracle;

namespace Muninn.Tests.Kernels;

/// <summary>A key/value store of either type, not a number wherever nothing was written.</summary>
sealed class AnyStore
{
    readonly KeyValueLayout _layout;
    readonly ushort[]? _shortKeys;
    readonly ushort[]? _shortValues;
    readonly float[] _keys;
    readonly float[] _values;

    internal AnyStore(KeyValueLayout layout, int places, bool isShort)
    {
        _layout = layout;
        _keys = isShort ? [] : NoNumbers(layout.KeyLength(places));
        _values = isShort ? [] : NoNumbers(layout.ValueLength(places));
        if (!isShort) return;
        _shortKeys = [.. NoNumbers(layout.KeyLength(places)).Select(BrainFloats.Round)];
        _shortValues = [.. NoNumbers(layout.ValueLength(places)).Select(BrainFloats.Round)];
    }

    AnyStore(KeyValueLayout layout, float[] keys, float[] values) => (_layout, _keys, _values) = (layout, keys, values);

    /// <summary>Its numbers, keys first.</summary>
    internal float[] Numbers => _shortKeys is null ? [.. _keys, .. _values] : [.. Noise.Widened(_shortKeys), .. Noise.Widened(_shortValues)];

    /// <summary>A store of float32 with the same numbers.</summary>
    internal AnyStore Widened() => new(_layout, Noise.Widened(_shortKeys), Noise.Widened(_shortValues));

    internal void Write(ReadOnlySpan<float> x, params ReadOnlySpan<int> places)
    {
        if (_shortKeys is null) Attention.Write(_layout, x, places.Length, places, _keys, _values);
        else Attention.Write(_layout, x, places.Length, places, _shortKeys, _shortValues);
    }

    internal void Copy(int from, int to)
    {
        if (_shortKeys is null) Attention.Copy(_layout, from, to, _keys, _values);
        else Attention.Copy(_layout, from, to, _shortKeys, _shortValues);
    }

    /// <summary>Rows whose queries are the first of <paramref name="x"/>.</summary>
    internal float[] Read(ReadOnlySpan<float> x, Tables tables, WorkerPool pool)
    {
        var y = NoNumbers((long)tables.Starts.Length * _layout.Width);
        if (_shortKeys is null) Attention.Read(_layout, x, tables.Starts.Length, tables.Visible, _keys, _values, y, pool);
        else Attention.Read(_layout, x, tables.Starts.Length, tables.Visible, _shortKeys, _shortValues, y, pool);
        return y;
    }

    internal void Weigh(ReadOnlySpan<float> x, Tables tables, int places, Span<float> weights)
    {
        if (_shortKeys is null) AttentionPattern.Weigh(_layout, x, tables.Starts.Length, tables.Visible, _keys, places, weights);
        else AttentionPattern.Weigh(_layout, x, tables.Starts.Length, tables.Visible, _shortKeys, places, weights);
    }

    internal void ReadBy(ReadOnlySpan<float> weights, ReadOnlySpan<float> before, Tables tables, int places, Span<float> y)
    {
        if (_shortKeys is null) AttentionPattern.Read(_layout, weights, before, tables.Starts.Length, tables.Visible, _values, places, y);
        else AttentionPattern.Read(_layout, weights, before, tables.Starts.Length, tables.Visible, _shortValues, places, y);
    }

    static float[] NoNumbers(long length)
    {
        var floats = new float[length];
        floats.AsSpan().Fill(float.NaN);
        return floats;
    }
}
