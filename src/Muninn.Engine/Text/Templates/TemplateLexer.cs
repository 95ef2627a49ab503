using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;

namespace Muninn.Engine.Text.Templates;

enum TokenKind
{
    Text,
    BeginOutput,
    EndOutput,
    BeginBlock,
    EndBlock,
    Name,
    String,
    Integer,
    Float,
    Operator,
    End,
}

/// <summary>A token of a template.</summary>
readonly record struct TemplateToken(TokenKind Kind, string Text, TemplatePlace Place)
{
    public bool Is(string text) => Kind is TokenKind.Operator or TokenKind.Name && Text == text;
}

/// <summary>Cuts a template into tokens, with white space treated as Hugging Face sets Jinja up: trim_blocks and
/// lstrip_blocks on, one line feed at the very end dropped.</summary>
sealed class TemplateLexer
{
    static readonly string[] _operators =
        ["**", "//", "==", "!=", "<=", ">=", "+", "-", "*", "/", "%", "~", "<", ">", "=", "(", ")", "[", "]", "{", "}", ".", ",", ":", "|"];

    readonly TemplateSource _source;
    readonly string _text;
    readonly List<TemplateToken> _tokens = [];
    readonly Stack<char> _brackets = [];
    int _at;
    int _placeAt;
    TemplatePlace _place = new(1, 1);

    TemplateLexer(TemplateSource source)
    {
        _source = source;
        _text = source.Text.EndsWith('\n') ? source.Text[..^1] : source.Text;
    }

    public static List<TemplateToken> Read(TemplateSource source)
    {
        var lexer = new TemplateLexer(source);
        while (lexer._at < lexer._text.Length)
            lexer.ReadTextAndTag();
        lexer.Add(TokenKind.End, "", lexer._at);
        return lexer._tokens;
    }

    void ReadTextAndTag()
    {
        var start = _at;
        var tag = NextTag(start);
        var end = tag < 0 ? _text.Length : tag;
        if (tag < 0)
        {
            AddText(start, end);
            _at = end;
            return;
        }

        var sign = tag + 2 < _text.Length ? _text[tag + 2] : ' ';
        if (sign == '-')
        {
            end = start + TrimmedLength(_text.AsSpan(start, end - start));
        }
        else if (sign != '+' && _text[tag + 1] != '{')
        {
            // lstrip_blocks: blanks between the start of a line and a block or comment.
            var line = end;
            while (line > start && _text[line - 1] is ' ' or '\t')
                line--;
            if (line == 0 || _text[line - 1] == '\n')
                end = line;
        }

        AddText(start, end);
        _at = tag + 2 + (sign is '-' || (sign is '+' && _text[tag + 1] != '{') ? 1 : 0);
        switch (_text[tag + 1])
        {
            case '#':
                SkipComment(tag);
                break;
            case '{':
                Add(TokenKind.BeginOutput, "{{", tag);
                ReadTag(tag, "}}", TokenKind.EndOutput);
                break;
            default:
                Add(TokenKind.BeginBlock, "{%", tag);
                ReadTag(tag, "%}", TokenKind.EndBlock);
                break;
        }
    }

    int NextTag(int from)
    {
        for (var at = _text.IndexOf('{', from); at >= 0 && at + 1 < _text.Length; at = _text.IndexOf('{', at + 1))
        {
            if (_text[at + 1] is '{' or '%' or '#')
                return at;
        }

        return -1;
    }

    void SkipComment(int tag)
    {
        var end = _text.IndexOf("#}", _at, StringComparison.Ordinal);
        if (end < 0)
            throw Error(tag, "a comment without its '#}'");
        _at = end + 2;
        AfterTag(end > tag + 2 ? _text[end - 1] : ' ', isOutput: false);
    }

    void ReadTag(int tag, string closing, TokenKind closingKind)
    {
        _brackets.Clear();
        while (true)
        {
            while (_at < _text.Length && char.IsWhiteSpace(_text[_at]))
                _at++;
            if (_at >= _text.Length)
                throw Error(tag, $"a tag without its '{closing}'");
            if (_brackets.Count == 0)
            {
                var sign = _text[_at] is '-' or '+' && Follows(closing, _at + 1) ? _text[_at] : ' ';
                var end = sign == ' ' ? _at : _at + 1;
                if (Follows(closing, end))
                {
                    Add(closingKind, closing, _at);
                    _at = end + 2;
                    AfterTag(sign, closingKind == TokenKind.EndOutput);
                    return;
                }
            }

            ReadToken();
        }
    }

