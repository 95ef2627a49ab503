using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;

namespace Muninn.Engine.Text.Templates;

/// <summary>Reads expressions, with the precedence of Jinja: <c>~</c> binds tighter than <c>+</c>, a filter tighter
/// than any operator.</summary>
sealed class ExpressionParser(TokenStream tokens)
{
    public Expression Parse()
    {
        tokens.Enter();
        var place = tokens.Place;
        var value = ParseOr();
        while (tokens.Take("if"))
        {
            tokens.Link();
            var test = ParseOr();
            var otherwise = tokens.Take("else") ? Parse() : null;
            value = new Expression.Condition(place, test, value, otherwise);
        }

        tokens.Leave();
        return value;
    }

    /// <summary>An expression without the <c>if</c> that in a loop's head means something else.</summary>
    public Expression ParseOr()
    {
        var left = ParseAnd();
        while (TakesLink("or"))
            left = new Expression.Binary(tokens.Next().Place, "or", left, ParseAnd());
        return left;
    }

    Expression ParseAnd()
    {
        var left = ParseNot();
        while (TakesLink("and"))
            left = new Expression.Binary(tokens.Next().Place, "and", left, ParseNot());
        return left;
    }

    Expression ParseNot()
    {
        if (!tokens.Current.Is("not"))
            return ParseComparison();
        tokens.Enter();
        var node = new Expression.Unary(tokens.Next().Place, "not", ParseNot());
        tokens.Leave();
        return node;
    }

    Expression ParseComparison()
    {
        var place = tokens.Place;
        var first = ParseSum();
        var rest = new List<(string Operator, Expression Right)>();
        while (TakeComparison() is { } name)
            rest.Add((name, ParseSum()));
        return rest.Count == 0 ? first : new Expression.Comparison(place, first, rest);
    }

    string? TakeComparison()
    {
        foreach (var name in (System.ReadOnlySpan<string>)["==", "!=", "<=", ">=", "<", ">", "in"])
        {
            if (tokens.Take(name))
                return name;
        }

        if (!tokens.Current.Is("not") || !tokens.Ahead(1).Is("in"))
            return null;
        tokens.Next();
        tokens.Next();
        return "not in";
    }

    Expression ParseSum()
    {
        var left = ParseJoin();
        while (tokens.Current.Is("+") || tokens.Current.Is("-"))
        {
            tokens.Link();
            var sign = tokens.Next();
            left = new Expression.Binary(sign.Place, sign.Text, left, ParseJoin());
        }

        return left;
    }

    Expression ParseJoin()
    {
        var left = ParseProduct();
        while (TakesLink("~"))
            left = new Expression.Binary(tokens.Next().Place, "~", left, ParseProduct());
        return left;
    }

    Expression ParseProduct()
    {
        var left = ParseUnary(withFilters: true);
        while (tokens.Current.Is("*") || tokens.Current.Is("/") || tokens.Current.Is("//") || tokens.Current.Is("%"))
        {
            tokens.Link();
            var sign = tokens.Next();
            left = new Expression.Binary(sign.Place, sign.Text, left, ParseUnary(withFilters: true));
        }

        if (tokens.Current.Is("**"))
            throw tokens.Error(tokens.Place, "the operator ** is not supported");
        return left;
    }

    Expression ParseUnary(bool withFilters)
    {
        tokens.Enter();
        Expression node;
        if (tokens.Current.Is("-") || tokens.Current.Is("+"))
        {
            var sign = tokens.Next();
            node = new Expression.Unary(sign.Place, sign.Text, ParseUnary(withFilters: false));
        }
        else
        {
            node = ParsePrimary();
        }

        node = ParsePostfix(node);
        if (withFilters)
            node = ParseFiltersAndTests(node);
        tokens.Leave();
        return node;
    }

    Expression ParsePrimary()
    {
        var token = tokens.Next();
        switch (token.Kind)
        {
            case TokenKind.Name:
                return token.Text switch
                {
                    "true" or "True" => new Expression.Literal(token.Place, true),
                    "false" or "False" => new Expression.Literal(token.Place, false),
                    "none" or "None" => new Expression.Literal(token.Place, null),
                    _ => new Expression.Variable(token.Place, token.Text),
                };
            case TokenKind.String:
                var text = new StringBuilder(token.Text);
                while (tokens.Current.Kind == TokenKind.String)
                    text.Append(tokens.Next().Text);
                return new Expression.Literal(token.Place, text.ToString());
            case TokenKind.Integer:
                return new Expression.Literal(token.Place, long.TryParse(token.Text, CultureInfo.InvariantCulture, out var whole)
                    ? whole
                    : throw tokens.Error(token.Place, "a number of more than 64 bits is not supported"));
            case TokenKind.Float:
                return new Expression.Literal(token.Place, double.Parse(token.Text, CultureInfo.InvariantCulture));
            case TokenKind.Operator when token.Text == "(":
                return ParseTuple(token.Place);
            case TokenKind.Operator when token.Text == "[":
                return new Expression.ListOf(token.Place, ParseItems("]"));
            case TokenKind.Operator when token.Text == "{":
                return ParseMap(token.Place);
            default:
                throw tokens.Error(token.Place, $"expected a value, found '{token.Text}'");
        }
    }

