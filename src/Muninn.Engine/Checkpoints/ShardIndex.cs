using System;
using System.Collections.Generic;
using System.IO;
using System.Text.Json;
using Muninn.Engine.Files;

namespace Muninn.Engine.Checkpoints;

/// <summary>Which file of a sharded checkpoint holds which tensor: <c>model.safetensors.index.json</c>.</summary>
public sealed class ShardIndex
{
    /// <summary>Largest index in bytes.</summary>
    public const int FileLengthMax = 100_000_000;

    ShardIndex(IReadOnlyDictionary<string, string> files) => Files = files;

    /// <summary>File name by tensor name; plain names of files beside the index.</summary>
    public IReadOnlyDictionary<string, string> Files { get; }

    /// <summary>Reads and checks an index.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">Not an index, or one that points outside its folder.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static ShardIndex Read(string path) => Parse(JsonFile.ReadBytes(path, FileLengthMax), path);

    /// <summary>Reads and checks the text of an index.</summary>
    /// <param name="utf8Json">The text.</param>
    /// <param name="path">The file's name, for messages.</param>
    /// <exception cref="InvalidDataException">Not an index, or one that points outside its folder.</exception>
    public static ShardIndex Parse(ReadOnlyMemory<byte> utf8Json, string path) =>
        JsonFile.ReadObject(utf8Json, path, root => new ShardIndex(ReadMap(root, path)));

    static SortedDictionary<string, string> ReadMap(JsonElement root, string path)
    {
        if (!root.TryGetProperty("weight_map", out var map) || map.ValueKind != JsonValueKind.Object)
            throw new InvalidDataException($"{path}: expected the key 'weight_map' with an object, found none.");
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var property in map.EnumerateObject())
        {
            var file = property.Value.ValueKind == JsonValueKind.String ? property.Value.GetString() : null;
            if (file is null || !IsPlainName(file))
                throw new InvalidDataException($"{path}: weight_map '{property.Name}': found "
                    + $"{JsonFile.Describe(property.Value)}, expected the name of a .safetensors file in the same folder.");
            files.Add(property.Name, file);
        }

        return files.Count > 0
            ? files
            : throw new InvalidDataException($"{path}: weight_map is empty, expected a file name for every tensor.");
    }

    static bool IsPlainName(string file) =>
        file.EndsWith(".safetensors", StringComparison.Ordinal)
        && file.AsSpan().IndexOfAny("/\\:\0") < 0
        && file[0] != '.'
        && file.Length <= 255;
}
