using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;

namespace Muninn.Engine.Text.Patterns;

/// <summary>Reads a pattern in the dialect of Oniguruma (as Hugging Face tokenizers compile it) into a tree.</summary>
/// <remarks>What the dialect has and this reader does not know is refused by name: back references, \K, \R, \X,
/// conditionals, scripts, set intersection, options other than <c>i</c>.</remarks>
sealed class PatternParser(string pattern)
{
    const int MaxDepth = 50;
    const int MaxRepeat = 1000;

    int _at;
    int _depth;
    bool _ignoreCase;

    public static PatternNode Parse(string pattern)
    {
        var parser = new PatternParser(pattern);
        var node = parser.ParseChoice();
        if (parser._at < pattern.Length)
            throw parser.Refuse("a ')' without its '('", parser._at);
        return node;
    }

    PatternNode ParseChoice()
    {
        if (++_depth > MaxDepth)
            throw Refuse(FormattableString.Invariant($"more than {MaxDepth} groups inside each other"), _at);
        var outerIgnoreCase = _ignoreCase;
        var branches = new List<PatternNode> { ParseChain() };
        while (Take('|'))
            branches.Add(ParseChain());
        _ignoreCase = outerIgnoreCase;
        _depth--;
        return branches.Count == 1 ? branches[0] : new PatternNode.Choice(branches);
    }

    PatternNode.Chain ParseChain()
    {
        var items = new List<PatternNode>();
        while (_at < pattern.Length && pattern[_at] is not ('|' or ')'))
        {
            if (ParseAtom() is { } atom)
                items.Add(ParseRepeats(atom));
        }

        return new(items);
    }

    PatternNode? ParseAtom()
    {
        var start = _at;
        var c = pattern[_at++];
        switch (c)
        {
            case '(':
                return ParseGroup(start);
            case '[':
                return new PatternNode.One(ParseSet(start));
            case '.':
                return new PatternNode.One(CharacterSet.NotLineFeed);
            case '^':
                return new PatternNode.Place(PlaceKind.LineStart);
            case '$':
                return new PatternNode.Place(PlaceKind.LineEnd);
            case '*' or '+' or '?':
                throw Refuse($"'{c}' with nothing to repeat", start);
            case '\\':
                return ParseEscape(start);
            default:
                _at = start;
                return new PatternNode.One(Literal(TakeCodePoint()));
        }
    }

    PatternNode? ParseGroup(int start)
    {
        if (!Take('?'))
            return Close(ParseChoice(), start);
        if (Take(':'))
            return Close(ParseChoice(), start);
        if (Take('='))
            return new PatternNode.Look(Close(ParseChoice(), start), Ahead: true, Negative: false);
        if (Take('!'))
            return new PatternNode.Look(Close(ParseChoice(), start), Ahead: true, Negative: true);
        if (Take('>'))
            return new PatternNode.Atomic(Close(ParseChoice(), start));
        if (TakeText("<="))
            return new PatternNode.Look(Close(ParseChoice(), start), Ahead: false, Negative: false);
        if (TakeText("<!"))
            return new PatternNode.Look(Close(ParseChoice(), start), Ahead: false, Negative: true);
        var ignoreCase = !Take('-');
        if (!Take('i'))
            throw Refuse("this kind of group", start);
        if (Take(')'))
        {
            // In the middle of a choice the dialects disagree about how far the option reaches.
            if (start != 0)
                throw Refuse("an option that is not at the very start", start);
            _ignoreCase = ignoreCase;
            return null;
        }

        if (!Take(':'))
            throw Refuse("this group option", start);
        var outer = _ignoreCase;
        _ignoreCase = ignoreCase;
        var body = Close(ParseChoice(), start);
        _ignoreCase = outer;
        return body;
    }

    PatternNode Close(PatternNode body, int start) =>
        Take(')') ? body : throw Refuse("a '(' without its ')'", start);

    PatternNode ParseRepeats(PatternNode atom)
    {
        while (_at < pattern.Length)
        {
            var start = _at;
            int least, most;
            var braces = false;
            if (Take('*'))
            {
                (least, most) = (0, int.MaxValue);
            }
            else if (Take('+'))
            {
                (least, most) = (1, int.MaxValue);
            }
            else if (Take('?'))
            {
                (least, most) = (0, 1);
            }
            else if (pattern[_at] == '{')
            {
                (least, most) = ParseBraces();
                braces = true;
            }
            else
            {
                return atom;
            }

            var greed = Greed.Greedy;
            if (Take('?'))
                greed = Greed.Lazy;
            else if (Take('+'))
                greed = braces ? throw Refuse("'+' behind '{…}' (its dialects disagree)", start) : Greed.Possessive;
            if (atom.Lengths().Least == 0)
                throw Refuse("a repeat of something that can be empty", start);
            atom = new PatternNode.Repeat(atom, least, most, greed);
        }

        return atom;
    }

