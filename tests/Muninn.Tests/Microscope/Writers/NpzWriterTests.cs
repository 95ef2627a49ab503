using System;
using System.Buffers.Binary;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Text;
using Muninn.Microscope.Writers;
using Xunit;

namespace Muninn.Tests.Microscope.Writers;

public sealed class NpzWriterTests
{
    static byte[] Write(params NpzArray[] arrays)
    {
        using var stream = new MemoryStream();
        NpzWriter.Write(arrays, stream);
        return stream.ToArray();
    }

    /// <summary>Header text and data of one entry, read as NEP 1 says.</summary>
    static (string Header, byte[] Data) Entry(byte[] file, string name)
    {
        using var zip = new ZipArchive(new MemoryStream(file));
        var entry = zip.GetEntry(name) ?? throw new InvalidOperationException(string.Join(", ", zip.Entries.Select(each => each.FullName)));
        using var stream = entry.Open();
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        byte[] bytes = copy.ToArray();
        Assert.Equal("NUMPY"u8, bytes.AsSpan(1, 5));
        Assert.Equal((0x93, 1, 0), (bytes[0], bytes[6], bytes[7]));
        int length = BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(8));
        Assert.Equal(0, (10 + length) % 64);
        Assert.Equal((byte)'\n', bytes[9 + length]);
        return (Encoding.ASCII.GetString(bytes, 10, length).TrimEnd(), bytes[(10 + length)..]);
    }

    [Fact]
    public void Floats_come_back_bit_by_bit_with_their_shape()
    {
        float[] values = [1.5f, -0f, float.NaN, float.PositiveInfinity, float.Epsilon, -1e38f];
        (string header, byte[] data) = Entry(Write(NpzArray.Of("distance", values, 2, 3)), "distance.npy");
        Assert.Equal("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", header);
        Assert.Equal(values.Select(BitConverter.SingleToInt32Bits),
            Enumerable.Range(0, 6).Select(i => BinaryPrimitives.ReadInt32LittleEndian(data.AsSpan(4 * i))));
        Assert.Equal(24, data.Length);
    }

    [Fact]
    public void Integers_and_one_dimension_have_the_tuple_of_Python()
    {
        (string header, byte[] data) = Entry(Write(NpzArray.Of("tokens", [1, -2, int.MaxValue], 3)), "tokens.npy");
        Assert.Equal("{'descr': '<i4', 'fortran_order': False, 'shape': (3,), }", header);
        Assert.Equal([1, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], data);
    }

    [Fact]
    public void A_scalar_and_an_empty_array_are_arrays_too()
    {
        byte[] file = Write(NpzArray.Of("one", [7f]), NpzArray.Of("none", Array.Empty<int>(), 0, 4));
        Assert.Contains("'shape': ()", Entry(file, "one.npy").Header);
        Assert.Contains("'shape': (0, 4)", Entry(file, "none.npy").Header);
        Assert.Empty(Entry(file, "none.npy").Data);
    }

    [Fact]
    public void The_same_arrays_give_the_same_bytes_and_the_order_given()
    {
        NpzArray[] arrays = [NpzArray.Of("b", [1f], 1), NpzArray.Of("a", [2], 1)];
        byte[] file = Write(arrays);
        Assert.Equal(file, Write(arrays));
        using var zip = new ZipArchive(new MemoryStream(file));
        Assert.Equal(["b.npy", "a.npy"], zip.Entries.Select(entry => entry.FullName));
        Assert.All(zip.Entries, entry => Assert.Equal(new DateTime(1980, 1, 1, 0, 0, 0), entry.LastWriteTime.DateTime));
        Assert.All(zip.Entries, entry => Assert.Equal(entry.Length, entry.CompressedLength));
    }

    [Fact]
    public void The_stream_stays_open()
    {
        using var stream = new MemoryStream();
        NpzWriter.Write([NpzArray.Of("a", [2], 1)], stream);
        Assert.True(stream.CanWrite);
    }

    [Fact]
    public void Bad_arrays_are_refused_with_both_values()
    {
        Assert.Contains("needs 6 values, but 5", Assert.Throws<ArgumentException>(() => NpzArray.Of("a", new float[5], 2, 3)).Message);
        Assert.Throws<ArgumentException>(() => NpzArray.Of("a", new float[6], -2, -3));
        Assert.Throws<ArgumentException>(() => NpzArray.Of("../a", new float[1], 1));
        Assert.Throws<ArgumentException>(() => NpzArray.Of("", new float[1], 1));
        Assert.Throws<ArgumentException>(() => Write());
        Assert.Contains("“a”", Assert.Throws<ArgumentException>(() => Write(NpzArray.Of("a", [1], 1), NpzArray.Of("a", [2f], 1))).Message);
    }
}
