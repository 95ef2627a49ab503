using System;
using System.Runtime.CompilerServices;

namespace Muninn.Kernels;

static class Guard
{
    /// <summary>Throws unless a span of <paramref name="length"/> holds <paramref name="needed"/> elements.</summary>
    internal static void Holds(
        int length, long needed, string shape, [CallerArgumentExpression(nameof(length))] string name = "")
    {
        if (length < needed) ThrowTooShort(length, needed, shape, name);
    }

    /// <summary>Throws if two spans share memory that a kernel would read after writing it.</summary>
    internal static unsafe void Apart<T>(
        ReadOnlySpan<T> input, ReadOnlySpan<float> destination, [CallerArgumentExpression(nameof(input))] string name = "")
        where T : unmanaged
    {
        fixed (T* read = input)
        fixed (float* written = destination)
        {
            if (read < written + destination.Length && written < read + input.Length)
                throw new ArgumentException(
                    $"The destination overlaps {name}, which is still read; give it memory of its own.", nameof(destination));
        }
    }

    static void ThrowTooShort(int length, long needed, string shape, string name)
    {
        var parameter = name.EndsWith(".Length", StringComparison.Ordinal) ? name[..^".Length".Length] : name;
        throw new ArgumentException(
            $"{parameter} holds {length} elements, but {shape} needs {needed}; pass a longer span or smaller sizes.", parameter);
    }
}
