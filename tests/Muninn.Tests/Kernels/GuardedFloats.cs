using System;
using System.Runtime.InteropServices;

namespace Muninn.Tests.Kernels;

/// <summary>Floats between two pages that nobody may touch: a read or write too far ends the process.</summary>
/// <remarks>Only on Linux; elsewhere plain memory, so that the other assertions of a test still hold.</remarks>
sealed unsafe partial class GuardedFloats : IDisposable
{
    const int Page = 4096;
    const int ProtectNone = 0;
    const int ProtectReadWrite = 3;
    const int MapPrivateAnonymous = 0x22;

    readonly byte* _map;
    readonly nuint _bytes;
    readonly int _capacity;

    internal GuardedFloats(int capacity)
    {
        _bytes = (nuint)(capacity * sizeof(float) + Page - 1) / Page * Page;
        _capacity = (int)_bytes / sizeof(float);
        if (!OperatingSystem.IsLinux())
        {
            _map = (byte*)NativeMemory.Alloc(_bytes + 2 * Page);
            return;
        }

        _map = (byte*)Map(null, _bytes + 2 * Page, ProtectNone, MapPrivateAnonymous, -1, 0);
        if (_map == (void*)-1 || Protect(_map + Page, _bytes, ProtectReadWrite) != 0)
            throw new InvalidOperationException("mmap failed");
    }

    public void Dispose()
    {
        if (OperatingSystem.IsLinux()) _ = Unmap(_map, _bytes + 2 * Page);
        else NativeMemory.Free(_map);
    }

    /// <summary>Floats that begin <paramref name="offset"/> floats behind the lower guard.</summary>
    internal Span<float> First(int length, int offset = 0) => new Span<float>(_map + Page, _capacity).Slice(offset, length);

    /// <summary>Floats that end at the upper guard.</summary>
    internal Span<float> Last(int length) => new Span<float>(_map + Page, _capacity)[(_capacity - length)..];

    [LibraryImport("libc", EntryPoint = "mmap")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial void* Map(void* address, nuint length, int protection, int flags, int file, long offset);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Protect(void* address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Unmap(void* address, nuint length);
}
