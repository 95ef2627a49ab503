using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;

namespace Muninn.Engine.Text.Templates;

/// <summary>Carries out the statements of a template.</summary>
sealed class TemplateRenderer
{
    const int MaxCalls = 50;

    readonly TemplateSource _source;
    readonly ExpressionEvaluator _evaluator;
    StringBuilder _output = new();
    int _calls;

    TemplateRenderer(TemplateSource source)
    {
        _source = source;
        _evaluator = new(source);
    }

    enum Ending
    {
        Through,
        Break,
        Continue,
    }

    public static string Render(TemplateSource source, IReadOnlyList<Statement> body, IReadOnlyDictionary<string, object?> variables)
    {
        var renderer = new TemplateRenderer(source);
        var scope = new TemplateScope(outer: null);
        foreach (var (name, function) in TemplateFunctions.All)
            scope[name] = function;
        foreach (var (name, value) in variables)
            scope[name] = value;
        renderer.Run(body, scope);
        return renderer._output.ToString();
    }

    Ending Run(IReadOnlyList<Statement> body, TemplateScope scope)
    {
        foreach (var statement in body)
        {
            _evaluator.Charge(1, statement.Place);
            var ending = Run(statement, scope);
            if (ending != Ending.Through)
                return ending;
        }

        return Ending.Through;
    }

    Ending Run(Statement statement, TemplateScope scope)
    {
        switch (statement)
        {
            case Statement.Text text:
                Write(text.Value, text.Place);
                return Ending.Through;
            case Statement.Output output:
                Write(Printed(_evaluator.Evaluate(output.Value, scope), output.Place), output.Place);
                return Ending.Through;
            case Statement.If branch:
                return RunIf(branch, scope);
            case Statement.For loop:
                return RunFor(loop, scope);
            case Statement.Set set:
                Assign(set.Target, _evaluator.Evaluate(set.Value, scope), scope, set.Place);
                return Ending.Through;
            case Statement.SetBlock block:
                Assign(block.Target, Captured(block.Body, new(scope)), scope, block.Place);
                return Ending.Through;
            case Statement.Macro macro:
                scope[macro.Name] = MakeMacro(macro, scope.Root);
                return Ending.Through;
            case Statement.Group inner:
                return Run(inner.Statements, scope);
            case Statement.Break:
                return Ending.Break;
            default:
                return Ending.Continue;
        }
    }

    Ending RunIf(Statement.If branch, TemplateScope scope)
    {
        foreach (var (test, body) in branch.Branches)
        {
            if (TemplateValues.IsTrue(_evaluator.Evaluate(test, scope)))
                return Run(body, scope);
        }

        return Run(branch.Otherwise, scope);
    }

    Ending RunFor(Statement.For loop, TemplateScope scope)
    {
        var items = Checked(loop.Place, () => TemplateFilters.ItemsOf(_evaluator.Evaluate(loop.Items, scope)));
        if (loop.Filter is { } filter)
        {
            var kept = new List<object?>();
            foreach (var item in items)
            {
                var inner = new TemplateScope(scope);
                Assign(loop.Target, item, inner, loop.Place);
                if (TemplateValues.IsTrue(_evaluator.Evaluate(filter, inner)))
                    kept.Add(item);
            }

            items = kept;
        }

        if (items.Count == 0)
            return Run(loop.Otherwise, new(scope));
        for (var i = 0; i < items.Count; i++)
        {
            var inner = new TemplateScope(scope);
            Assign(loop.Target, items[i], inner, loop.Place);
            inner["loop"] = LoopOf(items, i);
            if (Run(loop.Body, inner) == Ending.Break)
                break;
        }

        return Ending.Through;
    }

    static TemplateNamespace LoopOf(List<object?> items, int at)
    {
        var loop = new TemplateNamespace();
        loop.Values["index0"] = (long)at;
        loop.Values["index"] = at + 1L;
        loop.Values["revindex0"] = items.Count - at - 1L;
        loop.Values["revindex"] = (long)(items.Count - at);
        loop.Values["first"] = at == 0;
        loop.Values["last"] = at == items.Count - 1;
        loop.Values["length"] = (long)items.Count;
        loop.Values["previtem"] = at > 0 ? items[at - 1] : new Undefined("loop.previtem");
        loop.Values["nextitem"] = at < items.Count - 1 ? items[at + 1] : new Undefined("loop.nextitem");
        loop.Values["cycle"] = (TemplateFunction)((plain, _) => plain.Count > 0
            ? plain[at % plain.Count]
            : throw new InvalidDataException("cycle: nothing to go through"));
        return loop;
    }

