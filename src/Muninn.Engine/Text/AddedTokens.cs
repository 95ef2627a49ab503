using System;
using System.Buffers;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Muninn.Engine.Text.Patterns;

namespace Muninn.Engine.Text;

/// <summary>A token that is found in the text before anything else is done to it.</summary>
sealed record AddedToken
{
    /// <summary>Its id.</summary>
    public required int Id { get; init; }

    /// <summary>The text that is the token.</summary>
    public required string Content { get; init; }

    /// <summary>A sign for the model rather than text.</summary>
    public required bool IsSpecial { get; init; }

    /// <summary>Only where no word character touches it.</summary>
    public required bool SingleWord { get; init; }

    /// <summary>Takes the white space on its left along.</summary>
    public required bool TakesLeft { get; init; }

    /// <summary>Takes the white space on its right along.</summary>
    public required bool TakesRight { get; init; }

    /// <summary>Looked for in the normalized text, not in the given one.</summary>
    public required bool Normalized { get; init; }
}

/// <summary>Finds added tokens: the leftmost one, and of those the longest.</summary>
sealed class AddedTokens
{
    readonly Dictionary<(int Node, char Letter), int> _edges = [];
    readonly List<AddedToken?> _nodes = [null];
    readonly SearchValues<char> _firstLetters;

    /// <summary>Gets ready to find these tokens.</summary>
    /// <param name="tokens">The tokens, each with the text to look for.</param>
    public AddedTokens(IEnumerable<(string Text, AddedToken Token)> tokens)
    {
        var first = new HashSet<char>();
        foreach (var (text, token) in tokens)
        {
            var node = 0;
            foreach (var letter in text)
            {
                if (!_edges.TryGetValue((node, letter), out var child))
                {
                    child = _nodes.Count;
                    _edges.Add((node, letter), child);
                    _nodes.Add(null);
                }

                node = child;
            }

            if (node == 0)
                continue;
            first.Add(text[0]);
            _nodes[node] ??= token;
        }

        _firstLetters = SearchValues.Create([.. first.Order()]);
    }

    /// <summary>The pieces of a text: tokens, and what lies between (a null token). None is empty.</summary>
    public List<(AddedToken? Token, string Text)> Cut(string text, SpecialTokens special)
    {
        var pieces = new List<(AddedToken? Token, string Text)>();
        var done = 0;
        var at = 0;
        while (at < text.Length)
        {
            var skip = text.AsSpan(at).IndexOfAny(_firstLetters);
            if (skip < 0)
                break;
            at += skip;
            var (token, length) = LongestAt(text, at);
            if (token is null)
            {
                at++;
                continue;
            }

            var (start, end) = (at, at + length);
            at = end;
            if ((special == SpecialTokens.AsText && token.IsSpecial)
                || (token.SingleWord && (IsWordBefore(text, start) || IsWordAt(text, end))))
                continue;
            if (token.TakesLeft)
                start = done + text.AsSpan(done, start - done).TrimEndWhiteSpace();
            if (token.TakesRight)
                end += text.AsSpan(end).LeadingWhiteSpace();
            if (start > done)
                pieces.Add((null, text[done..start]));
            pieces.Add((token, text[start..end]));
            done = end;
            at = end;
        }

        if (done < text.Length)
            pieces.Add((null, done == 0 ? text : text[done..]));
        return pieces;
    }

    (AddedToken? Token, int Length) LongestAt(string text, int at)
    {
        AddedToken? token = null;
        var length = 0;
        var node = 0;
        for (var i = at; i < text.Length && _edges.TryGetValue((node, text[i]), out node); i++)
        {
            if (_nodes[node] is not { } found)
                continue;
            token = found;
            length = i + 1 - at;
        }

        return (token, length);
    }

    static bool IsWordBefore(string text, int at) =>
        Rune.DecodeLastFromUtf16(text.AsSpan(0, at), out var rune, out _) == OperationStatus.Done
        && CharacterSet.Word.Contains(rune.Value);

    static bool IsWordAt(string text, int at) =>
        Rune.DecodeFromUtf16(text.AsSpan(at), out var rune, out _) == OperationStatus.Done
        && CharacterSet.Word.Contains(rune.Value);
}

/// <summary>White space at the ends of a text: White_Space has no character beyond U+FFFF.</summary>
static class WhiteSpaceEnds
{
    /// <summary>How many units of the text come before its closing white space.</summary>
    public static int TrimEndWhiteSpace(this ReadOnlySpan<char> text)
    {
        var length = text.Length;
        while (length > 0 && CharacterSet.Space.Contains(text[length - 1]))
            length--;
        return length;
    }

    /// <summary>How many units of white space the text opens with.</summary>
    public static int LeadingWhiteSpace(this ReadOnlySpan<char> text)
    {
        var length = 0;
        while (length < text.Length && CharacterSet.Space.Contains(text[length]))
            length++;
        return length;
    }
}
