using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text;
using Muninn.Engine.Checkpoints;

namespace Muninn.Microscope.Recordings;

/// <summary>Tensors and metadata of a recording, each checked for what it must be before anything is allocated for it.</summary>
/// <param name="file">The open file.</param>
sealed class RecordingFields(SafetensorsFile file)
{
    readonly HashSet<string> _known = new(StringComparer.Ordinal);

    /// <summary>Whether the file has a tensor of this name.</summary>
    public bool Has(string name) => file.TryGetTensor(name, out _);

    /// <summary>Tensors that nobody asked for, as <c>name dtype [shape]</c>.</summary>
    public IReadOnlyList<string> Unknown =>
        [.. file.Tensors.Where(tensor => !_known.Contains(tensor.Name)).Select(static tensor => tensor.Name).Order(StringComparer.Ordinal)
            .Select(name => $"{name} {file.Tensor(name).DType} {file.Tensor(name).ShapeText}")];

    /// <summary>A text of the metadata.</summary>
    public string Text(string key) => file.Metadata.TryGetValue(key, out string? value)
        ? value
        : throw Bad($"the metadata lack '{key}'; they have {(file.Metadata.Count > 0 ? string.Join(", ", file.Metadata.Keys.Order(StringComparer.Ordinal).Take(40)) : "nothing")}");

    /// <summary>A text of the metadata, or null.</summary>
    public string? TextOrNull(string key) => file.Metadata.TryGetValue(key, out string? value) ? value : null;

