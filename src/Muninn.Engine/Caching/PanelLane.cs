using System;
using System.Runtime.InteropServices;
using Muninn.Kernels;

namespace Muninn.Engine.Caching;

/// <summary>Keys and values of one block, in panels of 16 places that are handed out and taken back.</summary>
/// <remarks>The memory is the system's to give when a panel is first written: an empty store costs next to nothing.</remarks>
sealed class PanelLane : IDisposable
{
    readonly AlignedFloats _keys;
    readonly AlignedFloats _values;
    readonly int[] _free;
    int _freeCount;

    /// <summary>Room for <paramref name="panels"/> panels.</summary>
    internal PanelLane(KeyValueLayout layout, KeyValueFormat format, int panels)
    {
        int places = checked(panels * KeyValueLayout.PanelPlaces);
        int floatsPerPart = sizeof(float) / format.Bytes();
        _keys = AlignedFloats.Undefined(checked((int)layout.KeyLength(places)) / floatsPerPart);
        _values = AlignedFloats.Undefined(checked((int)layout.ValueLength(places)) / floatsPerPart);
        _free = new int[panels];
        // Handed out from 0 on: neighbours in time are neighbours in memory.
        for (int panel = 0; panel < panels; panel++)
            _free[panel] = panels - 1 - panel;
        _freeCount = panels;
    }

    internal int InUse => _free.Length - _freeCount;

    internal Span<float> Keys => _keys.Slice(0, (int)_keys.Length);

    internal Span<float> Values => _values.Slice(0, (int)_values.Length);

    internal Span<ushort> NarrowKeys => MemoryMarshal.Cast<float, ushort>(Keys);

    internal Span<ushort> NarrowValues => MemoryMarshal.Cast<float, ushort>(Values);

    /// <summary>A panel that nobody uses; its contents are whatever they were.</summary>
    internal int Take() => _freeCount > 0
        ? _free[--_freeCount]
        : throw new InvalidOperationException(
            $"All {_free.Length} panels of {KeyValueLayout.PanelPlaces} positions are in use; make a larger store, or fewer requests at a time.");

    internal void Return(int panel) => _free[_freeCount++] = panel;

    public void Dispose()
    {
        _keys.Dispose();
        _values.Dispose();
    }
}
