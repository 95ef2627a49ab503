using System;
using System.Collections.Generic;

namespace Muninn.Engine.Text.Patterns;

/// <summary>Reads a pattern in the dialect of Oniguruma (as Hugging Face tokenizers compile it) into a tree.</summary>
/// <remarks>What the dialect has and this reader does not know is refused by name: back references, \K, \R, \X,
/// conditionals, scripts, set intersection, options other than <c>i</c>.</remarks>
sealed class PatternParser(PatternText text)
{
    const int MaxDepth = 50;

    int _depth;
    bool _ignoreCase;

    public static PatternNode Parse(string pattern)
    {
        var text = new PatternText(pattern);
        var parser = new PatternParser(text);
        var node = parser.ParseChoice();
        if (text.At < text.Length)
            throw text.Refuse("a ')' without its '('", text.At);
        return node;
    }

    PatternNode ParseChoice()
    {
        if (++_depth > MaxDepth)
            throw text.Refuse(FormattableString.Invariant($"more than {MaxDepth} groups inside each other"), text.At);
        var outerIgnoreCase = _ignoreCase;
        var branches = new List<PatternNode> { ParseChain() };
        while (text.Take('|'))
            branches.Add(ParseChain());
        _ignoreCase = outerIgnoreCase;
        _depth--;
        return branches.Count == 1 ? branches[0] : new PatternNode.Choice(branches);
    }

    PatternNode.Chain ParseChain()
    {
        var items = new List<PatternNode>();
        while (text.At < text.Length && text[text.At] is not ('|' or ')'))
        {
            if (ParseAtom() is { } atom)
                items.Add(ParseRepeats(atom));
        }

        return new(items);
    }

