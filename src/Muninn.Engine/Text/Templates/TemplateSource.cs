using System;
using System.IO;

namespace Muninn.Engine.Text.Templates;

/// <summary>A place in a template, both counted from 1.</summary>
readonly record struct TemplatePlace(int Line, int Column);

/// <summary>A template's text, and how its errors are worded.</summary>
/// <param name="Text">The source, with line feeds only.</param>
/// <param name="Path">The file that it comes from.</param>
sealed record TemplateSource(string Text, string Path)
{
    /// <summary>Line and column of a character.</summary>
    public TemplatePlace PlaceOf(int at)
    {
        var before = Text.AsSpan(0, Math.Min(at, Text.Length));
        return new(before.Count('\n') + 1, at - (before.LastIndexOf('\n') + 1) + 1);
    }

    public InvalidDataException Error(TemplatePlace place, string what) => new(FormattableString.Invariant(
        $"{Path}: chat template, line {place.Line}, column {place.Column}: {what}"));
}
