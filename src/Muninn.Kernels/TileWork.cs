namespace Muninn.Kernels;

/// <summary>What one tile of a product is computed from: some rows against one panel.</summary>
unsafe struct TileWork
{
    /// <summary>Operand, <c>[depth][rows]</c>; for bfloat16 with an odd depth, one more input of zeros.</summary>
    internal float* Rows;

    /// <summary>Weights of the panel from the first input of this block on.</summary>
    internal float* Weights;

    /// <summary>Inputs in this block.</summary>
    internal long Depth;

    /// <summary>Sums, <c>[rows][32]</c>, overwritten.</summary>
    internal float* Result;

    /// <summary>The result holds the sums over earlier inputs, to be carried on in order.</summary>
    internal bool Continues;

    /// <summary>Floats from row to row of the result.</summary>
    internal long Stride;

    /// <summary>Weights that will be needed next, to be fetched meanwhile.</summary>
    internal byte* Ahead;

    /// <summary>How far <see cref="Ahead"/> moves with every 128 bytes of weights.</summary>
    internal long AheadStep;
}
