using System.Runtime.Intrinsics;

namespace Muninn.Kernels;

/// <summary>Sums of some rows and one panel, or half a panel; one kernel for each number of rows.</summary>
unsafe interface ITileKernel
{
    static abstract void Multiply<TRows>(TileWork* work) where TRows : struct, IRowCount;
}

/// <summary>Chooses the kernel for a number of rows; each is compiled when it is first called.</summary>
static unsafe class TileKernels
{
    /// <summary>The most rows of one tile on this machine.</summary>
    internal static int RowsMax(WeightFormat format) => (format, Vector512.IsHardwareAccelerated) switch
    {
        (WeightFormat.Float32, true) => Float32Tile.RowsMax,
        (WeightFormat.BrainFloat16, true) => BrainFloat16Tile.RowsMax,
        (WeightFormat.Int8, true) => Int8Tile.RowsMax,
        (WeightFormat.Int4, true) => Int4Tile.RowsMax,
        (WeightFormat.Float32, false) => Float32Tile.NarrowRowsMax,
        (WeightFormat.BrainFloat16, false) => BrainFloat16Tile.NarrowRowsMax,
        (WeightFormat.Int8, false) => Int8Tile.NarrowRowsMax,
        _ => Int4Tile.NarrowRowsMax,
    };

    /// <summary>Sums of <paramref name="rows"/> rows and 32 outputs.</summary>
    internal static void Multiply(TileWork* work, int rows, WeightFormat format)
    {
        if (Vector512.IsHardwareAccelerated) Wide(rows, format)(work);
        else MultiplyHalves(work, rows, format);
    }

    static void MultiplyHalves(TileWork* work, int rows, WeightFormat format)
    {
        Left(rows, format)(work);
        work->Result += PanelWeights.PanelOutputs / 2;
        Right(rows, format)(work);
    }

    static delegate*<TileWork*, void> Wide(int rows, WeightFormat format) => format switch
    {
        WeightFormat.Float32 => For<Float32Wide>(rows),
        WeightFormat.BrainFloat16 => For<BrainFloat16Wide>(rows),
        WeightFormat.Int8 => For<Int8Kernel<WidePanel>>(rows),
        _ => For<Int4Kernel<WidePanel>>(rows),
    };

    static delegate*<TileWork*, void> Left(int rows, WeightFormat format) => format switch
    {
        WeightFormat.Float32 => For<Float32Left>(rows),
        WeightFormat.BrainFloat16 => For<BrainFloat16Left>(rows),
        WeightFormat.Int8 => For<Int8Kernel<LeftHalf>>(rows),
        _ => For<Int4Kernel<LeftHalf>>(rows),
    };

    static delegate*<TileWork*, void> Right(int rows, WeightFormat format) => format switch
    {
        WeightFormat.Float32 => For<Float32Right>(rows),
        WeightFormat.BrainFloat16 => For<BrainFloat16Right>(rows),
        WeightFormat.Int8 => For<Int8Kernel<RightHalf>>(rows),
        _ => For<Int4Kernel<RightHalf>>(rows),
    };

    static delegate*<TileWork*, void> For<TKernel>(int rows) where TKernel : ITileKernel => rows switch
    {
        1 => &TKernel.Multiply<Rows1>,
        2 => &TKernel.Multiply<Rows2>,
        3 => &TKernel.Multiply<Rows3>,
        4 => &TKernel.Multiply<Rows4>,
        5 => &TKernel.Multiply<Rows5>,
        6 => &TKernel.Multiply<Rows6>,
        7 => &TKernel.Multiply<Rows7>,
        8 => &TKernel.Multiply<Rows8>,
        9 => &TKernel.Multiply<Rows9>,
        10 => &TKernel.Multiply<Rows10>,
        11 => &TKernel.Multiply<Rows11>,
        12 => &TKernel.Multiply<Rows12>,
        13 => &TKernel.Multiply<Rows13>,
        _ => &TKernel.Multiply<Rows14>,
    };

    readonly struct Float32Wide : ITileKernel
    {
        public static void Multiply<TRows>(TileWork* work) where TRows : struct, IRowCount => Float32Tile.Multiply<TRows>(work);
    }

    readonly struct Float32Left : ITileKernel
    {
        public static void Multiply<TRows>(TileWork* work) where TRows : struct, IRowCount => Float32Tile.MultiplyNarrow<TRows>(work);
    }

    readonly struct Float32Right : ITileKernel
    {
        public static void Multiply<TRows>(TileWork* work) where TRows : struct, IRowCount
        {
            work->Weights += PanelWeights.PanelOutputs / 2;
            Float32Tile.MultiplyNarrow<TRows>(work);
        }
    }

    readonly struct BrainFloat16Wide : ITileKernel
    {
        public static void Multiply<TRows>(TileWork* work) where TRows : struct, IRowCount => BrainFloat16Tile.Multiply<TRows>(work);
    }

    readonly struct BrainFloat16Left : ITileKernel
    {
        public static void Multiply<TRows>(TileWork* work) where TRows : struct, IRowCount => BrainFloat16Tile.MultiplyNarrow<TRows>(work);
    }

    readonly struct BrainFloat16Right : ITileKernel
    {
        public static void Multiply<TRows>(TileWork* work) where TRows : struct, IRowCount
        {
            work->Weights += PanelWeights.PanelOutputs / 2;
            BrainFloat16Tile.MultiplyNarrow<TRows>(work);
        }
    }

    readonly struct Int8Kernel<TShape> : ITileKernel where TShape : struct, ITileShape
    {
        public static void Multiply<TRows>(TileWork* work) where TRows : struct, IRowCount => Int8Tile.Multiply<TRows, TShape>(work);
    }

    readonly struct Int4Kernel<TShape> : ITileKernel where TShape : struct, ITileShape
    {
        public static void Multiply<TRows>(TileWork* work) where TRows : struct, IRowCount => Int4Tile.Multiply<TRows, TShape>(work);
    }
}
