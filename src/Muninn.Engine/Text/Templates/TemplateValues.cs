using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;

namespace Muninn.Engine.Text.Templates;

/// <summary>What stands for a name, key or index that there is not: prints as nothing, is false, has no members.</summary>
sealed record Undefined(string Name);

/// <summary>A <c>namespace(…)</c>: what a loop may assign to from inside.</summary>
sealed class TemplateNamespace
{
    public Dictionary<string, object?> Values { get; } = new(StringComparer.Ordinal);
}

/// <summary>A mapping that keeps the order of its keys.</summary>
sealed class TemplateMap
{
    readonly Dictionary<object, int> _places = new(TemplateEquality.Instance);

    public List<(object? Key, object? Value)> Entries { get; } = [];

    public object? this[object? key]
    {
        set
        {
            if (_places.TryGetValue(key ?? DBNull.Value, out var place))
            {
                Entries[place] = (Entries[place].Key, value);
                return;
            }

            _places.Add(key ?? DBNull.Value, Entries.Count);
            Entries.Add((key, value));
        }
    }

    public bool TryGet(object? key, out object? value)
    {
        var found = _places.TryGetValue(key ?? DBNull.Value, out var place);
        value = found ? Entries[place].Value : null;
        return found;
    }
}

/// <summary>A function that templates can call.</summary>
delegate object? TemplateFunction(IReadOnlyList<object?> plain, IReadOnlyDictionary<string, object?> named);

/// <summary>Equality of values as in Python: 1, 1.0 and true are equal.</summary>
sealed class TemplateEquality : IEqualityComparer<object>
{
    public static TemplateEquality Instance { get; } = new();

    bool IEqualityComparer<object>.Equals(object? left, object? right) => TemplateValues.AreEqual(left, right);

    int IEqualityComparer<object>.GetHashCode(object value) =>
        TemplateValues.NumberOf(value) is { } number ? number.GetHashCode()
        : value is string text ? string.GetHashCode(text, StringComparison.Ordinal)
        : value.GetType().GetHashCode();
}

/// <summary>
/// What values mean: null is none, <see cref="long"/>, <see cref="double"/>, <see cref="bool"/>, <see cref="string"/>,
/// <see cref="List{T}"/>, <see cref="TemplateMap"/>, <see cref="Undefined"/>, <see cref="TemplateNamespace"/> and
/// functions.
/// </summary>
static class TemplateValues
{
    /// <summary>The longest text that one step may make.</summary>
    public const int MaxLength = 1 << 24;

    /// <summary>The most values that one comparison looks at.</summary>
    public const int MaxCompared = 10_000;

    const int MaxDepth = 100;

    public static bool IsTrue(object? value) => value switch
    {
        null or Undefined => false,
        bool truth => truth,
        long number => number != 0,
        double number => number != 0,
        string text => text.Length > 0,
        List<object?> list => list.Count > 0,
        TemplateMap map => map.Entries.Count > 0,
        _ => true,
    };

    /// <summary>The value as a number, or null where it is none.</summary>
    public static double? NumberOf(object? value) => value switch
    {
        bool truth => truth ? 1 : 0,
        long number => number,
        double number => number,
        _ => null,
    };

    public static bool AreEqual(object? left, object? right)
    {
        var compared = 0;
        return AreEqual(left, right, 0, ref compared);
    }

    static bool AreEqual(object? left, object? right, int depth, ref int compared)
    {
        if (depth > MaxDepth || ++compared > MaxCompared)
            throw TooDeep();
        switch (left, right)
        {
            case (long a, long b):
                return a == b;
            case (string a, string b):
                return string.Equals(a, b, StringComparison.Ordinal);
            case (Undefined, Undefined):
                return true;
            case (List<object?> a, List<object?> b):
                if (a.Count != b.Count)
                    return false;
                for (var i = 0; i < a.Count; i++)
                {
                    if (!AreEqual(a[i], b[i], depth + 1, ref compared))
                        return false;
                }

                return true;
            case (TemplateMap a, TemplateMap b):
                if (a.Entries.Count != b.Entries.Count)
                    return false;
                foreach (var (key, value) in a.Entries)
                {
                    if (!b.TryGet(key, out var other) || !AreEqual(value, other, depth + 1, ref compared))
                        return false;
                }

                return true;
            default:
                return NumberOf(left) is { } x && NumberOf(right) is { } y ? x.Equals(y) : ReferenceEquals(left, right);
        }
    }

