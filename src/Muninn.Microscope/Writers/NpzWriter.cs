using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text;

namespace Muninn.Microscope.Writers;

/// <summary>A named array for <see cref="NpzWriter"/>: its shape, NumPy's name of its type, and its little-endian bytes.</summary>
public sealed record NamedArray(string Name, IReadOnlyList<int> Shape, string Type, byte[] Bytes)
{
    /// <summary>An array of 32-bit floats.</summary>
    public static NamedArray Of(string name, IReadOnlyList<int> shape, ReadOnlySpan<float> values) =>
        new(name, Checked(name, shape, values.Length), "<f4", MemoryMarshal.AsBytes(values).ToArray());

    /// <summary>An array of 32-bit integers.</summary>
    public static NamedArray Of(string name, IReadOnlyList<int> shape, ReadOnlySpan<int> values) =>
        new(name, Checked(name, shape, values.Length), "<i4", MemoryMarshal.AsBytes(values).ToArray());

    static IReadOnlyList<int> Checked(string name, IReadOnlyList<int> shape, int count)
    {
        // NumPy takes the part after a slash for a folder, and a file must have a name.
        if (name.Length == 0 || name.AsSpan().ContainsAny("/\\:\0"))
            throw new ArgumentException($"Array name '{name}' is empty or has a separator in it; use letters, digits and underscores.", nameof(name));
        if (shape.Any(size => size < 0))
            throw new ArgumentException($"Array '{name}' has a negative size in its shape [{string.Join(", ", shape)}].", nameof(shape));
        long needed = shape.Aggregate(1L, (product, size) => product * size);
        return needed == count
            ? shape
            : throw new ArgumentException($"Array '{name}' of shape [{string.Join(", ", shape)}] needs {needed} values; there are {count}.", nameof(shape));
    }
}

/// <summary>
/// Writes arrays as NumPy's .npz: a zip of stored .npy files (format 1.0), without times, so that the same arrays always
/// give the same bytes.
/// </summary>
public static class NpzWriter
{
    const ushort FirstDayOfZip = 1 << 5 | 1;

    /// <summary>Writes the archive.</summary>
    /// <param name="arrays">At least one; names are distinct and hold no slash.</param>
    /// <param name="destination">Is left open; need not seek.</param>
    public static void Write(IReadOnlyList<NamedArray> arrays, Stream destination)
    {
        if (arrays.Count == 0 || arrays.Select(array => array.Name).Distinct().Count() != arrays.Count)
            throw new ArgumentException("An archive needs at least one array, each with a name of its own.", nameof(arrays));
        var directory = new MemoryStream();
        long offset = 0;
        foreach (var array in arrays)
        {
            byte[] name = Encoding.UTF8.GetBytes(array.Name + ".npy"), header = Header(array);
            long size = header.Length + (long)array.Bytes.Length;
            if (offset + size > uint.MaxValue - 1_000_000)
                throw new ArgumentException("The archive would be larger than 4 GB, which a plain zip cannot hold. Write fewer arrays.", nameof(arrays));
            uint crc = Crc32.Append(Crc32.Append(0, header), array.Bytes);
            byte[] entry = Entry(crc, (uint)size, name.Length);
            destination.Write("PK\u0003\u0004"u8);
            destination.Write(entry);
            destination.Write(name);
            destination.Write(header);
            destination.Write(array.Bytes);
            WriteDirectoryEntry(directory, entry, name, (uint)offset);
            offset += 4 + entry.Length + name.Length + size;
        }
        destination.Write(directory.GetBuffer().AsSpan(0, (int)directory.Length));
        Span<byte> end = stackalloc byte[22];
        end.Clear();
        "PK\u0005\u0006"u8.CopyTo(end);
        BinaryPrimitives.WriteUInt16LittleEndian(end[8..], (ushort)arrays.Count);
        BinaryPrimitives.WriteUInt16LittleEndian(end[10..], (ushort)arrays.Count);
        BinaryPrimitives.WriteUInt32LittleEndian(end[12..], (uint)directory.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(end[16..], (uint)offset);
        destination.Write(end);
    }

    /// <summary>What local and central headers have in common: version needed … length of the extra field.</summary>
    static byte[] Entry(uint crc, uint size, int nameLength)
    {
        var entry = new byte[26];
        BinaryPrimitives.WriteUInt16LittleEndian(entry, 20);
        BinaryPrimitives.WriteUInt16LittleEndian(entry.AsSpan(2), 0x0800);
        BinaryPrimitives.WriteUInt16LittleEndian(entry.AsSpan(8), FirstDayOfZip);
        BinaryPrimitives.WriteUInt32LittleEndian(entry.AsSpan(10), crc);
        BinaryPrimitives.WriteUInt32LittleEndian(entry.AsSpan(14), size);
        BinaryPrimitives.WriteUInt32LittleEndian(entry.AsSpan(18), size);
        BinaryPrimitives.WriteUInt16LittleEndian(entry.AsSpan(22), (ushort)nameLength);
        return entry;
    }

    static void WriteDirectoryEntry(MemoryStream directory, byte[] entry, byte[] name, uint offset)
    {
        directory.Write("PK\u0001\u0002"u8);
        directory.Write([20, 0]);
        directory.Write(entry);
        // Comment length, disk, internal and external attributes: none.
        directory.Write(new byte[10]);
        Span<byte> place = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(place, offset);
        directory.Write(place);
        directory.Write(name);
    }

    /// <summary>The .npy header: magic, version 1.0, a Python dictionary, padded so that the data starts at a multiple of 64.</summary>
    static byte[] Header(NamedArray array)
    {
        string shape = string.Concat(array.Shape.Select(size => size.ToString(CultureInfo.InvariantCulture) + ", ")).TrimEnd();
        if (array.Shape.Count > 1)
            shape = shape.TrimEnd(',');
        string text = $"{{'descr': '{array.Type}', 'fortran_order': False, 'shape': ({shape}), }}";
        int length = (10 + text.Length + 1 + 63) / 64 * 64 - 10;
        text = text.PadRight(length - 1) + "\n";
        return [0x93, .. "NUMPY"u8, 1, 0, (byte)length, (byte)(length >> 8), .. Encoding.ASCII.GetBytes(text)];
    }
}
