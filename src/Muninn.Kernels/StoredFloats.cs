using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Muninn.Kernels;

/// <summary>What a key/value store holds its numbers as: one source for every type.</summary>
/// <typeparam name="T">The type in memory.</typeparam>
unsafe interface IStoredFloat<T> where T : unmanaged
{
    /// <summary>16 of them as float32; nothing beyond them is read.</summary>
    static abstract Vector512<float> Load(T* source);

    /// <summary>destination[i] = source[i], rounded.</summary>
    static abstract void CopyRow(ReadOnlySpan<float> source, Span<T> destination);

    /// <summary>destination[16 · k + r] = source[r · sourceStride + k], rounded, for at most 16 rows.</summary>
    static abstract void CopyColumns(float* source, long sourceStride, int rows, int columns, T* destination);
}

/// <summary>float32, as it is.</summary>
readonly unsafe struct StoredFloat32 : IStoredFloat<float>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(float* source) => Vector512.Load(source);

    public static void CopyRow(ReadOnlySpan<float> source, Span<float> destination) => source.CopyTo(destination);

    public static void CopyColumns(float* source, long sourceStride, int rows, int columns, float* destination) =>
        Transposition.Copy(source, sourceStride, rows, columns, destination, Lanes.Count);
}

/// <summary>bfloat16: rounded when written, widened in registers when read.</summary>
readonly unsafe struct StoredBrainFloat16 : IStoredFloat<ushort>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(ushort* source) => BrainFloats.Widened(source);

    public static void CopyRow(ReadOnlySpan<float> source, Span<ushort> destination) => BrainFloats.Round(source, destination);

    public static void CopyColumns(float* source, long sourceStride, int rows, int columns, ushort* destination)
    {
        const int Strip = 16;
        var strip = stackalloc float[Strip * Lanes.Count];
        for (var k = 0; k < columns; k += Strip)
        {
            var width = int.Min(Strip, columns - k);
            Transposition.Copy(source + k, sourceStride, rows, width, strip, Lanes.Count);
            for (var i = 0; i < width; i++)
                CopyRow(new(strip + i * Lanes.Count, rows), new(destination + (k + i) * Lanes.Count, rows));
        }
    }
}
