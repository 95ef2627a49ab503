using System;

namespace Muninn.Engine.Checkpoints;

/// <summary>Element types of the safetensors format, spelled and ordered as there (alignment never decreases).</summary>
public enum DType
{
    /// <summary>One byte, 0 or 1.</summary>
    BOOL,

    /// <summary>4-bit float (E2M1), two to a byte.</summary>
    F4,

    /// <summary>6-bit float, 2 exponent bits, packed.</summary>
    F6_E2M3,

    /// <summary>6-bit float, 3 exponent bits, packed.</summary>
    F6_E3M2,

    /// <summary>Unsigned byte.</summary>
    U8,

    /// <summary>Signed byte.</summary>
    I8,

    /// <summary>8-bit float, 5 exponent bits.</summary>
    F8_E5M2,

    /// <summary>8-bit float, 4 exponent bits.</summary>
    F8_E4M3,

    /// <summary>8-bit power of two.</summary>
    F8_E8M0,

    /// <summary>8-bit float, 4 exponent bits, no negative zero.</summary>
    F8_E4M3FNUZ,

    /// <summary>8-bit float, 5 exponent bits, no negative zero.</summary>
    F8_E5M2FNUZ,

    /// <summary>Signed 16-bit integer.</summary>
    I16,

    /// <summary>Unsigned 16-bit integer.</summary>
    U16,

    /// <summary>IEEE half precision.</summary>
    F16,

    /// <summary>Brain float: the upper half of a float32.</summary>
    BF16,

    /// <summary>Signed 32-bit integer.</summary>
    I32,

    /// <summary>Unsigned 32-bit integer.</summary>
    U32,

    /// <summary>IEEE single precision.</summary>
    F32,

    /// <summary>Complex number of two float32.</summary>
    C64,

    /// <summary>IEEE double precision.</summary>
    F64,

    /// <summary>Signed 64-bit integer.</summary>
    I64,

    /// <summary>Unsigned 64-bit integer.</summary>
    U64,
}

/// <summary>Names and sizes of the element types.</summary>
public static class DTypes
{
    /// <summary>All names of the format, for messages.</summary>
    public static string AllNames { get; } = string.Join(", ", Enum.GetNames<DType>());

    /// <summary>Size of one element in bits; below eight, elements are packed.</summary>
    /// <param name="type">An element type.</param>
    public static int Bits(this DType type) => type switch
    {
        DType.F4 => 4,
        DType.F6_E2M3 or DType.F6_E3M2 => 6,
        DType.BOOL or DType.U8 or DType.I8 or DType.F8_E5M2 or DType.F8_E4M3 or DType.F8_E8M0
            or DType.F8_E4M3FNUZ or DType.F8_E5M2FNUZ => 8,
        DType.I16 or DType.U16 or DType.F16 or DType.BF16 => 16,
        DType.I32 or DType.U32 or DType.F32 => 32,
        DType.C64 or DType.F64 or DType.I64 or DType.U64 => 64,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, $"Known element types: {AllNames}."),
    };

    /// <summary>Whether <see cref="Tensor.CopyTo(Span{float})"/> can widen this type: F32, BF16 or F16.</summary>
    /// <param name="type">An element type.</param>
    public static bool WidensToFloat32(this DType type) => type is DType.F32 or DType.BF16 or DType.F16;

    /// <summary>Finds an element type by the format's name (case matters).</summary>
    /// <param name="name">For example <c>BF16</c>.</param>
    /// <param name="type">The type, where found.</param>
    /// <returns>Whether the format has a type of that name.</returns>
    public static bool TryParse(string name, out DType type)
    {
        // Enum.TryParse would take "17" and "F32, F64" too: only the plain names may pass.
        foreach (var candidate in Enum.GetValues<DType>())
        {
            if (string.Equals(candidate.ToString(), name, StringComparison.Ordinal))
            {
                type = candidate;
                return true;
            }
        }

        type = default;
        return false;
    }
}