    (int Least, int Most) ParseBraces()
    {
        var start = _at++;
        var least = TakeNumber(start);
        var most = least ?? 0;
        if (Take(','))
            most = TakeNumber(start) ?? int.MaxValue;
        else if (least is null)
            throw Refuse("a '{' that is no repeat (write '\\{')", start);
        if (!Take('}') || most < (least ?? 0))
            throw Refuse("this repeat", start);
        return (least ?? 0, most);
    }

    int? TakeNumber(int start)
    {
        var first = _at;
        while (_at < pattern.Length && char.IsAsciiDigit(pattern[_at]))
            _at++;
        if (_at == first)
            return null;
        if (_at - first > 5 || int.Parse(pattern.AsSpan(first, _at - first), CultureInfo.InvariantCulture) is > MaxRepeat)
            throw Refuse(FormattableString.Invariant($"a repeat of more than {MaxRepeat}"), start);
        return int.Parse(pattern.AsSpan(first, _at - first), CultureInfo.InvariantCulture);
    }

    PatternNode ParseEscape(int start)
    {
        var c = _at < pattern.Length ? pattern[_at] : throw Refuse("a '\\' at the end", start);
        PlaceKind? place = c switch
        {
            'A' => PlaceKind.TextStart,
            'z' => PlaceKind.TextEnd,
            'Z' => PlaceKind.TextEndOrLastLine,
            'b' => PlaceKind.WordBorder,
            'B' => PlaceKind.NotWordBorder,
            _ => null,
        };
        if (place is { } kind)
        {
            _at++;
            return new PatternNode.Place(kind);
        }

        return new PatternNode.One(ParseSetEscape(start) ?? Literal(ParseCodeEscape(start)));
    }

    /// <summary>A <c>\s</c>, <c>\p{…}</c> or the like behind the backslash at <paramref name="start"/>, or null.</summary>
    CharacterSet? ParseSetEscape(int start)
    {
        switch (pattern[_at])
        {
            case 's': _at++; return CharacterSet.Space;
            case 'S': _at++; return CharacterSet.Space.Complement();
            case 'd': _at++; return CharacterSet.Digit;
            case 'D': _at++; return CharacterSet.Digit.Complement();
            case 'w': _at++; return CharacterSet.Word;
            case 'W': _at++; return CharacterSet.Word.Complement();
            case 'p' or 'P':
                break;
            default:
                return null;
        }

        var negated = pattern[_at++] == 'P';
        var end = Take('{') ? pattern.IndexOf('}', _at) : -1;
        if (end < 0)
            throw Refuse("a \\p without {…}", start);
        if (Take('^'))
            negated = !negated;
        var name = pattern[_at..end];
        _at = end + 1;
        var set = PropertyNames.SetOf(name)
            ?? throw Refuse($"the property {name} ({PropertyNames.Supported})", start);
        return negated ? set.Complement() : set;
    }

    int ParseCodeEscape(int start)
    {
        var c = pattern[_at++];
        switch (c)
        {
            case 'n': return '\n';
            case 'r': return '\r';
            case 't': return '\t';
            case 'f': return '\f';
            case 'v': return '\v';
            case 'a': return '\a';
            case 'e': return 0x1B;
            case '0': return 0;
            case 'x': return Take('{') ? TakeHex(1, 6, closed: true, start) : TakeHex(2, 2, closed: false, start);
            case 'u': return TakeHex(4, 4, closed: false, start);
        }

        if (char.IsAsciiLetterOrDigit(c))
            throw Refuse($"the escape \\{c}", start);
        _at--;
        return TakeCodePoint();
    }

    int TakeHex(int least, int most, bool closed, int start)
    {
        var first = _at;
        while (_at < pattern.Length && _at - first < most && char.IsAsciiHexDigit(pattern[_at]))
            _at++;
        if (_at - first < least || (closed && !Take('}')))
            throw Refuse("this code escape", start);
        var digits = pattern.AsSpan(first, (closed ? _at - 1 : _at) - first);
        var value = int.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        return Rune.IsValid(value) ? value : throw Refuse("a code that is no character", start);
    }

