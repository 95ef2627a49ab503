using System;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Threading;
using Muninn.Kernels;
using Muninn.Tests.Oracle;
using Xunit;

namespace Muninn.Tests.Kernels;

/// <summary>Packing, by one thread or several, from memory or from a source.</summary>
public sealed class PanelWeightsTests
{
    public static TheoryData<WeightFormat> Formats => AnyWeights.Formats;

    [Theory]
    [MemberData(nameof(Formats))]
    public void Are_the_same_from_a_source_by_any_number_of_threads(WeightFormat format)
    {
        const int Rows = 5;
        foreach (var (outputs, inputs) in ((int, int)[])[(1, 32), (31, 64), (32, 64), (33, 96), (301, 2080), (64, 0), (0, 32)])
        {
            using var expected = AnyWeights.Noisy(format, outputs, inputs);
            var x = Noise.Floats(Rows * inputs, 4);
            for (var threads = 1; threads <= 3; threads++)
            {
                using var pool = new WorkerPool(threads);
                var source = new RowsOf(expected);
                using var packed = PanelWeights.Pack(format, outputs, inputs, source, pool);
                Assert.Equal(expected.Packed.Bytes, packed.Bytes);
                Assert.Equal(outputs, source.RowsRead);
                var y = new float[Rows * outputs];
                MatrixProduct.Multiply(x, Rows, packed, y, pool);
                Near.SameBits(expected.Product(x, Rows), y, $"{format} {inputs}×{outputs}, {threads} threads,");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Surface_what_a_source_throws_and_leave_no_memory_behind(WeightFormat format)
    {
        // A gigabyte that is never touched, so only addresses are spent; three of them stay only when forgotten.
        const int Inputs = 1 << 13;
        var outputs = (int)((1L << 30) / format.RowBytes(Inputs));
        for (var threads = 1; threads <= 3; threads++)
        {
            using var pool = new WorkerPool(threads);
            var before = AddressesTaken();
            for (var i = 0; i < 3; i++)
            {
                var e = Assert.Throws<InvalidTimeZoneException>(() => PanelWeights.Pack(format, outputs, Inputs, new Broken(), pool));
                Assert.Equal("row 0 is torn", e.Message.Replace($"{e.Data["row"]}", "0", StringComparison.Ordinal));
            }

            Assert.True(AddressesTaken() - before < 2L << 30, $"{(AddressesTaken() - before) >> 20} MiB stay");
            // The pool is as good as before.
            using var weights = AnyWeights.Noisy(format, 3, 32);
            using var packed = PanelWeights.Pack(format, 3, 32, new RowsOf(weights), pool);
        }
    }

    [Theory]
    [InlineData(WeightFormat.Int8, 33)]
    [InlineData(WeightFormat.Int8, 31)]
    [InlineData(WeightFormat.Int4, 48)]
    [InlineData(WeightFormat.Int4, 2)]
    public void Refuse_groups_that_do_not_divide_the_inputs(WeightFormat format, int inputs)
    {
        using var pool = new WorkerPool(1);
        var e = Assert.Throws<ArgumentException>(() => PanelWeights.Pack(format, 1, inputs, new Broken(), pool));
        Assert.Contains($"{inputs} inputs are not a multiple of 32", e.Message);
        Assert.Contains("keep this matrix in bfloat16 or float32", e.Message);
        e = Assert.Throws<ArgumentException>(
            () => PanelWeights.PackIntegers(format, new byte[format.RowBytes(inputs)], new ushort[inputs / 32], 1, inputs));
        Assert.Contains($"{inputs} inputs are not a multiple of 32", e.Message);
    }

    [Fact]
    public void Refuse_integers_of_another_length_and_name_what_is_needed()
    {
        var e = Assert.Throws<ArgumentException>(() => PanelWeights.PackIntegers(WeightFormat.Int8, new byte[127], new ushort[4], 2, 64));
        Assert.Contains("127 bytes of weights and 4 scales, but [2, 64] of Int8 needs 128 and 4", e.Message);
        e = Assert.Throws<ArgumentException>(() => PanelWeights.PackIntegers(WeightFormat.Int4, new byte[64], new ushort[5], 2, 64));
        Assert.Contains("64 bytes of weights and 5 scales, but [2, 64] of Int4 needs 64 and 4", e.Message);
        e = Assert.Throws<ArgumentException>(() => PanelWeights.PackIntegers(WeightFormat.Float32, new byte[128], [], 1, 32));
        Assert.Contains("Float32 has no scales", e.Message);
        Assert.ThrowsAny<ArgumentException>(() => PanelWeights.PackIntegers(WeightFormat.Int8, new byte[32], new ushort[1], -1, -32));
    }

    [Fact]
    public void Take_the_memory_that_the_format_promises()
    {
        // 8.5 and 4.5 bits a weight: the numbers, and a bfloat16 for every 32 of them.
        using var bytes = AnyWeights.Noisy(WeightFormat.Int8, 64, 320);
        Assert.Equal(64 * 320 * 17 / 16, bytes.Packed.Bytes);
        using var halves = AnyWeights.Noisy(WeightFormat.Int4, 64, 320);
        Assert.Equal(64 * 320 * 9 / 16, halves.Packed.Bytes);
        Assert.Equal((64, 320, WeightFormat.Int4), (halves.Packed.Outputs, halves.Packed.Inputs, halves.Packed.Format));
    }

    static long AddressesTaken()
    {
        using var process = Process.GetCurrentProcess();
        return process.VirtualMemorySize64;
    }

    /// <summary>Rows of weights that are known.</summary>
    sealed class RowsOf(AnyWeights weights) : IWeightRows
    {
        int _rowsRead;

        public int RowsRead => _rowsRead;

        public void Read(int first, int count, Span<byte> rows, Span<ushort> scales)
        {
            Interlocked.Add(ref _rowsRead, count);
            var width = (int)weights.Format.RowBytes(weights.Inputs);
            Assert.InRange(count, 1, PanelWeights.PanelOutputs);
            Assert.Equal(count * width, rows.Length);
            Assert.Equal(weights.Format.IsInteger() ? count * weights.Inputs / WeightFormats.GroupInputs : 0, scales.Length);
            ReadOnlySpan<byte> all = weights.Format switch
            {
                WeightFormat.Float32 => MemoryMarshal.AsBytes(weights.Widened.AsSpan()),
                WeightFormat.BrainFloat16 => MemoryMarshal.AsBytes(weights.Scales.AsSpan()),
                _ => weights.Rows,
            };
            all.Slice(first * width, count * width).CopyTo(rows);
            weights.Scales.AsSpan(first * (scales.Length / count), scales.Length).CopyTo(scales);
        }
    }

    /// <summary>Rows that cannot be read.</summary>
    sealed class Broken : IWeightRows
    {
        public void Read(int first, int count, Span<byte> weights, Span<ushort> scales) =>
            throw new InvalidTimeZoneException($"row {first} is torn") { Data = { ["row"] = first } };
    }
}
