using System;
using System.IO;
using System.Runtime.InteropServices;
using Muninn.Kernels;

namespace Muninn.Engine.Checkpoints;

/// <summary>One tensor of an open safetensors file; its bytes stay in the file until touched.</summary>
/// <remarks>Spans from here end with the file: do not use them after the file or the checkpoint is disposed.</remarks>
public sealed class Tensor
{
    readonly MappedFile _file;
    readonly TensorEntry _entry;

    internal Tensor(TensorEntry entry, MappedFile file, string path)
    {
        _entry = entry;
        _file = file;
        Path = path;
    }

    /// <summary>Name in the file.</summary>
    public string Name => _entry.Name;

    /// <summary>Element type.</summary>
    public DType DType => _entry.DType;

    /// <summary>Sizes, outermost first; empty for a single number.</summary>
    public ReadOnlySpan<long> Shape => _entry.Shape;

    /// <summary>The shape as text, like <c>[512, 64]</c>.</summary>
    public string ShapeText => _entry.ShapeText;

    /// <summary>Product of the sizes.</summary>
    public long ElementCount => _entry.ElementCount;

    /// <summary>Size in bytes.</summary>
    public long Length => _entry.Length;

    /// <summary>The file that holds it.</summary>
    public string Path { get; }

    /// <summary>What the header says of it.</summary>
    public TensorEntry Entry => _entry;

    /// <summary>All bytes, little-endian, row by row.</summary>
    /// <exception cref="InvalidDataException">More than 2 GiB: use <see cref="Slice"/>.</exception>
    public ReadOnlySpan<byte> Bytes => Length <= int.MaxValue
        ? _file.Slice(_entry.Offset, (int)Length)
        : throw new InvalidDataException(
            $"{Path}: tensor '{Name}' has {Length} bytes, one span holds at most {int.MaxValue}; read it in slices.");

    /// <summary>The elements in place. Only for F32.</summary>
    /// <exception cref="InvalidOperationException">Another element type: use <see cref="CopyTo(Span{float})"/>.</exception>
    public ReadOnlySpan<float> Float32 => MemoryMarshal.Cast<byte, float>(BytesOf(DType.F32));

    /// <summary>The elements' bits in place. Only for BF16.</summary>
    /// <exception cref="InvalidOperationException">Another element type: use <see cref="CopyTo(Span{float})"/>.</exception>
    public ReadOnlySpan<ushort> BrainFloat16 => MemoryMarshal.Cast<byte, ushort>(BytesOf(DType.BF16));

    /// <summary>The elements in place. Only for I32.</summary>
    /// <exception cref="InvalidOperationException">Another element type.</exception>
    public ReadOnlySpan<int> Int32 => MemoryMarshal.Cast<byte, int>(BytesOf(DType.I32));

    /// <summary>The elements in place. Only for I64.</summary>
    /// <exception cref="InvalidOperationException">Another element type.</exception>
    public ReadOnlySpan<long> Int64 => MemoryMarshal.Cast<byte, long>(BytesOf(DType.I64));

    /// <summary>Some of the bytes; also for tensors beyond 2 GiB.</summary>
    /// <param name="offset">First byte within the tensor.</param>
    /// <param name="length">How many bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range leaves the tensor.</exception>
    public ReadOnlySpan<byte> Slice(long offset, int length)
    {
        Check(offset, length);
        return _file.Slice(_entry.Offset + offset, length);
    }

    /// <summary>destination = some of the bytes, read past the mapping: quicker for a few scattered ones.</summary>
    /// <param name="offset">First byte within the tensor.</param>
    /// <param name="destination">Overwritten.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range leaves the tensor.</exception>
    internal void Read(long offset, Span<byte> destination)
    {
        Check(offset, destination.Length);
        _file.Read(_entry.Offset + offset, destination);
    }

