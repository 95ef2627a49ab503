using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace Muninn.Engine.Text.Templates;

/// <summary>Operators between values, as Python defines them.</summary>
static class TemplateOperators
{
    const int MaxLength = 1 << 20;

    public static object? Apply(string name, object? left, object? right)
    {
        switch (name)
        {
            case "~":
                return TemplateValues.Print(left) + TemplateValues.Print(right);
            case "+" when left is string a && right is string b:
                return a + b;
            case "+" when left is List<object?> a && right is List<object?> b:
                return new List<object?>([.. a, .. b]);
            case "*" when left is string or List<object?> && right is long count:
                return Repeat(left, count);
            case "*" when left is long count && right is string or List<object?>:
                return Repeat(right, count);
        }

        if (left is long or bool && right is long or bool && name != "/")
            return ApplyWhole(name, Convert.ToInt64(left), Convert.ToInt64(right));
        if (TemplateValues.NumberOf(left) is { } x && TemplateValues.NumberOf(right) is { } y)
            return ApplyFloat(name, x, y);
        throw Wrong(name, left, right);
    }

    public static object Negate(object? value) => value switch
    {
        long number when number != long.MinValue => (object)(-number),
        bool truth => truth ? -1L : 0L,
        double number => (object)(-number),
        _ => throw new InvalidDataException($"'-' needs a number, found {TemplateValues.KindOf(value)}"),
    };

    public static bool Compare(string name, object? left, object? right) => name switch
    {
        "==" => TemplateValues.AreEqual(left, right),
        "!=" => !TemplateValues.AreEqual(left, right),
        "in" => Contains(right, left),
        "not in" => !Contains(right, left),
        "<" => Order(name, left, right) is < 0,
        "<=" => Order(name, left, right) is <= 0,
        ">" => Order(name, left, right) is > 0,
        _ => Order(name, left, right) is >= 0,
    };

    static bool Contains(object? container, object? value) => container switch
    {
        string text when value is string part => text.Contains(part, StringComparison.Ordinal),
        List<object?> list => list.Exists(item => TemplateValues.AreEqual(item, value)),
        TemplateMap map => map.TryGet(value, out _),
        Undefined => false,
        _ => throw Wrong("in", value, container),
    };

    // Null where neither is before the other: a comparison with NaN is false.
    static int? Order(string name, object? left, object? right)
    {
        if (left is long a && right is long b)
            return a.CompareTo(b);
        if (TemplateValues.NumberOf(left) is { } x && TemplateValues.NumberOf(right) is { } y)
            return double.IsNaN(x) || double.IsNaN(y) ? null : x.CompareTo(y);
        return left is string s && right is string t ? OrderTexts(s, t) : throw Wrong(name, left, right);
    }

    // Code points, not UTF-16 units: the two orders differ beyond U+FFFF.
    public static int OrderTexts(string left, string right)
    {
        foreach (var (a, b) in left.EnumerateRunes().Zip(right.EnumerateRunes()))
        {
            if (a != b)
                return a.CompareTo(b);
        }

        return left.Length.CompareTo(right.Length);
    }

    static long ApplyWhole(string name, long x, long y)
    {
        try
        {
            return name switch
            {
                "+" => checked(x + y),
                "-" => checked(x - y),
                "*" => checked(x * y),
                "//" or "%" when y == 0 => throw new InvalidDataException("division by zero"),
                "//" when y == -1 => checked(-x),
                "%" when y is 1 or -1 => 0L,
                "//" => x / y - (x % y != 0 && x < 0 != y < 0 ? 1 : 0),
                _ => x % y + (x % y != 0 && x < 0 != y < 0 ? y : 0),
            };
        }
        catch (OverflowException error)
        {
            throw new InvalidDataException($"a number of more than 64 bits: {x} {name} {y}", error);
        }
    }

    static double ApplyFloat(string name, double x, double y) => name switch
    {
        "+" => x + y,
        "-" => x - y,
        "*" => x * y,
        _ when y == 0 => throw new InvalidDataException("division by zero"),
        "/" => x / y,
        "//" => Math.Floor(x / y),
        _ => x - y * Math.Floor(x / y),
    };

    static object Repeat(object value, long count)
    {
        var length = value is string s ? s.Length : ((List<object?>)value).Count;
        if (count > 0 && length * (Int128)count > MaxLength)
            throw new InvalidDataException(FormattableString.Invariant($"'*' makes something longer than {MaxLength}"));
        var times = (int)Math.Clamp(count, 0, MaxLength);
        return value is string text
            ? string.Concat(Enumerable.Repeat(text, times))
            : Enumerable.Repeat((List<object?>)value, length == 0 ? 0 : times).SelectMany(static list => list).ToList();
    }

    static InvalidDataException Wrong(string name, object? left, object? right) => new(
        $"'{name}' does not work between {TemplateValues.KindOf(left)} and {TemplateValues.KindOf(right)}");
}
