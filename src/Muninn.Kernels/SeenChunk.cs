using System.Numerics;
using System.Runtime.Intrinsics;

namespace Muninn.Kernels;

/// <summary>A walk over the places that a table lets rows see, at most 64 at a time, as parts of panels.</summary>
/// <remarks>Masked places are passed over, so that a chunk holds the same places wherever others are masked in between.</remarks>
unsafe struct SeenChunk
{
    /// <summary>Places of a whole chunk.</summary>
    internal const int Places = 64;

    /// <summary>Places in this chunk; fewer than a whole one only at the end.</summary>
    internal int Count;

    /// <summary>Parts of panels in this chunk.</summary>
    internal int Parts;

    /// <summary>Panel of each part.</summary>
    internal fixed int Panels[Places];

    /// <summary>Seen places of each part, a bit each.</summary>
    internal fixed uint Bits[Places];

    fixed int _entries[Places];
    readonly int* _panels;
    readonly ushort* _masks;
    readonly int _length;
    int _next;
    uint _rest;

    /// <summary>Before the first chunk.</summary>
    /// <param name="panels">The table.</param>
    /// <param name="masks">Its masks; null: none.</param>
    /// <param name="length">Places of the table to walk over.</param>
    internal SeenChunk(int* panels, ushort* masks, int length)
    {
        _panels = panels;
        _masks = masks;
        _length = length;
    }

    /// <summary>Bits of the first <paramref name="places"/> places of a panel.</summary>
    internal static uint Below(int places) => places >= Lanes.Count ? 0xFFFF : places <= 0 ? 0 : (1u << places) - 1;

    /// <summary>Walks on; false where nothing is left.</summary>
    internal bool Next()
    {
        (Count, Parts) = (0, 0);
        while (Count < Places)
        {
            if (_rest == 0)
            {
                if (_next * (long)Lanes.Count >= _length) break;
                _rest = Below(_length - _next * Lanes.Count) & (_masks == null ? 0xFFFF : (uint)_masks[_next]);
                _next++;
                if (_rest == 0) continue;
            }

            var (seen, count) = (_rest, BitOperations.PopCount(_rest));
            for (; count > Places - Count; count--) seen ^= 1u << BitOperations.Log2(seen);
            _rest ^= seen;
            (_entries[Parts], Panels[Parts], Bits[Parts]) = (_next - 1, _panels[_next - 1], seen);
            Parts++;
            Count += count;
        }

        return Count > 0;
    }

    /// <summary>How many places of this chunk a row sees that looks at <paramref name="length"/> places of the table.</summary>
    internal int CountWithin(int length)
    {
        var count = Count;
        for (var part = Parts - 1; part >= 0 && length - _entries[part] * Lanes.Count < Lanes.Count; part--)
            count -= BitOperations.PopCount(Bits[part] & ~Below(length - _entries[part] * Lanes.Count));
        return count;
    }

    /// <summary>Moves what belongs to the seen places of a part together; 16 floats may be overwritten. Returns how many there are.</summary>
    internal readonly int Gather(int part, float* source, float* destination)
    {
        var bits = Bits[part];
        if ((bits & (bits + 1)) == 0)
        {
            Vector512.Store(Vector512.Load(source), destination);
            return BitOperations.PopCount(bits);
        }

        var count = 0;
        for (; bits != 0; bits &= bits - 1) destination[count++] = source[BitOperations.TrailingZeroCount(bits)];
        return count;
    }
}
