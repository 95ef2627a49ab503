using System;
using System.Collections.Generic;
using Muninn.Kernels;

namespace Muninn.Engine.Training.Data;

/// <summary>Documents packed into one batch.</summary>
/// <param name="Batch">What goes through the model.</param>
/// <param name="Numbers">Their numbers, rising.</param>
/// <param name="Documents">The documents, in order.</param>
public sealed record PackedDocuments(TrainingBatch Batch, IReadOnlyList<long> Numbers, IReadOnlyList<TrainingExample> Documents)
{
    /// <summary>For each document whether every token of its answer was the likeliest; true where it has none.</summary>
    /// <param name="hits">Whether the label of a row was, <c>[rows]</c>.</param>
    public IEnumerable<(long Number, TrainingExample Document, bool Right)> Answered(bool[] hits)
    {
        int row = 0;
        for (int i = 0; i < Documents.Count; i++)
        {
            var document = Documents[i];
            bool right = true;
            // The row before a token predicts it.
            for (int at = Math.Min(document.AnswerStart, document.Tokens.Length); at < document.Tokens.Length; at++)
                right &= hits[row + at - 1];
            yield return (Numbers[i], document, right);
            row += document.Rows;
        }
    }
}

/// <summary>Takes documents in the order of their numbers and packs as many into a batch as there is room for.</summary>
/// <remarks>
/// Documents of a batch do not see each other: each is a sequence of its own, from position 0. One that no batch holds, or in which nothing
/// counts, is passed over and counted: a run does not end hours after it began for one long question.
/// </remarks>
/// <param name="source">The documents.</param>
/// <param name="rowsMax">Rows of a batch.</param>
/// <param name="context">Positions that the model reads.</param>
public sealed class BatchPacker(ExampleSource source, int rowsMax, int context)
{
    const int PassedMost = 1000;

    /// <summary>Number of the next document: the position in the data.</summary>
    public long Next { get; set; }

    /// <summary>How many documents were passed over.</summary>
    public long Passed { get; set; }

    /// <summary>The next batch; at least one document.</summary>
    /// <exception cref="InvalidOperationException">Very many documents in a row are longer than a batch or than the context.</exception>
    public PackedDocuments Take()
    {
        var documents = new List<TrainingExample>();
        var numbers = new List<long>();
        int rows = 0;
        for (int passed = 0; ; Next++)
        {
            var document = source.At(Next);
            if (document.Rows > Math.Min(rowsMax, context) || !document.Weights.Span[1..].ContainsAnyExcept(0))
            {
                Passed++;
                if (++passed == PassedMost)
                    throw new InvalidOperationException(
                        $"{passed} documents in a row cannot be learnt; document {Next} takes {document.Rows} rows, a batch has {rowsMax} and the model reads {context}. "
                        + "Make the batch larger, the documents shorter, or let something in them count.");
                continue;
            }

            if (rows + document.Rows > rowsMax) break;
            documents.Add(document);
            numbers.Add(Next);
            rows += document.Rows;
        }

        return new PackedDocuments(BatchOf(documents, rows), numbers, documents);
    }

    static TrainingBatch BatchOf(List<TrainingExample> documents, int rows)
    {
        int[] tokens = new int[rows], labels = new int[rows], lengths = new int[documents.Count];
        float[] weights = new float[rows];
        int row = 0;
        for (int i = 0; i < documents.Count; i++)
        {
            var (document, count) = (documents[i], documents[i].Rows);
            lengths[i] = count;
            document.Tokens.Span[..count].CopyTo(tokens.AsSpan(row));
            document.Tokens.Span[1..].CopyTo(labels.AsSpan(row));
            document.Weights.Span[1..].CopyTo(weights.AsSpan(row));
            row += count;
        }

        // What counts nothing need not go through the head.
        for (int i = 0; i < rows; i++)
        {
            if (weights[i] == 0) labels[i] = CrossEntropy.Ignored;
        }

        return new TrainingBatch { Tokens = tokens, Labels = labels, LabelWeights = weights, Lengths = lengths };
    }
}
