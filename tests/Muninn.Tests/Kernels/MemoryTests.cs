using System;
using System.Runtime.InteropServices;
using Muninn.Kernels;
using Xunit;

namespace Muninn.Tests.Kernels;

public sealed class MemoryTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100_003)]
    [InlineData(3_000_000)]
    public unsafe void Aligned_floats_are_zeros_on_a_line_border(int length)
    {
        using var memory = new AlignedFloats(length);
        var span = memory.Slice(0, length);
        Assert.Equal(-1, span.IndexOfAnyExcept(0f));
        fixed (float* start = &MemoryMarshal.GetReference(span)) Assert.Equal(0, (nint)start % 64);
        span.Fill(1);
        if (length > 0) Assert.Equal(1, memory.Slice(length - 1, 1)[0]);
    }

    [Fact]
    public void Aligned_floats_refuse_what_lies_outside_or_was_given_back()
    {
        var memory = new AlignedFloats(10);
        Assert.Throws<ArgumentOutOfRangeException>(() => _ = memory.Slice(5, 6).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => _ = memory.Slice(-1, 1).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => _ = memory.Slice(long.MaxValue, 1).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => new AlignedFloats(-1));
        memory.Dispose();
        memory.Dispose();
        Assert.Throws<ObjectDisposedException>(() => _ = memory.Slice(0, 1).Length);
    }

    [Fact]
    public void Weights_know_their_shape_and_the_memory_they_take()
    {
        using var wide = PanelWeights.Pack(new float[33 * 7], 33, 7);
        Assert.Equal((33, 7, WeightFormat.Float32, 2L * 32 * 7 * 4), (wide.Outputs, wide.Inputs, wide.Format, wide.Bytes));
        using var half = PanelWeights.PackBrainFloat16(new ushort[33 * 7], 33, 7);
        Assert.Equal((33, 7, WeightFormat.BrainFloat16, 2L * 32 * 4 * 4), (half.Outputs, half.Inputs, half.Format, half.Bytes));
    }

    [Fact]
    public void Weights_refuse_a_matrix_of_another_size()
    {
        var e = Assert.Throws<ArgumentException>(() => PanelWeights.Pack(new float[13], 4, 3));
        Assert.Contains("The matrix holds 13 weights, but [4, 3] needs 12", e.Message);
        Assert.Throws<ArgumentException>(() => PanelWeights.PackBrainFloat16(new ushort[11], 4, 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => PanelWeights.Pack([], -1, 0));
    }

    [Fact]
    public void Probes_give_finite_rates()
    {
        // Any computer this runs on does more than a hundred million of either in a second.
        Assert.InRange(MachineProbe.FusedMultiplyAddsPerSecond(), 1e8, 1e13);
        Assert.InRange(MachineProbe.ReadBytesPerSecond(1 << 20), 1e8, 1e13);
        Assert.Throws<ArgumentOutOfRangeException>(() => MachineProbe.ReadBytesPerSecond(100));
    }

    [Theory]
    [InlineData(1, 4096)]
    [InlineData(3, 4096)]
    [InlineData(2, 3 << 20)]
    [InlineData(20, 4096)]
    public void Probes_of_several_threads_give_finite_rates(int threads, long bytes)
    {
        using var pool = new WorkerPool(threads);
        Assert.InRange(MachineProbe.FusedMultiplyAddsPerSecond(pool, 0.0001), double.Epsilon, 1e15);
        using var probe = new ReadProbe(bytes);
        Assert.Equal(bytes, probe.Bytes);
        // Each call goes on where the last one ended, past the end of the memory, too.
        for (var i = 0; i < 3; i++)
        {
            Assert.InRange(probe.BytesPerSecond(pool, 0.0001), double.Epsilon, 1e15);
            Assert.InRange(probe.SharedBytesPerSecond(pool, 0.0001), double.Epsilon, 1e15);
        }

        probe.Dispose();
        Assert.Throws<ObjectDisposedException>(() => probe.BytesPerSecond(pool, 0));
    }
}
