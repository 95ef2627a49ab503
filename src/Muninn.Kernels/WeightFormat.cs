namespace Muninn.Kernels;

/// <summary>How a weight is stored; the sums over weights are float32 in every format.</summary>
public enum WeightFormat
{
    /// <summary>IEEE single precision.</summary>
    Float32,

    /// <summary>The upper half of a float32: half the memory, eight bits of mantissa.</summary>
    BrainFloat16,

    /// <summary>
    /// Whole numbers −127 … 127 times one bfloat16 scale for each <see cref="WeightFormats.GroupInputs"/> inputs of an
    /// output: 8.5 bits a weight. The operand is rounded to −64 … 64 times a scale of its own for the same inputs of a row.
    /// </summary>
    Int8,

    /// <summary>
    /// Whole numbers −8 … 7 times one bfloat16 scale for each <see cref="WeightFormats.GroupInputs"/> inputs of an
    /// output: 4.5 bits a weight. The operand is rounded to −127 … 127 times a scale of its own for the same inputs of a row.
    /// </summary>
    Int4,
}

/// <summary>Sizes that follow from a format.</summary>
public static class WeightFormats
{
    /// <summary>Inputs that share a scale in the integer formats; must divide the inputs of a matrix.</summary>
    public const int GroupInputs = 32;

    /// <summary>Scales below this would lose digits, of weights as of rows; a group so small becomes zeros.</summary>
    internal const float SmallestScale = 1.2e-38f;

    /// <summary>Whether weights are whole numbers with a scale for each group.</summary>
    /// <param name="format">The format.</param>
    public static bool IsInteger(this WeightFormat format) => format is WeightFormat.Int8 or WeightFormat.Int4;

    /// <summary>Bytes of one row of a matrix as it comes to be packed, scales not counted.</summary>
    /// <param name="format">The format.</param>
    /// <param name="inputs">Weights of a row.</param>
    public static long RowBytes(this WeightFormat format, long inputs) => format switch
    {
        WeightFormat.Float32 => inputs * sizeof(float),
        WeightFormat.BrainFloat16 => inputs * sizeof(ushort),
        WeightFormat.Int8 => inputs,
        _ => inputs / 2,
    };

    /// <summary>Lanes of 32 bits that some inputs of one panel take.</summary>
    internal static long PanelLanes(this WeightFormat format, long inputs) => format switch
    {
        WeightFormat.Float32 => PanelWeights.PanelOutputs * inputs,
        WeightFormat.BrainFloat16 => PanelWeights.PanelOutputs * ((inputs + 1) / 2),
        WeightFormat.Int8 => inputs / GroupInputs * Int8Tile.GroupLanes,
        _ => inputs / GroupInputs * Int4Tile.GroupLanes,
    };

    /// <summary>Lanes of 32 bits that some inputs of one packed row take.</summary>
    internal static long RowLanes(this WeightFormat format, long inputs) => format switch
    {
        WeightFormat.Float32 => inputs,
        WeightFormat.BrainFloat16 => inputs + (inputs & 1),
        WeightFormat.Int8 => inputs / GroupInputs * Int8Tile.GroupRowLanes,
        _ => inputs / GroupInputs * Int4Tile.GroupRowLanes,
    };

    /// <summary>Inputs that cannot be parted.</summary>
    internal static int Grain(this WeightFormat format) =>
        format.IsInteger() ? GroupInputs : format == WeightFormat.BrainFloat16 ? 2 : 1;
}
