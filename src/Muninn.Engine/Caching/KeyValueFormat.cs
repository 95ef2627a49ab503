namespace Muninn.Engine.Caching;

/// <summary>How keys and values are stored.</summary>
public enum KeyValueFormat
{
    /// <summary>float32: nothing is lost.</summary>
    Float32,

    /// <summary>bfloat16: half the memory; keys and values are rounded to 8 bits of precision.</summary>
    BrainFloat16,
}

/// <summary>Sizes of formats.</summary>
static class KeyValueFormats
{
    /// <summary>Bytes of one number.</summary>
    internal static int Bytes(this KeyValueFormat format) => format == KeyValueFormat.Float32 ? 4 : 2;
}