    /// <summary>A whole number of the metadata.</summary>
    public int Number(string key, int least, int most) =>
        int.TryParse(Text(key), NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value >= least && value <= most
            ? value
            : throw Bad($"the metadata say {key} = '{Short(Text(key))}'; expected a whole number from {least} to {most}");

    /// <summary>A seed of the metadata.</summary>
    public ulong Seed(string key) => ulong.TryParse(Text(key), NumberStyles.None, CultureInfo.InvariantCulture, out ulong value)
        ? value
        : throw Bad($"the metadata say {key} = '{Short(Text(key))}'; expected a whole number from 0 to {ulong.MaxValue}");

    /// <summary>A number of the metadata that is finite and not negative.</summary>
    public double Real(string key) =>
        double.TryParse(Text(key), NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value) && value >= 0
            ? value
            : throw Bad($"the metadata say {key} = '{Short(Text(key))}'; expected a number from 0 on");

    /// <summary>The shape of a tensor, checked for its type and rank.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="meaning">What its sizes are, for messages.</param>
    /// <param name="rank">How many sizes.</param>
    /// <param name="types">What it may be.</param>
    public Tensor Tensor(string name, string meaning, int rank, params ReadOnlySpan<DType> types)
    {
        _known.Add(name);
        if (!file.TryGetTensor(name, out var tensor))
            throw Bad($"there is no tensor '{name}' [{meaning}]; there are {string.Join(", ", file.Tensors.Select(static t => t.Name).Take(40))}");
        if (!types.Contains(tensor.DType) || tensor.Shape.Length != rank)
            throw Bad($"tensor '{name}' is {tensor.DType} {tensor.ShapeText}; expected {string.Join(" or ", types.ToArray())} [{meaning}]");
        return tensor;
    }

    /// <summary>A tensor of one known shape.</summary>
    public Tensor Tensor(string name, string meaning, DType type, params ReadOnlySpan<long> shape)
    {
        var tensor = Tensor(name, meaning, shape.Length, type);
        if (!tensor.Shape.SequenceEqual(shape))
            throw Bad($"tensor '{name}' is {type} {tensor.ShapeText}; expected {TensorEntry.Describe(shape)} [{meaning}]");
        return tensor;
    }

    /// <summary>Float32 values of one known shape.</summary>
    public float[] Floats(string name, string meaning, params ReadOnlySpan<long> shape)
    {
        var tensor = Tensor(name, meaning, DType.F32, shape);
        return tensor.ElementCount <= Array.MaxLength
            ? tensor.ToFloat32()
            : throw Bad($"tensor '{name}' has {tensor.ElementCount} elements; at most {Array.MaxLength} are read");
    }

    /// <summary>Float32 values of one known shape, none negative; NaN and infinity may stand for what has none.</summary>
    public float[] Lengths(string name, string meaning, params ReadOnlySpan<long> shape)
    {
        float[] values = Floats(name, meaning, shape);
        for (int i = 0; i < values.Length; i++)
        {
            if (values[i] < 0)
                throw Bad(FormattableString.Invariant($"tensor '{name}' holds {values[i]} at {i}; expected nothing below 0"));
        }

        return values;
    }

    /// <summary>Float32 values of one known shape, finite and not negative.</summary>
    public float[] Sizes(string name, string meaning, params ReadOnlySpan<long> shape)
    {
        float[] values = Floats(name, meaning, shape);
        for (int i = 0; i < values.Length; i++)
        {
            if (!(values[i] >= 0 && float.IsFinite(values[i])))
                throw Bad(FormattableString.Invariant($"tensor '{name}' holds {values[i]} at {i}; expected a finite number from 0 on"));
        }

        return values;
    }

    /// <summary>Float32 values of one known shape, from 0 to 1; NaN may stand for what has none.</summary>
    public float[] Shares(string name, string meaning, params ReadOnlySpan<long> shape)
    {
        float[] values = Lengths(name, meaning, shape);
        for (int i = 0; i < values.Length; i++)
        {
            if (values[i] > 1)
                throw Bad(FormattableString.Invariant($"tensor '{name}' holds {values[i]} at {i}; expected nothing above 1"));
        }

        return values;
    }

    /// <summary>What is so, 1, and what is not, 0, of one known shape.</summary>
    public bool[] Flags(string name, string meaning, params ReadOnlySpan<long> shape) =>
        Array.ConvertAll(Integers(name, meaning, 0, 1, shape), static value => value == 1);

    /// <summary>Whole numbers within bounds, of one known shape.</summary>
    public int[] Integers(string name, string meaning, int least, int most, params ReadOnlySpan<long> shape)
    {
        int[] values = Int32(Tensor(name, meaning, DType.I32, shape));
        for (int i = 0; i < values.Length; i++)
        {
            if (values[i] < least || values[i] > most)
                throw Bad($"tensor '{name}' holds {values[i]} at {i}; expected {least} to {most}");
        }

        return values;
    }

    /// <summary>Whole numbers within bounds, each larger than the one before, at least one.</summary>
    public int[] Ascending(string name, string meaning, int least, int most)
    {
        var tensor = Tensor(name, meaning, 1, DType.I32);
        if (tensor.ElementCount < 1 || tensor.ElementCount > (long)most - least + 1)
            throw Bad($"tensor '{name}' has {tensor.ElementCount} entries; expected 1 to {(long)most - least + 1} [{meaning}]");
        int[] values = Integers(name, meaning, least, most, tensor.Shape[0]);
        for (int i = 1; i < values.Length; i++)
        {
            if (values[i] <= values[i - 1])
                throw Bad($"tensor '{name}' holds {values[i]} behind {values[i - 1]} at {i}; expected ascending numbers");
        }

        return values;
    }

    /// <summary>Texts as bytes, from one tensor of bytes and one of offsets.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Texts(string name, int count)
    {
        var bytes = Tensor(name, "bytes", 1, DType.U8);
        if (bytes.Length > RecordingFormat.TextBytesMax)
            throw Bad($"tensor '{name}' has {bytes.Length} bytes; at most {RecordingFormat.TextBytesMax} are read");
        string offsetsName = name + RecordingFormat.Offsets;
        int[] offsets = Integers(offsetsName, "texts + 1", 0, (int)bytes.Length, count + 1);
        if (offsets[0] != 0 || offsets[^1] != bytes.Length)
            throw Bad($"tensor '{offsetsName}' runs from {offsets[0]} to {offsets[^1]}; expected 0 to {bytes.Length}, the bytes of '{name}'");
        byte[] all = bytes.Bytes.ToArray();
        var texts = new ReadOnlyMemory<byte>[count];
        for (int i = 0; i < count; i++)
        {
            if (offsets[i + 1] < offsets[i])
                throw Bad($"tensor '{offsetsName}' holds {offsets[i + 1]} behind {offsets[i]} at {i + 1}; expected numbers that do not fall");
            texts[i] = all.AsMemory(offsets[i], offsets[i + 1] - offsets[i]);
        }

        return texts;
    }

    /// <summary>Texts that are whole UTF-8.</summary>
    public IReadOnlyList<string> Labels(string name, int count)
    {
        var texts = Texts(name, count);
        var labels = new string[count];
        for (int i = 0; i < count; i++)
        {
            if (!System.Text.Unicode.Utf8.IsValid(texts[i].Span))
                throw Bad($"text {i} of tensor '{name}' is no valid UTF-8");
            labels[i] = Encoding.UTF8.GetString(texts[i].Span);
        }

        return labels;
    }

    /// <summary>Texts that are whole UTF-8, as many as there are; none where the tensor is missing.</summary>
    public IReadOnlyList<string> LabelsIfAny(string name, int most)
    {
        if (!Has(name))
            return [];
        long offsets = Tensor(name + RecordingFormat.Offsets, "texts + 1", 1, DType.I32).ElementCount;
        return offsets >= 1 && offsets <= most + 1L
            ? Labels(name, (int)offsets - 1)
            : throw Bad($"tensor '{name}{RecordingFormat.Offsets}' has {offsets} entries; expected 1 to {most + 1L}");
    }

    /// <summary>The refusal of this file.</summary>
    public InvalidDataException Bad(string what) => new($"{file.Path} is no recording that can be read: {what}.");

    static int[] Int32(Tensor tensor) => MemoryMarshal.Cast<byte, int>(tensor.Bytes).ToArray();

    static string Short(string text) => text.Length <= 40 ? text : text[..40] + "…";
}
