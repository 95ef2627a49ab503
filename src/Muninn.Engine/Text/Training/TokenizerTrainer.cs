using System;
using System.IO;
using System.Threading;

namespace Muninn.Engine.Text.Training;

/// <summary>Learns a byte-level tokenizer from texts: give it all texts, then learn.</summary>
/// <remarks>
/// What is learnt is a function of the plan and of how often each piece occurs: not of the order of the texts, nor of how they are
/// dealt out to several counters. Memory grows with the number of different pieces. Not for several threads at once.
/// </remarks>
public sealed class TokenizerTrainer
{
    readonly TokenizerPlan _plan;
    readonly PieceCounts _counts;

    /// <summary>Gets ready to count.</summary>
    /// <param name="plan">What is wanted.</param>
    /// <exception cref="InvalidDataException">The plan cannot be followed.</exception>
    public TokenizerTrainer(TokenizerPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        _plan = plan.Validated();
        _counts = new PieceCounts(plan.Cut());
    }

    /// <summary>Bytes of all texts so far, in UTF-8.</summary>
    public long Bytes => _counts.Bytes;

    /// <summary>How many different pieces there are so far.</summary>
    public int PieceCount => _counts.Counts.Count;

    /// <summary>Counts the pieces of a text.</summary>
    /// <param name="text">Special tokens in it are text like any other; a lone surrogate counts as U+FFFD.</param>
    /// <exception cref="InvalidDataException">The pattern needs too many steps.</exception>
    public void Add(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        _counts.Add(BytePairTokenizer.WithoutLoneSurrogates(text));
    }

    /// <summary>Takes over what another counter with the same plan has counted.</summary>
    /// <param name="other">The other one.</param>
    public void Add(TokenizerTrainer other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other._plan.Pattern != _plan.Pattern || other._plan.DigitsApart != _plan.DigitsApart)
            throw new ArgumentException($"The other counts pieces of '{other._plan.Pattern}', this one of '{_plan.Pattern}'; give both the same plan.", nameof(other));
        _counts.Add(other._counts);
    }

    /// <summary>Learns the tokens.</summary>
    /// <param name="learnt">Told after each how many there are, bytes not counted.</param>
    /// <param name="stopping">Ends the work.</param>
    /// <exception cref="OperationCanceledException">It was ended.</exception>
    public LearntTokenizer Learn(Action<int>? learnt = null, CancellationToken stopping = default)
    {
        var learner = new PairLearner(_counts.Counts, _plan.SpecialTokens);
        learner.Learn(_plan.MostLearnt, _plan.LeastCount, learnt, stopping);
        return new LearntTokenizer(_plan, learner.Names, learner.Merges) { BytesPerToken = (double)Bytes / Math.Max(1, learner.TokenCount) };
    }
}
