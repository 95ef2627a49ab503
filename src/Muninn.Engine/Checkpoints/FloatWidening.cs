using System;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Muninn.Engine.Checkpoints;

/// <summary>Exact conversion of 16-bit floats to float32.</summary>
public static class FloatWidening
{
    /// <summary>destination[i] = source[i] · 2¹⁶ as bits: a brain float is the upper half of a float32.</summary>
    /// <param name="source">Brain floats as bits.</param>
    /// <param name="destination">Overwritten, at least as long as <paramref name="source"/>.</param>
    /// <exception cref="ArgumentException">The destination is shorter.</exception>
    public static void FromBrainFloat16(ReadOnlySpan<ushort> source, Span<float> destination)
    {
        Check(source, destination);
        ref readonly var from = ref MemoryMarshal.GetReference(source);
        ref var to = ref MemoryMarshal.GetReference(destination);
        var i = 0;
        for (; i <= source.Length - Vector512<ushort>.Count; i += Vector512<ushort>.Count)
        {
            var (lower, upper) = Vector512.Widen(Vector512.LoadUnsafe(in from, (nuint)i));
            (lower << 16).AsSingle().StoreUnsafe(ref to, (nuint)i);
            (upper << 16).AsSingle().StoreUnsafe(ref to, (nuint)(i + Vector512<float>.Count));
        }

        for (; i < source.Length; i++)
            destination[i] = BitConverter.UInt32BitsToSingle((uint)source[i] << 16);
    }

    /// <summary>destination[i] = source[i] read as IEEE half precision; subnormals, infinities and NaN included.</summary>
    /// <param name="source">Half-precision floats as bits.</param>
    /// <param name="destination">Overwritten, at least as long as <paramref name="source"/>.</param>
    /// <exception cref="ArgumentException">The destination is shorter.</exception>
    public static void FromFloat16(ReadOnlySpan<ushort> source, Span<float> destination)
    {
        Check(source, destination);
        ref readonly var from = ref MemoryMarshal.GetReference(source);
        ref var to = ref MemoryMarshal.GetReference(destination);
        var i = 0;
        for (; i <= source.Length - Vector512<ushort>.Count; i += Vector512<ushort>.Count)
        {
            var (lower, upper) = Vector512.Widen(Vector512.LoadUnsafe(in from, (nuint)i));
            FromFloat16(lower).StoreUnsafe(ref to, (nuint)i);
            FromFloat16(upper).StoreUnsafe(ref to, (nuint)(i + Vector512<float>.Count));
        }

        for (; i < source.Length; i++)
            destination[i] = (float)BitConverter.UInt16BitsToHalf(source[i]);
    }

    static Vector512<float> FromFloat16(Vector512<uint> half)
    {
        // Exponent and fraction move into place; the product with 2¹¹² makes up for the smaller exponent offset
        // (127 − 15) and normalises subnormals on the way, always exactly. Infinities and NaN, which the product
        // would turn into large numbers, get the exponent of all ones instead.
        var shifted = (half & Vector512.Create(0x7FFFu)) << 13;
        var scaled = (shifted.AsSingle() * Vector512.Create(BitConverter.UInt32BitsToSingle(0x7780_0000))).AsUInt32();
        var special = Vector512.GreaterThanOrEqual(half & Vector512.Create(0x7C00u), Vector512.Create(0x7C00u));
        var magnitude = Vector512.ConditionalSelect(special, shifted | Vector512.Create(0x7F80_0000u), scaled);
        return (magnitude | ((half & Vector512.Create(0x8000u)) << 16)).AsSingle();
    }

    static void Check(ReadOnlySpan<ushort> source, Span<float> destination)
    {
        if (destination.Length < source.Length)
            throw new ArgumentException(
                $"{source.Length} elements do not fit into a destination of {destination.Length}.", nameof(destination));
    }
}
