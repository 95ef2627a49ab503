using System;
using System.Runtime.Intrinsics.X86;
using System.Threading;

namespace Muninn.Kernels;

/// <summary>A block of rows, packed tile by tile as <c>[tile][depth][rows of the tile]</c>.</summary>
unsafe struct PackedRows
{
    internal ProductPlan Plan;
    internal int FirstTile;
    internal int LastTile;
    internal float* Source;
    internal long SourceStride;
    internal int Depth;
    internal int PaddedDepth;
    internal float* Packed;

    internal readonly int FirstRow => Plan.TileStart(FirstTile);

    internal readonly float* Tile(int tile) => Packed + (long)(Plan.TileStart(tile) - FirstRow) * PaddedDepth;
}

/// <summary>Packs the tiles of a block, one at a time per worker.</summary>
unsafe struct PackingJob : IWorkerJob
{
    internal PackedRows Rows;
    int _taken;

    public void Run(int worker)
    {
        while (true)
        {
            var tile = Rows.FirstTile + Interlocked.Increment(ref _taken) - 1;
            if (tile >= Rows.LastTile) return;
            var first = Rows.Plan.TileStart(tile);
            var count = Rows.Plan.TileStart(tile + 1) - first;
            var packed = Rows.Tile(tile);
            Transposition.Copy(Rows.Source + first * Rows.SourceStride, Rows.SourceStride, count, Rows.Depth, packed, count);
            for (var i = (long)Rows.Depth * count; i < (long)Rows.PaddedDepth * count; i++) packed[i] = 0;
        }
    }
}

/// <summary>The weights from one input on.</summary>
readonly unsafe struct PanelBlock(PanelWeights weights, int firstInput)
{
    internal readonly float* Start =
        weights.Start + PanelWeights.PanelOutputs * (weights.Format == WeightFormat.BrainFloat16 ? firstInput / 2 : firstInput);
    internal readonly long PanelLanes = weights.PanelLanes;
    internal readonly int Panels = weights.Panels;
    internal readonly int Outputs = weights.Outputs;
    internal readonly WeightFormat Format = weights.Format;
}

/// <summary>Multiplies a block of rows by all panels; each worker takes some neighbouring panels at a time.</summary>
unsafe struct PanelJob : IWorkerJob
{
    const int Width = PanelWeights.PanelOutputs;
    const int TileRowsMax = Float32Tile.RowsMax;
    const int Share = 4;

    /// <summary>
    /// Up to so many rows of float32 weights wait for memory alone. There the processor's own prefetching does most, and
    /// fetching a whole panel ahead takes its buffers away (20 GB/s against 27); for more rows it keeps up with the sums.
    /// </summary>
    const int HastyRowsMax = 3;

    const int HastyAheadBytes = 1024;

    internal PackedRows Rows;
    internal PanelBlock Weights;
    internal float* Result;
    internal bool Continues;
    int _taken;

    public void Run(int worker)
    {
        while (true)
        {
            var first = Interlocked.Add(ref _taken, Share) - Share;
            if (first >= Weights.Panels) return;
            var last = int.Min(first + Share, Weights.Panels);
            for (var panel = first; panel < last; panel++) Multiply(panel);
        }
    }

    readonly void Multiply(int panel)
    {
        var first = panel * Width;
        var columns = int.Min(Width, Weights.Outputs - first);
        var edge = stackalloc float[columns < Width ? TileRowsMax * Width : 0];
        var tiles = Rows.LastTile - Rows.FirstTile;
        var work = new TileWork { Depth = Rows.Depth, AheadLines = (32 + tiles - 1) / tiles, Continues = Continues };
        for (var tile = Rows.FirstTile; tile < Rows.LastTile; tile++)
        {
            var firstRow = Rows.Plan.TileStart(tile);
            var count = Rows.Plan.TileStart(tile + 1) - firstRow;
            var result = Result + (long)firstRow * Weights.Outputs + first;
            work.Rows = Rows.Tile(tile);
            work.Weights = Weights.Start + panel * Weights.PanelLanes;
            work.Ahead = Ahead(work.Weights, count, tile - Rows.FirstTile, work.AheadLines);
            work.Result = columns < Width ? edge : result;
            work.Stride = columns < Width ? Width : Weights.Outputs;
            FetchResult(tile + 1 < Rows.LastTile ? tile + 1 : Rows.FirstTile, tile + 1 < Rows.LastTile ? first : first + Width);
            if (columns < Width && Continues) Copy(result, Weights.Outputs, edge, Width, count, columns);
            TileKernels.Multiply(&work, count, Weights.Format);
            if (columns < Width) Copy(edge, Width, result, Weights.Outputs, count, columns);
        }
    }

    /// <summary>Brings the place of the next sums into the cache: without this, a tile waits for it at its start or its end.</summary>
    readonly void FetchResult(int tile, int column)
    {
        if (column >= Weights.Outputs) return;
        var last = Rows.Plan.TileStart(tile + 1);
        for (var row = Rows.Plan.TileStart(tile); row < last; row++)
        {
            var place = Result + (long)row * Weights.Outputs + column;
            Sse.Prefetch0(place);
            Sse.Prefetch0(place + 16);
        }
    }

    /// <summary>What to fetch during a tile: a part of the next panel with every tile of this one.</summary>
    readonly byte* Ahead(float* weights, int rows, int tile, long lines)
    {
        if (rows <= HastyRowsMax && Weights.Format == WeightFormat.Float32) return (byte*)weights + HastyAheadBytes;
        var steps = Weights.Format == WeightFormat.BrainFloat16 ? Rows.Depth / 2 : Rows.Depth;
        return (byte*)(weights + Weights.PanelLanes) + tile * 64 * lines * (steps / TileWork.StripSteps);
    }

    static void Copy(float* source, int sourceStride, float* destination, int destinationStride, int rows, int columns)
    {
        for (long r = 0; r < rows; r++)
        {
            var row = new ReadOnlySpan<float>(source + r * sourceStride, columns);
            row.CopyTo(new Span<float>(destination + r * destinationStride, columns));
        }
    }
}
