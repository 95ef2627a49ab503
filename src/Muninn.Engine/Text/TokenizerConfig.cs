using System;
using System.Collections.Generic;
using System.IO;
using Muninn.Engine.Files;

namespace Muninn.Engine.Text;

/// <summary>What a <c>tokenizer_config.json</c> says about special tokens and chats.</summary>
/// <remarks>Its other keys (class names, lengths, paddings) do not change what this library computes.</remarks>
public sealed record TokenizerConfig
{
    /// <summary>The token that begins a text, by name.</summary>
    public string? BosToken { get; init; }

    /// <summary>The token that ends a text.</summary>
    public string? EosToken { get; init; }

    /// <summary>The token that fills up shorter texts.</summary>
    public string? PadToken { get; init; }

    /// <summary>The token for what the vocabulary cannot spell.</summary>
    public string? UnknownToken { get; init; }

    /// <summary><c>add_bos_token</c>; null where the file does not say.</summary>
    public bool? AddsBos { get; init; }

    /// <summary><c>add_eos_token</c>; null where the file does not say.</summary>
    public bool? AddsEos { get; init; }

    /// <summary>The sources of the chat templates by name; the usual one is called <c>default</c>.</summary>
    public IReadOnlyDictionary<string, string> ChatTemplates { get; init; } = new Dictionary<string, string>();

    /// <summary>Reads a <c>tokenizer_config.json</c>.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="InvalidDataException">It is not valid.</exception>
    public static TokenizerConfig Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Parse(JsonFile.ReadBytes(path, TokenizerReader.FileLengthMax), path);
    }

    /// <summary>Reads the text of a <c>tokenizer_config.json</c>.</summary>
    /// <param name="utf8Json">The file's bytes.</param>
    /// <param name="path">Its name, for messages.</param>
    /// <exception cref="InvalidDataException">It is not valid.</exception>
    public static TokenizerConfig Parse(ReadOnlySpan<byte> utf8Json, string path)
    {
        using var document = JsonFile.Parse(utf8Json.ToArray(), path);
        var root = new JsonPlace(document.RootElement, path, "");
        return new()
        {
            BosToken = ReadToken(root, "bos_token"),
            EosToken = ReadToken(root, "eos_token"),
            PadToken = ReadToken(root, "pad_token"),
            UnknownToken = ReadToken(root, "unk_token"),
            AddsBos = root.Optional("add_bos_token")?.Truth(),
            AddsEos = root.Optional("add_eos_token")?.Truth(),
            ChatTemplates = ReadTemplates(root.Optional("chat_template")),
        };
    }

    static string? ReadToken(JsonPlace root, string key) => root.Optional(key) switch
    {
        null => null,
        { IsObject: true } place => place.Text("content"),
        { } place => place.Text(),
    };

    static Dictionary<string, string> ReadTemplates(JsonPlace? place)
    {
        var templates = new Dictionary<string, string>(StringComparer.Ordinal);
        if (place is not { } value)
            return templates;
        if (value.IsString)
        {
            templates.Add("default", value.Text());
            return templates;
        }

        foreach (var item in value.Items())
        {
            if (!templates.TryAdd(item.Text("name"), item.Text("template")))
                throw item.Wrong("each name once", $"a second '{item.Text("name")}'");
        }

        return templates;
    }
}
