using System;
using System.Collections.Generic;
using System.Text;
using Muninn.Engine.Text.Patterns;

namespace Muninn.Engine.Text;

/// <summary>What becomes of the matches of a <see cref="PreTokenizer.Split"/>.</summary>
enum SplitBehavior
{
    /// <summary>Matches and gaps are pieces of their own.</summary>
    Isolated,

    /// <summary>Matches are dropped.</summary>
    Removed,

    /// <summary>A match joins the gap before it.</summary>
    MergedWithPrevious,

    /// <summary>A match joins the gap behind it.</summary>
    MergedWithNext,

    /// <summary>Matches that touch are one piece.</summary>
    Contiguous,
}

/// <summary>Cuts a text into the pieces that byte-pair merges never cross.</summary>
abstract record PreTokenizer
{
    /// <summary>GPT-2, 2019: contractions, words, numbers, other signs, spaces; the space before a word goes with it.</summary>
    public const string Gpt2Pattern = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    static readonly TextPattern _gpt2 = TextPattern.Parse(Gpt2Pattern);

    /// <summary>The finer cut.</summary>
    public abstract TextPieces Apply(TextPieces pieces);

    /// <summary>One after the other.</summary>
    public sealed record Sequence(IReadOnlyList<PreTokenizer> Stages) : PreTokenizer
    {
        public override TextPieces Apply(TextPieces pieces)
        {
            foreach (var stage in Stages)
                pieces = stage.Apply(pieces);
            return pieces;
        }
    }

    /// <summary>Spells bytes as letters, on request after GPT-2's cut.</summary>
    public sealed record ByteLevel(SpaceInFront SpaceInFront, Gpt2Cut Cut) : PreTokenizer
    {
        public override TextPieces Apply(TextPieces pieces)
        {
            if (SpaceInFront == SpaceInFront.Added)
                pieces = AddSpaces(pieces);
            if (Cut == Gpt2Cut.Made)
                pieces = new Split(_gpt2, SplitBehavior.Isolated, Inverted: false).Apply(pieces);
            var text = new StringBuilder(pieces.Text.Length + 16);
            var borders = new List<(int Start, int End)>(pieces.Borders.Count);
            for (var i = 0; i < pieces.Borders.Count; i++)
            {
                var start = text.Length;
                ByteAlphabet.Spell(pieces.Piece(i), text);
                borders.Add((start, text.Length));
            }

            return new(text.ToString(), borders);
        }

        static TextPieces AddSpaces(TextPieces pieces)
        {
            var text = new StringBuilder(pieces.Text.Length + pieces.Borders.Count);
            var borders = new List<(int Start, int End)>(pieces.Borders.Count);
            for (var i = 0; i < pieces.Borders.Count; i++)
            {
                var start = text.Length;
                var piece = pieces.Piece(i);
                if (piece[0] != ' ')
                    text.Append(' ');
                text.Append(piece);
                borders.Add((start, text.Length));
            }

            return new(text.ToString(), borders);
        }
    }

    /// <summary>Cuts at the matches of a pattern, or, inverted, at what does not match.</summary>
    public sealed record Split(TextPattern Pattern, SplitBehavior Behavior, bool Inverted) : PreTokenizer
    {
        public override TextPieces Apply(TextPieces pieces)
        {
            var borders = new List<(int Start, int End)>();
            for (var i = 0; i < pieces.Borders.Count; i++)
            {
                var (start, _) = pieces.Borders[i];
                var piece = pieces.Piece(i);
                AddCuts(Spans.Of(Pattern.Matches(piece), piece.Length, Inverted), Behavior, start, borders);
            }

            return new(pieces.Text, borders);
        }
    }

    /// <summary>Keeps numbers apart: each digit, or each row of digits.</summary>
    public sealed record Digits(SplitBehavior Behavior) : PreTokenizer
    {
        public override TextPieces Apply(TextPieces pieces)
        {
            var borders = new List<(int Start, int End)>();
            for (var i = 0; i < pieces.Borders.Count; i++)
            {
                var matches = new List<(int Start, int End)>();
                var piece = pieces.Piece(i);
                var at = 0;
                foreach (var rune in piece.EnumerateRunes())
                {
                    if (CharacterSet.Number.Contains(rune.Value))
                        matches.Add((at, at + rune.Utf16SequenceLength));
                    at += rune.Utf16SequenceLength;
                }

                AddCuts(Spans.Of(matches, piece.Length, inverted: false), Behavior, pieces.Borders[i].Start, borders);
            }

            return new(pieces.Text, borders);
        }
    }

    static void AddCuts(List<Span> spans, SplitBehavior behavior, int offset, List<(int Start, int End)> destination)
    {
        var cut = new List<(int Start, int End)>(spans.Count);
        if (behavior == SplitBehavior.MergedWithNext)
            spans.Reverse();
        var afterMatch = false;
        foreach (var span in spans)
        {
            var joins = cut.Count > 0 && behavior switch
            {
                SplitBehavior.Contiguous => span.IsMatch == afterMatch,
                SplitBehavior.MergedWithPrevious or SplitBehavior.MergedWithNext => span.IsMatch && !afterMatch,
                _ => false,
            };
            if (joins && behavior == SplitBehavior.MergedWithNext)
                cut[^1] = (span.Start, cut[^1].End);
            else if (joins)
                cut[^1] = (cut[^1].Start, span.End);
            else if (behavior != SplitBehavior.Removed || !span.IsMatch)
                cut.Add((span.Start, span.End));
            afterMatch = span.IsMatch;
        }

        if (behavior == SplitBehavior.MergedWithNext)
            cut.Reverse();
        foreach (var (start, end) in cut)
        {
            if (end > start)
                destination.Add((offset + start, offset + end));
        }
    }

    readonly record struct Span(int Start, int End, bool IsMatch);

    static class Spans
    {
        /// <summary>Matches and the gaps between them; inverted, gaps count as matches.</summary>
        public static List<Span> Of(List<(int Start, int End)> matches, int length, bool inverted)
        {
            var spans = new List<Span>(2 * matches.Count + 1);
            var at = 0;
            foreach (var (start, end) in matches)
            {
                if (start > at)
                    spans.Add(new(at, start, inverted));
                // An empty match still parts what is before it from what is behind it.
                spans.Add(new(start, end, !inverted));
                at = end;
            }

            if (at < length)
                spans.Add(new(at, length, inverted));
            return spans;
        }
    }
}

/// <summary>Whether a piece that does not start with a space gets one.</summary>
enum SpaceInFront
{
    Kept,
    Added,
}

/// <summary>Whether GPT-2's pattern cuts first.</summary>
enum Gpt2Cut
{
    Skipped,
    Made,
}
