using System;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text;
using Muninn.Microscope.Writers;
using Xunit;

namespace Muninn.Tests.Microscope.Writers;

public sealed class TableWriterTests
{
    [Fact]
    public void Csv_quotes_what_needs_it_and_keeps_every_digit()
    {
        using var text = new StringWriter();
        CsvWriter.Write([4, 9], ["a,\"b\"", "c"], [1f / 3, float.NaN, 2, 1e-30f], [0.5f, 0.25f], text);
        Assert.Equal(
            "position,token,iteration,distance,residual\r\n4,\"a,\"\"b\"\"\",0,0.33333334,\r\n4,\"a,\"\"b\"\"\",1,NaN,0.5\r\n9,c,0,2,\r\n9,c,1,1E-30,0.25\r\n",
            text.ToString());
        Assert.Throws<ArgumentException>(() => CsvWriter.Write([0], ["a"], [1, 2], [1, 2], TextWriter.Null));
    }

    [Fact]
    public void Npz_is_a_zip_of_aligned_npy_files()
    {
        using var file = new MemoryStream();
        NpzWriter.Write([NamedArray.Of("distance", [2, 3], [1f, 2, 3, 4, 5, 6]), NamedArray.Of("tokens", [2], [7, 8])], file);
        using var again = new MemoryStream();
        NpzWriter.Write([NamedArray.Of("distance", [2, 3], [1f, 2, 3, 4, 5, 6]), NamedArray.Of("tokens", [2], [7, 8])], again);
        Assert.Equal(file.ToArray(), again.ToArray());
        using var zip = new ZipArchive(new MemoryStream(file.ToArray()));
        Assert.Equal(["distance.npy", "tokens.npy"], zip.Entries.Select(entry => entry.FullName));
        using var entry = zip.Entries[0].Open();
        using var npy = new MemoryStream();
        entry.CopyTo(npy);
        byte[] bytes = npy.ToArray();
        int start = 10 + bytes[8] + 256 * bytes[9];
        Assert.Equal(0, start % 64);
        Assert.StartsWith("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", Encoding.ASCII.GetString(bytes, 10, start - 10));
        Assert.Equal([1f, 2, 3, 4, 5, 6], MemoryMarshal.Cast<byte, float>(bytes.AsSpan(start)).ToArray());
        Assert.Throws<ArgumentException>(() => NamedArray.Of("x", [3], [1, 2]));
    }

    [Fact]
    public void A_file_is_written_whole_or_not_at_all()
    {
        string folder = Directory.CreateTempSubdirectory("muninn-").FullName;
        try
        {
            string path = Path.Combine(folder, "a.svg");
            FileOutput.Write(path, stream => stream.Write("first"u8));
            Assert.Throws<InvalidOperationException>(() => FileOutput.Write(path, stream =>
            {
                stream.Write("half"u8);
                throw new InvalidOperationException();
            }));
            Assert.Equal("first", File.ReadAllText(path));
            FileOutput.Write(path, stream => stream.Write("second"u8));
            Assert.Equal("second", File.ReadAllText(path));
            Assert.Equal([path], Directory.GetFileSystemEntries(folder));
            Assert.Contains("folder", Assert.ThrowsAny<IOException>(() => FileOutput.Write(folder, _ => { })).Message);
            Assert.Contains("exist", Assert.ThrowsAny<IOException>(() => FileOutput.Write(Path.Combine(folder, "no", "a"), _ => { })).Message);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
