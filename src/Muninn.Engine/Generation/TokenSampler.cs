using System;
using System.Linq;
using Muninn.Engine.Randomness;
using Muninn.Kernels;

namespace Muninn.Engine.Generation;

/// <summary>A <see cref="Sampler"/> at work: logits in, a token out, without allocating anything.</summary>
/// <remarks>
/// A choice is a pure function of (sampler, logits, history, position). One choice at a time; see
/// <see cref="SamplingMemory"/>.
/// </remarks>
public sealed class TokenSampler
{
    /// <summary>Probabilities summed at once when a token is drawn.</summary>
    const int BlockLength = 1024;

    readonly FilteredSampler? _filtered;
    readonly (int Token, float Bias)[] _biases;
    readonly DryScan? _dry;
    readonly SamplingMemory _memory;

    /// <summary>Checks the sampler and gets ready.</summary>
    /// <param name="sampler">How tokens are chosen.</param>
    /// <param name="vocabulary">Number of logits of a row.</param>
    /// <exception cref="ArgumentException">A parameter of the sampler is outside its range.</exception>
    public TokenSampler(Sampler sampler, int vocabulary)
        : this(sampler, new SamplingMemory(vocabulary))
    {
    }

    /// <summary>Checks the sampler and gets ready to work in given memory.</summary>
    /// <param name="sampler">How tokens are chosen.</param>
    /// <param name="memory">May be shared with samplers that never work at the same time.</param>
    /// <exception cref="ArgumentException">A parameter of the sampler is outside its range.</exception>
    public TokenSampler(Sampler sampler, SamplingMemory memory)
    {
        ArgumentNullException.ThrowIfNull(sampler);
        ArgumentNullException.ThrowIfNull(memory);
        sampler.Validate(memory.Vocabulary);
        Sampler = sampler;
        _memory = memory;
        _filtered = sampler as FilteredSampler;
        _biases = [.. sampler.LogitBias.OrderBy(static entry => entry.Key).Select(static entry => (entry.Key, entry.Value))];
        _dry = sampler.Dry is { } dry ? new DryScan(dry) : null;
    }

    /// <summary>What this works by.</summary>
    public Sampler Sampler { get; }

    /// <summary>Number of logits of a row.</summary>
    public int Vocabulary => _memory.Vocabulary;

    /// <summary>The distribution from which a token is drawn: filtered and rescaled. Greedy: 1 for its token.</summary>
    /// <param name="logits">Raw logits, <c>[vocabulary]</c>.</param>
    /// <param name="history">Token ids so far, for the penalties; in the order in which they came.</param>
    /// <param name="probabilities"><c>[vocabulary]</c>, overwritten: sums to 1, or all 0 where there is no distribution.</param>
    /// <returns><see cref="ChoiceOutcome.Chosen"/>, or why there is no distribution.</returns>
    /// <exception cref="ArgumentException">A length is not that of the vocabulary, or a token is outside it.</exception>
    public ChoiceOutcome Distribution(ReadOnlySpan<float> logits, ReadOnlySpan<int> history, Span<float> probabilities)
    {
        RequireVocabulary(logits.Length, nameof(logits));
        RequireVocabulary(probabilities.Length, nameof(probabilities));
        var adjusted = Adjusted(logits, history);
        float largest = Softmax.Largest(adjusted);
        if (!float.IsFinite(largest))
        {
            probabilities.Clear();
            return float.IsFinite(Softmax.Largest(logits)) ? ChoiceOutcome.EveryTokenBanned : ChoiceOutcome.LogitsNotFinite;
        }

        if (_filtered is null)
        {
            probabilities.Clear();
            probabilities[Softmax.IndexOf(adjusted, largest)] = 1;
        }
        else
        {
            Fill(_filtered, adjusted, largest, probabilities);
        }

        return ChoiceOutcome.Chosen;
    }

    /// <summary>The next token.</summary>
    /// <param name="logits">Raw logits, <c>[vocabulary]</c>.</param>
    /// <param name="history">Token ids so far, for the penalties; in the order in which they came.</param>
    /// <param name="position">Position for which a token is chosen, at least 0: with the seed it decides the draw.</param>
    /// <returns>The token, or why there is none.</returns>
    /// <exception cref="ArgumentException">The logits are not as many as the vocabulary, or a token is outside it.</exception>
    public TokenChoice Choose(ReadOnlySpan<float> logits, ReadOnlySpan<int> history, int position)
    {
        RequireVocabulary(logits.Length, nameof(logits));
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        float rawLargest = Softmax.Largest(logits);
        if (!float.IsFinite(rawLargest)) return TokenChoice.None(ChoiceOutcome.LogitsNotFinite);

        var adjusted = Adjusted(logits, history);
        float largest = Sampler.LeavesLogits ? rawLargest : Softmax.Largest(adjusted);
        if (!float.IsFinite(largest)) return TokenChoice.None(ChoiceOutcome.EveryTokenBanned);

        int token;
        double? total = null;
        if (_filtered is null)
        {
            token = Softmax.IndexOf(adjusted, largest);
        }
        else
        {
            double filled = Fill(_filtered, adjusted, largest, _memory.Probabilities);
            if (Sampler.LeavesLogits && _filtered.Temperature is 1) total = filled;
            token = Draw(_memory.Probabilities, Uniform(position, DrawPurpose.Token));
        }

        double logarithm = Math.Log(total ?? Softmax.Total(logits, rawLargest));
        return new(ChoiceOutcome.Chosen, token, (float)((double)logits[token] - rawLargest - logarithm));
    }

