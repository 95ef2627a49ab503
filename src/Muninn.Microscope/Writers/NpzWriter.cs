using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Text;

namespace Muninn.Microscope.Writers;

/// <summary>One named array of an .npz file, row-major.</summary>
public abstract record NpzArray
{
    NpzArray(string name, int[] shape, int length)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(shape);
        if (name.AsSpan().ContainsAny("/\\:\0"))
            throw new ArgumentException($"Array name “{name}” has a separator in it; use letters, digits and underscores.", nameof(name));
        if (shape.Any(size => size < 0))
            throw new ArgumentException($"Array “{name}” has a negative size in its shape ({string.Join(", ", shape)}).", nameof(shape));
        long expected = shape.Aggregate(1L, (product, size) => checked(product * size));
        if (expected != length)
            throw new ArgumentException(
                $"Array “{name}” of shape ({string.Join(", ", shape)}) needs {expected} values, but {length} were given.", nameof(shape));
        Name = name;
        Shape = [.. shape];
    }

    /// <summary>Key under which NumPy finds the array.</summary>
    public string Name { get; }

    /// <summary>Sizes, slowest first; empty for a scalar.</summary>
    public IReadOnlyList<int> Shape { get; }

    /// <summary>NumPy's name of the element type.</summary>
    internal abstract string Descriptor { get; }

    /// <summary>The elements, little-endian.</summary>
    internal abstract byte[] Data { get; }

    /// <summary>32-bit floats (<c>&lt;f4</c>).</summary>
    /// <param name="name">Key, without path separators.</param>
    /// <param name="values">Row-major values; borrowed until the file is written.</param>
    /// <param name="shape">Sizes whose product is the number of values.</param>
    public static NpzArray Of(string name, float[] values, params int[] shape) => new Floats(name, Checked(values), shape);

    /// <summary>32-bit signed integers (<c>&lt;i4</c>).</summary>
    /// <param name="name">Key, without path separators.</param>
    /// <param name="values">Row-major values; borrowed until the file is written.</param>
    /// <param name="shape">Sizes whose product is the number of values.</param>
    public static NpzArray Of(string name, int[] values, params int[] shape) => new Integers(name, Checked(values), shape);

    static T[] Checked<T>(T[] values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return values;
    }

    sealed record Floats(string Key, float[] Values, int[] Sizes) : NpzArray(Key, Sizes, Values.Length)
    {
        internal override string Descriptor => "<f4";

        internal override byte[] Data
        {
            get
            {
                var bytes = new byte[checked(Values.Length * sizeof(float))];
                for (int i = 0; i < Values.Length; i++)
                    BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * sizeof(float)), Values[i]);
                return bytes;
            }
        }
    }

    sealed record Integers(string Key, int[] Values, int[] Sizes) : NpzArray(Key, Sizes, Values.Length)
    {
        internal override string Descriptor => "<i4";

        internal override byte[] Data
        {
            get
            {
                var bytes = new byte[checked(Values.Length * sizeof(int))];
                for (int i = 0; i < Values.Length; i++)
                    BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(i * sizeof(int)), Values[i]);
                return bytes;
            }
        }
    }
}

/// <summary>
/// Writes arrays as NumPy's .npz: a zip of .npy files of format version 1.0 ("A Simple File Format for NumPy Arrays", NEP 1).
/// The same arrays give the same bytes.
/// </summary>
public static class NpzWriter
{
    /// <summary>NumPy aligns the data of a .npy file to this many bytes.</summary>
    const int Alignment = 64;

    /// <summary>The first moment a zip can hold: the file says what was computed, not when.</summary>
    static readonly DateTimeOffset _moment = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Writes the arrays, in the order given; read them with <c>numpy.load(path)[name]</c>.</summary>
    /// <param name="arrays">At least one, no two of the same name.</param>
    /// <param name="destination">Stream to write to; stays open.</param>
    public static void Write(IReadOnlyList<NpzArray> arrays, Stream destination)
    {
        ArgumentNullException.ThrowIfNull(arrays);
        ArgumentNullException.ThrowIfNull(destination);
        if (arrays.Count == 0)
            throw new ArgumentException("There is no array to write; give at least one.", nameof(arrays));
        if (arrays.GroupBy(array => array.Name, StringComparer.Ordinal).FirstOrDefault(group => group.Skip(1).Any()) is { } twice)
            throw new ArgumentException($"Two arrays are called “{twice.Key}”; give each a name of its own.", nameof(arrays));

        using var zip = new ZipArchive(destination, ZipArchiveMode.Create, leaveOpen: true);
        foreach (var array in arrays)
        {
            // Stored, not deflated: compressed bytes may differ between versions of the compressor, stored ones never do.
            var entry = zip.CreateEntry(array.Name + ".npy", CompressionLevel.NoCompression);
            entry.LastWriteTime = _moment;
            using var stream = entry.Open();
            stream.Write(Header(array));
            stream.Write(array.Data);
        }
    }

    /// <summary>Magic, version 1.0, length, and a Python dictionary padded with blanks so that the data is aligned.</summary>
    static byte[] Header(NpzArray array)
    {
        string shape = array.Shape.Count == 1 ? $"({array.Shape[0]},)" : $"({string.Join(", ", array.Shape)})";
        string dictionary = $"{{'descr': '{array.Descriptor}', 'fortran_order': False, 'shape': {shape}, }}";
        const int Prefix = 10;
        int total = (Prefix + dictionary.Length + 1 + Alignment - 1) / Alignment * Alignment;
        var header = new byte[total];
        ReadOnlySpan<byte> magic = [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 1, 0];
        magic.CopyTo(header);
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(8), checked((ushort)(total - Prefix)));
        header.AsSpan(Prefix).Fill((byte)' ');
        Encoding.ASCII.GetBytes(dictionary, header.AsSpan(Prefix));
        header[^1] = (byte)'\n';
        return header;
    }
}
