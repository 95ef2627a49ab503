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
    static byte[] Write(params NamedArray[] arrays)
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
        (string header, byte[] data) = Entry(Write(NamedArray.Of("distance", [2, 3], values)), "distance.npy");
        Assert.Equal("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", header);
        Assert.Equal(values.Select(BitConverter.SingleToInt32Bits),
            Enumerable.Range(0, 6).Select(i => BinaryPrimitives.ReadInt32LittleEndian(data.AsSpan(4 * i))));
        Assert.Equal(24, data.Length);
    }

    [Fact]
    public void Integers_and_one_dimension_have_the_tuple_of_Python()
    {
        (string header, byte[] data) = Entry(Write(NamedArray.Of("tokens", [3], [1, -2, int.MaxValue])), "tokens.npy");
        Assert.Equal("{'descr': '<i4', 'fortran_order': False, 'shape': (3,), }", header);
        Assert.Equal([1, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], data);
    }

    [Fact]
    public void A_scalar_and_an_empty_array_are_arrays_too()
    {
        byte[] file = Write(NamedArray.Of("one", [], [7f]), NamedArray.Of("none", [0, 4], Array.Empty<int>()));
        Assert.Contains("'shape': ()", Entry(file, "one.npy").Header);
        Assert.Contains("'shape': (0, 4)", Entry(file, "none.npy").Header);
        Assert.Empty(Entry(file, "none.npy").Data);
    }

    [Fact]
    public void The_same_arrays_give_the_same_bytes_and_the_order_given()
    {
        NamedArray[] arrays = [NamedArray.Of("b", [1], [1f]), NamedArray.Of("a", [1], [2])];
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
        NpzWriter.Write([NamedArray.Of("a", [1], [2])], stream);
        Assert.True(stream.CanWrite);
    }

    [Fact]
    public void Bad_arrays_are_refused_with_both_values()
    {
        Assert.Contains("needs 6 values; there are 5", Assert.Throws<ArgumentException>(() => NamedArray.Of("a", [2, 3], new float[5])).Message);
        Assert.Throws<ArgumentException>(() => NamedArray.Of("a", [-2, -3], new float[6]));
        Assert.Throws<ArgumentException>(() => NamedArray.Of("../a", [1], new float[1]));
        Assert.Throws<ArgumentException>(() => NamedArray.Of("", [1], new float[1]));
        Assert.Throws<ArgumentException>(() => Write());
        Assert.Contains("name of its own", Assert.Throws<ArgumentException>(() => Write(NamedArray.Of("a", [1], [1]), NamedArray.Of("a", [1], [2f]))).Message);
    }
}
