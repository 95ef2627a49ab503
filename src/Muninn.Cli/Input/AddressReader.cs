using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Muninn.Cli.Frame;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Model;
using Muninn.Microscope.Addresses;

namespace Muninn.Cli.Input;

/// <summary>Reads addresses such as <c>core[4-8].block[1].mlp@3,5</c>; docs/addresses.md has the grammar.</summary>
/// <param name="text">What was typed.</param>
sealed class AddressReader(string text)
{
    static readonly string[] _parts = ["state", "prelude", "core", "coda"];

    static readonly (string Name, BlockSite Site)[] _sites =
        [.. Enum.GetValues<BlockSite>().Select(static site => (BlockAddress.NameOf(site), site))];

    int _at;

    /// <summary>Reads an address.</summary>
    /// <exception cref="FormatException">It is none; the message says where, and what is valid there.</exception>
    public static Address Read(string text) => new AddressReader(text).Whole();

    Address Whole()
    {
        var part = Word(_parts, "an address begins with");
        var choice = Choice(part);
        Address address = part == "state" ? new StateAddress { Iterations = choice } : Block(part, choice);
        if (_at < text.Length && text[_at] == '@')
        {
            _at++;
            address = address with { Positions = Numbers("positions") };
        }

        return _at == text.Length ? address : throw Wrong("expected the end, or @ with positions, e.g. @3,5");
    }

    BlockAddress Block(string part, IndexChoice choice)
    {
        var iterations = IndexChoice.All;
        if (part == "core")
        {
            Expect(".block[", "the iterations of the core are followed by");
            _at--;
            (iterations, choice) = (choice, Choice("block"));
        }

        Expect(".", "a block is followed by");
        var site = Word([.. _sites.Select(static s => s.Name)], "the sites of a block are");
        var heads = _at < text.Length && text[_at] == '[' ? Choice(site) : IndexChoice.All;
        return new BlockAddress
        {
            Part = part switch { "prelude" => ModelPart.Prelude, "core" => ModelPart.Core, _ => ModelPart.Coda },
            Iterations = iterations,
            Blocks = choice,
            Site = _sites.First(s => s.Name == site).Site,
            Heads = heads,
        };
    }

    string Word(IReadOnlyList<string> words, string sentence)
    {
        int end = _at;
        while (end < text.Length && char.IsAsciiLetter(text[end])) end++;
        var word = text[_at..end];
        if (!words.Contains(word))
        {
            throw new FormatException(
                $"'{word}' at character {_at + 1} of '{text}': {sentence} {string.Join(", ", words)}{Suggestion.Phrase(word, words)} " +
                "An address is e.g. core[4-8].block[1].mlp@3,5 or state[12]@last.");
        }

        _at = end;
        return word;
    }

    IndexChoice Choice(string owner)
    {
        Expect("[", $"{owner} is followed by numbers in brackets, as in {owner}[0] or {owner}[*]; expected");
        var choice = Numbers("numbers");
        Expect("]", "brackets are closed with");
        return choice;
    }

    IndexChoice Numbers(string what)
    {
        if (_at < text.Length && text[_at] == '*')
        {
            _at++;
            return IndexChoice.All;
        }

        var ranges = new List<IndexRange>();
        do
        {
            if (ranges.Count > 0) _at++;
            var first = Bound(what);
            var last = first;
            if (_at < text.Length && text[_at] == '-')
            {
                _at++;
                last = Bound(what);
            }

            if (first.IsFromEnd == last.IsFromEnd && (first.IsFromEnd ? first.Value < last.Value : first.Value > last.Value))
                throw new FormatException($"the range '{new IndexRange(first, last)}' in '{text}' runs backwards; give {new IndexRange(last, first)}.");
            ranges.Add(new IndexRange(first, last));
        }
        while (_at < text.Length && text[_at] == ',');
        return IndexChoice.Of(ranges);
    }

    Index Bound(string what)
    {
        if (text.AsSpan(_at).StartsWith("last", StringComparison.Ordinal))
        {
            _at += "last".Length;
            // A range that begins at the last one ends there: what follows a dash is how far it lies before the last.
            if (_at + 1 < text.Length && text[_at] == '-' && char.IsAsciiDigit(text[_at + 1]))
            {
                _at++;
                return new Index(Number(what) + 1, fromEnd: true);
            }

            return ^1;
        }

        return Number(what);
    }

    int Number(string what)
    {
        int end = _at;
        while (end < text.Length && char.IsAsciiDigit(text[end])) end++;
        // One below the largest int: one more is counted from the end.
        if (end == _at || !int.TryParse(text.AsSpan(_at, end - _at), NumberStyles.None, CultureInfo.InvariantCulture, out int number) || number == int.MaxValue)
            throw Wrong($"expected {what} such as 3, 0-9,15, last, last-2 or *");
        _at = end;
        return number;
    }

    void Expect(string expected, string sentence)
    {
        if (!text.AsSpan(_at).StartsWith(expected, StringComparison.Ordinal)) throw Wrong($"{sentence} {expected}");
        _at += expected.Length;
    }

    FormatException Wrong(string expected)
    {
        var found = _at < text.Length ? $"'{text[_at..]}' at character {_at + 1} of '{text}'" : $"'{text}' ends too early";
        return new FormatException($"{found}: {expected}. An address is e.g. core[4-8].block[1].mlp@3,5 or state[12]@last.");
    }
}
