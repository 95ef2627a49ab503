using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Muninn.Kernels;

/// <summary>Which outputs of a panel one kernel computes: known to the compiler, so one source serves both shapes.</summary>
interface ITileShape
{
    /// <summary>All 32 outputs, or 16.</summary>
    static abstract bool IsWide { get; }

    /// <summary>The first output: 0 or 16.</summary>
    static abstract int FirstOutput { get; }

    /// <summary>The scales of the first and of the second 16 outputs computed, from packed pairs.</summary>
    static abstract (Vector512<float> First, Vector512<float> Second) WeightScales(Vector512<uint> pairs);
}

/// <summary>All 32 outputs: for 32 registers of 64 bytes.</summary>
readonly struct WidePanel : ITileShape
{
    public static bool IsWide => true;

    public static int FirstOutput => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector512<float> First, Vector512<float> Second) WeightScales(Vector512<uint> pairs) =>
        ((pairs << 16).AsSingle(), (pairs & Vector512.Create(0xFFFF0000u)).AsSingle());
}

/// <summary>Outputs 0 … 15: for 16 registers of 32 bytes.</summary>
readonly struct LeftHalf : ITileShape
{
    public static bool IsWide => false;

    public static int FirstOutput => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector512<float> First, Vector512<float> Second) WeightScales(Vector512<uint> pairs) =>
        ((pairs << 16).AsSingle(), default);
}

/// <summary>Outputs 16 … 31.</summary>
readonly struct RightHalf : ITileShape
{
    public static bool IsWide => false;

    public static int FirstOutput => 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector512<float> First, Vector512<float> Second) WeightScales(Vector512<uint> pairs) =>
        ((pairs & Vector512.Create(0xFFFF0000u)).AsSingle(), default);
}