    /// <summary>
    /// destination[i] = element (first + i) as float32, read past the mapping: for a few scattered rows of a large tensor.
    /// Allocates nothing; any threads may read at once.
    /// </summary>
    /// <param name="first">First element.</param>
    /// <param name="destination">Overwritten; as many elements as it is long.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range leaves the tensor.</exception>
    /// <exception cref="EndOfStreamException">The file has been shortened since it was opened.</exception>
    /// <exception cref="InvalidOperationException">An element type other than F32, BF16 and F16.</exception>
    internal void ReadElements(long first, Span<float> destination)
    {
        RequireElements(first, destination.Length);
        if (DType == DType.F32)
        {
            Read(first * sizeof(float), MemoryMarshal.AsBytes(destination));
            return;
        }

        // A row of the published model is 5280 elements: one read.
        const int Portion = 6 * 1024;
        Span<ushort> halves = stackalloc ushort[Math.Min(Portion, destination.Length)];
        for (int done = 0; done < destination.Length; done += Portion)
        {
            var part = destination[done..Math.Min(destination.Length, done + Portion)];
            var source = halves[..part.Length];
            Read((first + done) * sizeof(ushort), MemoryMarshal.AsBytes(source));
            if (DType == DType.BF16)
                FloatWidening.FromBrainFloat16(source, part);
            else
                FloatWidening.FromFloat16(source, part);
        }
    }

    /// <summary>destination[i] = the i-th element as float32; exact for F32, BF16 and F16.</summary>
    /// <param name="destination">Overwritten, <c>[ElementCount]</c>.</param>
    /// <exception cref="ArgumentException">Another length.</exception>
    /// <exception cref="InvalidOperationException">An element type other than F32, BF16 and F16.</exception>
    public void CopyTo(Span<float> destination)
    {
        if (destination.Length != ElementCount)
            throw new ArgumentException(
                $"Tensor '{Name}' has {ElementCount} elements, the destination {destination.Length}: they must agree.",
                nameof(destination));
        CopyTo(0, destination);
    }

    /// <summary>destination[i] = element (first + i) as float32; exact for F32, BF16 and F16.</summary>
    /// <param name="first">First element.</param>
    /// <param name="destination">Overwritten; as many elements as it is long.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range leaves the tensor.</exception>
    /// <exception cref="InvalidOperationException">An element type other than F32, BF16 and F16.</exception>
    public void CopyTo(long first, Span<float> destination)
    {
        RequireElements(first, destination.Length);

        // In portions, because the bytes of many elements may not fit into one span.
        const int Portion = 1 << 24;
        var size = DType.Bits() / 8;
        for (var done = 0; done < destination.Length; done += Portion)
        {
            var part = destination[done..Math.Min(destination.Length, done + Portion)];
            var bytes = Slice((first + done) * size, part.Length * size);
            switch (DType)
            {
                case DType.F32:
                    MemoryMarshal.Cast<byte, float>(bytes).CopyTo(part);
                    break;
                case DType.BF16:
                    FloatWidening.FromBrainFloat16(MemoryMarshal.Cast<byte, ushort>(bytes), part);
                    break;
                default:
                    FloatWidening.FromFloat16(MemoryMarshal.Cast<byte, ushort>(bytes), part);
                    break;
            }
        }
    }

    /// <summary>All elements as float32 in a new array.</summary>
    /// <exception cref="InvalidOperationException">An element type other than F32, BF16 and F16.</exception>
    public float[] ToFloat32()
    {
        var values = new float[ElementCount];
        CopyTo(values);
        return values;
    }

    void RequireElements(long first, int count)
    {
        if (!DType.WidensToFloat32())
            throw new InvalidOperationException(
                $"{Path}: tensor '{Name}' is {DType}; only F32, BF16 and F16 can be read as float32.");
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first, ElementCount);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, ElementCount - first);
    }

    void Check(long offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length - offset);
    }

    ReadOnlySpan<byte> BytesOf(DType wanted) => DType == wanted
        ? Bytes
        : throw new InvalidOperationException($"{Path}: tensor '{Name}' is {DType}, asked for as {wanted}.");
}
