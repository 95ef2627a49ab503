using System;
using System.IO;
using Muninn.Kernels;
using Xunit;

namespace Muninn.Tests.Engine.Checkpoints;

public sealed class MappedFileTests
{
    [Fact]
    public void Reads_any_slice_of_a_file()
    {
        using var folder = new TemporaryFolder();
        var bytes = new byte[10_000];
        for (var i = 0; i < bytes.Length; i++)
            bytes[i] = (byte)(i * 7);
        using var file = MappedFile.Open(folder.Write("f", bytes));
        Assert.Equal(bytes.Length, file.Length);
        foreach (var (offset, length) in new[] { (0, 10_000), (0, 0), (10_000, 0), (4095, 3), (9999, 1), (1, 9000) })
        {
            var read = new byte[length];
            file.Read(offset, read);
            Assert.Equal(bytes.AsSpan(offset, length).ToArray(), read);
            Assert.True(file.Slice(offset, length).SequenceEqual(read));
        }
    }

    [Fact]
    public void Opens_an_empty_file()
    {
        using var folder = new TemporaryFolder();
        using var file = MappedFile.Open(folder.Write("f", []));
        Assert.Equal(0, file.Length);
        Assert.True(file.Slice(0, 0).IsEmpty);
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Slice(0, 1).Length);
    }

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(0, -1)]
    [InlineData(0, 101)]
    [InlineData(101, 0)]
    [InlineData(100, 1)]
    [InlineData(long.MaxValue, 1)]
    [InlineData(50, int.MaxValue)]
    public void Refuses_a_slice_beyond_the_file(long offset, int length)
    {
        using var folder = new TemporaryFolder();
        using var file = MappedFile.Open(folder.Write("f", new byte[100]));
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Slice(offset, length).Length);
        if (length is >= 0 and < 200)
            Assert.Throws<ArgumentOutOfRangeException>(() => file.Read(offset, new byte[length]));
    }

    [Fact]
    public void Reaches_beyond_two_gibibytes()
    {
        using var folder = new TemporaryFolder();
        const long Length = 5L << 30;
        // Sparse: the file takes one block on disk.
        using (var stream = new FileStream(folder.At("f"), FileMode.CreateNew))
        {
            stream.SetLength(Length);
            stream.Position = Length - 3;
            stream.Write([1, 2, 3]);
        }

        using var file = MappedFile.Open(folder.At("f"));
        Assert.Equal(Length, file.Length);
        Assert.Equal([0, 1, 2, 3], file.Slice(Length - 4, 4).ToArray());
    }

    [Fact]
    public void Refuses_use_after_it_is_closed()
    {
        using var folder = new TemporaryFolder();
        var file = MappedFile.Open(folder.Write("f", new byte[10]));
        file.Dispose();
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => file.Slice(0, 1).Length);
        Assert.Throws<ObjectDisposedException>(() => file.Read(0, new byte[1]));
    }

    [Fact]
    public void Names_a_file_that_is_not_there() =>
        Assert.Throws<FileNotFoundException>(() => MappedFile.Open(Path.Combine(Path.GetTempPath(), "no-such-file-here")));
}
