using System;
using System.Collections.Generic;
using Muninn.Kernels;

namespace Muninn.Engine.Training.Data;

/// <summary>Documents packed into one batch.</summary>
/// <param name="Batch">What goes through the model.</param>
/// <param name="First">Number of the first document.</param>
/// <param name="Documents">The documents, in order.</param>
public sealed record PackedDocuments(TrainingBatch Batch, long First, IReadOnlyList<TrainingExample> Documents)
{
    /// <summary>For each document whether every token of its answer was the likeliest; true where it has none.</summary>
    /// <param name="hits">Whether the label of a row was, <c>[rows]</c>.</param>
    public IEnumerable<(TrainingExample Document, bool Right)> Answered(bool[] hits)
    {
        int row = 0;
        foreach (var document in Documents)
        {
            bool right = true;
            // The row before a token predicts it.
            for (int at = Math.Min(document.AnswerStart, document.Tokens.Length); at < document.Tokens.Length; at++)
                right &= hits[row + at - 1];
            yield return (document, right);
            row += document.Rows;
        }
    }
}

/// <summary>Takes documents in the order of their numbers and packs as many into a batch as there is room for.</summary>
/// <remarks>Documents of a batch do not see each other: each is a sequence of its own, from position 0.</remarks>
/// <param name="source">The documents.</param>
/// <param name="rowsMax">Rows of a batch.</param>
/// <param name="context">Positions that the model reads.</param>
public sealed class BatchPacker(ExampleSource source, int rowsMax, int context)
{
    /// <summary>Number of the next document: the position in the data.</summary>
    public long Next { get; set; }

    /// <summary>The next batch; at least one document.</summary>
    /// <exception cref="InvalidOperationException">A document is longer than a batch or than the context.</exception>
    public PackedDocuments Take()
    {
        var documents = new List<TrainingExample>();
        long first = Next;
        int rows = 0;
        while (true)
        {
            var document = source.At(Next);
            if (document.Rows > Math.Min(rowsMax, context))
                throw new InvalidOperationException(
                    $"Document {Next} takes {document.Rows} rows; a batch has {rowsMax} and the model reads {context}. Make the batch larger or the document shorter.");
            if (rows + document.Rows > rowsMax) break;
            documents.Add(document);
            rows += document.Rows;
            Next++;
        }

        return new PackedDocuments(BatchOf(documents, rows), first, documents);
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
