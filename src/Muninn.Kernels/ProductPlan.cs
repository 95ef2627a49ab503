namespace Muninn.Kernels;

/// <summary>How a product is cut: rows into even tiles, tiles into blocks that stay in the second-level cache.</summary>
/// <remarks>Only speed depends on it: every sum runs over all inputs in order, whatever the cuts.</remarks>
readonly struct ProductPlan
{
    /// <summary>Bytes of packed rows in one block: they leave room for the panel in use and the one that is fetched.</summary>
    const int BlockBytes = 700 * 1024;

    /// <summary>Bytes of a panel that are used together; with the next one on its way they stay in the second-level cache.</summary>
    const int PanelBytes = 128 * 1024;

    readonly int _rows;
    readonly int _inputs;
    readonly int _grain;

    internal ProductPlan(int rows, int inputs, WeightFormat format)
    {
        _rows = rows;
        _inputs = inputs;
        _grain = format.Grain();
        Tiles = Ceiling(rows, TileKernels.RowsMax(format));
        // A single tile uses every weight once: there is nothing to keep, and memory is read best in one stream.
        DepthBlocks = Tiles == 1 && rows * format.RowLanes(inputs) * sizeof(float) <= BlockBytes
            ? 1
            : Ceiling(format.PanelLanes(inputs) * sizeof(float), PanelBytes);
        var tileBytes = format.RowLanes(DepthEnd(0)) * sizeof(float) * Ceiling(rows, Tiles);
        var blockTiles = (int)long.Max(1, BlockBytes / tileBytes);
        RowBlocks = Ceiling(Tiles, blockTiles);
    }

    internal int Tiles { get; }

    internal int RowBlocks { get; }

    internal int DepthBlocks { get; }

    /// <summary>First row of a tile; the tiles differ by one row at most.</summary>
    internal int TileStart(int tile) => (int)((long)_rows * tile / Tiles);

    /// <summary>First tile of a block of rows.</summary>
    internal int BlockStart(int block) => (int)((long)Tiles * block / RowBlocks);

    /// <summary>One past the last input of a block: a whole number of grains, unless it is the end.</summary>
    internal int DepthEnd(int block) => block + 1 == DepthBlocks
        ? _inputs
        : (int)((long)_inputs * (block + 1) / DepthBlocks) / _grain * _grain;

    static int Ceiling(long a, long b) => (int)((a + b - 1) / b);
}
