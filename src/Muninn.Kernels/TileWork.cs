using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Muninn.Kernels;

/// <summary>What one tile of a product is computed from: some rows against one panel.</summary>
unsafe struct TileWork
{
    /// <summary>Operand, <c>[depth][rows]</c>; for bfloat16 with an odd depth, one more input of zeros; else see the kernels.</summary>
    internal float* Rows;

    /// <summary>Weights of the panel from the first input of this block on.</summary>
    internal float* Weights;

    /// <summary>Inputs in this block.</summary>
    internal long Depth;

    /// <summary>Sums, <c>[rows][32]</c>: overwritten by the kernels of floats, added to by those of whole numbers.</summary>
    internal float* Result;

    /// <summary>The result holds the sums over earlier inputs, to be carried on in order; whole numbers always carry on.</summary>
    internal bool Continues;

    /// <summary>Floats from row to row of the result; always 32 for whole numbers.</summary>
    internal long Stride;

    /// <summary>Weights that will be needed, to be fetched meanwhile, strip by strip.</summary>
    internal byte* Ahead;

    /// <summary>Lines of 64 bytes to fetch with every strip.</summary>
    internal long AheadLines;

    /// <summary>Lanes of weights in a strip; the integer formats have a group for a strip.</summary>
    internal long StripLanes;

    /// <summary>They are needed so soon that they go right into the first-level cache, not into the second.</summary>
    internal bool IsNear;

    /// <summary>Fetches some lines; returns what comes after them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static byte* FetchAhead(byte* ahead, long lines, bool near)
    {
        var end = ahead + 64 * lines;
        if (near)
        {
            for (; ahead < end; ahead += 64) Sse.Prefetch0(ahead);
        }
        else
        {
            for (; ahead < end; ahead += 64) Sse.Prefetch1(ahead);
        }

        return ahead;
    }
}
