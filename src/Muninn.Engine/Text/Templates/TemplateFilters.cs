using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;

namespace Muninn.Engine.Text.Templates;

/// <summary>What may stand behind <c>|</c>.</summary>
static class TemplateFilters
{
    const int MaxIndent = 64;

    public static IReadOnlyList<string> Names { get; } =
    [
        "abs", "capitalize", "count", "d", "default", "first", "float", "indent", "int", "items", "join", "last", "length",
        "list", "lower", "map", "reject", "rejectattr", "replace", "reverse", "round", "safe", "select", "selectattr",
        "string", "title", "tojson", "trim", "upper",
    ];

    public static object? Apply(string name, object? value, TemplateArguments arguments)
    {
        var result = name switch
        {
            "trim" => PythonText.Strip(TemplateValues.Print(value), arguments.Text("chars", null), TextEnds.Both),
            "upper" => PythonText.Upper(TemplateValues.Print(value)),
            "lower" => PythonText.Lower(TemplateValues.Print(value)),
            "title" => PythonText.TitleWords(TemplateValues.Print(value)),
            "capitalize" => PythonText.Capitalize(TemplateValues.Print(value)),
            "string" or "safe" => TemplateValues.Print(value),
            "replace" => PythonText.Replace(TemplateValues.Print(value), arguments.Text("old"), arguments.Text("new"), arguments.Whole("count", -1)),
            "indent" => Indent(TemplateValues.Print(value), arguments),
            "tojson" => TemplateJson.Write(value, IndentOf(arguments)),
            "default" or "d" => Default(value, arguments.Next("default_value", ""), arguments.Truth("boolean")),
            "length" or "count" => LengthOf(value),
            "list" => ItemsOf(value),
            "items" => EntriesOf(value),
            "first" => ItemsOf(value) is [var first, ..] ? first : new Undefined("the first of nothing"),
            "last" => ItemsOf(value) is [.., var last] ? last : new Undefined("the last of nothing"),
            "reverse" => Reverse(value),
            "join" => Join(value, arguments.Text("d", "") ?? "", arguments.Text("attribute", null)),
            "int" => WholeOf(value, arguments.Next("default", 0L)),
            "float" => FloatOf(value, arguments.Next("default", 0.0)),
            "abs" => Abs(value),
            "round" => Round(value, arguments.Whole("precision", 0)),
            "map" => Map(value, arguments),
            _ => Select(name, value, arguments),
        };
        arguments.Done();
        return result;
    }

    /// <summary>What a loop over the value goes through.</summary>
    public static List<object?> ItemsOf(object? value) => value switch
    {
        List<object?> list => list,
        string text => [.. PythonText.Characters(text)],
        TemplateMap map => map.Entries.ConvertAll(static entry => entry.Key),
        Undefined => [],
        _ => throw new InvalidDataException($"expected something to go through, found {TemplateValues.KindOf(value)}"),
    };

    public static List<object?> EntriesOf(object? value) => value switch
    {
        TemplateMap map => map.Entries.ConvertAll(static entry => (object?)new List<object?> { entry.Key, entry.Value }),
        Undefined => [],
        _ => throw new InvalidDataException($"items: expected a mapping, found {TemplateValues.KindOf(value)}"),
    };

    /// <summary>An attribute by name, <c>a.b</c> through several.</summary>
    static object? AttributeOf(object? value, string path)
    {
        foreach (var key in path.Split('.'))
            value = value is TemplateMap map && map.TryGet(key, out var inner) ? inner : new Undefined(key);
        return value;
    }

    static object? Default(object? value, object? otherwise, bool alsoFalse) =>
        value is Undefined || (alsoFalse && !TemplateValues.IsTrue(value)) ? otherwise : value;

    static long LengthOf(object? value) => value switch
    {
        string text => PythonText.Length(text),
        null or long or double or bool => throw new InvalidDataException($"length: {TemplateValues.KindOf(value)} has no length"),
        _ => ItemsOf(value).Count,
    };

