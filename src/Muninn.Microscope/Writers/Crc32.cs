using System;

namespace Muninn.Microscope.Writers;

/// <summary>The checksum of PNG and zip: CRC-32 with the reflected polynomial 0xEDB88320 (ISO 3309).</summary>
static class Crc32
{
    static readonly uint[] _table = Table();

    static uint[] Table()
    {
        var table = new uint[256];
        for (uint i = 0; i < 256; i++)
        {
            uint value = i;
            for (int bit = 0; bit < 8; bit++)
                value = (value & 1) != 0 ? 0xedb88320 ^ value >> 1 : value >> 1;
            table[i] = value;
        }
        return table;
    }

    /// <summary>The checksum of what <paramref name="crc"/> covers (0: nothing) followed by <paramref name="data"/>.</summary>
    internal static uint Append(uint crc, ReadOnlySpan<byte> data)
    {
        crc = ~crc;
        foreach (byte value in data)
            crc = _table[(crc ^ value) & 0xff] ^ crc >> 8;
        return ~crc;
    }
}
