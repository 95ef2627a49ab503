using System;
using System.Collections.Generic;

namespace Muninn.Engine.Text.Templates;

/// <summary>Tokens that a parser takes one by one.</summary>
sealed class TokenStream(TemplateSource source, List<TemplateToken> tokens)
{
    const int MaxDepth = 100;
    const int MaxLinks = 500;

    int _at;
    int _depth;
    int _links;

    public TemplateToken Current => tokens[_at];

    public TemplatePlace Place => Current.Place;

    public TemplateToken Ahead(int count) => tokens[Math.Min(_at + count, tokens.Count - 1)];

    public TemplateToken Next()
    {
        var token = Current;
        if (token.Kind is TokenKind.BeginOutput or TokenKind.BeginBlock)
            _links = 0;
        if (token.Kind != TokenKind.End)
            _at++;
        return token;
    }

    public bool Take(string text)
    {
        if (!Current.Is(text))
            return false;
        _at++;
        return true;
    }

    public TemplateToken Expect(string text) => Current.Is(text) ? Next() : throw Unexpected($"'{text}'");

    public TemplateToken Expect(TokenKind kind, string what) => Current.Kind == kind ? Next() : throw Unexpected(what);

    public Exception Unexpected(string expected) => Error(Place, $"expected {expected}, found {Describe(Current)}");

    public Exception Error(TemplatePlace place, string what) => source.Error(place, what);

    /// <summary>Counts a level of nesting; the parser and the renderer go as deep as the deepest one.</summary>
    public void Enter()
    {
        if (++_depth > MaxDepth)
            throw Error(Place, FormattableString.Invariant($"more than {MaxDepth} levels inside each other"));
    }

    public void Leave() => _depth--;

    /// <summary>Counts an operator, filter or member: a row of them in one tag is a tree as deep as the row is long.</summary>
    public void Link()
    {
        if (++_links > MaxLinks)
            throw Error(Place, FormattableString.Invariant($"more than {MaxLinks} operators, filters and members in one tag"));
    }

    static string Describe(TemplateToken token) => token.Kind switch
    {
        TokenKind.End => "the end of the template",
        TokenKind.Text => "text",
        TokenKind.String => "a string",
        _ => $"'{token.Text}'",
    };
}
