using System;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using System.Threading;

namespace Muninn.Kernels;

/// <summary>A block of rows and inputs, packed tile by tile; see <see cref="RowPacking"/>.</summary>
unsafe struct PackedRows
{
    internal ProductPlan Plan;
    internal WeightFormat Format;
    internal int FirstTile;
    internal int LastTile;
    internal int FirstInput;
    internal int Depth;
    internal float* Packed;

    internal readonly int FirstRow => Plan.TileStart(FirstTile);

    internal readonly int Count => Plan.TileStart(LastTile) - FirstRow;

    internal readonly long Lanes => Count * Format.RowLanes(Depth);

    internal readonly float* Tile(int tile) => Packed + (Plan.TileStart(tile) - FirstRow) * Format.RowLanes(Depth);
}

/// <summary>Packs the tiles of a block; a worker takes some inputs of one tile at a time.</summary>
unsafe struct PackingJob<TSource> : IWorkerJob where TSource : struct, IRowSource
{
    /// <summary>Inputs taken together: computed rows of a tile stay in the first-level cache until they are packed.</summary>
    const int StripInputs = 512;

    /// <summary>Floats of scratch that packing needs.</summary>
    internal const int ScratchFloats = StripInputs * Float32Tile.RowsMax;

    internal PackedRows Rows;
    internal TSource Source;
    internal WorkerPool Pool;
    int _taken;

    readonly int Strips => (Rows.Depth + StripInputs - 1) / StripInputs;

    public void Run(int worker)
    {
        var scratch = Pool.Scratch(worker, ScratchFloats);
        while (true)
        {
            var item = Interlocked.Increment(ref _taken) - 1;
            if (Rows.FirstTile + item / Strips >= Rows.LastTile) return;
            Pack(item, scratch);
        }
    }

    /// <summary>Packs the whole block on one thread.</summary>
    internal readonly void PackAll(float* scratch)
    {
        for (var item = 0; item < (Rows.LastTile - Rows.FirstTile) * Strips; item++) Pack(item, scratch);
    }

    readonly void Pack(int item, float* scratch)
    {
        var tile = Rows.FirstTile + item / Strips;
        var start = item % Strips * StripInputs;
        var inputs = int.Min(StripInputs, Rows.Depth - start);
        var first = Rows.Plan.TileStart(tile);
        var count = Rows.Plan.TileStart(tile + 1) - first;
        var destination = Rows.Tile(tile) + count * Rows.Format.RowLanes(start);
        if (Source is ColumnRows columns)
        {
            columns.Pack(first, count, Rows.FirstInput + start, inputs, destination);
            return;
        }

        var rows = Source.Rows(first, count, Rows.FirstInput + start, inputs, scratch, out var stride);
        RowPacking.Pack(Rows.Format, rows, stride, count, inputs, destination);
    }
}

/// <summary>A product of many rows: a worker packs some tiles, which stay in its own second-level cache, and multiplies them by all panels.</summary>
unsafe struct RowBlockJob<TSource> : IWorkerJob where TSource : struct, IRowSource
{
    internal ProductPlan Plan;
    internal TSource Source;
    internal WeightFormat Format;
    internal int Inputs;
    internal PanelBlock Weights;
    internal float* Result;
    internal bool Adds;
    internal int Shares;
    internal WorkerPool Pool;
    int _taken;

    public void Run(int worker)
    {
        var rows = (long)Plan.ShareTiles(Shares) * TileKernels.RowsMax(Format);
        var packed = Lanes.Padded(checked((int)(rows * Format.RowLanes(Inputs))));
        var beside = long.Max(PackingJob<TSource>.ScratchFloats, rows * PanelWeights.PanelOutputs);
        var scratch = Pool.Scratch(worker, packed + beside);
        while (true)
        {
            var share = Interlocked.Increment(ref _taken) - 1;
            if (share >= Shares) return;
            var cut = new PackedRows
            {
                Plan = Plan,
                Format = Format,
                FirstTile = Plan.ShareStart(share, Shares),
                LastTile = Plan.ShareStart(share + 1, Shares),
                Depth = Inputs,
                Packed = scratch,
            };
            new PackingJob<TSource> { Rows = cut, Source = Source }.PackAll(scratch + packed);
            new PanelJob { Rows = cut, Weights = Weights, Result = Result, Continues = Adds }.MultiplyAll(scratch + packed);
        }
    }
}

