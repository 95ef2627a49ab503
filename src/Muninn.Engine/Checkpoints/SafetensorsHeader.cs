using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.Text.Json;
using System.Text.Unicode;

namespace Muninn.Engine.Checkpoints;

/// <summary>The header of a safetensors file, read without trusting any number in it.</summary>
/// <remarks>
/// Format: eight bytes with the header's length (little-endian), the header as a JSON object, then the tensors'
/// bytes one after another without holes (safetensors, Hugging Face, 2023). Time and memory are linear in the
/// header's true size, whatever it claims.
/// </remarks>
public sealed class SafetensorsHeader
{
    /// <summary>Longest header that is read, as in the reference implementation.</summary>
    public const int HeaderLengthMax = 100_000_000;

    /// <summary>Most tensors in one file.</summary>
    public const int TensorCountMax = 1 << 18;

    /// <summary>Most dimensions of one tensor.</summary>
    public const int RankMax = 32;

    /// <summary>Longest name of a tensor or key of the metadata, in UTF-16 units.</summary>
    public const int NameLengthMax = 1024;

    const string MetadataKey = "__metadata__";
    const int PrefixLength = sizeof(ulong);

    SafetensorsHeader(IReadOnlyList<TensorEntry> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        Tensors = tensors;
        Metadata = metadata;
    }

    /// <summary>The tensors in the order of their bytes.</summary>
    public IReadOnlyList<TensorEntry> Tensors { get; }

    /// <summary>Free text that the writer left, by key.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>How many bytes at the start of a file <see cref="Parse"/> needs to see.</summary>
    /// <param name="start">The first bytes of the file, at least eight where it has them.</param>
    /// <param name="fileLength">Size of the whole file in bytes.</param>
    /// <param name="path">The file's name, for messages.</param>
    /// <exception cref="InvalidDataException">No header of an allowed length fits into the file.</exception>
    public static int LengthNeeded(ReadOnlySpan<byte> start, long fileLength, string path)
    {
        if (fileLength < PrefixLength || start.Length < PrefixLength)
            throw Bad(path, 0, $"the file has {Math.Min(fileLength, start.Length)} bytes, "
                + "a safetensors file has at least 8 (the header's length)");
        var claimed = BinaryPrimitives.ReadUInt64LittleEndian(start);
        if (claimed > HeaderLengthMax)
            throw Bad(path, 0, $"the header claims {claimed} bytes, at most {HeaderLengthMax} are read");
        if ((long)claimed > fileLength - PrefixLength)
            throw Bad(path, 0, $"the header claims {claimed} bytes, only {fileLength - PrefixLength} follow");
        return PrefixLength + (int)claimed;
    }

