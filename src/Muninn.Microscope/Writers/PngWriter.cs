using System;
using System.Buffers.Binary;
using System.IO;
using System.IO.Compression;
using Muninn.Microscope.Pictures;

namespace Muninn.Microscope.Writers;

/// <summary>Writes a <see cref="Picture"/> as PNG (ISO/IEC 15948): 8-bit RGB, text included.</summary>
public static class PngWriter
{
    /// <summary>Device pixels to a picture pixel in files for print and sharp screens.</summary>
    public const int PublicationScale = 2;

    /// <summary>Writes the picture at this scale.</summary>
    /// <param name="picture">What to write.</param>
    /// <param name="scale">Device pixels to a pixel of the picture, 1 … 8.</param>
    /// <param name="destination">Is left open.</param>
    public static void Write(Picture picture, int scale, Stream destination)
    {
        var canvas = Canvas.Paint(picture, scale);
        Write(canvas.Pixels, canvas.Width, canvas.Height, destination);
    }

    /// <summary>Writes plain pixels.</summary>
    /// <param name="pixels"><c>[height, width, 3]</c>: red, green, blue.</param>
    /// <param name="width">1 … 2³¹ − 1</param>
    /// <param name="height">1 … 2³¹ − 1</param>
    /// <param name="destination">Is left open.</param>
    public static void Write(ReadOnlySpan<byte> pixels, int width, int height, Stream destination)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        if (pixels.Length != (long)width * height * 3)
            throw new ArgumentException($"{width} × {height} pixels need {(long)width * height * 3} bytes; there are {pixels.Length}.", nameof(pixels));
        destination.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0d, 0x0a, 0x1a, 0x0a]);
        Span<byte> header = stackalloc byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], height);
        header[8] = 8;
        header[9] = 2;
        header[10..].Clear();
        WriteChunk("IHDR"u8, header, destination);
        WriteChunk("IDAT"u8, Compressed(pixels, width * 3), destination);
        WriteChunk("IEND"u8, [], destination);
    }

    /// <summary>Rows that repeat the one above (cells are many pixels tall) are filtered Up, all others Sub.</summary>
    static byte[] Compressed(ReadOnlySpan<byte> pixels, int stride)
    {
        using var memory = new MemoryStream();
        using (var zlib = new ZLibStream(memory, CompressionLevel.Optimal, leaveOpen: true))
        {
            var line = new byte[stride + 1];
            for (int start = 0; start < pixels.Length; start += stride)
            {
                var row = pixels.Slice(start, stride);
                bool repeats = start > 0 && row.SequenceEqual(pixels.Slice(start - stride, stride));
                line[0] = (byte)(repeats ? 2 : 1);
                for (int i = 0; i < stride; i++)
                    line[i + 1] = repeats ? (byte)0 : (byte)(row[i] - (i < 3 ? 0 : row[i - 3]));
                zlib.Write(line);
            }
        }
        return memory.ToArray();
    }

    static void WriteChunk(ReadOnlySpan<byte> type, ReadOnlySpan<byte> data, Stream destination)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        destination.Write(number);
        destination.Write(type);
        destination.Write(data);
        uint crc = Crc32.Append(Crc32.Append(0, type), data);
        BinaryPrimitives.WriteUInt32BigEndian(number, crc);
        destination.Write(number);
    }
}