/// <summary>The weights from one input on.</summary>
readonly unsafe struct PanelBlock(float* start, long panelLanes, int outputs)
{
    internal readonly float* Start = start;
    internal readonly long PanelLanes = panelLanes;
    internal readonly int Panels = (int)(((long)outputs + PanelWeights.PanelOutputs - 1) / PanelWeights.PanelOutputs);
    internal readonly int Outputs = outputs;

    internal PanelBlock From(long lanes) => new(Start + lanes, PanelLanes, Outputs);
}

/// <summary>
/// Lays the rows of a matrix out as the panels of its transpose, <c>[columns / 32][rows][32]</c>: its columns become outputs and
/// nothing has to be turned. A worker takes one panel at a time.
/// </summary>
unsafe struct TransposedPanelJob<TSource> : IWorkerJob where TSource : struct, IRowSource
{
    const int Width = PanelWeights.PanelOutputs;

    /// <summary>Rows asked of the source together.</summary>
    const int Together = 16;

    internal TSource Source;
    internal int Rows;
    internal int Columns;
    internal float* Panels;
    internal WorkerPool Pool;
    int _taken;

    public void Run(int worker)
    {
        var scratch = Pool.Scratch(worker, Together * Width);
        while (true)
        {
            var first = (Interlocked.Increment(ref _taken) - 1) * Width;
            if (first >= Columns) return;
            var count = int.Min(Width, Columns - first);
            var destination = new Span<float>(Panels + (long)first * Rows, checked(Rows * Width));
            if (count < Width) destination.Clear();
            for (var row = 0; row < Rows; row += Together)
            {
                var taken = int.Min(Together, Rows - row);
                var source = Source.Rows(row, taken, first, count, scratch, out var stride);
                if (count == Width) CopyWhole(source, stride, taken, Panels + (long)first * Rows + (long)row * Width);
                else
                {
                    for (var r = 0; r < taken; r++)
                        new ReadOnlySpan<float>(source + r * stride, count).CopyTo(destination[((row + r) * Width)..]);
                }
            }
        }
    }

    static void CopyWhole(float* source, long stride, int rows, float* destination)
    {
        for (var r = 0; r < rows; r++, source += stride, destination += Width)
        {
            Vector512.Store(Vector512.Load(source), destination);
            Vector512.Store(Vector512.Load(source + 16), destination + 16);
        }
    }
}

/// <summary>Multiplies a block of rows by all panels; each worker takes some neighbouring panels at a time.</summary>
unsafe struct PanelJob : IWorkerJob
{
    const int Width = PanelWeights.PanelOutputs;

    /// <summary>Most panels taken at once; fewer where there are too few to keep all workers busy to the end.</summary>
    const int ShareMax = 4;

    /// <summary>
    /// A single tile reads its weights once, as fast as memory gives them: little by little, and so far ahead. Several tiles
    /// find the panel in the second-level cache, because the tiles before fetched it, a part each.
    /// </summary>
    const int NearBytes = 8 * 1024;

    /// <summary>Lanes of weights in a strip when they are fetched little by little, and when a panel ahead.</summary>
    const int NearStripLanes = 64;

    const int StripLanes = 512;

    internal PackedRows Rows;
    internal PanelBlock Weights;
    internal float* Result;
    internal bool Continues;
    internal int Workers;
    internal WorkerPool Pool;
    int _taken;

    public void Run(int worker)
    {
        var sums = Pool.Scratch(worker, SumLanes);
        var share = int.Clamp(Weights.Panels / (8 * Workers), 1, ShareMax);
        while (true)
        {
            var first = Interlocked.Add(ref _taken, share) - share;
            if (first >= Weights.Panels) return;
            var last = int.Min(first + share, Weights.Panels);
            for (var panel = first; panel < last; panel++) Multiply(panel, sums);
        }
    }