    /// <summary>The request's random number in (0, 1) at a position.</summary>
    /// <param name="position">Position for which a token is chosen, at least 0.</param>
    /// <param name="purpose">What it decides.</param>
    /// <remarks>A greedy sampler has the numbers of seed 0, and uses none.</remarks>
    public double Uniform(int position, DrawPurpose purpose) =>
        CounterRandom.Uniform(_filtered?.Seed ?? 0, RandomStream.Sampling, position, (int)purpose);

    /// <summary>The token at a place of the cumulative distribution.</summary>
    /// <param name="probabilities">At least 0, finite; they need not sum to 1.</param>
    /// <param name="uniform">From 0 to 1: the share of the sum that lies before the place.</param>
    /// <returns>A token whose probability is above 0; −1 if there is none.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="uniform"/> is outside [0, 1].</exception>
    public static int Draw(ReadOnlySpan<float> probabilities, double uniform)
    {
        if (!(uniform is >= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(uniform),
                Sampler.Invariant($"The place in the distribution is {uniform}; give a number from 0 to 1."));
        }

        double total = 0;
        for (int from = 0; from < probabilities.Length; from += BlockLength)
            total += Softmax.Sum(Block(probabilities, from));

        double left = uniform * total;
        int last = -1;
        for (int from = 0; from < probabilities.Length; from += BlockLength)
        {
            var block = Block(probabilities, from);
            double sum = Softmax.Sum(block);
            if (!(sum > 0)) continue;
            last = from;
            if (left < sum) break;
            left -= sum;
        }

        return last < 0 ? -1 : last + DrawWithin(Block(probabilities, last), left);
    }

    static int DrawWithin(ReadOnlySpan<float> probabilities, double left)
    {
        double sum = 0;
        int last = -1;
        for (int i = 0; i < probabilities.Length; i++)
        {
            if (!(probabilities[i] > 0)) continue;
            last = i;
            sum += probabilities[i];
            if (left < sum) break;
        }

        // Where rounding, or a place at the very end, left something over: the last that can be drawn.
        return last;
    }

    static ReadOnlySpan<float> Block(ReadOnlySpan<float> probabilities, int from) =>
        probabilities.Slice(from, Math.Min(BlockLength, probabilities.Length - from));

    /// <summary>Writes the filtered, rescaled distribution; returns Σ e^((logit − largest) / temperature) of all tokens.</summary>
    double Fill(FilteredSampler sampler, ReadOnlySpan<float> logits, float largest, Span<float> probabilities)
    {
        double total = Softmax.Weigh(logits, largest, sampler.Temperature, probabilities);
        ulong last = new TokenHead(logits, largest, sampler.Temperature, probabilities, _memory.Ranks).Last(sampler, total);
        double kept = total;
        if (last != ulong.MaxValue)
        {
            float least = RankedLogits.LogitOf(last);
            DropTies(logits, least, RankedLogits.IdOf(last), probabilities);
            kept = Softmax.Keep(logits, least, probabilities);
        }

        Softmax.Scale(probabilities, (float)(1 / kept));
        return total;
    }

    /// <summary>Of the tokens with exactly the least logit, those behind the last one do not stay.</summary>
    static void DropTies(ReadOnlySpan<float> logits, float least, int last, Span<float> weights)
    {
        // −1: a step that keeps all ties.
        if (last < 0) return;
        for (int from = last + 1; from < logits.Length; from++)
        {
            int next = Softmax.IndexOf(logits[from..], least);
            if (next < 0) return;
            from += next;
            weights[from] = 0;
        }
    }

    /// <summary>The logits after bias and penalties: the raw ones themselves where there are none.</summary>
    ReadOnlySpan<float> Adjusted(ReadOnlySpan<float> logits, ReadOnlySpan<int> history)
    {
        if (Sampler.LeavesLogits) return logits;
        var adjusted = _memory.Adjusted.AsSpan();
        logits.CopyTo(adjusted);
        foreach (var (token, bias) in _biases) adjusted[token] = Bounded(adjusted[token], adjusted[token] + bias);
        if (Sampler.RepetitionPenalty is 1 && _dry is null) return adjusted;

        foreach (int token in history) RequireWithin(token);
        if (Sampler.RepetitionPenalty is not 1) PenalizeRepetition(history, adjusted);
        _dry?.Apply(history, adjusted);
        return adjusted;
    }

    void PenalizeRepetition(ReadOnlySpan<int> history, Span<float> logits)
    {
        float penalty = Sampler.RepetitionPenalty;
        ulong[] seen = _memory.Seen;
        foreach (int token in history)
        {
            ulong bit = 1UL << (token & 63);
            if ((seen[token >> 6] & bit) != 0) continue;
            seen[token >> 6] |= bit;
            float logit = logits[token];
            logits[token] = Bounded(logit, logit >= 0 ? logit / penalty : logit * penalty);
        }

        foreach (int token in history) seen[token >> 6] = 0;
    }

    /// <summary>A number that was finite stays below infinity.</summary>
    static float Bounded(float before, float after) =>
        float.IsPositiveInfinity(after) && float.IsFinite(before) ? float.MaxValue : after;

    void RequireVocabulary(int length, string name)
    {
        if (length != Vocabulary)
        {
            throw new ArgumentException(
                Sampler.Invariant($"There are {length} {name}, but the sampler was made for {Vocabulary}; give one for each token of the vocabulary."), name);
        }
    }

    void RequireWithin(int token)
    {
        if ((uint)token >= (uint)Vocabulary)
        {
            throw new ArgumentException(
                Sampler.Invariant($"The history holds token {token}, but the vocabulary has {Vocabulary} tokens; give ids from 0 to {Vocabulary - 1}."));
        }
    }
}
