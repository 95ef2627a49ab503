using System;
using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Encodings.Web;
using System.Text.Json;
using Muninn.Engine.Files;

namespace Muninn.Engine.Checkpoints;

/// <summary>Writes safetensors files: same tensors, same bytes; the whole file or none.</summary>
/// <remarks>
/// Order and padding are those of the reference writer: wider elements first, then by name, the header filled with
/// spaces to a multiple of eight bytes, so that every tensor starts aligned.
/// </remarks>
public static class SafetensorsWriter
{
    const int Alignment = 8;
    const string MetadataKey = "__metadata__";

    /// <summary>Writes a file under a temporary name in the same folder, then gives it its own name.</summary>
    /// <param name="path">The file; an older one is replaced once the new one is complete and on disk.</param>
    /// <param name="tensors">The tensors in any order; one at a time is asked for its bytes.</param>
    /// <param name="metadata">Free text by key; keys are sorted. Left out where empty.</param>
    /// <exception cref="ArgumentException">A name twice or reserved, or a header that no reader would take.</exception>
    /// <exception cref="IOException">The file cannot be written; no part of it is left.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder forbids it.</exception>
    /// <exception cref="InvalidOperationException">A tensor wrote more or fewer bytes than its shape needs.</exception>
    public static void Write(
        string path, IReadOnlyCollection<TensorSource> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        ArgumentNullException.ThrowIfNull(metadata);
        Write(FileTarget.Of(path), tensors, metadata);
    }

    /// <summary>Writes a file under a temporary name in the same folder, then gives it its own name.</summary>
    /// <param name="target">Where to write; an older file is replaced once the new one is complete and on disk.</param>
    /// <param name="tensors">The tensors in any order; one at a time is asked for its bytes.</param>
    /// <param name="metadata">Free text by key; keys are sorted. Left out where empty.</param>
    /// <exception cref="ArgumentException">A name twice or reserved, or a header that no reader would take.</exception>
    /// <exception cref="IOException">The file cannot be written; no part of it is left.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder forbids it.</exception>
    /// <exception cref="InvalidOperationException">A tensor wrote more or fewer bytes than its shape needs.</exception>
    public static void Write(
        FileTarget target, IReadOnlyCollection<TensorSource> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(tensors);
        ArgumentNullException.ThrowIfNull(metadata);
        if (!BitConverter.IsLittleEndian)
            throw new PlatformNotSupportedException("Safetensors files are little-endian; this machine is not.");
        TensorSource[] ordered =
            [.. tensors.OrderByDescending(static t => t.DType).ThenBy(static t => t.Name, StringComparer.Ordinal)];
        var header = Header(ordered, metadata);

        FileOutput.Write(target, stream =>
        {
            stream.Write(header);
            foreach (var tensor in ordered)
                WriteTensor(tensor, stream, target.Name);
        });
    }

    static void WriteTensor(TensorSource tensor, Stream stream, string path)
    {
        var start = stream.Position;
        tensor.WriteTo(stream);
        var written = stream.Position - start;
        if (written != tensor.Length)
            throw new InvalidOperationException(
                $"{path}: tensor '{tensor.Name}' wrote {written} bytes, its shape "
                + $"{TensorEntry.Describe(tensor.Shape)} of {tensor.DType} needs {tensor.Length}.");
    }

    static byte[] Header(TensorSource[] tensors, IReadOnlyDictionary<string, string> metadata)
    {
        var names = new HashSet<string>(StringComparer.Ordinal) { MetadataKey };
        var buffer = new ArrayBufferWriter<byte>(256 + 128 * tensors.Length);
        buffer.Write(stackalloc byte[sizeof(ulong)]);

        // The relaxed encoder writes text as it is, as the reference writer does.
        var options = new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using (var json = new Utf8JsonWriter(buffer, options))
        {
            json.WriteStartObject();
            if (metadata.Count > 0)
                WriteMetadata(json, metadata);
            long offset = 0;
            foreach (var tensor in tensors)
            {
                if (!names.Add(tensor.Name) || tensor.Name.Length > SafetensorsHeader.NameLengthMax)
                    throw new ArgumentException(
                        $"Tensor name '{tensor.Name}' is used twice, reserved, or longer than "
                        + $"{SafetensorsHeader.NameLengthMax} characters.",
                        nameof(tensors));
                WriteEntry(json, tensor, offset);
                offset = checked(offset + tensor.Length);
            }

            json.WriteEndObject();
        }

        while (buffer.WrittenCount % Alignment != 0)
            buffer.Write(" "u8);
        var header = buffer.WrittenSpan.ToArray();
        var length = header.Length - sizeof(ulong);
        if (length > SafetensorsHeader.HeaderLengthMax)
            throw new ArgumentException(
                $"The header would have {length} bytes; readers take at most {SafetensorsHeader.HeaderLengthMax}.",
                nameof(tensors));
        BinaryPrimitives.WriteUInt64LittleEndian(header, (ulong)length);
        return header;
    }

    static void WriteMetadata(Utf8JsonWriter json, IReadOnlyDictionary<string, string> metadata)
    {
        json.WriteStartObject(MetadataKey);
        foreach (var (key, value) in metadata.OrderBy(static pair => pair.Key, StringComparer.Ordinal))
            json.WriteString(key, value);
        json.WriteEndObject();
    }

    static void WriteEntry(Utf8JsonWriter json, TensorSource tensor, long offset)
    {
        json.WriteStartObject(tensor.Name);
        json.WriteString("dtype"u8, tensor.DType.ToString());
        json.WriteStartArray("shape"u8);
        foreach (var size in tensor.Shape)
            json.WriteNumberValue(size);
        json.WriteEndArray();
        json.WriteStartArray("data_offsets"u8);
        json.WriteNumberValue(offset);
        json.WriteNumberValue(offset + tensor.Length);
        json.WriteEndArray();
        json.WriteEndObject();
    }

}
