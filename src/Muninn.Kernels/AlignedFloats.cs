using System;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Muninn.Kernels;

/// <summary>Floats outside the managed heap, on a 64-byte border, in huge pages where the system grants them.</summary>
/// <remarks>
/// Vectors of 64 bytes that lie across two cache lines cost twice, and a managed array cannot promise a border.
/// Huge pages are worth 10 % of the read bandwidth. Packed weights and the scratch of products live here.
/// </remarks>
public sealed unsafe partial class AlignedFloats : IDisposable
{
    const nuint LineBytes = 64;
    const nuint HugePageBytes = 2 << 20;
    const int AdviseHugePages = 14;

    readonly Block _block;

    /// <summary>Allocates <paramref name="length"/> zeros.</summary>
    /// <param name="length">How many floats; may exceed 2³¹.</param>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative.</exception>
    /// <exception cref="OutOfMemoryException">The system has not that much memory.</exception>
    public AlignedFloats(long length) : this(length, Contents.Zero)
    {
    }

    AlignedFloats(long length, Contents contents)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        Length = length;
        var bytes = checked((nuint)length * sizeof(float));
        var border = bytes >= HugePageBytes ? HugePageBytes : LineBytes;
        var start = NativeMemory.AlignedAlloc(nuint.Max(bytes, LineBytes), border);
        _block = new Block((nint)start);
        if (border == HugePageBytes && OperatingSystem.IsLinux()) AdviseHuge(start, bytes);
        if (contents == Contents.Zero) NativeMemory.Clear(start, bytes);
    }

    enum Contents
    {
        Zero,
        Undefined,
    }

    /// <summary>How many floats there are.</summary>
    public long Length { get; }

    internal float* Start
    {
        get
        {
            ObjectDisposedException.ThrowIf(_block.IsClosed, this);
            return (float*)_block.DangerousGetHandle();
        }
    }

    /// <summary>The floats from <paramref name="offset"/> on; valid until <see cref="Dispose"/>.</summary>
    /// <param name="offset">Index of the first float.</param>
    /// <param name="length">How many floats.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range is not inside the memory.</exception>
    public Span<float> Slice(long offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Length - length);
        return new Span<float>(Start + offset, length);
    }

    /// <summary>Gives the memory back; spans over it must no longer be used.</summary>
    public void Dispose() => _block.Dispose();

    /// <summary>A length rounded up to whole huge pages.</summary>
    internal static long WholeHugePages(long floats)
    {
        const long PageFloats = (long)HugePageBytes / sizeof(float);
        return (floats + PageFloats - 1) / PageFloats * PageFloats;
    }

    /// <summary>Allocates floats that hold anything; the system gives the memory when it is first written.</summary>
    /// <param name="length">How many floats; may exceed 2³¹.</param>
    /// <exception cref="OutOfMemoryException">The system has not that much memory.</exception>
    public static AlignedFloats Undefined(long length) => new(length, Contents.Undefined);

    static void AdviseHuge(void* start, nuint bytes)
    {
        try
        {
            // Only advice: where it is refused, small pages serve as well, a little slower.
            _ = Advise(start, bytes, AdviseHugePages);
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Advise(void* start, nuint length, int advice);

    /// <summary>The memory itself; given back by the collector too, if nobody disposed of it.</summary>
    sealed class Block : SafeHandleZeroOrMinusOneIsInvalid
    {
        internal Block(nint start) : base(ownsHandle: true) => SetHandle(start);

        protected override bool ReleaseHandle()
        {
            NativeMemory.AlignedFree((void*)handle);
            return true;
        }
    }
}
