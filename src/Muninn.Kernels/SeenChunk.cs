using System.Numerics;
using System.Runtime.Intrinsics;

namespace Muninn.Kernels;

/// <summary>A walk over the places that a table lets rows see, at most 64 at a time, as parts of panels.</summary>
/// <remarks>Masked places are passed over, so that a chunk holds the same places wherever others are masked in between.</remarks>
unsafe struct SeenChunk
{
    /// <summary>Places of a whole chunk.</summary>
    internal const int Places = 64;

    /// <summary>Floats from one row's scores to the next one's: a whole vector may be stored at any place of a chunk.</summary>
    internal const int Stride = Places + Lanes.Count;

    /// <summary>Places in this chunk; fewer than a whole one only at the end.</summary>
    internal int Count;

    /// <summary>Parts of panels in this chunk.</summary>
    internal int Parts;

    /// <summary>Whether the scores of its parts, side by side, need no moving together.</summary>
    internal bool IsDense;

    /// <summary>Panel of each part.</summary>
    internal fixed int Panels[Places];

    /// <summary>Seen places of each part, a bit each.</summary>
    internal fixed uint Bits[Places + 1];

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

    /// <summary>How many seen places follow the first of a part without a gap, itself included.</summary>
    internal static int Run(uint bits) => BitOperations.TrailingZeroCount(~(bits >> BitOperations.TrailingZeroCount(bits)));

    /// <summary>What remains of a part behind those.</summary>
    internal static uint AfterRun(uint bits) => bits & (bits + (bits & (0 - bits)));

    /// <summary>Walks on; false where nothing is left.</summary>
    internal bool Next()
    {
        (Count, Parts, IsDense) = (0, 0, true);
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
            IsDense &= Count % Lanes.Count == 0 && (seen & (seen + 1)) == 0;
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

    /// <summary>The part in which a place of this chunk lies, and the bits of that part from the place on.</summary>
    internal readonly (int Part, uint Bits) At(int place)
    {
        var part = 0;
        for (int count; place >= (count = BitOperations.PopCount(Bits[part])) && part < Parts; part++) place -= count;
        var bits = Bits[part];
        for (; place > 0; place--) bits &= bits - 1;
        return (part, bits);
    }

    /// <summary>Places in up to four parts.</summary>
    internal readonly int CountOf(int firstPart)
    {
        var count = 0;
        for (var part = firstPart; part < int.Min(firstPart + 4, Parts); part++) count += BitOperations.PopCount(Bits[part]);
        return count;
    }

    /// <summary>Moves together what belongs to the seen places of up to four parts; up to 16 floats more are overwritten.</summary>
    internal readonly void Gather(int firstPart, float* source, float* destination)
    {
        for (var part = firstPart; part < int.Min(firstPart + 4, Parts); part++, source += Lanes.Count)
        {
            var bits = Bits[part];
            if ((bits & (bits + 1)) == 0)
            {
                Vector512.Store(Vector512.Load(source), destination);
                destination += BitOperations.PopCount(bits);
            }
            else
            {
                for (; bits != 0; bits &= bits - 1) *destination++ = source[BitOperations.TrailingZeroCount(bits)];
            }
        }
    }
}
