using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using Muninn.Engine.Files;

namespace Muninn.Engine.Text;

/// <summary>Byte-pair encoding as described by a Hugging Face <c>tokenizer.json</c>.</summary>
/// <remarks>
/// The same ids as the original (the Rust crate <c>tokenizers</c>): added tokens are found first, the text between
/// them is normalized, cut into pieces and each piece joined pair by pair. With a byte-level vocabulary that spells
/// all 256 bytes, decoding gives any text back exactly. Characters that the vocabulary cannot spell become its unknown
/// token; without one they are dropped, as in the original.
/// </remarks>
public sealed class BytePairTokenizer : Tokenizer
{
    readonly TokenizerParts _parts;
    readonly AddedTokens _rawTokens;
    readonly AddedTokens _normalizedTokens;
    readonly string?[] _names;
    readonly AddedToken?[] _added;
    readonly ReadOnlyMemory<byte>[] _bytes;

    internal BytePairTokenizer(TokenizerParts parts)
    {
        _parts = parts;
        _rawTokens = new(parts.Added.Where(static token => !token.Normalized).Select(static token => (token.Content, token)));
        _normalizedTokens = new(parts.Added.Where(static token => token.Normalized)
            .Select(token => (Normalize(token.Content), token)));
        var last = parts.Vocabulary.Values.Concat(parts.Added.Select(static token => token.Id)).DefaultIfEmpty(-1).Max();
        _names = new string?[last + 1];
        _added = new AddedToken?[last + 1];
        foreach (var (name, id) in parts.Vocabulary)
            _names[id] = name;
        foreach (var token in parts.Added)
        {
            _names[token.Id] = token.Content;
            _added[token.Id] = token;
        }

        _bytes = new ReadOnlyMemory<byte>[last + 1];
        for (var id = 0; id <= last; id++)
            _bytes[id] = MakeBytes(id);
    }

    /// <inheritdoc/>
    public override int VocabularySize => _names.Length;

    /// <summary>What the file's post-processor puts around a whole text, or null where it has none that does.</summary>
    public SpecialFrame? Frame => _parts.Frame;

    /// <summary>Reads a <c>tokenizer.json</c>.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="InvalidDataException">It is not valid, or has something that is not supported.</exception>
    public static BytePairTokenizer Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return new(TokenizerReader.Read(JsonFile.ReadBytes(path, TokenizerReader.FileLengthMax), path));
    }

    /// <summary>Reads the text of a <c>tokenizer.json</c>.</summary>
    /// <param name="utf8Json">The file's bytes.</param>
    /// <param name="path">Its name, for messages.</param>
    /// <exception cref="InvalidDataException">It is not valid, or has something that is not supported.</exception>
    public static BytePairTokenizer Parse(ReadOnlySpan<byte> utf8Json, string path) =>
        new(TokenizerReader.Read(utf8Json.ToArray(), path));

    /// <inheritdoc/>
    public override int[] Encode(string text, SpecialTokens special = SpecialTokens.Recognized)
    {
        ArgumentNullException.ThrowIfNull(text);
        var ids = new List<int>(text.Length / 2 + 4);
        foreach (var (token, piece) in _rawTokens.Cut(WithoutLoneSurrogates(text), special))
        {
            if (token is not null)
            {
                ids.Add(token.Id);
                continue;
            }

            foreach (var (inner, rest) in _normalizedTokens.Cut(Normalize(piece), special))
            {
                if (inner is not null)
                    ids.Add(inner.Id);
                else
                    EncodePieces(rest, ids);
            }
        }

        return [.. ids];
    }

    /// <inheritdoc/>
    public override string Decode(ReadOnlySpan<int> ids)
    {
        var tokens = new List<DecodedToken>(ids.Length);
        foreach (var id in ids)
        {
            if (NameOf(id) is { } name)
                tokens.Add(new(name, _added[id] is not null));
        }

        // Without a decoder the original joins the names with spaces.
        if (_parts.Decoders is not { } decoders)
            return string.Join(' ', tokens.Select(static token => token.Text));
        foreach (var decoder in decoders)
            tokens = decoder.Apply(tokens);
        return string.Concat(tokens.Select(static token => token.Text));
    }

    /// <inheritdoc/>
    public override bool Contains(int id) => NameOf(id) is not null;

    /// <inheritdoc/>
    public override bool IsSpecial(int id) => Contains(id) && _added[id] is { IsSpecial: true };

    /// <inheritdoc/>
    public override int? IdOf(string token)
    {
        ArgumentNullException.ThrowIfNull(token);
        foreach (var added in _parts.Added)
        {
            if (added.Content == token)
                return added.Id;
        }

        return _parts.Vocabulary.TryGetValue(token, out var id) ? id : null;
    }

    /// <inheritdoc/>
    public override string? NameOf(int id)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(id);
        return id < _names.Length ? _names[id] : null;
    }

    /// <inheritdoc/>
    public override ReadOnlyMemory<byte> BytesOf(int id)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(id);
        return id < _bytes.Length ? _bytes[id] : default;
    }

    void EncodePieces(string text, List<int> destination)
    {
        var pieces = TextPieces.Whole(text);
        if (_parts.PreTokenizer is { } preTokenizer)
            pieces = preTokenizer.Apply(pieces);
        for (var i = 0; i < pieces.Borders.Count; i++)
            _parts.Model.Encode(pieces.Piece(i), destination);
    }

    string Normalize(string text) => _parts.Normalizer?.Apply(text) ?? text;

    ReadOnlyMemory<byte> MakeBytes(int id)
    {
        if (_names[id] is not { } name)
            return default;
        var token = new DecodedToken(name, _added[id] is not null);
        foreach (var decoder in _parts.Decoders ?? [])
        {
            if (token.Bytes is null)
                token = decoder.Alone(token);
        }

        return token.Utf8();
    }

    /// <summary>The text with U+FFFD in place of every half character.</summary>
    internal static string WithoutLoneSurrogates(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF'))
            return text;
        var result = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
            result.Append(rune.ToString());
        return result.ToString();
    }
}
