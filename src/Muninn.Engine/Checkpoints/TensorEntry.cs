using System;

namespace Muninn.Engine.Checkpoints;

/// <summary>What a safetensors header says of one tensor.</summary>
/// <remarks>Sizes agree with each other: a header whose sizes do not is refused before an entry exists.</remarks>
public sealed class TensorEntry
{
    readonly long[] _shape;

    /// <summary>Describes one tensor.</summary>
    /// <param name="name">Its name in the file.</param>
    /// <param name="type">Its element type.</param>
    /// <param name="shape">Sizes, outermost first; empty for a single number. Copied.</param>
    /// <param name="offset">First byte, counted from the start of the file.</param>
    /// <exception cref="ArgumentException">A negative size, or more elements than a file can hold.</exception>
    public TensorEntry(string name, DType type, ReadOnlySpan<long> shape, long offset)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        if (!TryMeasure(type, shape, out var count, out var length))
            throw new ArgumentException(
                $"Tensor '{name}': shape {Describe(shape)} of {type} does not fill whole bytes or is too large.",
                nameof(shape));
        Name = name;
        DType = type;
        _shape = shape.ToArray();
        Offset = offset;
        ElementCount = count;
        Length = length;
    }

    /// <summary>Name in the file.</summary>
    public string Name { get; }

    /// <summary>Element type.</summary>
    public DType DType { get; }

    /// <summary>Sizes, outermost first; empty for a single number.</summary>
    public ReadOnlySpan<long> Shape => _shape;

    /// <summary>The shape as text, like <c>[512, 64]</c>.</summary>
    public string ShapeText => Describe(_shape);

    /// <summary>First byte, counted from the start of the file.</summary>
    public long Offset { get; }

    /// <summary>Size in bytes.</summary>
    public long Length { get; }

    /// <summary>Product of the sizes.</summary>
    public long ElementCount { get; }

    /// <summary>Counts elements and bytes of a shape, with every step checked.</summary>
    /// <param name="type">Element type.</param>
    /// <param name="shape">Sizes, outermost first.</param>
    /// <param name="elementCount">Product of the sizes.</param>
    /// <param name="length">Size in bytes.</param>
    /// <returns>False where a size is negative, a product overflows, or packed elements end inside a byte.</returns>
    public static bool TryMeasure(DType type, ReadOnlySpan<long> shape, out long elementCount, out long length)
    {
        elementCount = 1;
        length = 0;
        foreach (var size in shape)
        {
            if (size < 0 || (size > 0 && elementCount > long.MaxValue / size))
                return false;
            elementCount *= size;
        }

        if (elementCount > long.MaxValue / type.Bits())
            return false;
        var bits = elementCount * type.Bits();
        length = bits / 8;
        return bits % 8 == 0;
    }

    /// <summary>A shape as text, like <c>[512, 64]</c>.</summary>
    /// <param name="shape">Sizes, outermost first.</param>
    public static string Describe(ReadOnlySpan<long> shape) => $"[{string.Join(", ", shape.ToArray())}]";
}