    CharacterSet ParseSet(int start)
    {
        if (++_depth > MaxDepth)
            throw Refuse(FormattableString.Invariant($"more than {MaxDepth} sets inside each other"), start);
        var negated = Take('^');
        var ranges = new List<(int First, int Last)>();
        var parts = new List<CharacterSet>();
        for (var first = true; ; first = false)
        {
            if (_at >= pattern.Length)
                throw Refuse("a '[' without its ']'", start);
            if (pattern[_at] == ']' && !first)
                break;
            if (string.CompareOrdinal(pattern, _at, "&&", 0, 2) == 0)
                throw Refuse("set intersection (&&)", _at);
            if (string.CompareOrdinal(pattern, _at, "[:", 0, 2) == 0)
                throw Refuse("a POSIX set ([:…:])", _at);
            ParseSetItem(ranges, parts);
        }

        _at++;
        _depth--;
        if (_ignoreCase)
            AddCases(ranges);
        return new(0, [.. ranges], [.. parts], negated);
    }

    void ParseSetItem(List<(int First, int Last)> ranges, List<CharacterSet> parts)
    {
        var start = _at;
        if (Take('['))
        {
            parts.Add(ParseSet(start));
            return;
        }

        var first = TakeSetCode(start, parts);
        if (first is not { } low)
            return;
        // A '-' before the ']' or behind a range stands for itself.
        if (_at + 1 >= pattern.Length || pattern[_at] != '-' || pattern[_at + 1] is ']' or '[')
        {
            ranges.Add((low, low));
            return;
        }

        _at++;
        if (TakeSetCode(start, parts) is not { } high || high < low)
            throw Refuse("this range", start);
        ranges.Add((low, high));
    }

    int? TakeSetCode(int start, List<CharacterSet> parts)
    {
        if (!Take('\\'))
            return TakeCodePoint();
        if (_at >= pattern.Length)
            throw Refuse("a '\\' at the end", start);
        if (pattern[_at] == 'b')
        {
            _at++;
            return '\b';
        }

        if (ParseSetEscape(_at - 1) is not { } set)
            return ParseCodeEscape(_at - 1);
        parts.Add(set);
        return null;
    }

    CharacterSet Literal(int codePoint)
    {
        if (!_ignoreCase)
            return CharacterSet.Of(codePoint, codePoint);
        var ranges = new List<(int First, int Last)> { (codePoint, codePoint) };
        AddCases(ranges);
        return new(0, [.. ranges], [], negated: false);
    }

    // Simple case folding. U+017F folds to s and U+212A to k, which plain upper and lower case do not show.
    static void AddCases(List<(int First, int Last)> ranges)
    {
        var given = ranges.ToArray();
        foreach (var (first, last) in given)
        {
            for (var c = first; c <= last && c <= 0x1FFFF; c++)
            {
                if (!Rune.TryCreate(c, out var rune))
                    continue;
                var upper = Rune.ToUpperInvariant(rune).Value;
                var lower = Rune.ToLowerInvariant(rune).Value;
                if (upper != c)
                    ranges.Add((upper, upper));
                if (lower != c)
                    ranges.Add((lower, lower));
                if (c is 's' or 'S')
                    ranges.Add((0x017F, 0x017F));
                if (c is 'k' or 'K')
                    ranges.Add((0x212A, 0x212A));
            }
        }
    }

    int TakeCodePoint()
    {
        if (Rune.DecodeFromUtf16(pattern.AsSpan(_at), out var rune, out var used)
            != System.Buffers.OperationStatus.Done)
            throw Refuse("a lone surrogate", _at);
        _at += used;
        return rune.Value;
    }

    bool Take(char c)
    {
        if (_at >= pattern.Length || pattern[_at] != c)
            return false;
        _at++;
        return true;
    }

    bool TakeText(string text)
    {
        if (string.CompareOrdinal(pattern, _at, text, 0, text.Length) != 0)
            return false;
        _at += text.Length;
        return true;
    }

    InvalidDataException Refuse(string what, int at) => new(FormattableString.Invariant(
        $"the pattern {Shorten(pattern)} has {what} at character {at}, which is wrong or not supported"));

    static string Shorten(string text) => text.Length <= 300 ? $"'{text}'" : $"'{text[..300]}…'";
}
