using System;
using System.IO;
using System.Runtime.InteropServices;

namespace Muninn.Engine.Checkpoints;

/// <summary>One tensor to be written: its name, element type, shape, and how its bytes come.</summary>
public sealed class TensorSource
{
    readonly TensorEntry _entry;
    readonly Action<Stream> _write;

    /// <summary>A tensor whose bytes are written when its turn comes, so that it need not be in memory before.</summary>
    /// <param name="name">Its name in the file.</param>
    /// <param name="type">Its element type.</param>
    /// <param name="shape">Sizes, outermost first; copied.</param>
    /// <param name="write">Writes exactly the bytes of all elements, little-endian, row by row.</param>
    /// <exception cref="ArgumentException">A negative size, or more elements than a file can hold.</exception>
    public TensorSource(string name, DType type, ReadOnlySpan<long> shape, Action<Stream> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        _entry = new TensorEntry(name, type, shape, 0);
        _write = write;
    }

    /// <summary>Name in the file.</summary>
    public string Name => _entry.Name;

    /// <summary>Element type.</summary>
    public DType DType => _entry.DType;

    /// <summary>Sizes, outermost first.</summary>
    public ReadOnlySpan<long> Shape => _entry.Shape;

    /// <summary>Size in bytes.</summary>
    public long Length => _entry.Length;

    /// <summary>A tensor of float32 numbers that are in memory.</summary>
    /// <param name="name">Its name in the file.</param>
    /// <param name="shape">Sizes, outermost first.</param>
    /// <param name="values">All elements, row by row; read when the file is written.</param>
    /// <exception cref="ArgumentException">The shape has another number of elements.</exception>
    public static TensorSource Float32(string name, ReadOnlySpan<long> shape, ReadOnlyMemory<float> values) =>
        Of(name, DType.F32, shape, values);

    /// <summary>A tensor of brain floats, as bits, that are in memory.</summary>
    /// <param name="name">Its name in the file.</param>
    /// <param name="shape">Sizes, outermost first.</param>
    /// <param name="values">All elements, row by row; read when the file is written.</param>
    /// <exception cref="ArgumentException">The shape has another number of elements.</exception>
    public static TensorSource BrainFloat16(string name, ReadOnlySpan<long> shape, ReadOnlyMemory<ushort> values) =>
        Of(name, DType.BF16, shape, values);

    /// <summary>A tensor of 32-bit integers that are in memory.</summary>
    /// <param name="name">Its name in the file.</param>
    /// <param name="shape">Sizes, outermost first.</param>
    /// <param name="values">All elements, row by row; read when the file is written.</param>
    /// <exception cref="ArgumentException">The shape has another number of elements.</exception>
    public static TensorSource Int32(string name, ReadOnlySpan<long> shape, ReadOnlyMemory<int> values) =>
        Of(name, DType.I32, shape, values);

    /// <summary>A copy of a tensor of an open file, under its own name.</summary>
    /// <param name="tensor">The tensor; its file must stay open until the copy is written.</param>
    public static TensorSource Copy(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        return new TensorSource(tensor.Name, tensor.DType, tensor.Shape, stream =>
        {
            const int Portion = 1 << 22;
            for (long at = 0; at < tensor.Length; at += Portion)
                stream.Write(tensor.Slice(at, (int)Math.Min(Portion, tensor.Length - at)));
        });
    }

    internal void WriteTo(Stream stream) => _write(stream);

    static TensorSource Of<T>(string name, DType type, ReadOnlySpan<long> shape, ReadOnlyMemory<T> values)
        where T : unmanaged
    {
        var source = new TensorSource(name, type, shape, stream =>
        {
            const int Portion = 1 << 20;
            for (var rest = values.Span; !rest.IsEmpty; rest = rest[Math.Min(Portion, rest.Length)..])
                stream.Write(MemoryMarshal.AsBytes(rest[..Math.Min(Portion, rest.Length)]));
        });
        return source._entry.ElementCount == values.Length
            ? source
            : throw new ArgumentException(
                $"Tensor '{name}': {values.Length} values given, shape {source._entry.ShapeText} has "
                + $"{source._entry.ElementCount}.",
                nameof(values));
    }
}
