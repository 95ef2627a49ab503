using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace Muninn.Engine.Text.Templates;

/// <summary>What stands behind a dot or in brackets: methods, keys, indices and slices.</summary>
static class TemplateMembers
{
    /// <summary><c>value.name</c>: a method, else a key.</summary>
    public static object? Member(object? value, string name)
    {
        if (value is Undefined undefined)
            throw new InvalidDataException($"'{undefined.Name}' is undefined and has no '{name}'");
        if (value is TemplateNamespace space)
            return space.Values.TryGetValue(name, out var held) ? held : new Undefined(name);
        return Method(value, name) ?? Item(value, name);
    }

    /// <summary><c>value[index]</c>.</summary>
    public static object? Item(object? value, object? index)
    {
        switch (value)
        {
            case Undefined undefined:
                throw new InvalidDataException($"'{undefined.Name}' is undefined and has no [{TemplateValues.Print(index)}]");
            case TemplateMap map:
                return map.TryGet(index, out var held) ? held : new Undefined(TemplateValues.Print(index));
            case TemplateNamespace space when index is string name:
                return space.Values.TryGetValue(name, out var found) ? found : new Undefined(name);
            case string or List<object?> when index is long at:
                var items = TemplateFilters.ItemsOf(value);
                at += at < 0 ? items.Count : 0;
                return at >= 0 && at < items.Count ? items[(int)at] : new Undefined($"item {index}");
            default:
                return index is string key && Method(value, key) is { } method ? method : new Undefined(TemplateValues.Print(index));
        }
    }

    /// <summary><c>value[start:stop:step]</c>.</summary>
    public static object Slice(object? value, object? start, object? stop, object? step)
    {
        if (value is not (string or List<object?>))
            throw new InvalidDataException($"a slice needs a string or a list, found {TemplateValues.KindOf(value)}");
        var items = TemplateFilters.ItemsOf(value);
        var by = Border("step", step) ?? 1;
        if (by == 0)
            throw new InvalidDataException("a slice with the step 0");
        var (lowest, highest) = by > 0 ? (0, items.Count) : (-1, items.Count - 1);
        var from = Place(Border("start", start), by > 0 ? lowest : highest);
        var to = Place(Border("stop", stop), by > 0 ? highest : lowest);
        var result = new List<object?>();
        for (var at = from; by > 0 ? at < to : at > to; at += by)
            result.Add(items[(int)at]);
        return value is string ? string.Concat(result) : result;

        long Place(long? border, long otherwise) =>
            border is { } given ? Math.Clamp(given < 0 ? given + items.Count : given, lowest, highest) : otherwise;

        static long? Border(string name, object? value) => value switch
        {
            null => null,
            // Borders beyond any list keep sums in range.
            long number => Math.Clamp(number, -int.MaxValue, int.MaxValue),
            _ => throw new InvalidDataException($"the {name} of a slice has to be a whole number, found {TemplateValues.KindOf(value)}"),
        };
    }

    static TemplateFunction? Method(object? value, string name) => value switch
    {
        string text => TextMethod(text, name),
        TemplateMap map => MapMethod(map, name),
        _ => null,
    };

    static TemplateFunction? MapMethod(TemplateMap map, string name) => name switch
    {
        "items" => Bind(name, _ => TemplateFilters.EntriesOf(map)),
        "keys" => Bind(name, _ => TemplateFilters.ItemsOf(map)),
        "values" => Bind(name, _ => map.Entries.ConvertAll(static entry => entry.Value)),
        "get" => Bind(name, arguments =>
        {
            var key = arguments.Next("key");
            var otherwise = arguments.Next("default", null);
            return map.TryGet(key, out var found) ? found : otherwise;
        }),
        _ => null,
    };

    static TemplateFunction? TextMethod(string text, string name) => name switch
    {
        "strip" => Bind(name, arguments => PythonText.Strip(text, arguments.Text("chars", null), TextEnds.Both)),
        "lstrip" => Bind(name, arguments => PythonText.Strip(text, arguments.Text("chars", null), TextEnds.Left)),
        "rstrip" => Bind(name, arguments => PythonText.Strip(text, arguments.Text("chars", null), TextEnds.Right)),
        "startswith" => Bind(name, arguments => Any(arguments.Next("prefix"), part => text.StartsWith(part, StringComparison.Ordinal))),
        "endswith" => Bind(name, arguments => Any(arguments.Next("suffix"), part => text.EndsWith(part, StringComparison.Ordinal))),
        "split" => Bind(name, arguments => Split(text, arguments)),
        "upper" => Bind(name, _ => PythonText.Upper(text)),
        "lower" => Bind(name, _ => PythonText.Lower(text)),
        "title" => Bind(name, _ => PythonText.Title(text)),
        "capitalize" => Bind(name, _ => PythonText.Capitalize(text)),
        "replace" => Bind(name, arguments => PythonText.Replace(text, arguments.Text("old"), arguments.Text("new"), arguments.Whole("count", -1))),
        "join" => Bind(name, arguments => PythonText.Join(text, TemplateFilters.ItemsOf(arguments.Next("iterable")).Select(TemplateValues.Print))),
        "find" => Bind(name, arguments => text.IndexOf(arguments.Text("sub"), StringComparison.Ordinal) is >= 0 and var at
            ? PythonText.Length(text[..at])
            : -1L),
        "isdigit" => Bind(name, _ => text.Length > 0 && text.All(char.IsDigit)),
        _ => null,
    };

    static List<object?> Split(string text, TemplateArguments arguments)
    {
        var separator = arguments.Text("sep", null);
        return separator?.Length == 0
            ? throw new InvalidDataException("split: the separator is empty")
            : PythonText.Split(text, separator, arguments.Whole("maxsplit", -1));
    }

    static bool Any(object? parts, Predicate<string> holds) => parts switch
    {
        string part => holds(part),
        List<object?> list => list.Exists(item => item is string part && holds(part)),
        _ => throw new InvalidDataException($"expected a string or several, found {TemplateValues.KindOf(parts)}"),
    };

    static TemplateFunction Bind(string name, Func<TemplateArguments, object?> body) => (plain, named) =>
    {
        var arguments = new TemplateArguments(name, plain, named);
        var result = body(arguments);
        arguments.Done();
        return result;
    };
}