    void Assign(Target target, object? value, TemplateScope scope, TemplatePlace place)
    {
        switch (target)
        {
            case Target.Name name:
                scope[name.Variable] = value;
                break;
            case Target.Attribute attribute:
                if (scope[attribute.Variable] is not TemplateNamespace space)
                    throw _source.Error(place, $"'{attribute.Variable}.{attribute.Key}' can be set only on a namespace");
                space.Values[attribute.Key] = value;
                break;
            case Target.Names names:
                var items = Checked(place, () => TemplateFilters.ItemsOf(value));
                if (items.Count != names.Variables.Count)
                {
                    throw _source.Error(place, FormattableString.Invariant(
                        $"{names.Variables.Count} names for {items.Count} values"));
                }

                for (var i = 0; i < items.Count; i++)
                    scope[names.Variables[i]] = items[i];
                break;
        }
    }

    TemplateFunction MakeMacro(Statement.Macro macro, TemplateScope root) => (plain, named) =>
    {
        if (++_calls > MaxCalls)
            throw _source.Error(macro.Place, FormattableString.Invariant($"the macro '{macro.Name}' goes more than {MaxCalls} calls deep"));
        var arguments = new TemplateArguments(macro.Name, plain, named);
        var scope = new TemplateScope(root);
        foreach (var (name, otherwise) in macro.Parameters)
        {
            var missing = otherwise is null ? new Undefined(name) : _evaluator.Evaluate(otherwise, scope);
            scope[name] = arguments.Next(name, missing);
        }

        arguments.Done();
        var text = Captured(macro.Body, scope);
        _calls--;
        return text;
    };

    string Captured(IReadOnlyList<Statement> body, TemplateScope scope)
    {
        var outer = _output;
        _output = new();
        Run(body, scope);
        var text = _output.ToString();
        _output = outer;
        return text;
    }

    void Write(string text, TemplatePlace place)
    {
        _evaluator.Charge(text.Length, place);
        _output.Append(text);
    }

    string Printed(object? value, TemplatePlace place) => Checked(place, () => TemplateValues.Print(value));

    T Checked<T>(TemplatePlace place, Func<T> compute)
    {
        try
        {
            return compute();
        }
        catch (InvalidDataException error) when (!error.Message.StartsWith(_source.Path, StringComparison.Ordinal))
        {
            throw new InvalidDataException(_source.Error(place, error.Message).Message, error);
        }
    }
}

/// <summary>The functions that every template can call.</summary>
static class TemplateFunctions
{
    const int MaxRange = 100_000;

    public static IReadOnlyDictionary<string, TemplateFunction> All { get; } = new Dictionary<string, TemplateFunction>(StringComparer.Ordinal)
    {
        ["raise_exception"] = static (plain, _) => throw new InvalidDataException(
            $"the template refuses the conversation: {string.Join(' ', plain.Select(TemplateValues.Print))}"),
        ["namespace"] = static (plain, named) => MakeNamespace(plain, named),
        ["dict"] = static (_, named) => MakeMap(named),
        ["range"] = static (plain, _) => Range(plain),
    };

    static TemplateNamespace MakeNamespace(IReadOnlyList<object?> plain, IReadOnlyDictionary<string, object?> named)
    {
        var space = new TemplateNamespace();
        foreach (var (key, value) in plain.OfType<TemplateMap>().SelectMany(static map => map.Entries))
            space.Values[TemplateValues.Print(key)] = value;
        foreach (var (key, value) in named)
            space.Values[key] = value;
        return space;
    }

    static TemplateMap MakeMap(IReadOnlyDictionary<string, object?> named)
    {
        var map = new TemplateMap();
        foreach (var (key, value) in named)
            map[key] = value;
        return map;
    }

    static List<object?> Range(IReadOnlyList<object?> plain)
    {
        if (plain.Count is 0 or > 3 || plain.Any(static item => item is not long))
            throw new InvalidDataException("range: expected one to three whole numbers");
        var start = plain.Count > 1 ? (long)(plain[0] ?? 0L) : 0;
        var stop = (long)(plain[plain.Count > 1 ? 1 : 0] ?? 0L);
        var step = plain.Count > 2 ? (long)(plain[2] ?? 1L) : 1;
        if (step == 0)
            throw new InvalidDataException("range: the step is 0");
        var items = new List<object?>();
        for (var at = (Int128)start; step > 0 ? at < stop : at > stop; at += step)
        {
            if (items.Count == MaxRange)
                throw new InvalidDataException(FormattableString.Invariant($"range: more than {MaxRange} numbers"));
            items.Add((long)at);
        }

        return items;
    }
}
