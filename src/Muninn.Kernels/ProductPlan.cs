namespace Muninn.Kernels;

/// <summary>How a product is cut: rows into even tiles, tiles into blocks that stay in the second-level cache, panels into parts.</summary>
/// <remarks>
/// Only speed depends on it: every sum runs over all inputs in order, whatever the cuts. Between two parts of a panel sums
/// lie in the cache; between two cuts of the inputs they lie in the result, which costs more than reading the weights again.
/// </remarks>
readonly struct ProductPlan
{
    /// <summary>Bytes of packed rows in one block: they leave room for the part of a panel in use and the one that is fetched.</summary>
    const int BlockBytes = 800 * 1024;

    /// <summary>Bytes of a panel that are used together; with the next ones on their way they stay in the second-level cache.</summary>
    const int PartBytes = 96 * 1024;

    /// <summary>Inputs are cut where not even so many rows fit into a block: with fewer, weights come slower than they are used.</summary>
    const int BlockRowsMin = 28;

    /// <summary>Shares of each worker, if they are large enough: the last ones decide how long it waits for the others.</summary>
    const int SharesMin = 4;

    /// <summary>With fewer tiles to a share weights come slower than they are used.</summary>
    const int ShareTilesMin = 3;

    /// <summary>Weights that surely lie in a cache when the second worker reads them.</summary>
    const long SharedWeightBytes = 8 << 20;

    readonly int _rows;
    readonly int _inputs;
    readonly int _grain;

    internal ProductPlan(int rows, int inputs, WeightFormat format)
    {
        _rows = rows;
        _inputs = inputs;
        _grain = format.Grain();
        Tiles = Ceiling(rows, TileKernels.RowsMax(format));
        DepthBlocks = Ceiling(int.Min(rows, BlockRowsMin) * format.RowLanes(inputs) * sizeof(float), BlockBytes);
        var tileBytes = format.RowLanes(DepthEnd(0)) * sizeof(float) * Ceiling(rows, Tiles);
        var blockTiles = (int)long.Max(1, BlockBytes / tileBytes);
        RowBlocks = Ceiling(Tiles, blockTiles);
    }

    /// <summary>
    /// Into how many shares the tiles are cut where every worker packs the rows that it multiplies, by itself: each then reads all weights.
    /// 0 where these are too many or the tiles too few: all workers share one block of rows then.
    /// </summary>
    /// <param name="workers">How many share the rows.</param>
    /// <param name="weightBytes">Bytes of all panels.</param>
    internal int RowShares(int workers, long weightBytes)
    {
        if (workers == 1 || DepthBlocks > 1 || weightBytes > SharedWeightBytes || Tiles < SharesMin * workers) return 0;
        var shares = int.Max(RowBlocks, int.Min(SharesMin * workers, Tiles / ShareTilesMin));
        return Ceiling(shares, workers) * workers;
    }

    /// <summary>First tile of a share of so many.</summary>
    internal int ShareStart(int share, int shares) => (int)((long)Tiles * share / shares);

    /// <summary>Most tiles of a share of so many.</summary>
    internal int ShareTiles(int shares) => Ceiling(Tiles, shares);

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

    /// <summary>Parts of so many inputs of a panel that are used one after the other.</summary>
    internal static int PanelParts(int inputs, WeightFormat format) => Ceiling(format.PanelLanes(inputs) * sizeof(float), PartBytes);

    /// <summary>One past the last input of a part.</summary>
    internal static int PartEnd(int part, int parts, int inputs, WeightFormat format) => part + 1 == parts
        ? inputs
        : (int)((long)inputs * (part + 1) / parts) / format.Grain() * format.Grain();

    static int Ceiling(long a, long b) => (int)((a + b - 1) / b);
}