    static object Reverse(object? value)
    {
        var items = new List<object?>(ItemsOf(value));
        items.Reverse();
        return value is string ? string.Concat(items) : items;
    }

    static string Join(object? value, string between, string? attribute) => PythonText.Join(between, ItemsOf(value)
        .Select(item => TemplateValues.Print(attribute is null ? item : AttributeOf(item, attribute))));

    static object? WholeOf(object? value, object? otherwise) => value switch
    {
        long => value,
        bool truth => truth ? 1L : 0L,
        double number when Math.Abs(number) < long.MaxValue => (long)number,
        string text when long.TryParse(text.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) => whole,
        string text when double.TryParse(text, CultureInfo.InvariantCulture, out var number) && Math.Abs(number) < long.MaxValue => (long)number,
        _ => otherwise,
    };

    static object? FloatOf(object? value, object? otherwise) => TemplateValues.NumberOf(value)
        ?? (value is string text && double.TryParse(text, CultureInfo.InvariantCulture, out var number) ? number : otherwise);

    static object Abs(object? value) => value switch
    {
        long number when number != long.MinValue => (object)Math.Abs(number),
        double number => Math.Abs(number),
        _ => throw new InvalidDataException($"abs: expected a number, found {TemplateValues.KindOf(value)}"),
    };

    static double Round(object? value, long precision) => TemplateValues.NumberOf(value) is { } number && precision is >= 0 and <= 15
        ? Math.Round(number, (int)precision, MidpointRounding.ToEven)
        : throw new InvalidDataException($"round: expected a number and 0 to 15 places, found {TemplateValues.KindOf(value)}");

    static string Indent(string text, TemplateArguments arguments)
    {
        var width = arguments.Next("width", 4L);
        var blanks = width switch
        {
            string given => given,
            long count and >= 0 and <= MaxIndent => new(' ', (int)count),
            _ => throw new InvalidDataException($"indent: expected 0 to {MaxIndent} blanks or a string"),
        };
        return PythonText.Indent(text, blanks, arguments.Truth("first"), arguments.Truth("blank"));
    }

    static int? IndentOf(TemplateArguments arguments) => arguments.Next("indent", null) switch
    {
        null => null,
        long count and >= 0 and <= MaxIndent => (int)count,
        _ => throw new InvalidDataException($"tojson: expected an indent of 0 to {MaxIndent}"),
    };

    static List<object?> Map(object? value, TemplateArguments arguments)
    {
        var attribute = arguments.Count == 1 && arguments.Next("attribute", null) is string name ? name : null;
        if (attribute is null)
            throw new InvalidDataException("map: expected attribute='name' or the name of a filter");
        // By place it names a filter, by name an attribute.
        return arguments.HasPlain
            ? ItemsOf(value).ConvertAll(item => Apply(Known(attribute), item, TemplateArguments.None(attribute)))
            : ItemsOf(value).ConvertAll(item => AttributeOf(item, attribute));
    }

    static string Known(string name) => Names.Contains(name) && name is not ("map" or "select" or "reject")
        ? name
        : throw new InvalidDataException($"map: the filter '{name}' is not supported");

    static List<object?> Select(string name, object? value, TemplateArguments arguments)
    {
        var byAttribute = name.EndsWith("attr", StringComparison.Ordinal);
        var wanted = name.StartsWith("select", StringComparison.Ordinal);
        var attribute = byAttribute ? arguments.Text("attribute") : null;
        var test = arguments.Text("test", null);
        if (test is not null && !TemplateTests.Names.Contains(test))
            throw new InvalidDataException($"{name}: the test '{test}' is not supported");
        var hasOperand = arguments.HasMore;
        var operand = hasOperand ? arguments.Next("operand") : null;
        return ItemsOf(value).FindAll(item =>
        {
            var subject = attribute is null ? item : AttributeOf(item, attribute);
            var holds = test is null
                ? TemplateValues.IsTrue(subject)
                : TemplateTests.Apply(test, subject, TemplateArguments.Of(test, hasOperand ? [operand] : []));
            return holds == wanted;
        });
    }
}
