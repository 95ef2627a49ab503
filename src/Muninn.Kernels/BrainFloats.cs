using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Muninn.Kernels;

/// <summary>Brain floats: the upper halves of float32.</summary>
public static unsafe class BrainFloats
{
    /// <summary>The nearest brain float, of two equally near the even one; infinities stay, what is not a number stays so.</summary>
    /// <param name="source">Numbers.</param>
    /// <param name="destination">Brain floats as bits, overwritten, at least as long as <paramref name="source"/>.</param>
    /// <exception cref="ArgumentException">The destination is shorter.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Round(ReadOnlySpan<float> source, Span<ushort> destination)
    {
        if (destination.Length < source.Length)
            throw new ArgumentException(
                $"{source.Length} elements do not fit into a destination of {destination.Length}.", nameof(destination));
        ref readonly var from = ref MemoryMarshal.GetReference(source);
        ref var to = ref MemoryMarshal.GetReference(destination);
        var i = 0;
        for (; i <= source.Length - Vector512<ushort>.Count; i += Vector512<ushort>.Count)
        {
            var lower = Rounded(Vector512.LoadUnsafe(in from, (nuint)i));
            var upper = Rounded(Vector512.LoadUnsafe(in from, (nuint)(i + Vector512<float>.Count)));
            Vector512.Narrow(lower, upper).StoreUnsafe(ref to, (nuint)i);
        }

        for (; i < source.Length; i++)
            destination[i] = Round(source[i]);
    }

    /// <summary>The nearest brain float of one number, as bits.</summary>
    /// <param name="value">Any number.</param>
    public static ushort Round(float value) => (ushort)Rounded(Vector512.Create(value)).ToScalar();

    /// <summary>16 brain floats as float32; nothing beyond them is read.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Widened(ushort* source)
    {
        var wide = Avx512F.IsSupported
            ? Avx512F.ConvertToVector512Int32(Vector256.Load(source))
            : Vector512.Create(Avx2.ConvertToVector256Int32(source), Avx2.ConvertToVector256Int32(source + 8));
        return (wide << 16).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<uint> Rounded(Vector512<float> value)
    {
        // Half of the last place that stays, less one where that place is even: ties go to the even neighbour.
        var bits = value.AsUInt32();
        var odd = (bits >> 16) & Vector512<uint>.One;
        var rounded = (bits + Vector512.Create(0x7FFFu) + odd) >> 16;
        // Rounding could carry a NaN into infinity or zero; the quiet bit keeps it one.
        var quiet = (bits >> 16) | Vector512.Create(0x40u);
        return Vector512.ConditionalSelect(Vector512.Equals(value, value).AsUInt32(), rounded, quiet);
    }
}
