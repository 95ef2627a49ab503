using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using Muninn.Engine.Files;
using Muninn.Engine.Text.Patterns;

namespace Muninn.Engine.Text;

/// <summary>Reads the parts of a <c>tokenizer.json</c>; what it does not know it refuses by name.</summary>
static class TokenizerReader
{
    /// <summary>One more than the largest id accepted: every id below the largest one takes memory.</summary>
    public const int MaxVocabulary = 1 << 20;

    /// <summary>Most bytes of a tokenizer's file; the largest in use have about 35 MB.</summary>
    public const int FileLengthMax = 256 << 20;

    const int MaxNesting = 16;

    public static TokenizerParts Read(byte[] utf8, string file)
    {
        using var document = JsonFile.Parse(utf8, file);
        var root = new JsonPlace(document.RootElement, file, "").Only("version", "truncation", "padding",
            "added_tokens", "normalizer", "pre_tokenizer", "post_processor", "decoder", "model");
        var model = root.Required("model");
        RequireBytePairs(model);
        var vocabulary = VocabularyReader.ReadVocabulary(model.Required("vocab"));
        var added = ReadAdded(root.Optional("added_tokens"), vocabulary);
        return new()
        {
            Vocabulary = vocabulary,
            Added = added,
            Normalizer = root.Optional("normalizer") is { } normalizer ? ReadNormalizer(normalizer, 0) : null,
            PreTokenizer = root.Optional("pre_tokenizer") is { } cutter ? ReadPreTokenizer(cutter, 0) : null,
            Model = VocabularyReader.ReadModel(model, vocabulary),
            Decoders = root.Optional("decoder") is { } decoder ? ReadDecoder(decoder, 0) : null,
            Frame = root.Optional("post_processor") is { } processor
                ? ReadFrame(processor, id => IsKnown(id, vocabulary, added), 0)
                : null,
        };
    }

    static bool IsKnown(int id, Dictionary<string, int> vocabulary, List<AddedToken> added) =>
        added.Exists(token => token.Id == id) || vocabulary.ContainsValue(id);

    static List<AddedToken> ReadAdded(JsonPlace? place, Dictionary<string, int> vocabulary)
    {
        var tokens = new List<AddedToken>();
        if (place is not { } list)
            return tokens;
        var ids = new HashSet<int>();
        var contents = new HashSet<string>(StringComparer.Ordinal);
        var names = vocabulary.ToDictionary(static entry => entry.Value, static entry => entry.Key);
        foreach (var item in list.Items())
        {
            item.Only("id", "content", "single_word", "lstrip", "rstrip", "normalized", "special");
            var id = VocabularyReader.ReadId(item.Required("id"));
            var content = item.Text("content");
            if (content.Length == 0)
                throw item.Wrong("a token with content", "an empty one");
            if (!ids.Add(id) || !contents.Add(content))
                throw item.Wrong("an id and a content of its own", $"those of another added token ({id}, '{content}')");
            if (names.TryGetValue(id, out var name) && name != content)
                throw item.Wrong($"the content '{name}', which the vocabulary has for id {id}", $"'{content}'");
            if (vocabulary.TryGetValue(content, out var other) && other != id)
                throw item.Wrong($"the id {other}, which the vocabulary has for '{content}'", $"{id}");
            var special = item.Truth("special", otherwise: false);
            tokens.Add(new()
            {
                Id = id,
                Content = content,
                IsSpecial = special,
                SingleWord = item.Truth("single_word", otherwise: false),
                TakesLeft = item.Truth("lstrip", otherwise: false),
                TakesRight = item.Truth("rstrip", otherwise: false),
                Normalized = item.Truth("normalized", otherwise: !special),
            });
        }

        return tokens;
    }

    static TextNormalizer ReadNormalizer(JsonPlace place, int depth)
    {
        Deeper(place, depth);
        switch (place.Text("type"))
        {
            case "Sequence":
                return new TextNormalizer.Sequence(
                    [.. place.Only("type", "normalizers").Required("normalizers").Items().Select(item => ReadNormalizer(item, depth + 1))]);
            case "NFC":
                return new TextNormalizer.Form(NormalizationForm.FormC);
            case "NFD":
                return new TextNormalizer.Form(NormalizationForm.FormD);
            case "NFKC":
                return new TextNormalizer.Form(NormalizationForm.FormKC);
            case "NFKD":
                return new TextNormalizer.Form(NormalizationForm.FormKD);
            case "Prepend":
                return new TextNormalizer.Prepend(place.Only("type", "prepend").Text("prepend"));
            case "Replace":
                return ReadReplace(place);
            case var other:
                throw place.Wrong("a normalizer of the type Sequence, NFC, NFD, NFKC, NFKD, Prepend or Replace", other);
        }
    }

    static TextNormalizer.Replace ReadReplace(JsonPlace place) => new(
        ReadPattern(place.Only("type", "pattern", "content").Required("pattern")), place.Text("content"));

