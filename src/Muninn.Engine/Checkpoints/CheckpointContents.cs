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
    const string FloatTypes = "F32, BF16 or F16";
    const string MatrixTypes = FloatTypes + ", or I8 or U8 with scales";

    /// <summary>
    /// Checks presence, shape and element type of every tensor; F32, BF16 and F16 may be mixed, and matrices may be I8 or U8 with scales.
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
        var matrices = WeightNames.Matrices(config).ToHashSet(StringComparer.Ordinal);
        foreach (var (name, shape) in WeightNames.Required(config))
        {
            expected.Add(name);
            if (!tensors.TryGetValue(name, out var entry))
                missing.Add(name);
            else if (matrices.Contains(name) && WeightStorage.IntegerFormat(entry.DType) is { } format)
                CheckIntegers(entry, format, shape);
            else
                CheckOne(entry, shape, wrong, matrices.Contains(name) ? MatrixTypes : FloatTypes);
        }

        foreach (var (name, shape) in WeightNames.Optional(config))
        {
            expected.Add(name);
            if (tensors.TryGetValue(name, out var entry))
                CheckOne(entry, shape, wrong, FloatTypes);
        }

        List<string> extra = [.. tensors.Keys.Where(name => !expected.Contains(name)).Order(StringComparer.Ordinal)];
        if (missing.Count + wrong.Count + extra.Count > 0)
            throw new InvalidDataException(Message(path, missing, wrong, extra));

        void CheckIntegers(TensorEntry codes, WeightFormat format, long[] shape)
        {
            if (shape[1] % WeightFormats.GroupInputs != 0)
            {
                wrong.Add($"{codes.Name} is {codes.DType}, but {WeightFormats.GroupInputs} inputs share a scale and do not divide {shape[1]}, expected {FloatTypes}");
                return;
            }

            var codesShape = WeightStorage.CodesShape(format, shape);
            if (!codes.Shape.SequenceEqual(codesShape))
                wrong.Add($"{codes.Name} is {codes.ShapeText} of {codes.DType}, expected {TensorEntry.Describe(codesShape)}");
            var name = WeightStorage.ScalesOf(codes.Name);
            expected.Add(name);
            if (!tensors.TryGetValue(name, out var scales))
            {
                missing.Add(name);
                return;
            }

            var scalesShape = WeightStorage.ScalesShape(shape);
            if (scales.DType != DType.BF16 || !scales.Shape.SequenceEqual(scalesShape))
                wrong.Add($"{name} is {scales.ShapeText} of {scales.DType}, expected {TensorEntry.Describe(scalesShape)} of BF16");
        }
    }

    static void CheckOne(TensorEntry entry, long[] shape, List<string> wrong, string types)
    {
        if (!entry.Shape.SequenceEqual(shape))
            wrong.Add($"{entry.Name} is {entry.ShapeText}, expected {TensorEntry.Describe(shape)}");
        if (!entry.DType.WidensToFloat32())
            wrong.Add($"{entry.Name} is {entry.DType}, expected {types}");
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