    /// <summary>Multiplies by all panels on one thread.</summary>
    internal readonly void MultiplyAll(float* sums)
    {
        for (var panel = 0; panel < Weights.Panels; panel++) Multiply(panel, sums);
    }

    readonly bool IsSingle => Rows.LastTile - Rows.FirstTile == 1;

    /// <summary>A panel is used part by part by all tiles; a single tile uses it once, in one stream.</summary>
    readonly int Parts => IsSingle ? 1 : ProductPlan.PanelParts(Rows.Depth, Rows.Format);

    readonly long SumLanes => (long)Width * (Parts == 1 ? Float32Tile.RowsMax : Rows.Count);

    readonly void Multiply(int panel, float* sums)
    {
        var parts = Parts;
        for (var (part, start) = (0, 0); part < parts; part++)
        {
            var end = ProductPlan.PartEnd(part, parts, Rows.Depth, Rows.Format);
            Multiply(panel, sums, start, end);
            start = end;
        }
    }

    readonly void Multiply(int panel, float* sums, int start, int end)
    {
        var format = Rows.Format;
        var first = panel * Width;
        var columns = int.Min(Width, Weights.Outputs - first);
        var (isFirst, isLast) = (start == 0, end == Rows.Depth);
        // Sums that are carried on lie together: in rows of the result, far apart, each would cost a search for its page.
        var beside = !(isFirst && isLast) || columns < Width || format.IsInteger();
        var tiles = Rows.LastTile - Rows.FirstTile;
        var strip = format.IsInteger() ? format.PanelLanes(WeightFormats.GroupInputs) : IsSingle ? NearStripLanes : StripLanes;
        var lanes = format.PanelLanes(end - start);
        var strips = (lanes + strip - 1) / strip;
        var stripLines = (strip * sizeof(float) + 63) / 64;
        var work = new TileWork
        {
            Depth = end - start,
            AheadLines = (stripLines + tiles - 1) / tiles,
            StripLanes = strip,
            IsNear = IsSingle,
            Continues = Continues || !isFirst,
            Stride = beside ? Width : Weights.Outputs,
        };
        for (var tile = Rows.FirstTile; tile < Rows.LastTile; tile++)
        {
            var firstRow = Rows.Plan.TileStart(tile);
            var count = Rows.Plan.TileStart(tile + 1) - firstRow;
            var result = Result + (long)firstRow * Weights.Outputs + first;
            var place = !beside ? result : isFirst && isLast ? sums : sums + (firstRow - Rows.FirstRow) * Width;
            work.Rows = Rows.Tile(tile) + count * format.RowLanes(start);
            work.Weights = Weights.Start + panel * Weights.PanelLanes + format.PanelLanes(start);
            work.Ahead = work.IsNear
                ? (byte*)work.Weights + NearBytes
                : (byte*)(work.Weights + lanes) + (tile - Rows.FirstTile) * 64 * work.AheadLines * strips;
            work.Result = place;
            if (isLast || isFirst && Continues)
                FetchResult(tile + 1 < Rows.LastTile ? tile + 1 : Rows.FirstTile, tile + 1 < Rows.LastTile ? first : first + Width);
            if (beside && isFirst && Continues) Copy(result, Weights.Outputs, place, Width, count, columns);
            else if (beside && isFirst) new Span<float>(place, count * Width).Clear();
            TileKernels.Multiply(&work, count, format);
            if (beside && isLast) Copy(place, Width, result, Weights.Outputs, count, columns);
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

    static void Copy(float* source, int sourceStride, float* destination, int destinationStride, int rows, int columns)
    {
        for (long r = 0; r < rows; r++)
        {
            var row = new ReadOnlySpan<float>(source + r * sourceStride, columns);
            row.CopyTo(new Span<float>(destination + r * destinationStride, columns));
        }
    }
}
