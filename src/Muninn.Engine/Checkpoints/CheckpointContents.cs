using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using Muninn.Kernels;

namespace Muninn.Engine.Checkpoints;

/// <summary>Compares the tensors of a checkpoint with what its configuration asks for.</summary>
public static class CheckpointContents
{
    /// <summary>
    /// Checks presence, shape and element type of every tensor; F32, BF16 and F16 may be mixed, and the matrices of products may be
    /// whole numbers with scales: I8, or U8 with two 4-bit numbers a byte.
    /// </summary>
    /// <param name="config">What the model must have.</param>
    /// <param name="tensors">What the files hold, by name.</param>
    /// <param name="path">The folder's name, for the message.</param>
    /// <exception cref="InvalidDataException">Names every missing, extra and misshapen tensor at once.</exception>
    public static void Check(ModelConfig config, IReadOnlyDictionary<string, TensorEntry> tensors, string path)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(tensors);
        var missing = new List<string>();
        var wrong = new List<string>();
        var expected = new HashSet<string>(StringComparer.Ordinal);
        var matrices = WeightNames.Matrices(config).Select(static matrix => matrix.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var (name, shape) in WeightNames.Required(config))
        {
            expected.Add(name);
            if (tensors.TryGetValue(name, out var entry) && entry.DType is DType.I8 or DType.U8 && matrices.Contains(name))
                CheckQuantized(entry, shape, tensors, expected, missing, wrong);
            else if (entry is not null)
                CheckOne(entry, shape, wrong);
            else
                missing.Add(name);
        }

        foreach (var (name, shape) in WeightNames.Optional(config))
        {
            expected.Add(name);
            if (tensors.TryGetValue(name, out var entry))
                CheckOne(entry, shape, wrong);
        }

        List<string> extra = [.. tensors.Keys.Where(name => !expected.Contains(name)).Order(StringComparer.Ordinal)];
        if (missing.Count + wrong.Count + extra.Count > 0)
            throw new InvalidDataException(Message(path, missing, wrong, extra));
    }

    static void CheckOne(TensorEntry entry, long[] shape, List<string> wrong)
    {
        if (!entry.Shape.SequenceEqual(shape))
            wrong.Add($"{entry.Name} is {entry.ShapeText}, expected {TensorEntry.Describe(shape)}");
        if (!entry.DType.WidensToFloat32())
            wrong.Add($"{entry.Name} is {entry.DType}, expected F32, BF16 or F16");
    }

    static void CheckQuantized(
        TensorEntry entry,
        long[] shape,
        IReadOnlyDictionary<string, TensorEntry> tensors,
        HashSet<string> expected,
        List<string> missing,
        List<string> wrong)
    {
        if (shape[1] % WeightFormats.GroupInputs != 0)
        {
            wrong.Add($"{entry.Name} is {entry.DType}, but groups of {WeightFormats.GroupInputs} do not divide its {shape[1]} inputs");
            return;
        }

        long[] stored = entry.DType == DType.I8 ? shape : [shape[0], shape[1] / 2];
        if (!entry.Shape.SequenceEqual(stored))
            wrong.Add($"{entry.Name} is {entry.DType} {entry.ShapeText}, expected {TensorEntry.Describe(stored)}");
        var name = WeightNames.Scales(entry.Name);
        expected.Add(name);
        if (!tensors.TryGetValue(name, out var scales))
            missing.Add($"{name} (the scales of {entry.Name}, which is {entry.DType})");
        else if (scales.DType != DType.BF16 || !scales.Shape.SequenceEqual([shape[0], shape[1] / WeightFormats.GroupInputs]))
            wrong.Add($"{name} is {scales.DType} {scales.ShapeText}, expected BF16 "
                + TensorEntry.Describe([shape[0], shape[1] / WeightFormats.GroupInputs]));
    }

    static string Message(string path, List<string> missing, List<string> wrong, List<string> extra)
    {
        var text = new StringBuilder($"{path}: the weights do not fit config.json.");
        Append(text, "missing", missing, ", ");
        Append(text, "not as expected", wrong, "; ");
        Append(text, "not part of this model", extra, ", ");
        return text.Append(" Take config.json and weights from the same checkpoint.").ToString();
    }

    static void Append(StringBuilder text, string what, List<string> names, string separator)
    {
        if (names.Count == 0)
            return;
        text.Append(CultureInfo.InvariantCulture, $" {names.Count} {what}: {NameList.Of(names, separator)}.");
    }
}
