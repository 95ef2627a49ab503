using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;

namespace Muninn.Engine.Text;

/// <summary>A value in a JSON file that knows where it stands, so that what is wrong with it can be said.</summary>
/// <param name="Value">The value.</param>
/// <param name="File">The file's path, for messages.</param>
/// <param name="Path">The keys that lead to the value, <c>model.vocab</c>.</param>
sealed record JsonPlace(JsonElement Value, string File, string Path)
{
    public bool IsNull => Value.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined;

    public bool IsString => Value.ValueKind == JsonValueKind.String;

    public bool IsObject => Value.ValueKind == JsonValueKind.Object;

    public bool IsArray => Value.ValueKind == JsonValueKind.Array;

    /// <summary>The value of a key; null where it is absent or null.</summary>
    public JsonPlace? Optional(string key)
    {
        if (!IsObject)
            throw Wrong("an object", Kind);
        return Value.TryGetProperty(key, out var child) && child.ValueKind != JsonValueKind.Null
            ? new(child, File, Path.Length == 0 ? key : $"{Path}.{key}")
            : null;
    }

    public JsonPlace Required(string key) => Optional(key) ?? throw Wrong($"the key '{key}'", "no such key");

    public string Text()
    {
        if (!IsString)
            throw Wrong("a string", Kind);
        return Decoded(Value.GetString);
    }

    public string Text(string key) => Required(key).Text();

    public int Whole()
    {
        if (Value.ValueKind != JsonValueKind.Number || !Value.TryGetInt32(out var number))
            throw Wrong("a whole number of at most 32 bits", Kind == "a number" ? Short(Value.GetRawText()) : Kind);
        return number;
    }

    public long Long()
    {
        if (Value.ValueKind != JsonValueKind.Number || !Value.TryGetInt64(out var number))
            throw Wrong("a whole number", Kind == "a number" ? Short(Value.GetRawText()) : Kind);
        return number;
    }

    public ulong Seed()
    {
        if (Value.ValueKind != JsonValueKind.Number || !Value.TryGetUInt64(out var number))
            throw Wrong("a whole number from 0, as a seed is", Kind == "a number" ? Short(Value.GetRawText()) : Kind);
        return number;
    }

    public double Number()
    {
        if (Value.ValueKind != JsonValueKind.Number || !Value.TryGetDouble(out var number) || !double.IsFinite(number))
            throw Wrong("a number", Kind == "a number" ? Short(Value.GetRawText()) : Kind);
        return number;
    }

    public bool Truth() => Value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Wrong("true or false", Kind),
    };

    /// <summary>The truth value of a key; <paramref name="otherwise"/> where it is absent or null.</summary>
    public bool Truth(string key, bool otherwise) => Optional(key)?.Truth() ?? otherwise;

    public IEnumerable<JsonPlace> Items()
    {
        if (!IsArray)
            throw Wrong("a list", Kind);
        var (file, path) = (File, Path);
        return Value.EnumerateArray().Select((item, index) =>
            new JsonPlace(item, file, FormattableString.Invariant($"{path}[{index}]")));
    }

    public IEnumerable<(string Key, JsonPlace Value)> Entries()
    {
        if (!IsObject)
            throw Wrong("an object", Kind);
        foreach (var entry in Value.EnumerateObject())
        {
            var key = Decoded(() => entry.Name);
            yield return (key, new(entry.Value, File, $"{Path}[{Short(key)}]"));
        }
    }

    /// <summary>Refuses keys that are not listed: each could change the result.</summary>
    public JsonPlace Only(params ReadOnlySpan<string> keys)
    {
        foreach (var (key, _) in Entries())
        {
            if (!keys.Contains(key))
                throw Wrong($"only the keys {string.Join(", ", keys!)}", $"'{Short(key)}'");
        }

        return this;
    }

    public InvalidDataException Wrong(string expected, string found) =>
        new($"{File}: {(Path.Length == 0 ? "the document" : Path)}: expected {expected}, found {found}");

    string Decoded(Func<string?> read)
    {
        try
        {
            return read() ?? "";
        }
        catch (InvalidOperationException error)
        {
            throw new InvalidDataException(
                $"{File}: {Path}: expected valid Unicode, found a lone surrogate or invalid UTF-8; write the file again as UTF-8",
                error);
        }
    }

    string Kind => Value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        JsonValueKind.True or JsonValueKind.False => "a truth value",
        _ => "nothing",
    };

    static string Short(string text) => text.Length <= 60 ? text : text[..60] + "…";
}