    PatternNode? ParseAtom()
    {
        var start = text.At;
        var c = text[text.At++];
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
                throw text.Refuse($"'{c}' with nothing to repeat", start);
            case '\\':
                return ParseEscape(start);
            default:
                text.At = start;
                return new PatternNode.One(Literal(text.TakeCodePoint()));
        }
    }

    PatternNode? ParseGroup(int start)
    {
        if (!text.Take('?'))
            return Close(ParseChoice(), start);
        if (text.Take(':'))
            return Close(ParseChoice(), start);
        if (text.Take('='))
            return new PatternNode.Look(Close(ParseChoice(), start), Ahead: true, Negative: false);
        if (text.Take('!'))
            return new PatternNode.Look(Close(ParseChoice(), start), Ahead: true, Negative: true);
        if (text.Take('>'))
            return new PatternNode.Atomic(Close(ParseChoice(), start));
        if (text.TakeText("<="))
            return new PatternNode.Look(Close(ParseChoice(), start), Ahead: false, Negative: false);
        if (text.TakeText("<!"))
            return new PatternNode.Look(Close(ParseChoice(), start), Ahead: false, Negative: true);
        var ignoreCase = !text.Take('-');
        if (!text.Take('i'))
            throw text.Refuse("this kind of group", start);
        if (text.Take(')'))
        {
            // In the middle of a choice the dialects disagree about how far the option reaches.
            if (start != 0)
                throw text.Refuse("an option that is not at the very start", start);
            _ignoreCase = ignoreCase;
            return null;
        }

        if (!text.Take(':'))
            throw text.Refuse("this group option", start);
        var outer = _ignoreCase;
        _ignoreCase = ignoreCase;
        var body = Close(ParseChoice(), start);
        _ignoreCase = outer;
        return body;
    }

    PatternNode Close(PatternNode body, int start) =>
        text.Take(')') ? body : throw text.Refuse("a '(' without its ')'", start);

    PatternNode ParseRepeats(PatternNode atom)
    {
        while (text.At < text.Length)
        {
            var start = text.At;
            int least, most;
            var braces = false;
            if (text.Take('*'))
            {
                (least, most) = (0, int.MaxValue);
            }
            else if (text.Take('+'))
            {
                (least, most) = (1, int.MaxValue);
            }
            else if (text.Take('?'))
            {
                (least, most) = (0, 1);
            }
            else if (text[text.At] == '{')
            {
                (least, most) = ParseBraces();
                braces = true;
            }
            else
            {
                return atom;
            }

            var greed = Greed.Greedy;
            if (text.Take('?'))
                greed = Greed.Lazy;
            else if (text.Take('+'))
                greed = braces ? throw text.Refuse("'+' behind '{…}' (its dialects disagree)", start) : Greed.Possessive;
            if (atom.Lengths().Least == 0)
                throw text.Refuse("a repeat of something that can be empty", start);
            atom = new PatternNode.Repeat(atom, least, most, greed);
        }

        return atom;
    }

    (int Least, int Most) ParseBraces()
    {
        var start = text.At++;
        var least = text.TakeNumber(start);
        var most = least ?? 0;
        if (text.Take(','))
            most = text.TakeNumber(start) ?? int.MaxValue;
        else if (least is null)
            throw text.Refuse("a '{' that is no repeat (write '\\{')", start);
        if (!text.Take('}') || most < (least ?? 0))
            throw text.Refuse("this repeat", start);
        return (least ?? 0, most);
    }

    PatternNode ParseEscape(int start)
    {
        var c = text.At < text.Length ? text[text.At] : throw text.Refuse("a '\\' at the end", start);
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
            text.At++;
            return new PatternNode.Place(kind);
        }

        return new PatternNode.One(ParseSetEscape(start) ?? Literal(ParseCodeEscape(start)));
    }

    /// <summary>A <c>\s</c>, <c>\p{…}</c> or the like behind the backslash at <paramref name="start"/>, or null.</summary>
    CharacterSet? ParseSetEscape(int start)
    {
        switch (text[text.At])
        {
            case 's': text.At++; return CharacterSet.Space;
            case 'S': text.At++; return CharacterSet.Space.Complement();
            case 'd': text.At++; return CharacterSet.Digit;
            case 'D': text.At++; return CharacterSet.Digit.Complement();
            case 'w': text.At++; return CharacterSet.Word;
            case 'W': text.At++; return CharacterSet.Word.Complement();
            case 'p' or 'P':
                break;
            default:
                return null;
        }

        var negated = text[text.At++] == 'P';
        var end = text.Take('{') ? text.IndexOf('}') : -1;
        if (end < 0)
            throw text.Refuse("a \\p without {…}", start);
        if (text.Take('^'))
            negated = !negated;
        var name = text[text.At..end];
        text.At = end + 1;
        var set = PropertyNames.SetOf(name)
            ?? throw text.Refuse($"the property {name} ({PropertyNames.Supported})", start);
        return negated ? set.Complement() : set;
    }

    int ParseCodeEscape(int start)
    {
        var c = text[text.At++];
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
            case 'x': return text.Take('{') ? text.TakeHex(1, 6, closed: true, start) : text.TakeHex(2, 2, closed: false, start);
            case 'u': return text.TakeHex(4, 4, closed: false, start);
        }

        if (char.IsAsciiLetterOrDigit(c))
            throw text.Refuse($"the escape \\{c}", start);
        text.At--;
        return text.TakeCodePoint();
    }

    CharacterSet ParseSet(int start)
    {
        if (++_depth > MaxDepth)
            throw text.Refuse(FormattableString.Invariant($"more than {MaxDepth} sets inside each other"), start);
        var negated = text.Take('^');
        var ranges = new List<(int First, int Last)>();
        var parts = new List<CharacterSet>();
        for (var first = true; ; first = false)
        {
            if (text.At >= text.Length)
                throw text.Refuse("a '[' without its ']'", start);
            if (text[text.At] == ']' && !first)
                break;
            if (text.Follows("&&"))
                throw text.Refuse("set intersection (&&)", text.At);
            if (text.Follows("[:"))
                throw text.Refuse("a POSIX set ([:…:])", text.At);
            ParseSetItem(ranges, parts);
        }

        text.At++;
        _depth--;
        if (_ignoreCase)
            CaseFolding.AddCases(ranges);
        return new(0, [.. ranges], [.. parts], negated);
    }

    void ParseSetItem(List<(int First, int Last)> ranges, List<CharacterSet> parts)
    {
        var start = text.At;
        if (text.Take('['))
        {
            parts.Add(ParseSet(start));
            return;
        }

        var first = TakeSetCode(start, parts);
        if (first is not { } low)
            return;
        // A '-' before the ']' or behind a range stands for itself.
        if (text.At + 1 >= text.Length || text[text.At] != '-' || text[text.At + 1] is ']' or '[')
        {
            ranges.Add((low, low));
            return;
        }

        text.At++;
        if (TakeSetCode(start, parts) is not { } high || high < low)
            throw text.Refuse("this range", start);
        ranges.Add((low, high));
    }

    int? TakeSetCode(int start, List<CharacterSet> parts)
    {
        if (!text.Take('\\'))
            return text.TakeCodePoint();
        if (text.At >= text.Length)
            throw text.Refuse("a '\\' at the end", start);
        if (text[text.At] == 'b')
        {
            text.At++;
            return '\b';
        }

        if (ParseSetEscape(text.At - 1) is not { } set)
            return ParseCodeEscape(text.At - 1);
        parts.Add(set);
        return null;
    }

    CharacterSet Literal(int codePoint)
    {
        if (!_ignoreCase)
            return CharacterSet.Of(codePoint, codePoint);
        var ranges = new List<(int First, int Last)> { (codePoint, codePoint) };
        CaseFolding.AddCases(ranges);
        return new(0, [.. ranges], [], negated: false);
    }
}
