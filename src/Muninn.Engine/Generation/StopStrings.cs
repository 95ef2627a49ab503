using System;
using System.Buffers;
using System.Collections.Generic;
using System.Linq;
using System.Text;

namespace Muninn.Engine.Generation;

/// <summary>Texts that end a generation. Compared ordinally, char by char.</summary>
/// <remarks>Does not change after construction; a <see cref="StopMatcher"/> looks for them in one stream.</remarks>
public sealed class StopStrings
{
    readonly string[] _texts;

    /// <summary>Checks the texts.</summary>
    /// <param name="texts">None of them empty; a text given twice counts once.</param>
    /// <exception cref="ArgumentException">A text is empty or holds half a surrogate pair.</exception>
    public StopStrings(IEnumerable<string> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        _texts = [.. texts.Distinct(StringComparer.Ordinal)];
        foreach (string text in _texts)
        {
            if (string.IsNullOrEmpty(text))
                throw new ArgumentException("A stop string is empty; give texts of at least one character.", nameof(texts));
            if (!IsWhole(text))
            {
                throw new ArgumentException(
                    "A stop string holds half a surrogate pair, which no text contains; give whole characters.", nameof(texts));
            }
        }
    }

    /// <summary>No stop string.</summary>
    public static StopStrings None { get; } = new([]);

    /// <summary>The texts, each once.</summary>
    public IReadOnlyList<string> Texts => _texts;

    /// <summary>A matcher at the beginning of a stream.</summary>
    public StopMatcher Start() => new(this);

    static bool IsWhole(ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(text, out _, out int length) != OperationStatus.Done) return false;
            text = text[length..];
        }

        return true;
    }
}
