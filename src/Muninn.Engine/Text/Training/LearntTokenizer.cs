using System;
using System.Buffers;
using System.Collections.Generic;
using System.IO;
using System.Text.Encodings.Web;
using System.Text.Json;
using Muninn.Engine.Files;

namespace Muninn.Engine.Text.Training;

/// <summary>A tokenizer that has been learnt, as the files that this program and Hugging Face's libraries read.</summary>
/// <remarks>
/// Ids: the 256 bytes by their value, what was learnt in the order in which it was, special tokens. <c>tokenizer.json</c> puts the token that
/// begins a text in front of it, and <c>tokenizer_config.json</c> says the same.
/// </remarks>
public sealed class LearntTokenizer
{
    static readonly JsonWriterOptions _options = new()
    {
        Indented = true,
        IndentSize = 1,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    readonly TokenizerPlan _plan;
    readonly IReadOnlyList<string> _names;
    readonly IReadOnlyList<(int Left, int Right)> _merges;

    internal LearntTokenizer(TokenizerPlan plan, IReadOnlyList<string> names, IReadOnlyList<(int Left, int Right)> merges)
    {
        _plan = plan;
        _names = names;
        _merges = merges;
    }

    /// <summary>All tokens, the special ones included; fewer than were asked for where the texts have no more pairs.</summary>
    public int Vocabulary => _names.Count + _plan.SpecialTokens.Count;

    /// <summary>Tokens that are neither a byte nor special.</summary>
    public int Learnt => Vocabulary - _plan.Vocabulary + _plan.MostLearnt;

    /// <summary>Pairs that are joined; some may join to the same token.</summary>
    public int MergeCount => _merges.Count;

    /// <summary>Bytes in a token of the texts that it was learnt from, on average.</summary>
    public double BytesPerToken { get; internal init; }

    /// <summary>The tokenizer, ready to use.</summary>
    public BytePairTokenizer ToTokenizer() => BytePairTokenizer.Parse(TokenizerJson().Span, ModelText.TokenizerFile);

    /// <summary>Writes <c>tokenizer.json</c> and <c>tokenizer_config.json</c> into a folder, each whole or not at all.</summary>
    /// <param name="folder">The folder; it exists.</param>
    /// <exception cref="IOException">A file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written to.</exception>
    public void Write(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        FileOutput.Write(Path.Combine(folder, ModelText.TokenizerFile), stream => stream.Write(TokenizerJson().Span));
        FileOutput.Write(Path.Combine(folder, ModelText.ConfigFile), stream => stream.Write(ConfigJson().Span));
    }

    /// <summary>The bytes of <c>tokenizer.json</c>.</summary>
    public ReadOnlyMemory<byte> TokenizerJson() => Json(json =>
    {
        json.WriteString("version", "1.0");
        json.WriteNull("truncation");
        json.WriteNull("padding");
        json.WriteStartArray("added_tokens");
        for (int i = 0; i < _plan.SpecialTokens.Count; i++)
            WriteSpecial(json, _names.Count + i, _plan.SpecialTokens[i]);
        json.WriteEndArray();
        json.WriteNull("normalizer");
        WriteCut(json);
        WriteFrame(json);
        WriteByteLevel(json, "decoder", spaceInFront: true, pattern: true);
        WriteModel(json);
    });

    /// <summary>The bytes of <c>tokenizer_config.json</c>.</summary>
    public ReadOnlyMemory<byte> ConfigJson() => Json(json =>
    {
        json.WriteString("tokenizer_class", "PreTrainedTokenizerFast");
        json.WriteString("bos_token", _plan.BeginText);
        json.WriteString("eos_token", _plan.EndText);
        json.WriteString("pad_token", _plan.Padding);
        json.WriteBoolean("add_bos_token", true);
        json.WriteBoolean("clean_up_tokenization_spaces", false);
        if (_plan.WrittenTemplate is { } template) json.WriteString("chat_template", template);
    });

    static void WriteSpecial(Utf8JsonWriter json, int id, string content)
    {
        json.WriteStartObject();
        json.WriteNumber("id", id);
        json.WriteString("content", content);
        json.WriteBoolean("single_word", false);
        json.WriteBoolean("lstrip", false);
        json.WriteBoolean("rstrip", false);
        json.WriteBoolean("normalized", false);
        json.WriteBoolean("special", true);
        json.WriteEndObject();
    }

    void WriteCut(Utf8JsonWriter json)
    {
        json.WriteStartObject("pre_tokenizer");
        json.WriteString("type", "Sequence");
        json.WriteStartArray("pretokenizers");
        if (_plan.DigitsApart)
        {
            json.WriteStartObject();
            json.WriteString("type", "Digits");
            json.WriteBoolean("individual_digits", true);
            json.WriteEndObject();
        }

        json.WriteStartObject();
        json.WriteString("type", "Split");
        json.WriteStartObject("pattern");
        json.WriteString("Regex", _plan.Pattern);
        json.WriteEndObject();
        json.WriteString("behavior", "Isolated");
        json.WriteBoolean("invert", false);
        json.WriteEndObject();
        WriteByteLevel(json, null, spaceInFront: false, pattern: false);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>Bytes as letters; what a decoder would cut and add means nothing to it, and is written as its original writes it.</summary>
    static void WriteByteLevel(Utf8JsonWriter json, string? name, bool spaceInFront, bool pattern)
    {
        if (name is null) json.WriteStartObject();
        else json.WriteStartObject(name);
        json.WriteString("type", "ByteLevel");
        json.WriteBoolean("add_prefix_space", spaceInFront);
        json.WriteBoolean("trim_offsets", true);
        json.WriteBoolean("use_regex", pattern);
        json.WriteEndObject();
    }

    /// <summary>The token that begins a text, in front of every one.</summary>
    void WriteFrame(Utf8JsonWriter json)
    {
        json.WriteStartObject("post_processor");
        json.WriteString("type", "TemplateProcessing");
        WriteTemplate(json, "single", "A");
        WriteTemplate(json, "pair", "A", "B");
        json.WriteStartObject("special_tokens");
        json.WriteStartObject(_plan.BeginText);
        json.WriteString("id", _plan.BeginText);
        json.WriteStartArray("ids");
        json.WriteNumberValue(_names.Count);
        json.WriteEndArray();
        json.WriteStartArray("tokens");
        json.WriteStringValue(_plan.BeginText);
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    void WriteTemplate(Utf8JsonWriter json, string name, params ReadOnlySpan<string> sequences)
    {
        json.WriteStartArray(name);
        WriteTemplateItem(json, "SpecialToken", _plan.BeginText, 0);
        for (int i = 0; i < sequences.Length; i++)
            WriteTemplateItem(json, "Sequence", sequences[i], i);
        json.WriteEndArray();
    }

    static void WriteTemplateItem(Utf8JsonWriter json, string kind, string id, int type)
    {
        json.WriteStartObject();
        json.WriteStartObject(kind);
        json.WriteString("id", id);
        json.WriteNumber("type_id", type);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    void WriteModel(Utf8JsonWriter json)
    {
        json.WriteStartObject("model");
        json.WriteString("type", "BPE");
        json.WriteNull("dropout");
        json.WriteNull("unk_token");
        json.WriteNull("continuing_subword_prefix");
        json.WriteNull("end_of_word_suffix");
        json.WriteBoolean("fuse_unk", false);
        json.WriteBoolean("byte_fallback", false);
        json.WriteBoolean("ignore_merges", false);
        json.WriteStartObject("vocab");
        for (int id = 0; id < _names.Count; id++)
            json.WriteNumber(_names[id], id);
        json.WriteEndObject();
        json.WriteStartArray("merges");
        // As one text: older readers take no pairs. Letters of bytes have no space among them.
        foreach (var (left, right) in _merges)
            json.WriteStringValue($"{_names[left]} {_names[right]}");
        json.WriteEndArray();
        json.WriteEndObject();
    }

    static ReadOnlyMemory<byte> Json(Action<Utf8JsonWriter> members)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, _options))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        buffer.Write("\n"u8);
        return buffer.WrittenMemory;
    }
}
