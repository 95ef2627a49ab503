using System.Collections.Generic;

namespace Muninn.Engine.Text.Templates;

/// <summary>An expression of a template.</summary>
abstract record Expression(TemplatePlace Place)
{
    public sealed record Literal(TemplatePlace Place, object? Value) : Expression(Place);

    public sealed record Variable(TemplatePlace Place, string Name) : Expression(Place);

    public sealed record ListOf(TemplatePlace Place, IReadOnlyList<Expression> Items) : Expression(Place);

    public sealed record MapOf(TemplatePlace Place, IReadOnlyList<(Expression Key, Expression Value)> Entries) : Expression(Place);

    public sealed record Unary(TemplatePlace Place, string Operator, Expression Operand) : Expression(Place);

    public sealed record Binary(TemplatePlace Place, string Operator, Expression Left, Expression Right) : Expression(Place);

    /// <summary><c>a &lt; b &lt; c</c>: every neighbour has to agree.</summary>
    public sealed record Comparison(
        TemplatePlace Place, Expression First, IReadOnlyList<(string Operator, Expression Right)> Rest) : Expression(Place);

    public sealed record Condition(TemplatePlace Place, Expression When, Expression Then, Expression? Otherwise) : Expression(Place);

    public sealed record Member(TemplatePlace Place, Expression Owner, string Name) : Expression(Place);

    public sealed record Item(TemplatePlace Place, Expression Owner, Expression Index) : Expression(Place);

    public sealed record Slice(
        TemplatePlace Place, Expression Owner, Expression? Start, Expression? Stop, Expression? Step) : Expression(Place);

    public sealed record Call(TemplatePlace Place, Expression Function, ArgumentList Arguments) : Expression(Place);

    public sealed record Filter(TemplatePlace Place, Expression Input, string Name, ArgumentList Arguments) : Expression(Place);

    public sealed record Test(
        TemplatePlace Place, Expression Input, string Name, ArgumentList Arguments, Agreement Agreement) : Expression(Place);
}

/// <summary>Whether a test is to hold or not to hold.</summary>
enum Agreement
{
    Is,
    IsNot,
}

/// <summary>Arguments as written.</summary>
sealed record ArgumentList(IReadOnlyList<Expression> Plain, IReadOnlyList<(string Name, Expression Value)> Named)
{
    public static ArgumentList None { get; } = new([], []);
}

/// <summary>What a <c>set</c> or <c>for</c> assigns to.</summary>
abstract record Target
{
    public sealed record Name(string Variable) : Target;

    public sealed record Names(IReadOnlyList<string> Variables) : Target;

    /// <summary><c>ns.x</c>: an attribute of a namespace.</summary>
    public sealed record Attribute(string Variable, string Key) : Target;
}

/// <summary>A statement of a template.</summary>
abstract record Statement(TemplatePlace Place)
{
    public sealed record Text(TemplatePlace Place, string Value) : Statement(Place);

    public sealed record Output(TemplatePlace Place, Expression Value) : Statement(Place);

    public sealed record If(
        TemplatePlace Place, IReadOnlyList<(Expression Test, IReadOnlyList<Statement> Body)> Branches, IReadOnlyList<Statement> Otherwise) : Statement(Place);

    public sealed record For(
        TemplatePlace Place,
        Target Target,
        Expression Items,
        Expression? Filter,
        IReadOnlyList<Statement> Body,
        IReadOnlyList<Statement> Otherwise) : Statement(Place);

    public sealed record Set(TemplatePlace Place, Target Target, Expression Value) : Statement(Place);

    public sealed record SetBlock(TemplatePlace Place, Target Target, IReadOnlyList<Statement> Body) : Statement(Place);

    public sealed record Macro(
        TemplatePlace Place, string Name, IReadOnlyList<(string Name, Expression? Value)> Parameters, IReadOnlyList<Statement> Body) : Statement(Place);

    /// <summary>A body that changes nothing: what <c>generation</c> marks.</summary>
    public sealed record Group(TemplatePlace Place, IReadOnlyList<Statement> Statements) : Statement(Place);

    public sealed record Break(TemplatePlace Place) : Statement(Place);

    public sealed record Continue(TemplatePlace Place) : Statement(Place);
}