    /// <summary>Reads and checks a header.</summary>
    /// <param name="start">The first bytes of the file, at least <see cref="LengthNeeded"/> of them.</param>
    /// <param name="fileLength">Size of the whole file in bytes.</param>
    /// <param name="path">The file's name, for messages.</param>
    /// <exception cref="InvalidDataException">
    /// Anything that the format forbids: the message names file, byte offset, what was found and what was expected.
    /// </exception>
    public static SafetensorsHeader Parse(ReadOnlySpan<byte> start, long fileLength, string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        var end = LengthNeeded(start, fileLength, path);
        if (start.Length < end)
            throw new ArgumentException(
                $"{start.Length} bytes given, the header of '{path}' ends at {end}: pass at least these.", nameof(start));
        var json = start[PrefixLength..end];
        if (json.IsEmpty || json[0] != (byte)'{')
            throw Bad(path, PrefixLength, "the header does not start with '{'");
        if (!Utf8.IsValid(json))
            throw Bad(path, PrefixLength, "the header is not valid UTF-8");

        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 4 });
        try
        {
            return ReadObject(ref reader, end, fileLength, path);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a string with an escape that names half a character.
            throw Bad(path, PrefixLength + reader.BytesConsumed, $"the header is not valid JSON ({error.Message})", error);
        }
    }

    static SafetensorsHeader ReadObject(ref Utf8JsonReader reader, long dataStart, long fileLength, string path)
    {
        var entries = new List<TensorEntry>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        IReadOnlyDictionary<string, string> metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = ReadName(ref reader, path);
            if (!names.Add(name))
                throw Bad(path, Position(ref reader), $"the key '{name}' stands twice in the header");
            reader.Read();
            if (name == MetadataKey)
            {
                metadata = ReadMetadata(ref reader, path);
                continue;
            }

            if (entries.Count == TensorCountMax)
                throw Bad(path, Position(ref reader), $"more than {TensorCountMax} tensors in one file");
            entries.Add(ReadTensor(ref reader, name, dataStart, fileLength, path));
        }

        // Anything but spaces behind the object makes the reader throw here.
        while (reader.Read())
        {
        }

        CheckLayout(entries, dataStart, fileLength, path);
        return new SafetensorsHeader(entries, metadata);
    }

    static Dictionary<string, string> ReadMetadata(ref Utf8JsonReader reader, string path)
    {
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        if (reader.TokenType != JsonTokenType.StartObject)
            throw Bad(path, Position(ref reader), $"{MetadataKey} is {Describe(ref reader)}, expected an object of texts");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = ReadName(ref reader, path);
            reader.Read();
            if (reader.TokenType != JsonTokenType.String)
                throw Bad(path, Position(ref reader), $"{MetadataKey} '{key}' is {Describe(ref reader)}, expected a text");
            if (!metadata.TryAdd(key, reader.GetString() ?? string.Empty))
                throw Bad(path, Position(ref reader), $"the key '{key}' stands twice in {MetadataKey}");
        }

        return metadata;
    }

    static string ReadName(ref Utf8JsonReader reader, string path)
    {
        var name = reader.GetString() ?? string.Empty;
        return name.Length <= NameLengthMax
            ? name
            : throw Bad(path, Position(ref reader), $"a name of {name.Length} characters; at most {NameLengthMax} are read");
    }

    static TensorEntry ReadTensor(
        ref Utf8JsonReader reader, string name, long dataStart, long fileLength, string path)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            throw Bad(path, Position(ref reader), $"tensor '{name}' is {Describe(ref reader)}, expected an object");
        string? typeName = null;
        long[]? shape = null;
        long[]? offsets = null;
        var at = Position(ref reader);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = ReadName(ref reader, path);
            reader.Read();
            switch (key)
            {
                case "dtype" when typeName is null && reader.TokenType == JsonTokenType.String:
                    typeName = reader.GetString();
                    break;
                case "shape" when shape is null:
                    shape = ReadIntegers(ref reader, RankMax, $"the shape of tensor '{name}'", path);
                    break;
                case "data_offsets" when offsets is null:
                    offsets = ReadIntegers(ref reader, 2, $"data_offsets of tensor '{name}'", path);
                    break;
                case "dtype" when typeName is null:
                    throw Bad(path, Position(ref reader), $"the dtype of tensor '{name}' is {Describe(ref reader)}, expected a text");
                case "dtype" or "shape" or "data_offsets":
                    throw Bad(path, Position(ref reader), $"'{key}' stands twice in tensor '{name}'");
                default:
                    throw Bad(path, Position(ref reader),
                        $"tensor '{name}' has the key '{key}', expected dtype, shape and data_offsets");
            }
        }

        if (typeName is null || shape is null || offsets is null)
            throw Bad(path, at, $"tensor '{name}' needs dtype, shape and data_offsets; at least one is missing");
        return Checked(name, typeName, shape, offsets, dataStart, fileLength, at, path);
    }

    static TensorEntry Checked(
        string name, string typeName, long[] shape, long[] offsets, long dataStart, long fileLength, long at, string path)
    {
        if (!DTypes.TryParse(typeName, out var type))
            throw Bad(path, at, $"tensor '{name}' has the unknown dtype '{(typeName.Length <= 40 ? typeName : typeName[..40] + "…")}'; known: {DTypes.AllNames}");
        if (offsets is not [var begin, var end])
            throw Bad(path, at, $"tensor '{name}' has {offsets.Length} data_offsets, expected 2");
        if (begin > end)
            throw Bad(path, at, $"tensor '{name}' ends before it starts: data_offsets [{begin}, {end}]");
        if (end > fileLength - dataStart)
            throw Bad(path, at, $"tensor '{name}' ends at byte {end} of the data, which has only "
                + $"{fileLength - dataStart}; the file may be cut short: fetch it again");
        if (!TensorEntry.TryMeasure(type, shape, out _, out var length))
            throw Bad(path, at, $"tensor '{name}': shape {TensorEntry.Describe(shape)} of {type} "
                + "is too large or does not fill whole bytes");
        if (length != end - begin)
            throw Bad(path, at, $"tensor '{name}' has {end - begin} bytes, its shape "
                + $"{TensorEntry.Describe(shape)} of {type} needs {length}");
        return new TensorEntry(name, type, shape, dataStart + begin);
    }

    static long[] ReadIntegers(ref Utf8JsonReader reader, int countMax, string what, string path)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
            throw Bad(path, Position(ref reader), $"{what} is {Describe(ref reader)}, expected a list of whole numbers");
        var values = new List<long>(4);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out var value) || value < 0)
                throw Bad(path, Position(ref reader),
                    $"{what} holds {Describe(ref reader)}, expected whole numbers from 0 to {long.MaxValue}");
            if (values.Count == countMax)
                throw Bad(path, Position(ref reader), $"{what} has more than {countMax} entries");
            values.Add(value);
        }

        return [.. values];
    }

    static void CheckLayout(List<TensorEntry> entries, long dataStart, long fileLength, string path)
    {
        // Names break ties between empty tensors, so that the order is a function of the header alone.
        entries.Sort(static (a, b) => (a.Offset, a.Length) != (b.Offset, b.Length)
            ? (a.Offset, a.Length).CompareTo((b.Offset, b.Length))
            : string.CompareOrdinal(a.Name, b.Name));
        var end = dataStart;
        TensorEntry? last = null;
        foreach (var entry in entries)
        {
            if (entry.Offset < end)
                throw Bad(path, entry.Offset, $"tensor '{entry.Name}' overlaps tensor '{last?.Name}', "
                    + $"which ends at byte {end}; each must begin where the last one ends");
            if (entry.Offset > end)
                throw Bad(path, end, $"{entry.Offset - end} bytes before tensor '{entry.Name}' belong to no tensor; "
                    + "the format forbids holes");
            end = entry.Offset + entry.Length;
            last = entry;
        }

        if (end != fileLength)
            throw Bad(path, end, $"{fileLength - end} bytes after the last tensor belong to no tensor; "
                + "the format forbids holes");
    }

    static long Position(ref Utf8JsonReader reader) => PrefixLength + reader.TokenStartIndex;

    static string Describe(ref Utf8JsonReader reader)
    {
        const int ShownMax = 40;
        var text = System.Text.Encoding.UTF8.GetString(reader.ValueSpan[..Math.Min(ShownMax, reader.ValueSpan.Length)]);
        return reader.TokenType switch
        {
            JsonTokenType.StartObject => "an object",
            JsonTokenType.StartArray => "a list",
            JsonTokenType.String => $"the text \"{text}\"",
            _ => text,
        };
    }

    static InvalidDataException Bad(string path, long offset, string what, Exception? cause = null) =>
        new($"{path}, byte {offset}: {what}.", cause);
}