    static PreTokenizer ReadPreTokenizer(JsonPlace place, int depth)
    {
        Deeper(place, depth);
        switch (place.Text("type"))
        {
            case "Sequence":
                return new PreTokenizer.Sequence(
                    [.. place.Only("type", "pretokenizers").Required("pretokenizers").Items().Select(item => ReadPreTokenizer(item, depth + 1))]);
            case "ByteLevel":
                place.Only("type", "add_prefix_space", "trim_offsets", "use_regex");
                return new PreTokenizer.ByteLevel(
                    place.Truth("add_prefix_space", otherwise: true) ? SpaceInFront.Added : SpaceInFront.Kept,
                    place.Truth("use_regex", otherwise: true) ? Gpt2Cut.Made : Gpt2Cut.Skipped);
            case "Split":
                place.Only("type", "pattern", "behavior", "invert");
                return new PreTokenizer.Split(
                    ReadPattern(place.Required("pattern")),
                    ReadBehavior(place.Required("behavior")),
                    place.Truth("invert", otherwise: false));
            case "Digits":
                place.Only("type", "individual_digits");
                return new PreTokenizer.Digits(place.Truth("individual_digits", otherwise: false)
                    ? SplitBehavior.Isolated
                    : SplitBehavior.Contiguous);
            case var other:
                throw place.Wrong("a pre-tokenizer of the type Sequence, ByteLevel, Split or Digits", other);
        }
    }

    static TextPattern ReadPattern(JsonPlace place)
    {
        place.Only("Regex", "String");
        if (place.Optional("String") is { } literal)
            return literal.Text().Length > 0 ? TextPattern.Literal(literal.Text()) : throw literal.Wrong("some text", "none");
        var regex = place.Required("Regex");
        try
        {
            return TextPattern.Parse(regex.Text());
        }
        catch (InvalidDataException error)
        {
            throw new InvalidDataException($"{regex.File}: {regex.Path}: {error.Message}", error);
        }
    }

    static SplitBehavior ReadBehavior(JsonPlace place) => place.Text() switch
    {
        "Isolated" => SplitBehavior.Isolated,
        "Removed" => SplitBehavior.Removed,
        "MergedWithPrevious" => SplitBehavior.MergedWithPrevious,
        "MergedWithNext" => SplitBehavior.MergedWithNext,
        "Contiguous" => SplitBehavior.Contiguous,
        var other => throw place.Wrong("Isolated, Removed, MergedWithPrevious, MergedWithNext or Contiguous", other),
    };

    static List<TokenDecoder> ReadDecoder(JsonPlace place, int depth)
    {
        Deeper(place, depth);
        switch (place.Text("type"))
        {
            case "Sequence":
                return [.. place.Only("type", "decoders").Required("decoders").Items().SelectMany(item => ReadDecoder(item, depth + 1))];
            case "ByteLevel":
                return [new TokenDecoder.ByteLevel()];
            case "ByteFallback":
                return [new TokenDecoder.ByteFallback()];
            case "Fuse":
                return [new TokenDecoder.Fuse()];
            case "Replace":
                return [new TokenDecoder.Replace(ReadReplace(place))];
            case "Strip":
                var content = place.Only("type", "content", "start", "stop").Text("content");
                return content.Length == 1
                    ? [new TokenDecoder.Strip(content[0], place.Required("start").Whole(), place.Required("stop").Whole())]
                    : throw place.Wrong("one character to strip", $"'{content}'");
            case var other:
                throw place.Wrong("a decoder of the type Sequence, ByteLevel, ByteFallback, Fuse, Replace or Strip", other);
        }
    }

    static SpecialFrame? ReadFrame(JsonPlace place, Predicate<int> isKnown, int depth)
    {
        Deeper(place, depth);
        switch (place.Text("type"))
        {
            // Moves offsets only, which nothing here uses.
            case "ByteLevel":
                return null;
            case "Sequence":
                SpecialFrame? frame = null;
                foreach (var item in place.Only("type", "processors").Required("processors").Items())
                {
                    if (ReadFrame(item, isKnown, depth + 1) is { } inner)
                        frame = frame is null ? inner : new([.. inner.Before, .. frame.Before], [.. frame.After, .. inner.After]);
                }

                return frame;
            case "TemplateProcessing":
                return ReadTemplate(place, isKnown);
            case var other:
                throw place.Wrong("a post-processor of the type Sequence, ByteLevel or TemplateProcessing", other);
        }
    }

    static SpecialFrame ReadTemplate(JsonPlace place, Predicate<int> isKnown)
    {
        place.Only("type", "single", "pair", "special_tokens");
        var before = new List<int>();
        var after = new List<int>();
        var seen = false;
        foreach (var item in place.Required("single").Items())
        {
            if (item.Optional("Sequence") is { } sequence)
            {
                if (seen || sequence.Text("id") != "A")
                    throw sequence.Wrong("the sequence A once", "another one");
                seen = true;
                continue;
            }

            var name = item.Required("SpecialToken").Text("id");
            foreach (var id in place.Required("special_tokens").Required(name).Required("ids").Items())
            {
                if (!isKnown(VocabularyReader.ReadId(id)))
                    throw id.Wrong("the id of a token", $"{id.Whole()}, which no token has");
                (seen ? after : before).Add(id.Whole());
            }
        }

        return seen ? new(before, after) : throw place.Wrong("the sequence A in 'single'", "none");
    }

    static void Deeper(JsonPlace place, int depth)
    {
        if (depth > MaxNesting)
            throw place.Wrong($"at most {MaxNesting} sequences inside each other", "more");
    }

    // Files from before the key existed have a model without a type.
    static void RequireBytePairs(JsonPlace model)
    {
        var type = model.Optional("type")?.Text() ?? (model.Optional("merges") is null ? "none" : "BPE");
        if (type != "BPE")
            throw model.Wrong("a model of the type BPE", type);
    }
}
