using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Muninn.Tests.Reference;

/// <summary>The golden values of one reference model, read with as little code as possible and none of the engine's.</summary>
sealed class GoldenFile
{
    readonly Dictionary<string, (string DType, int[] Shape, byte[] Bytes)> _tensors = [];

    GoldenFile(string folder)
    {
        Folder = folder;
        byte[] file = File.ReadAllBytes(Path.Combine(folder, "expected.safetensors"));
        int headerLength = checked((int)BitConverter.ToUInt64(file));
        using var header = JsonDocument.Parse(file.AsMemory(8, headerLength));
        foreach (var entry in header.RootElement.EnumerateObject().Where(e => e.Name != "__metadata__"))
        {
            int from = 8 + headerLength + entry.Value.GetProperty("data_offsets")[0].GetInt32();
            int to = 8 + headerLength + entry.Value.GetProperty("data_offsets")[1].GetInt32();
            int[] shape = [.. entry.Value.GetProperty("shape").EnumerateArray().Select(d => d.GetInt32())];
            _tensors.Add(entry.Name, (entry.Value.GetProperty("dtype").GetString()!, shape, file[from..to]));
        }
    }

    public static IReadOnlyList<string> Cases { get; } = ["tiny-f32", "tiny-bf16", "tiny-trainlike"];

    /// <summary>The folder with the model and its golden values.</summary>
    public string Folder { get; }

    public static GoldenFile Open(string name) => new(FolderOf(name));

    public static string FolderOf(string name) => Path.Combine(AppContext.BaseDirectory, "reference", name);

    public bool Has(string name) => _tensors.ContainsKey(name);

    public IEnumerable<string> NamesFrom(string prefix) =>
        _tensors.Keys.Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal);

    public float[] Floats(string name) => MemoryMarshal.Cast<byte, float>(Require(name, "F32")).ToArray();

    public int[] Integers(string name) =>
        [.. MemoryMarshal.Cast<byte, long>(Require(name, "I64")).ToArray().Select(value => checked((int)value))];

    byte[] Require(string name, string dtype)
    {
        var tensor = _tensors[name];
        return tensor.DType == dtype ? tensor.Bytes : throw new InvalidDataException($"{name} is {tensor.DType}, not {dtype}.");
    }

    /// <summary>‖actual − expected‖ / ‖scale‖, in double; NaN where anything is not finite.</summary>
    public static double RelativeDistance(ReadOnlySpan<float> actual, ReadOnlySpan<float> expected, ReadOnlySpan<float> scale)
    {
        if (actual.Length != expected.Length)
            throw new ArgumentException($"{actual.Length} values against {expected.Length}.");
        double difference = 0;
        double size = 0;
        for (int i = 0; i < actual.Length; i++)
            difference += ((double)actual[i] - expected[i]) * ((double)actual[i] - expected[i]);
        foreach (float value in scale)
            size += (double)value * value;
        return Math.Sqrt(difference / size);
    }

    public static double RelativeDistance(ReadOnlySpan<float> actual, ReadOnlySpan<float> expected) =>
        RelativeDistance(actual, expected, expected);
}