    /// <summary>The kind of a value, for messages.</summary>
    public static string KindOf(object? value) => value switch
    {
        null => "none",
        Undefined undefined => $"undefined ('{undefined.Name}')",
        bool => "a truth value",
        long or double => "a number",
        string => "a string",
        List<object?> => "a list",
        TemplateMap => "a mapping",
        TemplateNamespace => "a namespace",
        _ => "a function",
    };

    /// <summary>The value as it is printed.</summary>
    public static string Print(object? value)
    {
        switch (value)
        {
            case string text:
                return text;
            case Undefined:
                return "";
            default:
                var result = new StringBuilder();
                Represent(value, result, 0);
                return result.ToString();
        }
    }

    static void Represent(object? value, StringBuilder destination, int depth)
    {
        if (depth > MaxDepth || destination.Length > MaxLength)
            throw TooDeep();
        switch (value)
        {
            case null:
                destination.Append("None");
                break;
            case bool truth:
                destination.Append(truth ? "True" : "False");
                break;
            case double number:
                destination.Append(FloatText(number));
                break;
            case string text:
                Quote(text, destination);
                break;
            case List<object?> list:
                destination.Append('[');
                for (var i = 0; i < list.Count; i++)
                {
                    destination.Append(i > 0 ? ", " : "");
                    Represent(list[i], destination, depth + 1);
                }

                destination.Append(']');
                break;
            case TemplateMap map:
                destination.Append('{');
                for (var i = 0; i < map.Entries.Count; i++)
                {
                    destination.Append(i > 0 ? ", " : "");
                    Represent(map.Entries[i].Key, destination, depth + 1);
                    destination.Append(": ");
                    Represent(map.Entries[i].Value, destination, depth + 1);
                }

                destination.Append('}');
                break;
            case long number:
                destination.Append(number.ToString(CultureInfo.InvariantCulture));
                break;
            default:
                throw new InvalidDataException($"{KindOf(value)} cannot be printed");
        }
    }

    /// <summary>A float as Python prints it.</summary>
    public static string FloatText(double number)
    {
        if (double.IsNaN(number))
            return "nan";
        if (double.IsInfinity(number))
            return number > 0 ? "inf" : "-inf";
        // The shortest digits that give the number back, as in Python, which puts the point elsewhere.
        var digits = number.ToString("E16", CultureInfo.InvariantCulture);
        for (var precision = 0; precision < 16; precision++)
        {
            var shorter = number.ToString(FormattableString.Invariant($"E{precision}"), CultureInfo.InvariantCulture);
            if (double.Parse(shorter, CultureInfo.InvariantCulture).Equals(number))
            {
                digits = shorter;
                break;
            }
        }

        var parts = digits.Split('E');
        var exponent = int.Parse(parts[1], CultureInfo.InvariantCulture);
        if (exponent is < -4 or >= 16)
            return FormattableString.Invariant($"{parts[0]}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}");
        var decimals = Math.Max(1, parts[0].TrimStart('-').Length - (parts[0].Contains('.', StringComparison.Ordinal) ? 2 : 1) - exponent);
        return number.ToString(FormattableString.Invariant($"F{decimals}"), CultureInfo.InvariantCulture);
    }

    static void Quote(string text, StringBuilder destination)
    {
        var quote = text.Contains('\'', StringComparison.Ordinal) && !text.Contains('"', StringComparison.Ordinal) ? '"' : '\'';
        destination.Append(quote);
        foreach (var c in text)
        {
            _ = c switch
            {
                '\n' => destination.Append("\\n"),
                '\r' => destination.Append("\\r"),
                '\t' => destination.Append("\\t"),
                '\\' => destination.Append("\\\\"),
                < ' ' or '\x7F' => destination.Append("\\x").Append(((int)c).ToString("x2", CultureInfo.InvariantCulture)),
                _ when c == quote => destination.Append('\\').Append(c),
                _ => destination.Append(c),
            };
        }

        destination.Append(quote);
    }

    static InvalidDataException TooDeep() =>
        new(FormattableString.Invariant($"a value with more than {MaxDepth} levels inside each other, or too large to print or compare"));
}