    Expression ParseTuple(TemplatePlace place)
    {
        if (tokens.Take(")"))
            return new Expression.ListOf(place, []);
        var first = Parse();
        if (tokens.Take(")"))
            return first;
        tokens.Expect(",");
        return new Expression.ListOf(place, [first, .. ParseItems(")")]);
    }

    List<Expression> ParseItems(string closing)
    {
        var items = new List<Expression>();
        while (!tokens.Take(closing))
        {
            items.Add(Parse());
            if (!tokens.Current.Is(closing))
                tokens.Expect(",");
        }

        return items;
    }

    Expression.MapOf ParseMap(TemplatePlace place)
    {
        var entries = new List<(Expression Key, Expression Value)>();
        while (!tokens.Take("}"))
        {
            var key = Parse();
            tokens.Expect(":");
            entries.Add((key, Parse()));
            if (!tokens.Current.Is("}"))
                tokens.Expect(",");
        }

        return new(place, entries);
    }

    Expression ParsePostfix(Expression node)
    {
        while (true)
        {
            var place = tokens.Place;
            if (tokens.Current.Is(".") || tokens.Current.Is("[") || tokens.Current.Is("("))
                tokens.Link();
            if (tokens.Take("."))
            {
                node = tokens.Current.Kind == TokenKind.Integer
                    ? new Expression.Item(place, node, ParsePrimary())
                    : new Expression.Member(place, node, tokens.Expect(TokenKind.Name, "a name").Text);
            }
            else if (tokens.Take("["))
            {
                node = ParseSubscript(place, node);
            }
            else if (tokens.Take("("))
            {
                node = new Expression.Call(place, node, ParseArguments());
            }
            else
            {
                return node;
            }
        }
    }

    Expression ParseSubscript(TemplatePlace place, Expression owner)
    {
        var start = tokens.Current.Is(":") ? null : Parse();
        if (start is not null && tokens.Take("]"))
            return new Expression.Item(place, owner, start);
        tokens.Expect(":");
        var stop = tokens.Current.Is(":") || tokens.Current.Is("]") ? null : Parse();
        var step = tokens.Take(":") && !tokens.Current.Is("]") ? Parse() : null;
        tokens.Expect("]");
        return new Expression.Slice(place, owner, start, stop, step);
    }

    ArgumentList ParseArguments()
    {
        var plain = new List<Expression>();
        var named = new List<(string Name, Expression Value)>();
        while (!tokens.Take(")"))
        {
            if (tokens.Current.Is("*") || tokens.Current.Is("**"))
                throw tokens.Error(tokens.Place, $"arguments spread with {tokens.Current.Text} are not supported");
            if (tokens.Current.Kind == TokenKind.Name && tokens.Ahead(1).Is("="))
            {
                var name = tokens.Next().Text;
                tokens.Next();
                named.Add((name, Parse()));
            }
            else if (named.Count > 0)
            {
                throw tokens.Error(tokens.Place, "an argument without a name behind one with a name");
            }
            else
            {
                plain.Add(Parse());
            }

            if (!tokens.Current.Is(")"))
                tokens.Expect(",");
        }

        return new(plain, named);
    }

    public Expression ParseFiltersAndTests(Expression node)
    {
        while (true)
        {
            if (tokens.Current.Is("|") || tokens.Current.Is("is"))
                tokens.Link();
            if (tokens.Take("|"))
            {
                node = ParseFilter(node);
            }
            else if (tokens.Take("is"))
            {
                node = ParseTest(node);
            }
            else if (tokens.Current.Is("(") && node is Expression.Filter or Expression.Test)
            {
                throw tokens.Error(tokens.Place, "calling the result of a filter or test is not supported");
            }
            else
            {
                return node;
            }
        }
    }

    Expression.Filter ParseFilter(Expression input)
    {
        var name = tokens.Expect(TokenKind.Name, "the name of a filter");
        if (!TemplateFilters.Names.Contains(name.Text))
        {
            throw tokens.Error(name.Place,
                $"the filter '{name.Text}' is not supported; supported: {string.Join(", ", TemplateFilters.Names)}");
        }

        return new(name.Place, input, name.Text, tokens.Take("(") ? ParseArguments() : ArgumentList.None);
    }

    Expression.Test ParseTest(Expression input)
    {
        var agreement = tokens.Take("not") ? Agreement.IsNot : Agreement.Is;
        var name = tokens.Expect(TokenKind.Name, "the name of a test");
        if (!TemplateTests.Names.Contains(name.Text))
        {
            throw tokens.Error(name.Place,
                $"the test '{name.Text}' is not supported; supported: {string.Join(", ", TemplateTests.Names)}");
        }

        var arguments = ArgumentList.None;
        if (tokens.Take("("))
            arguments = ParseArguments();
        else if (TemplateTests.IsArgument(tokens.Current))
            arguments = new([ParsePostfix(ParsePrimary())], []);
        return new(name.Place, input, name.Text, arguments, agreement);
    }

    bool TakesLink(string name)
    {
        if (!tokens.Current.Is(name))
            return false;
        tokens.Link();
        return true;
    }
}
