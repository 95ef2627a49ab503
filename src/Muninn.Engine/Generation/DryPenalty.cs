using System;
using System.Collections.Generic;
using System.Linq;

namespace Muninn.Engine.Generation;

/// <summary>
/// "Don't repeat yourself": where the end of the history occurred before, the token that followed it then loses
/// <see cref="Multiplier"/> · <see cref="Base"/>^(length − <see cref="AllowedLength"/>) from its logit, where length is that of
/// the longest such end; nothing if it is shorter than <see cref="AllowedLength"/>.
/// </summary>
/// <remarks>Source: the DRY sampler of text-generation-webui, 2024. Cost: proportional to <see cref="Range"/>.</remarks>
public sealed record DryPenalty
{
    /// <summary>The longest range.</summary>
    public const int RangeMax = 1 << 20;

    /// <summary>The penalty of a repetition of exactly <see cref="AllowedLength"/> tokens; above 0.</summary>
    public float Multiplier { get; init; } = 0.8f;

    /// <summary>By what every further token multiplies the penalty; at least 1.</summary>
    public float Base { get; init; } = 1.75f;

    /// <summary>The length from which repeated sequences are penalised; at least 1.</summary>
    public int AllowedLength { get; init; } = 2;

    /// <summary>
    /// Token ids over which no repeated sequence reaches (line ends, quotation marks, signs of a chat template); they are
    /// never penalised. Two penalties are equal only if they hold the same list.
    /// </summary>
    public IReadOnlyList<int> SequenceBreakers { get; init; } = [];

    /// <summary>How many tokens at the end of the history are looked at, from 1 to <see cref="RangeMax"/>.</summary>
    public int Range { get; init; } = 1024;

    internal void Validate(int vocabulary)
    {
        if (!(Multiplier > 0) || !float.IsFinite(Multiplier))
            throw Refusal(nameof(Multiplier), Multiplier, "a finite number above 0, or no DRY penalty");
        if (!(Base >= 1) || !float.IsFinite(Base))
            throw Refusal(nameof(Base), Base, "a finite number of at least 1");
        if (AllowedLength < 1)
            throw Refusal(nameof(AllowedLength), AllowedLength, "at least 1");
        if (Range is < 1 or > RangeMax)
            throw Refusal(nameof(Range), Range, $"a number of tokens from 1 to {RangeMax}");
        foreach (int token in SequenceBreakers)
        {
            if (token < 0 || token >= vocabulary)
                throw Refusal(nameof(SequenceBreakers), token, $"token ids from 0 to {vocabulary - 1}");
        }
    }

    static ArgumentException Refusal(string parameter, IFormattable value, string remedy) =>
        new(Sampler.Invariant($"{parameter} of the DRY penalty is {value}; give {remedy}."));
}

/// <summary>A DRY penalty at work, with the memory it needs.</summary>
sealed class DryScan(DryPenalty penalty)
{
    /// <summary>No penalty is larger: the logit stays a number, so that a token that is alone can still be chosen.</summary>
    const double PenaltyMax = 1e30;

    readonly int[] _breakers = [.. penalty.SequenceBreakers.Distinct().Order()];
    readonly int[] _lengths = new int[penalty.Range];
    readonly ulong[] _matches = new ulong[penalty.Range];

    /// <summary>Takes the penalties off the logits.</summary>
    /// <param name="history">Tokens so far, all within the vocabulary.</param>
    /// <param name="logits"><c>[vocabulary]</c>, changed in place.</param>
    internal void Apply(ReadOnlySpan<int> history, Span<float> logits)
    {
        var window = history[Math.Max(0, history.Length - penalty.Range)..];
        int reach = 0;
        while (reach < window.Length && !IsBreaker(window[^(reach + 1)])) reach++;
        if (reach < penalty.AllowedLength) return;

        int count = 0;
        Measure(window);
        for (int back = 1; back < window.Length; back++)
        {
            int length = Math.Min(_lengths[back], reach);
            int next = window[window.Length - back];
            if (length >= penalty.AllowedLength && !IsBreaker(next))
                _matches[count++] = ((ulong)(uint)next << 32) | (uint)length;
        }

        // By token, then by length: the last of each token is its longest.
        var matches = _matches.AsSpan(0, count);
        matches.Sort();
        for (int i = 0; i < count; i++)
        {
            if (i + 1 == count || matches[i + 1] >> 32 != matches[i] >> 32)
                logits[(int)(matches[i] >> 32)] -= PenaltyOf((int)(uint)matches[i]);
        }
    }

    /// <summary>
    /// lengths[b]: how many tokens before the last b agree with the end of the window, counted backwards. The Z-algorithm on
    /// the reversed window: linear, whatever repeats.
    /// </summary>
    void Measure(ReadOnlySpan<int> window)
    {
        int from = 0;
        int to = 0;
        for (int back = 1; back < window.Length; back++)
        {
            int length = back < to ? Math.Min(to - back, _lengths[back - from]) : 0;
            while (back + length < window.Length && window[^(length + 1)] == window[^(back + length + 1)]) length++;
            _lengths[back] = length;
            if (back + length > to) (from, to) = (back, back + length);
        }
    }

    // Products, not a power: the C runtime's differs by system.
    float PenaltyOf(int length)
    {
        double value = penalty.Multiplier;
        for (int i = penalty.AllowedLength; i < length && value < PenaltyMax && penalty.Base > 1; i++) value *= penalty.Base;
        return (float)Math.Min(value, PenaltyMax);
    }

    bool IsBreaker(int token) => Array.BinarySearch(_breakers, token) >= 0;
}
