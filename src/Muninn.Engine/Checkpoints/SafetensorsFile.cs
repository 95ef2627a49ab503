using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.IO;
using Muninn.Kernels;

namespace Muninn.Engine.Checkpoints;

/// <summary>An open safetensors file: its header checked, its tensors mapped.</summary>
public sealed class SafetensorsFile : IDisposable
{
    readonly MappedFile _file;
    readonly Dictionary<string, Tensor> _byName;

    SafetensorsFile(string path, MappedFile file, SafetensorsHeader header)
    {
        Path = path;
        _file = file;
        Metadata = header.Metadata;
        _byName = new Dictionary<string, Tensor>(header.Tensors.Count, StringComparer.Ordinal);
        var tensors = new Tensor[header.Tensors.Count];
        for (var i = 0; i < tensors.Length; i++)
        {
            tensors[i] = new Tensor(header.Tensors[i], file, path);
            _byName.Add(tensors[i].Name, tensors[i]);
        }

        Tensors = tensors;
    }

    /// <summary>The file's name.</summary>
    public string Path { get; }

    /// <summary>The tensors in the order of their bytes.</summary>
    public IReadOnlyList<Tensor> Tensors { get; }

    /// <summary>Free text that the writer left, by key.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Opens a file and checks its whole header; no tensor is read.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">The header breaks a rule of the format.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static SafetensorsFile Open(string path)
    {
        if (!BitConverter.IsLittleEndian)
            throw new PlatformNotSupportedException("Safetensors files are little-endian; this machine is not.");
        var file = MappedFile.Open(path);
        try
        {
            var prefix = file.Slice(0, (int)Math.Min(8, file.Length));
            var start = file.Slice(0, SafetensorsHeader.LengthNeeded(prefix, file.Length, path));
            return new SafetensorsFile(path, file, SafetensorsHeader.Parse(start, file.Length, path));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The tensor of a name.</summary>
    /// <param name="name">As in the file.</param>
    /// <exception cref="InvalidDataException">The file has no tensor of that name.</exception>
    public Tensor Tensor(string name) => TryGetTensor(name, out var tensor)
        ? tensor
        : throw new InvalidDataException(
            $"{Path} has no tensor '{name}'; it has {Tensors.Count}: {NameList.Of(_byName.Keys)}.");

    /// <summary>Looks a tensor up.</summary>
    /// <param name="name">As in the file.</param>
    /// <param name="tensor">The tensor, where found.</param>
    /// <returns>Whether the file has a tensor of that name.</returns>
    public bool TryGetTensor(string name, [NotNullWhen(true)] out Tensor? tensor) => _byName.TryGetValue(name, out tensor);

    /// <summary>Closes the file; spans of its tensors must not be touched any more.</summary>
    public void Dispose() => _file.Dispose();
}
