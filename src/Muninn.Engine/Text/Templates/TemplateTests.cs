using System;
using System.Collections.Generic;
using System.IO;

namespace Muninn.Engine.Text.Templates;

/// <summary>What may stand behind <c>is</c>.</summary>
static class TemplateTests
{
    public static IReadOnlyList<string> Names { get; } =
    [
        "boolean", "callable", "defined", "divisibleby", "eq", "equalto", "even", "false", "float", "ge", "gt", "in",
        "integer", "iterable", "le", "lower", "lt", "mapping", "ne", "none", "number", "odd", "sequence", "string", "true",
        "undefined", "upper",
    ];

    public static bool Apply(string name, object? value, TemplateArguments arguments)
    {
        var result = name switch
        {
            "defined" => value is not Undefined,
            "undefined" => value is Undefined,
            "none" => value is null,
            "string" => value is string,
            "boolean" => value is bool,
            "true" => value is true,
            "false" => value is false,
            "integer" => value is long,
            "float" => value is double,
            "number" => value is long or double or bool,
            "mapping" => value is TemplateMap,
            "sequence" => value is string or List<object?> or TemplateMap or Undefined,
            "iterable" => value is string or List<object?> or TemplateMap or Undefined,
            "callable" => value is TemplateFunction,
            "upper" => value is string text && text == PythonText.Upper(text) && text != PythonText.Lower(text),
            "lower" => value is string text && text == PythonText.Lower(text) && text != PythonText.Upper(text),
            "odd" => Remainder(name, value, 2) == 1,
            "even" => Remainder(name, value, 2) == 0,
            "divisibleby" => Remainder(name, value, arguments.Whole("num", 0)) == 0,
            "in" => TemplateOperators.Compare("in", value, arguments.Next("seq")),
            _ => TemplateOperators.Compare(SignOf(name), value, arguments.Next("other")),
        };
        arguments.Done();
        return result;
    }

    static string SignOf(string name) => name switch
    {
        "eq" or "equalto" => "==",
        "ne" => "!=",
        "lt" => "<",
        "le" => "<=",
        "gt" => ">",
        _ => ">=",
    };

    static long Remainder(string name, object? value, long divisor) =>
        value is long number && divisor != 0
            ? Math.Abs(number % divisor)
            : throw new InvalidDataException($"{name}: expected whole numbers and no division by zero, found {TemplateValues.KindOf(value)}");

    /// <summary>Whether a token begins the one argument that a test may have without parentheses: <c>is divisibleby 3</c>.</summary>
    public static bool IsArgument(TemplateToken token) => token.Kind switch
    {
        TokenKind.String or TokenKind.Integer or TokenKind.Float => true,
        TokenKind.Name => token.Text is not ("else" or "or" or "and" or "if" or "is" or "in" or "not"),
        TokenKind.Operator => token.Text is "[" or "{",
        _ => false,
    };
}
