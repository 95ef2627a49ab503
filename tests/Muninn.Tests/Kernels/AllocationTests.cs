using System;
using System.Linq;
using Muninn.Kernels;
using Muninn.Tests.Oracle;
using Xunit;

namespace Muninn.Tests.Kernels;

public sealed class AllocationTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void No_kernel_allocates_once_it_is_warm(int threads)
    {
        const int Rows = 40, Heads = 4, HeadWidth = 40, Width = Heads * HeadWidth;
        using var pool = new WorkerPool(threads);
        AnyWeights[] matrices = [.. Enum.GetValues<WeightFormat>().Select(format => AnyWeights.Noisy(format, 3 * Width, Width))];
        var layout = new KeyValueLayout(Heads, HeadWidth);
        var x = Noise.Floats(Rows * Width, 2);
        var gain = Noise.Floats(Width, 3);
        var gates = Noise.Floats(2 * Rows * Width, 5);
        var projected = new float[Rows * 3 * Width];
        var y = new float[Rows * Width];
        var keys = new float[layout.KeyLength(48)];
        var values = new float[layout.ValueLength(48)];
        var table = Noise.Floats(Rows * HeadWidth, 4);
        int[] positions = [.. Enumerable.Range(0, Rows)];
        int[] lengths = [.. Enumerable.Range(1, Rows)];
        var starts = new int[Rows];
        int[] panels = [2, 0, 1];
        ushort[] masks = [0xFFFF, 0x1234, 0xFFFF];
        var (shortKeys, shortValues) = (new ushort[keys.Length], new ushort[values.Length]);

        void RunAll()
        {
            RmsNorm.AddThenNormalize(x, x, gain, Rows, Width, 1e-6f, y);
            RmsNorm.Normalize(y, gain, Rows, Width, 1e-6f, y);
            for (var rows = 1; rows <= Rows; rows += 13)
            {
                foreach (var matrix in matrices)
                {
                    MatrixProduct.Multiply(y, rows, matrix.Packed, projected, pool);
                    MatrixProduct.MultiplyNormalized(y, gain, 1e-6f, rows, matrix.Packed, projected, pool);
                    MatrixProduct.MultiplyGated(gates, rows, matrix.Packed, projected, pool);
                    MatrixProduct.MultiplyPaired(y, gates, rows, matrix.Packed, projected, pool);
                }
            }

            Rotary.Apply(projected, Rows, Heads, HeadWidth, [], table, positions);
            Attention.Write(layout, projected, Rows, positions, keys, values);
            var visible = new VisiblePlaces { Starts = starts, Lengths = lengths, Panels = panels, Masks = masks };
            Attention.Read(layout, projected, Rows, visible, keys, values, y, pool);
            Attention.Write(layout, projected, Rows, positions, shortKeys, shortValues);
            Attention.Copy(layout, 3, 20, shortKeys, shortValues);
            Attention.Read(layout, projected, Rows, visible, shortKeys, shortValues, y, pool);
            GatedSilu.Multiply(projected, Rows, Width, y, pool);
        }

        RunAll();
        RunAll();
        // The least of several runs: the runtime itself may allocate once in a while.
        var least = long.MaxValue;
        for (var attempt = 0; attempt < 5; attempt++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            RunAll();
            least = long.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, least);
        foreach (var matrix in matrices) matrix.Dispose();
    }
}
