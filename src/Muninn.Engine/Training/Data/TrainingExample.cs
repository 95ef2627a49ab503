using System;
using Muninn.Engine.Training.Worlds;

namespace Muninn.Engine.Training.Data;

/// <summary>One document to be learnt: its tokens, and how much it counts to predict each from those before it.</summary>
public sealed record TrainingExample
{
    /// <summary>Tokens and weights of one document.</summary>
    /// <param name="tokens">At least two tokens; not copied.</param>
    /// <param name="weights">For each token how much its loss counts, finite and at least 0; that of the first says nothing. Not copied.</param>
    /// <exception cref="ArgumentException">Fewer than two tokens, or another number of weights.</exception>
    public TrainingExample(ReadOnlyMemory<int> tokens, ReadOnlyMemory<float> weights)
    {
        if (tokens.Length < 2)
            throw new ArgumentException($"A document of {tokens.Length} tokens predicts nothing; give at least 2.", nameof(tokens));
        if (weights.Length != tokens.Length)
            throw new ArgumentException($"There are {tokens.Length} tokens and {weights.Length} weights; give one for each token.", nameof(weights));
        (Tokens, Weights) = (tokens, weights);
    }

    /// <summary>The document, its first and last special tokens included.</summary>
    public ReadOnlyMemory<int> Tokens { get; }

    /// <summary>How much predicting each token from those before it counts; the first is predicted by nothing.</summary>
    public ReadOnlyMemory<float> Weights { get; }

    /// <summary>The first token of the answer; behind the last token where there is none.</summary>
    public int AnswerStart { get; init; } = int.MaxValue;

    /// <summary>The question that is answered, where the document is one of the generated worlds'.</summary>
    public WorldQuestion? Question { get; init; }

    /// <summary>Rows that the document takes in a batch: every token but the last is read.</summary>
    public int Rows => Tokens.Length - 1;
}
