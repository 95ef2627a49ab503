using System;
using System.Buffers.Binary;
using System.IO;
using System.IO.Compression;
using System.Text;

namespace Muninn.Tests.Microscope.Writers;

/// <summary>A small decoder of 8-bit RGB PNG, written from the standard and not from the writer; checks every checksum.</summary>
static class PngReader
{
    internal static (int Width, int Height, byte[] Pixels) Read(byte[] file)
    {
        if (!file.AsSpan(0, 8).SequenceEqual(new byte[] { 137, 80, 78, 71, 13, 10, 26, 10 }))
            throw new InvalidDataException("No PNG signature.");
        int width = 0, height = 0;
        using var packed = new MemoryStream();
        for (int at = 8; at < file.Length;)
        {
            int length = BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(at));
            string type = Encoding.ASCII.GetString(file, at + 4, 4);
            uint stored = BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(at + 8 + length));
            if (Checksum(file.AsSpan(at + 4, 4 + length)) != stored)
                throw new InvalidDataException($"Wrong checksum in {type}.");
            if (type == "IHDR")
            {
                width = BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(at + 8));
                height = BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(at + 12));
                if (file[at + 16] != 8 || file[at + 17] != 2 || file[at + 20] != 0)
                    throw new InvalidDataException("Not plain 8-bit RGB.");
            }
            if (type == "IDAT")
                packed.Write(file, at + 8, length);
            at += 12 + length;
        }
        packed.Position = 0;
        using var zlib = new ZLibStream(packed, CompressionMode.Decompress);
        var pixels = new byte[width * height * 3];
        for (int y = 0; y < height; y++)
        {
            int filter = zlib.ReadByte();
            zlib.ReadExactly(pixels, y * width * 3, width * 3);
            Unfilter(pixels, y, width * 3, filter);
        }
        if (zlib.ReadByte() != -1)
            throw new InvalidDataException("Data after the last row.");
        return (width, height, pixels);
    }

    static void Unfilter(byte[] pixels, int y, int stride, int filter)
    {
        for (int i = 0; i < stride; i++)
        {
            int at = y * stride + i, left = i < 3 ? 0 : pixels[at - 3], up = y == 0 ? 0 : pixels[at - stride];
            pixels[at] += (byte)(filter switch
            {
                0 => 0,
                1 => left,
                2 => up,
                3 => (left + up) / 2,
                _ => throw new InvalidDataException($"Filter {filter} is not expected here."),
            });
        }
    }

    static uint Checksum(ReadOnlySpan<byte> data)
    {
        uint crc = 0xffffffff;
        foreach (byte value in data)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++)
                crc = crc >> 1 ^ (0xedb88320 & (uint)-(int)(crc & 1));
        }
        return ~crc;
    }
}
