using System;
using System.Collections.Generic;

namespace Muninn.Engine.Text.Templates;

/// <summary>Reads the statements of a template; tags that it does not know it refuses by name.</summary>
sealed class TemplateParser
{
    const string Supported = "supported: for, if, set, macro, break, continue, generation";

    readonly TokenStream _tokens;
    readonly ExpressionParser _expressions;
    int _loops;

    TemplateParser(TokenStream tokens)
    {
        _tokens = tokens;
        _expressions = new(tokens);
    }

    public static IReadOnlyList<Statement> Parse(TemplateSource source)
    {
        var parser = new TemplateParser(new(source, TemplateLexer.Read(source)));
        var body = parser.ParseBody();
        if (parser._tokens.Current.Kind != TokenKind.End)
        {
            var name = parser._tokens.Ahead(1);
            throw source.Error(name.Place, $"the tag '{name.Text}' without its opening tag");
        }

        return body;
    }

    /// <summary>Statements up to the end or a tag that closes or divides a block, which stays where it is.</summary>
    List<Statement> ParseBody()
    {
        _tokens.Enter();
        var body = new List<Statement>();
        while (true)
        {
            var token = _tokens.Current;
            switch (token.Kind)
            {
                case TokenKind.Text:
                    _tokens.Next();
                    body.Add(new Statement.Text(token.Place, token.Text));
                    break;
                case TokenKind.BeginOutput:
                    _tokens.Next();
                    body.Add(new Statement.Output(token.Place, ParseTupleOrValue()));
                    _tokens.Expect(TokenKind.EndOutput, "'}}'");
                    break;
                case TokenKind.BeginBlock when !IsDivider(_tokens.Ahead(1).Text):
                    _tokens.Next();
                    body.Add(ParseTag());
                    break;
                default:
                    _tokens.Leave();
                    return body;
            }
        }
    }

    static bool IsDivider(string name) => name is "else" or "elif" || name.StartsWith("end", StringComparison.Ordinal);

    Statement ParseTag()
    {
        var name = _tokens.Expect(TokenKind.Name, "the name of a tag");
        switch (name.Text)
        {
            case "if":
                return ParseIf(name.Place);
            case "for":
                return ParseFor(name.Place);
            case "set":
                return ParseSet(name.Place);
            case "macro":
                return ParseMacro(name.Place);
            case "generation":
                EndTag();
                var body = ParseBody();
                CloseTag("endgeneration");
                return new Statement.Group(name.Place, body);
            case "break" or "continue" when _loops == 0:
                throw _tokens.Error(name.Place, $"'{name.Text}' outside a loop");
            case "break":
                EndTag();
                return new Statement.Break(name.Place);
            case "continue":
                EndTag();
                return new Statement.Continue(name.Place);
            default:
                throw _tokens.Error(name.Place, $"the tag '{name.Text}' is not supported; {Supported}");
        }
    }

    Statement.If ParseIf(TemplatePlace place)
    {
        var branches = new List<(Expression Test, IReadOnlyList<Statement> Body)>();
        IReadOnlyList<Statement> otherwise = [];
        do
        {
            var test = _expressions.Parse();
            EndTag();
            branches.Add((test, ParseBody()));
        }
        while (TakeTag("elif"));

        if (TakeTag("else"))
        {
            EndTag();
            otherwise = ParseBody();
        }

        CloseTag("endif");
        return new(place, branches, otherwise);
    }

    Statement.For ParseFor(TemplatePlace place)
    {
        var target = ParseNames();
        _tokens.Expect("in");
        var items = ParseTupleOrValue(withCondition: false);
        var filter = _tokens.Take("if") ? _expressions.Parse() : null;
        if (_tokens.Current.Is("recursive"))
            throw _tokens.Error(_tokens.Place, "recursive loops are not supported");
        EndTag();
        _loops++;
        var body = ParseBody();
        _loops--;
        IReadOnlyList<Statement> otherwise = [];
        if (TakeTag("else"))
        {
            EndTag();
            otherwise = ParseBody();
        }

        CloseTag("endfor");
        return new(place, target, items, filter, body, otherwise);
    }

    Statement ParseSet(TemplatePlace place)
    {
        Target target;
        if (_tokens.Ahead(1).Is("."))
        {
            var variable = _tokens.Expect(TokenKind.Name, "a name").Text;
            _tokens.Next();
            target = new Target.Attribute(variable, _tokens.Expect(TokenKind.Name, "a name").Text);
        }
        else
        {
            target = ParseNames();
        }

        if (_tokens.Take("="))
        {
            var value = ParseTupleOrValue();
            EndTag();
            return new Statement.Set(place, target, value);
        }

        if (_tokens.Current.Is("|"))
            throw _tokens.Error(_tokens.Place, "a set block with a filter is not supported");
        EndTag();
        var body = ParseBody();
        CloseTag("endset");
        return new Statement.SetBlock(place, target, body);
    }

    Statement.Macro ParseMacro(TemplatePlace place)
    {
        var name = _tokens.Expect(TokenKind.Name, "the name of a macro").Text;
        _tokens.Expect("(");
        var parameters = new List<(string Name, Expression? Value)>();
        while (!_tokens.Take(")"))
        {
            var parameter = _tokens.Expect(TokenKind.Name, "the name of a parameter").Text;
            parameters.Add((parameter, _tokens.Take("=") ? _expressions.Parse() : null));
            if (!_tokens.Current.Is(")"))
                _tokens.Expect(",");
        }

        EndTag();
        var loops = _loops;
        _loops = 0;
        var body = ParseBody();
        _loops = loops;
        CloseTag("endmacro");
        return new(place, name, parameters, body);
    }

    Target ParseNames()
    {
        var names = new List<string>();
        var inBrackets = _tokens.Take("(");
        do
        {
            names.Add(_tokens.Expect(TokenKind.Name, "a name").Text);
        }
        while (_tokens.Take(","));
        if (inBrackets)
            _tokens.Expect(")");
        return names.Count == 1 ? new Target.Name(names[0]) : new Target.Names(names);
    }

    Expression ParseTupleOrValue(bool withCondition = true)
    {
        var first = withCondition ? _expressions.Parse() : _expressions.ParseOr();
        if (!_tokens.Current.Is(","))
            return first;
        var items = new List<Expression> { first };
        while (_tokens.Take(","))
            items.Add(withCondition ? _expressions.Parse() : _expressions.ParseOr());
        return new Expression.ListOf(first.Place, items);
    }

    bool TakeTag(string name)
    {
        if (_tokens.Current.Kind != TokenKind.BeginBlock || !_tokens.Ahead(1).Is(name))
            return false;
        _tokens.Next();
        _tokens.Next();
        return true;
    }

    void CloseTag(string name)
    {
        if (!TakeTag(name))
        {
            throw _tokens.Current.Kind == TokenKind.BeginBlock
                ? _tokens.Error(_tokens.Ahead(1).Place, $"expected '{name}', found '{_tokens.Ahead(1).Text}'")
                : _tokens.Unexpected($"'{name}'");
        }

        EndTag();
    }

    void EndTag() => _tokens.Expect(TokenKind.EndBlock, "'%}'");
}
