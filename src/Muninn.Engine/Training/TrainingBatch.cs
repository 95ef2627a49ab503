using System;
using Muninn.Engine.Checkpoints;
using Muninn.Kernels;

namespace Muninn.Engine.Training;

/// <summary>What is run together: sequences of different lengths, one behind the other.</summary>
/// <remarks>A sequence sees nothing of its neighbours, and its positions begin at 0.</remarks>
public sealed record TrainingBatch
{
    /// <summary>Token of each row, sequence by sequence, <c>[rows]</c>.</summary>
    public required ReadOnlyMemory<int> Tokens { get; init; }

    /// <summary>The token that each row shall predict, or <see cref="CrossEntropy.Ignored"/>, <c>[rows]</c>; not shifted by anyone.</summary>
    public required ReadOnlyMemory<int> Labels { get; init; }

    /// <summary>How much each label counts, <c>[rows]</c>, finite and at least 0; empty: all 1.</summary>
    public ReadOnlyMemory<float> LabelWeights { get; init; }

    /// <summary>Positions of each sequence, at least 1; their sum is rows.</summary>
    public required ReadOnlyMemory<int> Lengths { get; init; }

    /// <summary>Refuses what a model cannot run.</summary>
    /// <param name="config">Shapes of the model.</param>
    /// <param name="rowsMax">The most rows there is memory for.</param>
    /// <returns>Σ weight over the labels that count.</returns>
    internal double Checked(ModelConfig config, int rowsMax)
    {
        int rows = Tokens.Length;
        RequireLengths(config.Context);
        if (rows > rowsMax)
            throw new ArgumentException($"The batch has {rows} rows, and this pass has memory for {rowsMax}; cut the batch or enlarge RowsMax.");
        Require(Labels.Length, rows, nameof(Labels));
        if (!LabelWeights.IsEmpty) Require(LabelWeights.Length, rows, nameof(LabelWeights));
        RequireNumbers(Tokens.Span, config.Vocabulary, "Token", isLabel: false);
        RequireNumbers(Labels.Span, config.Vocabulary, "Label", isLabel: true);
        double sum = WeightSum();
        if (sum > 0 && double.IsFinite(sum)) return sum;
        throw new ArgumentException(Labels.Span.ContainsAnyExcept(CrossEntropy.Ignored)
            ? $"The weights of the labels that count add up to {sum}, and their mean has no value; let one be above 0."
            : $"All {rows} labels are {CrossEntropy.Ignored}, and their mean has no value; let one count.");
    }

    void RequireLengths(int context)
    {
        long sum = 0;
        var lengths = Lengths.Span;
        for (int sequence = 0; sequence < lengths.Length; sequence++)
        {
            if (lengths[sequence] < 1 || lengths[sequence] > context)
                throw new ArgumentException(
                    $"Sequence {sequence} has {lengths[sequence]} positions, and this model reads 1 to {context}; cut it or leave it out.");
            sum += lengths[sequence];
        }

        if (sum != Tokens.Length)
            throw new ArgumentException(
                $"The lengths of {lengths.Length} sequences add up to {sum} rows, but there are {Tokens.Length} tokens; give a length to every sequence.");
        if (sum == 0) throw new ArgumentException("The batch has no sequences; give it one at least.");
    }

    static void RequireNumbers(ReadOnlySpan<int> numbers, int vocabulary, string name, bool isLabel)
    {
        for (int row = 0; row < numbers.Length; row++)
        {
            if ((uint)numbers[row] < (uint)vocabulary || (isLabel && numbers[row] == CrossEntropy.Ignored)) continue;
            string none = isLabel ? $", and {CrossEntropy.Ignored} is none" : "";
            throw new ArgumentException(
                $"{name} {numbers[row]} of row {row} is not in this model's vocabulary; ids run from 0 to {vocabulary - 1}{none}.");
        }
    }

    double WeightSum()
    {
        ReadOnlySpan<int> labels = Labels.Span;
        if (LabelWeights.IsEmpty) return labels.Length - labels.Count(CrossEntropy.Ignored);
        double sum = 0;
        ReadOnlySpan<float> weights = LabelWeights.Span;
        for (int row = 0; row < weights.Length; row++)
        {
            if (!(weights[row] >= 0 && float.IsFinite(weights[row])))
                throw new ArgumentException($"The label of row {row} has weight {weights[row]}; give a finite number from 0.");
            if (labels[row] != CrossEntropy.Ignored) sum += weights[row];
        }

        return sum;
    }

    static void Require(int given, int rows, string name)
    {
        if (given != rows)
            throw new ArgumentException($"{name} has {given} elements, and the batch {rows} rows; give one for each row.");
    }
}
