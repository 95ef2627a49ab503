using System;
using System.IO;
using System.Text.Json;
using System.Text.Unicode;

namespace Muninn.Engine.Files;

/// <summary>Reads small JSON files strictly: limited size and depth, valid UTF-8, no key twice.</summary>
static class JsonFile
{
    const int DepthMax = 64;

    /// <summary>All bytes of a file that may not be larger than a limit.</summary>
    /// <param name="path">The file.</param>
    /// <param name="lengthMax">Largest size in bytes.</param>
    /// <exception cref="InvalidDataException">A larger file.</exception>
    /// <exception cref="IOException">Not a regular file, or it cannot be read.</exception>
    public static byte[] ReadBytes(string path, int lengthMax)
    {
        using var stream = InputFile.Open(path);
        if (stream.Length > lengthMax)
            throw new InvalidDataException(
                $"{path} has {stream.Length} bytes; at most {lengthMax} are read. Is it the right file?");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>Parses a JSON document; a byte-order mark in front is passed over.</summary>
    /// <param name="utf8Json">The text; must stay unchanged while the document is in use.</param>
    /// <param name="path">The file's name, for messages.</param>
    /// <exception cref="InvalidDataException">Not valid UTF-8, not JSON, a key twice, or half a character in a key.</exception>
    public static JsonDocument Parse(ReadOnlyMemory<byte> utf8Json, string path)
    {
        if (!Utf8.IsValid(utf8Json.Span))
            throw new InvalidDataException($"{path}: expected JSON, found bytes that are not valid UTF-8.");
        if (utf8Json.Span.StartsWith("\uFEFF"u8))
            utf8Json = utf8Json["\uFEFF"u8.Length..];
        try
        {
            return JsonDocument.Parse(utf8Json, new() { AllowDuplicateProperties = false, MaxDepth = DepthMax });
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"{path}: not valid JSON: {error.Message}", error);
        }
        catch (InvalidOperationException error)
        {
            // Keys are decoded while duplicates are looked for.
            throw new InvalidDataException(
                $"{path}: a key holds an escape for half a character (a lone surrogate); write the file again.", error);
        }
    }

    /// <summary>Parses a JSON object.</summary>
    /// <param name="utf8Json">The text; must stay unchanged while it is read.</param>
    /// <param name="path">The file's name, for messages.</param>
    /// <param name="read">What to make of the root object; strings in it are safe to get.</param>
    /// <exception cref="InvalidDataException">Not valid UTF-8, not JSON, a key twice, or not an object.</exception>
    public static T ReadObject<T>(ReadOnlyMemory<byte> utf8Json, string path, Func<JsonElement, T> read)
    {
        using var document = Parse(utf8Json, path);
        if (document.RootElement.ValueKind != JsonValueKind.Object)
            throw new InvalidDataException($"{path}: expected a JSON object, found {Describe(document.RootElement)}.");
        try
        {
            CheckStrings(document.RootElement);
        }
        catch (InvalidOperationException error)
        {
            throw new InvalidDataException(
                $"{path}: a text holds an escape for half a character (a lone surrogate); write the file again.", error);
        }

        return read(document.RootElement);
    }

    /// <summary>A short text for a value in a message.</summary>
    /// <param name="value">Any JSON value.</param>
    public static string Describe(JsonElement value)
    {
        const int ShownMax = 60;
        var text = value.GetRawText();
        return text.Length <= ShownMax ? text : $"{text.AsSpan(0, ShownMax)}…";
    }

    static void CheckStrings(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.String:
                _ = element.GetString();
                break;
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray())
                    CheckStrings(item);
                break;
            case JsonValueKind.Object:
                foreach (var property in element.EnumerateObject())
                {
                    _ = property.Name;
                    CheckStrings(property.Value);
                }

                break;
        }
    }
}
