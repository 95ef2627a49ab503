using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using Muninn.Kernels;

namespace Muninn.Engine.Checkpoints;

/// <summary>How quantised weights lie in a safetensors file: names, types, shapes and metadata. See decision 0003.</summary>
public static class WeightStorage
{
    /// <summary>What follows a matrix's name in the name of its scales.</summary>
    public const string ScalesSuffix = ".scales";

    /// <summary>Metadata: how the rest is to be read; required where a matrix is stored in whole numbers.</summary>
    public const string FormatKey = "muninn.weights.format";

    /// <summary>The only value of <see cref="FormatKey"/> so far.</summary>
    public const string Format = "muninn-quantised-1";

    /// <summary>Metadata: <c>int8</c>, <c>int4</c> or <c>bf16</c>.</summary>
    public const string WeightsKey = "muninn.weights";

    /// <summary>Metadata: inputs that share a scale.</summary>
    public const string GroupKey = "muninn.weights.group";

    /// <summary>Metadata: the fingerprint of the checkpoint that was quantised.</summary>
    public const string SourceKey = "muninn.source.fingerprint";

    static readonly (WeightFormat Format, string Name)[] _names =
        [(WeightFormat.Int8, "int8"), (WeightFormat.Int4, "int4"), (WeightFormat.BrainFloat16, "bf16")];

    /// <summary>The name of a format in metadata and on command lines.</summary>
    /// <param name="format">Int8, Int4 or BrainFloat16.</param>
    public static string NameOf(WeightFormat format) => _names.First(pair => pair.Format == format).Name;

    /// <summary>The name of the scales of a matrix.</summary>
    /// <param name="matrix">The matrix's name.</param>
    public static string ScalesOf(string matrix) => matrix + ScalesSuffix;

    /// <summary>The format of a stored matrix that has scales; null for floats.</summary>
    /// <param name="type">Its element type.</param>
    public static WeightFormat? IntegerFormat(DType type) => type switch
    {
        DType.I8 => WeightFormat.Int8,
        DType.U8 => WeightFormat.Int4,
        _ => null,
    };

    /// <summary>Shape of the codes of a matrix.</summary>
    /// <param name="format">Int8 or Int4.</param>
    /// <param name="shape"><c>[outputs, inputs]</c></param>
    public static long[] CodesShape(WeightFormat format, ReadOnlySpan<long> shape) => [shape[0], format.RowBytes(shape[1])];

    /// <summary>Shape of the scales of a matrix.</summary>
    /// <param name="shape"><c>[outputs, inputs]</c></param>
    public static long[] ScalesShape(ReadOnlySpan<long> shape) => [shape[0], shape[1] / WeightFormats.GroupInputs];

    /// <summary>How many weights a stored tensor holds: two a byte in 4 bits, none in scales.</summary>
    /// <param name="tensor">A tensor of a checkpoint.</param>
    public static long WeightsIn(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        return tensor.Name.EndsWith(ScalesSuffix, StringComparison.Ordinal) ? 0
            : IntegerFormat(tensor.DType) == WeightFormat.Int4 ? 2 * tensor.ElementCount : tensor.ElementCount;
    }

    /// <summary>Metadata of a quantised file.</summary>
    /// <param name="format">Int8, Int4 or BrainFloat16.</param>
    /// <param name="source">Fingerprint of the original.</param>
    public static Dictionary<string, string> Metadata(WeightFormat format, string source) => new(StringComparer.Ordinal)
    {
        [FormatKey] = Format,
        [WeightsKey] = NameOf(format),
        [GroupKey] = WeightFormats.GroupInputs.ToString(CultureInfo.InvariantCulture),
        [SourceKey] = source,
    };

    /// <summary>Refuses a file whose whole numbers are, or may be, of another layout.</summary>
    /// <param name="path">The file.</param>
    /// <param name="metadata">Its metadata.</param>
    /// <param name="tensors">Its tensors.</param>
    /// <exception cref="InvalidDataException">An unknown format, weight type or group, or whole numbers without a format.</exception>
    public static void Check(string path, IReadOnlyDictionary<string, string> metadata, IEnumerable<TensorEntry> tensors)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        if (!metadata.TryGetValue(FormatKey, out var found))
        {
            if (tensors.FirstOrDefault(static tensor => IntegerFormat(tensor.DType) is not null) is { } whole)
                throw new InvalidDataException(
                    $"{path}: tensor '{whole.Name}' is {whole.DType}, but the metadata has no '{FormatKey}' that says how whole numbers are to be "
                    + "read. Quantise the original with 'muninn quantize', or take its F32, BF16 or F16 weights.");
            return;
        }

        Require(FormatKey, found, Format);
        if (metadata.TryGetValue(WeightsKey, out var weights))
            Require(WeightsKey, weights, [.. _names.Select(static pair => pair.Name)]);
        if (metadata.TryGetValue(GroupKey, out var group))
            Require(GroupKey, group, WeightFormats.GroupInputs.ToString(CultureInfo.InvariantCulture));

        void Require(string key, string value, params string[] known)
        {
            if (!known.Contains(value, StringComparer.Ordinal))
                throw new InvalidDataException(
                    $"{path}: metadata '{key}' is '{value}', this version reads {string.Join(", ", known)}. Quantise the original again, or take "
                    + "the version of Muninn that wrote it.");
        }
    }
}
