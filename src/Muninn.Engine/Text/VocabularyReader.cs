using System;
using System.Collections.Generic;

namespace Muninn.Engine.Text;

/// <summary>Reads vocabulary and merges of a byte-pair model.</summary>
static class VocabularyReader
{
    public static Dictionary<string, int> ReadVocabulary(JsonPlace place)
    {
        var vocabulary = new Dictionary<string, int>(StringComparer.Ordinal);
        var names = new Dictionary<int, string>();
        foreach (var (name, value) in place.Entries())
        {
            var id = ReadId(value);
            if (!names.TryAdd(id, name))
                throw value.Wrong("an id of its own", FormattableString.Invariant($"{id}, which is '{names[id]}'"));
            if (!vocabulary.TryAdd(name, id))
                throw value.Wrong("each token once", "a second one of this name");
        }

        return vocabulary;
    }

    /// <summary>A token id that does not ask for more memory than any vocabulary needs.</summary>
    public static int ReadId(JsonPlace place)
    {
        var id = place.Whole();
        return id is >= 0 and < TokenizerReader.MaxVocabulary
            ? id
            : throw place.Wrong(FormattableString.Invariant($"an id from 0 to {TokenizerReader.MaxVocabulary - 1}"),
                FormattableString.Invariant($"{id}"));
    }

    public static BytePairModel ReadModel(JsonPlace model, Dictionary<string, int> vocabulary)
    {
        model.Only("type", "dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix", "fuse_unk",
            "byte_fallback", "ignore_merges", "vocab", "merges");
        foreach (var affix in (ReadOnlySpan<string>)["continuing_subword_prefix", "end_of_word_suffix"])
        {
            if (model.Optional(affix) is { } place && place.Text().Length > 0)
                throw place.Wrong("none (prefixes and suffixes inside words are not supported)", $"'{place.Text()}'");
        }

        if (model.Optional("dropout") is { } dropout && dropout.Value.GetRawText() is not ("0" or "0.0"))
            throw dropout.Wrong("none (dropout makes the ids random)", dropout.Value.GetRawText());
        int? unknown = null;
        if (model.Optional("unk_token") is { } token)
        {
            unknown = vocabulary.TryGetValue(token.Text(), out var id)
                ? id
                : throw token.Wrong("a token of the vocabulary", $"'{token.Text()}'");
        }

        var rule = new UnknownRule(
            model.Truth("byte_fallback", otherwise: false), unknown, model.Truth("fuse_unk", otherwise: false));
        return new(vocabulary, ReadMerges(model.Required("merges"), vocabulary), rule,
            model.Truth("ignore_merges", otherwise: false));
    }

    static Dictionary<(int Left, int Right), Merge> ReadMerges(JsonPlace place, Dictionary<string, int> vocabulary)
    {
        var merges = new Dictionary<(int Left, int Right), Merge>();
        var lookup = vocabulary.GetAlternateLookup<ReadOnlySpan<char>>();
        var rank = 0;
        foreach (var item in place.Items())
        {
            string joined;
            int split;
            if (item.IsString)
            {
                var text = item.Text();
                split = text.IndexOf(' ');
                if (split <= 0 || split != text.LastIndexOf(' ') || split == text.Length - 1)
                    throw item.Wrong("two tokens with a space between", $"'{text}'");
                joined = text.Remove(split, 1);
            }
            else
            {
                (joined, split) = ReadPair(item);
            }

            var left = IdOf(joined.AsSpan(0, split), item);
            var right = IdOf(joined.AsSpan(split), item);
            // A pair that is listed twice has its last rank, as in the original.
            merges[(left, right)] = new(rank++, IdOf(joined, item));
        }

        return merges;

        int IdOf(ReadOnlySpan<char> name, JsonPlace item) => lookup.TryGetValue(name, out var id)
            ? id
            : throw item.Wrong("tokens of the vocabulary", $"'{name}', which it does not have");
    }

    static (string Joined, int Split) ReadPair(JsonPlace item)
    {
        if (!item.IsArray || item.Value.GetArrayLength() != 2)
            throw item.Wrong("a pair of tokens: \"a b\" or [\"a\", \"b\"]", "something else");
        var left = new JsonPlace(item.Value[0], item.File, item.Path + "[0]").Text();
        var right = new JsonPlace(item.Value[1], item.File, item.Path + "[1]").Text();
        return (left + right, left.Length);
    }
}
