using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Muninn.Cli.Frame;
using Muninn.Microscope.Addresses;
using Muninn.Microscope.Interventions;

namespace Muninn.Cli.Input;

/// <summary>What an edit does, as typed: files are not read and other prompts not run yet.</summary>
enum EditOperation
{
    /// <summary>x ← 0.</summary>
    Zero,

    /// <summary>x ← mean over positions.</summary>
    Mean,

    /// <summary>x ← factor · x.</summary>
    Scale,

    /// <summary>x ← x + factor · file.</summary>
    Add,

    /// <summary>x ← file.</summary>
    Replace,

    /// <summary>x ← what another prompt gives.</summary>
    Swap,
}

/// <summary>An edit as typed.</summary>
/// <param name="At">Which values.</param>
/// <param name="Operation">What is done.</param>
/// <param name="File">The file of add and replace.</param>
/// <param name="Factor">Of scale and add.</param>
sealed record EditRequest(Address At, EditOperation Operation, string? File = null, float Factor = 1);

/// <summary>Reads edits such as <c>core[4-8].block[1].mlp@3=scale(0.5)</c> and maps of positions such as <c>3=5,4=6</c>.</summary>
static class EditReader
{
    /// <summary>The operations, as they are listed.</summary>
    public const string Operations = "zero, mean, scale(FACTOR), add(FILE), add(FILE,FACTOR), replace(FILE), swap";

    static readonly string[] _names = ["zero", "mean", "scale", "add", "replace", "swap"];

    /// <summary>Reads an edit.</summary>
    /// <exception cref="FormatException">It is none; the message says what is valid.</exception>
    public static EditRequest Read(string text)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals < 0)
            throw new FormatException($"'{text}' does not say what to do: an edit is ADDRESS=OPERATION, the operation one of {Operations}.");
        var at = AddressReader.Read(text[..equals]);
        var operation = text[(equals + 1)..];
        int open = operation.IndexOf('(', StringComparison.Ordinal);
        var name = open < 0 ? operation : operation[..open];
        if (!_names.Contains(name))
            throw new FormatException($"'{name}' in '{text}' is no operation{Suggestion.Phrase(name, _names)} The operations are {Operations}.");
        bool takesValue = name is "scale" or "add" or "replace";
        if (takesValue != open >= 0 || (takesValue && (!operation.EndsWith(')') || operation.Length == open + 2)))
            throw new FormatException($"'{operation}' in '{text}': {name} is written {FormOf(name)}.");
        var inner = takesValue ? operation[(open + 1)..^1] : "";
        return name switch
        {
            "zero" => new EditRequest(at, EditOperation.Zero),
            "mean" => new EditRequest(at, EditOperation.Mean),
            "swap" => new EditRequest(at, EditOperation.Swap),
            "scale" => new EditRequest(at, EditOperation.Scale, null, Factor(inner, text)),
            "replace" => new EditRequest(at, EditOperation.Replace, inner),
            _ => Add(at, inner, text),
        };
    }

    /// <summary>Reads how the positions of two prompts are matched.</summary>
    /// <exception cref="FormatException">It is no map; the message says what is valid.</exception>
    public static PositionMap ReadMap(string text)
    {
        if (text is "start") return PositionMap.Start;
        if (text is "end") return PositionMap.End;
        var pairs = new Dictionary<int, int>();
        foreach (var pair in text.Split(','))
        {
            var sides = pair.Split('=');
            if (sides.Length != 2 || !TryPosition(sides[0], out int here) || !TryPosition(sides[1], out int there))
                throw new FormatException($"'{pair}' in '{text}' is no pair HERE=THERE of positions; give start, end, or pairs such as 3=5,4=6.");
            if (!pairs.TryAdd(here, there))
                throw new FormatException($"position {here} stands twice in '{text}'; give it one position of the other prompt.");
        }

        return PositionMap.Of(pairs);

        static bool TryPosition(string side, out int position) =>
            int.TryParse(side, NumberStyles.None, CultureInfo.InvariantCulture, out position);
    }

    // A comma may be part of a name; behind the last one, a number is the factor.
    static EditRequest Add(Address at, string inner, string text)
    {
        int comma = inner.LastIndexOf(',');
        return comma > 0 && float.TryParse(inner[(comma + 1)..], NumberStyles.Float, CultureInfo.InvariantCulture, out _)
            ? new EditRequest(at, EditOperation.Add, inner[..comma], Factor(inner[(comma + 1)..], text))
            : new EditRequest(at, EditOperation.Add, inner);
    }

    static float Factor(string number, string text) =>
        float.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out float factor) && float.IsFinite(factor)
            ? factor
            : throw new FormatException($"'{number}' in '{text}' is no finite factor; write e.g. 0.5 or -2.");

    static string FormOf(string name) => name switch
    {
        "scale" => "scale(FACTOR), e.g. scale(0.5)",
        "add" => "add(FILE) or add(FILE,FACTOR), e.g. add(direction.safetensors,2)",
        "replace" => "replace(FILE), e.g. replace(values.safetensors)",
        _ => $"{name}, without brackets",
    };
}
