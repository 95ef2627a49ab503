using System.Runtime.Intrinsics;

namespace Muninn.Kernels;

/// <summary>Chooses the kernel for a number of rows; each is compiled when it is first called.</summary>
static unsafe class TileKernels
{
    /// <summary>The most rows of one tile on this machine.</summary>
    internal static int RowsMax(WeightFormat format)
    {
        if (!Vector512.IsHardwareAccelerated) return Float32Tile.NarrowRowsMax;
        return format == WeightFormat.Float32 ? Float32Tile.RowsMax : BrainFloat16Tile.RowsMax;
    }

    /// <summary>Sums of <paramref name="rows"/> rows and 32 outputs.</summary>
    internal static void Multiply(TileWork* work, int rows, WeightFormat format)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            (format == WeightFormat.Float32 ? Float32(rows) : BrainFloat16(rows))(work);
            return;
        }

        var kernel = format == WeightFormat.Float32 ? NarrowFloat32(rows) : NarrowBrainFloat16(rows);
        kernel(work);
        work->Weights += 16;
        work->Result += 16;
        kernel(work);
    }

    static delegate*<TileWork*, void> Float32(int rows) => rows switch
    {
        1 => &Float32Tile.Multiply<Rows1>,
        2 => &Float32Tile.Multiply<Rows2>,
        3 => &Float32Tile.Multiply<Rows3>,
        4 => &Float32Tile.Multiply<Rows4>,
        5 => &Float32Tile.Multiply<Rows5>,
        6 => &Float32Tile.Multiply<Rows6>,
        7 => &Float32Tile.Multiply<Rows7>,
        8 => &Float32Tile.Multiply<Rows8>,
        9 => &Float32Tile.Multiply<Rows9>,
        10 => &Float32Tile.Multiply<Rows10>,
        11 => &Float32Tile.Multiply<Rows11>,
        12 => &Float32Tile.Multiply<Rows12>,
        13 => &Float32Tile.Multiply<Rows13>,
        _ => &Float32Tile.Multiply<Rows14>,
    };

    static delegate*<TileWork*, void> BrainFloat16(int rows) => rows switch
    {
        1 => &BrainFloat16Tile.Multiply<Rows1>,
        2 => &BrainFloat16Tile.Multiply<Rows2>,
        3 => &BrainFloat16Tile.Multiply<Rows3>,
        4 => &BrainFloat16Tile.Multiply<Rows4>,
        5 => &BrainFloat16Tile.Multiply<Rows5>,
        6 => &BrainFloat16Tile.Multiply<Rows6>,
        7 => &BrainFloat16Tile.Multiply<Rows7>,
        8 => &BrainFloat16Tile.Multiply<Rows8>,
        9 => &BrainFloat16Tile.Multiply<Rows9>,
        10 => &BrainFloat16Tile.Multiply<Rows10>,
        11 => &BrainFloat16Tile.Multiply<Rows11>,
        12 => &BrainFloat16Tile.Multiply<Rows12>,
        _ => &BrainFloat16Tile.Multiply<Rows13>,
    };

    static delegate*<TileWork*, void> NarrowFloat32(int rows) => rows switch
    {
        1 => &Float32Tile.MultiplyNarrow<Rows1>,
        2 => &Float32Tile.MultiplyNarrow<Rows2>,
        3 => &Float32Tile.MultiplyNarrow<Rows3>,
        4 => &Float32Tile.MultiplyNarrow<Rows4>,
        5 => &Float32Tile.MultiplyNarrow<Rows5>,
        _ => &Float32Tile.MultiplyNarrow<Rows6>,
    };

    static delegate*<TileWork*, void> NarrowBrainFloat16(int rows) => rows switch
    {
        1 => &BrainFloat16Tile.MultiplyNarrow<Rows1>,
        2 => &BrainFloat16Tile.MultiplyNarrow<Rows2>,
        3 => &BrainFloat16Tile.MultiplyNarrow<Rows3>,
        4 => &BrainFloat16Tile.MultiplyNarrow<Rows4>,
        5 => &BrainFloat16Tile.MultiplyNarrow<Rows5>,
        _ => &BrainFloat16Tile.MultiplyNarrow<Rows6>,
    };
}
