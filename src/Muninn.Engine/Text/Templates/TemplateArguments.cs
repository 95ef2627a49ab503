using System.Collections.Generic;
using System.IO;

namespace Muninn.Engine.Text.Templates;

/// <summary>The values of a call's arguments, by place or by name; those that nobody asks for are refused.</summary>
sealed class TemplateArguments(string function, IReadOnlyList<object?> plain, IReadOnlyDictionary<string, object?> named)
{
    readonly HashSet<string> _asked = [];
    int _places;

    /// <summary>How many there are.</summary>
    public int Count => plain.Count + named.Count;

    /// <summary>Whether some are given by place.</summary>
    public bool HasPlain => plain.Count > 0;

    /// <summary>Whether some by place have not been asked for.</summary>
    public bool HasMore => _places < plain.Count;

    public static TemplateArguments None(string function) => Of(function, []);

    public static TemplateArguments Of(string function, IReadOnlyList<object?> plain) =>
        new(function, plain, new Dictionary<string, object?>());

    /// <summary>The next argument by place, or the one of this name.</summary>
    public object? Next(string name, object? otherwise)
    {
        _asked.Add(name);
        var place = _places++;
        if (place < plain.Count)
        {
            return named.ContainsKey(name)
                ? throw new InvalidDataException($"{function}: '{name}' is given twice")
                : plain[place];
        }

        return named.TryGetValue(name, out var value) ? value : otherwise;
    }

    public object? Next(string name) => _places < plain.Count || named.ContainsKey(name)
        ? Next(name, null)
        : throw new InvalidDataException($"{function}: the argument '{name}' is missing");

    public string Text(string name) => Next(name) as string
        ?? throw new InvalidDataException($"{function}: '{name}' has to be a string");

    public string? Text(string name, string? otherwise) => Next(name, otherwise) switch
    {
        null => null,
        string text => text,
        var other => throw new InvalidDataException($"{function}: '{name}' has to be a string, found {TemplateValues.KindOf(other)}"),
    };

    public long Whole(string name, long otherwise) => Next(name, otherwise) switch
    {
        long number => number,
        bool truth => truth ? 1 : 0,
        var other => throw new InvalidDataException($"{function}: '{name}' has to be a whole number, found {TemplateValues.KindOf(other)}"),
    };

    public bool Truth(string name) => TemplateValues.IsTrue(Next(name, false));

    /// <summary>Refuses what has not been asked for.</summary>
    public void Done()
    {
        if (plain.Count > _places)
            throw new InvalidDataException($"{function}: {plain.Count} arguments, expected at most {_places}");
        foreach (var name in named.Keys)
        {
            if (!_asked.Contains(name))
                throw new InvalidDataException($"{function}: the argument '{name}' is not supported");
        }
    }
}
