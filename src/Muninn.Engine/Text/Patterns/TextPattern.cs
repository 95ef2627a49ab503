using System;
using System.Collections.Generic;
using System.IO;

namespace Muninn.Engine.Text.Patterns;

/// <summary>A regular expression over code points, as tokenizers use them.</summary>
/// <remarks>
/// Own code, for three reasons. .NET's expressions see UTF-16 units, so that <c>\p{L}</c> misses every letter beyond
/// U+FFFF. Their classes and case folding differ from Oniguruma's, which the tokenizers were trained with. And their
/// guard against exponential patterns is a clock, where this one counts steps: the same input always ends the same way.
/// </remarks>
public sealed class TextPattern
{
    const long FreeSteps = 1_000_000;
    const long StepsPerCharacter = 1_000;
    const int MaxPending = 4_000_000;

    readonly string _pattern;
    readonly Step[] _steps;

    TextPattern(string pattern, Step[] steps)
    {
        _pattern = pattern;
        _steps = steps;
    }

    /// <summary>Reads a pattern in Oniguruma's dialect.</summary>
    /// <exception cref="InvalidDataException">The pattern is wrong, or has something that is not supported.</exception>
    public static TextPattern Parse(string pattern)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        return new(pattern, PatternProgram.Compile(PatternParser.Parse(pattern)));
    }

    /// <summary>A pattern that matches just this text.</summary>
    public static TextPattern Literal(string text)
    {
        ArgumentException.ThrowIfNullOrEmpty(text);
        var items = new List<PatternNode>();
        foreach (var rune in text.EnumerateRunes())
            items.Add(new PatternNode.One(CharacterSet.Of(rune.Value, rune.Value)));
        return new(text, PatternProgram.Compile(new PatternNode.Chain(items)));
    }

    /// <summary>All matches from left to right, none inside another: start and end in UTF-16 units.</summary>
    /// <param name="text">Text without lone surrogates.</param>
    /// <exception cref="InvalidDataException">The pattern needs more steps than a thousand for each character.</exception>
    public List<(int Start, int End)> Matches(ReadOnlySpan<char> text)
    {
        var matches = new List<(int Start, int End)>();
        var matcher = new Matcher(_pattern, _steps, text);
        var at = 0;
        while (at <= text.Length)
        {
            var end = matcher.Match(0, at);
            if (end < 0)
            {
                at += Matcher.LengthAt(text, at);
                continue;
            }

            // Right behind a match an empty one does not count.
            if (end > at || matches.Count == 0 || matches[^1].End != at)
                matches.Add((at, end));
            at = end > at ? end : at + Matcher.LengthAt(text, at);
        }

        return matches;
    }

    ref struct Matcher(string pattern, Step[] steps, ReadOnlySpan<char> text)
    {
        readonly ReadOnlySpan<char> _text = text;
        readonly List<(int Step, int Position, int Lowest)> _pending = [];
        long _left = FreeSteps + StepsPerCharacter * text.Length;

        /// <summary>Units of the code point at a place; 1 at the end.</summary>
        public static int LengthAt(ReadOnlySpan<char> text, int at) =>
            at + 1 < text.Length && char.IsHighSurrogate(text[at]) ? 2 : 1;

        /// <summary>The end of the match that starts here, or −1.</summary>
        public int Match(int step, int at)
        {
            var floor = _pending.Count;
            while (true)
            {
                if (--_left < 0)
                    throw TooHard();
                var current = steps[step];
                if (current.Kind == StepKind.Done)
                {
                    _pending.RemoveRange(floor, _pending.Count - floor);
                    return at;
                }

                var next = Take(current, step, ref at);
                if (next >= 0)
                {
                    step = next;
                    continue;
                }

                if (_pending.Count == floor)
                    return -1;
                (step, at) = Retry();
            }
        }

        /// <summary>Does one step; the next one, or −1 where it fails.</summary>
        int Take(in Step current, int step, ref int at)
        {
            switch (current.Kind)
            {
                case StepKind.One:
                    var length = TakeOne(current.Set, at);
                    at += length;
                    return length > 0 ? step + 1 : -1;
                case StepKind.Run or StepKind.RunPossessive:
                    return TakeRun(current, step, ref at) ? step + 1 : -1;
                case StepKind.Fork:
                    Push(current.Other, at, at);
                    return current.Target;
                case StepKind.Jump:
                    return current.Target;
                case StepKind.Place:
                    return IsPlace((PlaceKind)current.Least, at) ? step + 1 : -1;
                case StepKind.Ahead or StepKind.NotAhead:
                    return Match(step + 1, at) >= 0 == (current.Kind == StepKind.Ahead) ? current.Target : -1;
                case StepKind.Behind or StepKind.NotBehind:
                    var start = Back(at, current.Least);
                    var found = start >= 0 && Match(step + 1, start) == at;
                    return found == (current.Kind == StepKind.Behind) ? current.Target : -1;
                default:
                    var end = Match(step + 1, at);
                    at = end;
                    return end >= 0 ? current.Target : -1;
            }
        }

        readonly int TakeOne(CharacterSet? set, int at)
        {
            if (at >= _text.Length)
                return 0;
            var length = LengthAt(_text, at);
            var codePoint = length == 1 ? _text[at] : char.ConvertToUtf32(_text[at], _text[at + 1]);
            return set is not null && set.Contains(codePoint) ? length : 0;
        }

        bool TakeRun(in Step current, int step, ref int at)
        {
            var lowest = at;
            var count = 0;
            while (count < current.Most && TakeOne(current.Set, at) is > 0 and var length)
            {
                at += length;
                count++;
                if (count == current.Least)
                    lowest = at;
            }

            _left -= count;
            if (count < current.Least)
                return false;
            if (current.Kind == StepKind.Run && at > lowest)
                Push(step + 1, at, lowest);
            return true;
        }

        /// <summary>The last way not yet tried. A run gives back one code point, and stays while it has more.</summary>
        readonly (int Step, int Position) Retry()
        {
            var (step, at, lowest) = _pending[^1];
            if (at > lowest)
                at -= at >= 2 && char.IsLowSurrogate(_text[at - 1]) ? 2 : 1;
            if (at > lowest)
                _pending[^1] = (step, at, lowest);
            else
                _pending.RemoveAt(_pending.Count - 1);
            return (step, at);
        }

        readonly void Push(int step, int at, int lowest)
        {
            if (_pending.Count == MaxPending)
                throw TooHard();
            _pending.Add((step, at, lowest));
        }

        readonly int Back(int at, int count)
        {
            for (; count > 0 && at > 0; count--)
                at -= at >= 2 && char.IsLowSurrogate(_text[at - 1]) ? 2 : 1;
            return count == 0 ? at : -1;
        }

        readonly bool IsPlace(PlaceKind kind, int at)
        {
            switch (kind)
            {
                case PlaceKind.TextStart:
                    return at == 0;
                case PlaceKind.TextEnd:
                    return at == _text.Length;
                case PlaceKind.TextEndOrLastLine:
                    return at == _text.Length || (at == _text.Length - 1 && _text[at] == '\n');
                case PlaceKind.LineStart:
                    return at == 0 || (_text[at - 1] == '\n' && at < _text.Length);
                case PlaceKind.LineEnd:
                    return at == _text.Length || _text[at] == '\n';
                default:
                    var before = at > 0 && TakeOne(CharacterSet.Word, Back(at, 1)) > 0;
                    var after = TakeOne(CharacterSet.Word, at) > 0;
                    return before != after == (kind == PlaceKind.WordBorder);
            }
        }

        readonly InvalidDataException TooHard() => new(FormattableString.Invariant(
            $"the pattern '{pattern}' needs more than {FreeSteps} + {StepsPerCharacter} steps a character on a text of {_text.Length} characters: it tries too many ways; use a tokenizer with a simpler pattern"));
    }
}
