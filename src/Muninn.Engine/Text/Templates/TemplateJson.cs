using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;

namespace Muninn.Engine.Text.Templates;

/// <summary><c>tojson</c> as Hugging Face defines it: Python's <c>json.dumps</c> with <c>ensure_ascii</c> off.</summary>
static class TemplateJson
{
    const int MaxDepth = 100;

    /// <summary>The value as JSON; an indent of null writes one line.</summary>
    public static string Write(object? value, int? indent)
    {
        var result = new StringBuilder();
        Write(value, indent, 0, result);
        return result.ToString();
    }

    static void Write(object? value, int? indent, int depth, StringBuilder destination)
    {
        if (depth > MaxDepth)
            throw new InvalidDataException($"tojson: a value with more than {MaxDepth} levels inside each other");
        CheckLength(destination.Length);
        switch (value)
        {
            case null:
                destination.Append("null");
                break;
            case bool truth:
                destination.Append(truth ? "true" : "false");
                break;
            case long number:
                destination.Append(number.ToString(CultureInfo.InvariantCulture));
                break;
            case double number:
                destination.Append(double.IsNaN(number) ? "NaN" : double.IsInfinity(number)
                    ? number > 0 ? "Infinity" : "-Infinity"
                    : TemplateValues.FloatText(number));
                break;
            case string text:
                WriteText(text, destination);
                break;
            case List<object?> list:
                var items = 0;
                destination.Append('[');
                foreach (var item in list)
                {
                    Separate(items++, indent, depth + 1, destination);
                    Write(item, indent, depth + 1, destination);
                }

                Close(items, ']', indent, depth, destination);
                break;
            case TemplateMap map:
                var entries = 0;
                destination.Append('{');
                foreach (var (key, entry) in map.Entries)
                {
                    Separate(entries++, indent, depth + 1, destination);
                    WriteText(KeyOf(key), destination);
                    destination.Append(": ");
                    Write(entry, indent, depth + 1, destination);
                }

                Close(entries, '}', indent, depth, destination);
                break;
            default:
                throw new InvalidDataException($"tojson: {TemplateValues.KindOf(value)} cannot be written as JSON");
        }
    }

    static void CheckLength(int length)
    {
        if (length > TemplateValues.MaxLength)
            throw new InvalidDataException($"tojson: more than {TemplateValues.MaxLength} characters");
    }

    static string KeyOf(object? key) => key switch
    {
        string text => text,
        null => "null",
        bool truth => truth ? "true" : "false",
        _ => TemplateValues.Print(key),
    };

    static void Separate(int count, int? indent, int depth, StringBuilder destination)
    {
        if (count > 0)
            destination.Append(indent is null ? ", " : ",");
        if (indent is { } blanks)
            destination.Append('\n').Append(' ', blanks * depth);
    }

    static void Close(int count, char bracket, int? indent, int depth, StringBuilder destination)
    {
        if (count > 0 && indent is { } blanks)
            destination.Append('\n').Append(' ', blanks * depth);
        destination.Append(bracket);
    }

    static void WriteText(string text, StringBuilder destination)
    {
        destination.Append('"');
        foreach (var c in text)
        {
            _ = c switch
            {
                '"' => destination.Append("\\\""),
                '\\' => destination.Append("\\\\"),
                '\n' => destination.Append("\\n"),
                '\r' => destination.Append("\\r"),
                '\t' => destination.Append("\\t"),
                '\b' => destination.Append("\\b"),
                '\f' => destination.Append("\\f"),
                < ' ' => destination.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture)),
                _ => destination.Append(c),
            };
        }

        destination.Append('"');
    }
}
