using System;
using System.IO;
using System.Linq;
using Muninn.Engine.Checkpoints;

namespace Muninn.Cli.Input;

/// <summary>Reads the raw start state of a run from a safetensors file.</summary>
static class StartFile
{
    /// <summary>The tensor that is read.</summary>
    public const string TensorName = "s0";

    /// <summary>Raw s₀, <c>[positions, width]</c>.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="IOException">It is a pipe, a device or a socket.</exception>
    /// <exception cref="InvalidDataException">The tensor is missing, of another shape or no floating-point one.</exception>
    public static float[] Read(string path, int positions, int width)
    {
        if (!File.Exists(path))
            throw new FileNotFoundException($"there is no file '{path}' for the initial state. Check the name, or use zero or random.");
        using var file = SafetensorsFile.Open(path);
        if (!file.TryGetTensor(TensorName, out var tensor))
        {
            var names = file.Tensors.Select(t => t.Name).Take(8).ToList();
            throw new InvalidDataException(
                $"'{path}' has no tensor '{TensorName}'; it has {(names.Count > 0 ? string.Join(", ", names) : "none")}. " +
                $"Store the raw start state [tokens, width] as '{TensorName}'.");
        }

        if (tensor.DType is not (DType.F32 or DType.BF16 or DType.F16))
            throw new InvalidDataException($"'{path}': '{TensorName}' is {tensor.DType}; expected F32, BF16 or F16.");
        if (!tensor.Shape.SequenceEqual([positions, width]))
        {
            throw new InvalidDataException(
                $"'{path}': '{TensorName}' is {tensor.ShapeText}; this text and model need [{positions}, {width}] (tokens, width).");
        }

        return tensor.ToFloat32();
    }
}