    void AfterTag(char sign, bool isOutput)
    {
        if (sign == '-')
        {
            while (_at < _text.Length && PythonText.IsSpace(_text[_at]))
                _at++;
        }
        else if (sign != '+' && !isOutput && _at < _text.Length && _text[_at] == '\n')
        {
            _at++;
        }
    }

    void ReadToken()
    {
        var start = _at;
        var c = _text[_at];
        if (c == '_' || char.IsLetter(c))
        {
            while (_at < _text.Length && (_text[_at] == '_' || char.IsLetterOrDigit(_text[_at])))
                _at++;
            Add(TokenKind.Name, _text[start.._at], start);
        }
        else if (char.IsAsciiDigit(c))
        {
            ReadNumber();
        }
        else if (c is '\'' or '"')
        {
            ReadString();
        }
        else
        {
            var found = Array.Find(_operators, candidate => Follows(candidate, _at))
                ?? throw Error(start, $"the character '{VisibleText.Of(c.ToString())}' inside a tag");
            Balance(found[0], start);
            _at += found.Length;
            Add(TokenKind.Operator, found, start);
        }
    }

    void Balance(char sign, int at)
    {
        if (sign is '(' or '[' or '{')
            _brackets.Push(sign);
        if (sign is ')' or ']' or '}'
            && (!_brackets.TryPop(out var opening) || (opening, sign) is not (('(', ')') or ('[', ']') or ('{', '}'))))
            throw Error(at, $"a '{sign}' without its opening bracket");
    }

    void ReadNumber()
    {
        var start = _at;
        while (_at < _text.Length && (char.IsAsciiDigit(_text[_at]) || _text[_at] == '_'))
            _at++;
        var kind = TokenKind.Integer;
        if (_at + 1 < _text.Length && _text[_at] == '.' && char.IsAsciiDigit(_text[_at + 1]))
        {
            kind = TokenKind.Float;
            _at++;
            while (_at < _text.Length && char.IsAsciiDigit(_text[_at]))
                _at++;
        }

        if (_at < _text.Length && (char.IsLetter(_text[_at]) || _text[_at] == '_'))
            throw Error(start, "a number with a letter behind it (only plain whole and decimal numbers are supported)");
        Add(kind, _text[start.._at].Replace("_", "", StringComparison.Ordinal), start);
    }

    void ReadString()
    {
        var start = _at;
        var quote = _text[_at++];
        var value = new StringBuilder();
        while (true)
        {
            if (_at >= _text.Length)
                throw Error(start, "a string without its closing quote");
            var c = _text[_at++];
            if (c == quote)
                break;
            if (c == '\\' && _at < _text.Length)
                ReadEscape(start, value);
            else
                value.Append(c);
        }

        Add(TokenKind.String, value.ToString(), start);
    }

    void ReadEscape(int start, StringBuilder value)
    {
        var c = _text[_at++];
        const string Letters = "ntrabfv0\\'\"";
        const string Codes = "\n\t\r\a\b\f\v\0\\'\"";
        if (Letters.IndexOf(c, StringComparison.Ordinal) is >= 0 and var known)
        {
            value.Append(Codes[known]);
            return;
        }

        var digits = c switch { 'x' => 2, 'u' => 4, 'U' => 8, _ => 0 };
        if (digits == 0)
        {
            // Python keeps the backslash of an escape that it does not know, and drops a line break behind one.
            if (c != '\n')
                value.Append('\\').Append(c);
            return;
        }

        if (_at + digits > _text.Length
            || !int.TryParse(_text.AsSpan(_at, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code)
            || code > 0x10FFFF)
            throw Error(start, $"a string with a wrong \\{c} escape");
        _at += digits;
        if (code > 0xFFFF)
            value.Append(char.ConvertFromUtf32(code));
        else
            value.Append((char)code);
    }

    bool Follows(string text, int at) => string.CompareOrdinal(_text, at, text, 0, text.Length) == 0;

    static int TrimmedLength(ReadOnlySpan<char> text)
    {
        var length = text.Length;
        while (length > 0 && PythonText.IsSpace(text[length - 1]))
            length--;
        return length;
    }

    void AddText(int start, int end)
    {
        if (end > start)
            Add(TokenKind.Text, _text[start..end], start);
    }

    void Add(TokenKind kind, string text, int at)
    {
        // Tokens come from left to right: counting on from the last one keeps long templates linear.
        var between = _text.AsSpan(_placeAt, at - _placeAt);
        var lines = between.Count('\n');
        _place = lines == 0
            ? _place with { Column = _place.Column + between.Length }
            : new(_place.Line + lines, between.Length - between.LastIndexOf('\n'));
        _placeAt = at;
        _tokens.Add(new(kind, text, _place));
    }

    InvalidDataException Error(int at, string what) => _source.Error(_source.PlaceOf(at), what);
}
