using System;
using System.Linq;

namespace Muninn.Engine.Generation;

/// <summary>What a piece of text released.</summary>
/// <param name="Text">Text that cannot belong to a stop string any more, to be shown now; often empty.</param>
/// <param name="Stop">The stop string that is complete, or null. <paramref name="Text"/> then ends before it.</param>
public readonly record struct StopResult(string Text, string? Stop)
{
    /// <summary>Whether the text has come to its end.</summary>
    public bool IsStopped => Stop is not null;
}

/// <summary>
/// Looks for stop strings in text that comes in pieces, wherever it is cut. What may be the beginning of one is held back.
/// Of several stop strings the one that ends first counts; of those that end there, the longest.
/// </summary>
/// <remarks>
/// The automaton of Knuth, Morris and Pratt (1977) for each stop string: linear in the text, and never more than the longest stop
/// string less one char is held.
/// </remarks>
public sealed class StopMatcher
{
    readonly string[] _stops;

    /// <summary>For each stop string and each length of its beginnings: the next shorter beginning that is also its end.</summary>
    readonly int[][] _fallbacks;

    /// <summary>How many chars of each stop string the text ends with.</summary>
    readonly int[] _matched;

    string _held = "";

    internal StopMatcher(StopStrings stops)
    {
        _stops = [.. stops.Texts];
        _fallbacks = [.. _stops.Select(FallbacksOf)];
        _matched = new int[_stops.Length];
    }

    /// <summary>Whether a stop string is complete, or <see cref="Finish"/> was called: nothing more is taken.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Takes the next piece of text.</summary>
    /// <param name="piece">Any text, however cut; it may be empty.</param>
    /// <exception cref="InvalidOperationException">The text is over.</exception>
    public StopResult Push(string piece)
    {
        ArgumentNullException.ThrowIfNull(piece);
        if (IsOver)
            throw new InvalidOperationException("The text is over, nothing can follow; start another matcher.");
        for (int i = 0; i < piece.Length; i++)
        {
            if (Advance(piece[i]) is not { } stop) continue;
            IsOver = true;
            int end = _held.Length + i + 1 - stop.Length;
            return new(Front(piece, end), stop);
        }

        int kept = _matched.Length == 0 ? 0 : _matched.Max();
        string released = Front(piece, _held.Length + piece.Length - kept);
        _held = kept > piece.Length ? string.Concat(_held.AsSpan(_held.Length - (kept - piece.Length)), piece) : piece[^kept..];
        return new(released, null);
    }

    /// <summary>The generation ended otherwise: what is still held back.</summary>
    /// <returns>The rest of the text; empty after a stop string.</returns>
    public string Finish()
    {
        string rest = IsOver ? "" : _held;
        IsOver = true;
        return rest;
    }

    /// <summary>The first chars of what was held and the piece behind it.</summary>
    string Front(string piece, int length) => length <= _held.Length
        ? _held[..length]
        : _held.Length == 0 ? piece[..length] : string.Concat(_held, piece.AsSpan(0, length - _held.Length));

    /// <summary>One char further; the longest stop string that ends with it, or null.</summary>
    string? Advance(char next)
    {
        string? ended = null;
        for (int s = 0; s < _stops.Length; s++)
        {
            string stop = _stops[s];
            int matched = _matched[s];
            while (matched > 0 && stop[matched] != next) matched = _fallbacks[s][matched];
            if (stop[matched] == next) matched++;
            _matched[s] = matched;
            if (matched == stop.Length && stop.Length > (ended?.Length ?? 0)) ended = stop;
        }

        return ended;
    }

    static int[] FallbacksOf(string stop)
    {
        int[] fallbacks = new int[stop.Length + 1];
        int matched = 0;
        for (int i = 1; i < stop.Length; i++)
        {
            while (matched > 0 && stop[matched] != stop[i]) matched = fallbacks[matched];
            if (stop[matched] == stop[i]) matched++;
            fallbacks[i + 1] = matched;
        }

        return fallbacks;
    }
}
