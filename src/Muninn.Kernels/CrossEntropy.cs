using System;
using System.Threading;

namespace Muninn.Kernels;

/// <summary>How surprised a distribution over the vocabulary is by the token that came: −ln softmax(logits)[label].</summary>
public static unsafe class CrossEntropy
{
    /// <summary>The label of a row that does not count.</summary>
    public const int Ignored = -100;

    /// <summary>
    /// loss[r] = ln Σ e^x[r, :] − x[r, label], and in the place of the logits what they are asked for by factor · Σ weight · loss:
    /// dx[r, i] = factor · weight[r] · (softmax(x[r, :])[i] − [i = label]).
    /// </summary>
    /// <param name="logits">x, <c>[rows, vocabulary]</c>; overwritten by dx, which is 0 in rows that do not count.</param>
    /// <param name="labels">The token that came, <c>[rows]</c>: 0 … vocabulary − 1, or <see cref="Ignored"/>.</param>
    /// <param name="weights">How much each row counts, <c>[rows]</c>; empty: all 1.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="vocabulary">Logits of a row, at least 1.</param>
    /// <param name="factor">By what the weighted sum of the losses is multiplied: one over the sum of the weights, for their mean.</param>
    /// <param name="losses">loss, <c>[rows]</c>, overwritten; 0 in rows that do not count, NaN where a logit is NaN or +∞.</param>
    /// <param name="hits">Whether the label was the likeliest token, of equal ones the first, <c>[rows]</c>, overwritten; empty: not asked.</param>
    /// <param name="pool">Who computes.</param>
    /// <exception cref="ArgumentException">A span is too short, or a label is not in the vocabulary.</exception>
    public static void Gradient(
        Span<float> logits,
        ReadOnlySpan<int> labels,
        ReadOnlySpan<float> weights,
        int rows,
        int vocabulary,
        float factor,
        Span<double> losses,
        Span<bool> hits,
        WorkerPool pool)
    {
        Check(logits, labels, rows, vocabulary, losses, hits);
        if (!weights.IsEmpty) Guard.Holds(weights.Length, rows, "[rows]");
        fixed (float* x = logits, weight = weights)
        fixed (int* label = labels)
        fixed (double* loss = losses)
        fixed (bool* hit = hits)
        {
            pool.Run(new Job
            {
                Logits = x,
                Labels = label,
                Weights = weight,
                Losses = loss,
                Hits = hit,
                Rows = rows,
                Vocabulary = vocabulary,
                Factor = factor,
                IsGradient = true,
                Pool = pool,
            });
        }
    }

    /// <summary>The losses of <see cref="Gradient"/> alone: the same bits, and the logits stay.</summary>
    /// <param name="logits">x, <c>[rows, vocabulary]</c>.</param>
    /// <param name="labels">The token that came, <c>[rows]</c>: 0 … vocabulary − 1, or <see cref="Ignored"/>.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="vocabulary">Logits of a row, at least 1.</param>
    /// <param name="losses">loss, <c>[rows]</c>, overwritten; 0 in rows that do not count, NaN where a logit is NaN or +∞.</param>
    /// <param name="hits">Whether the label was the likeliest token, of equal ones the first, <c>[rows]</c>, overwritten; empty: not asked.</param>
    /// <param name="pool">Who computes.</param>
    /// <exception cref="ArgumentException">A span is too short, or a label is not in the vocabulary.</exception>
    public static void Losses(
        ReadOnlySpan<float> logits, ReadOnlySpan<int> labels, int rows, int vocabulary, Span<double> losses, Span<bool> hits, WorkerPool pool)
    {
        Check(logits, labels, rows, vocabulary, losses, hits);
        fixed (float* x = logits)
        fixed (int* label = labels)
        fixed (double* loss = losses)
        fixed (bool* hit = hits)
        {
            pool.Run(new Job { Logits = x, Labels = label, Losses = loss, Hits = hit, Rows = rows, Vocabulary = vocabulary, Pool = pool });
        }
    }

    static void Check(
        ReadOnlySpan<float> logits, ReadOnlySpan<int> labels, int rows, int vocabulary, Span<double> losses, Span<bool> hits)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabulary, 1);
        Guard.Holds(logits.Length, (long)rows * vocabulary, "[rows, vocabulary]");
        Guard.Holds(labels.Length, rows, "[rows]");
        Guard.Holds(losses.Length, rows, "[rows]");
        if (!hits.IsEmpty) Guard.Holds(hits.Length, rows, "[rows]");
        for (var r = 0; r < rows; r++)
        {
            if ((uint)labels[r] >= (uint)vocabulary && labels[r] != Ignored)
                throw new ArgumentException(
                    $"Label {labels[r]} of row {r} is not in a vocabulary of {vocabulary}; give 0 to {vocabulary - 1}, or {Ignored} for none.",
                    nameof(labels));
        }
    }

    /// <summary>A worker takes a row at a time.</summary>
    struct Job : IWorkerJob
    {
        internal float* Logits;
        internal int* Labels;
        internal float* Weights;
        internal double* Losses;
        internal bool* Hits;
        internal int Rows;
        internal int Vocabulary;
        internal float Factor;
        internal bool IsGradient;
        internal WorkerPool Pool;
        int _taken;

        public void Run(int worker)
        {
            var shares = new Span<float>(Pool.Scratch(worker, Vocabulary), Vocabulary);
            while (true)
            {
                var row = Interlocked.Increment(ref _taken) - 1;
                if (row >= Rows) return;
                Losses[row] = Row(row, new Span<float>(Logits + (long)row * Vocabulary, Vocabulary), shares);
            }
        }

        readonly double Row(int row, Span<float> logits, Span<float> shares)
        {
            var label = Labels[row];
            if (Hits != null) Hits[row] = false;
            if (label == Ignored)
            {
                if (IsGradient) logits.Clear();
                return 0;
            }

            var largest = Softmax.Largest(logits);
            if (!float.IsFinite(largest))
            {
                if (IsGradient) logits.Fill(float.NaN);
                return double.NaN;
            }

            if (Hits != null) Hits[row] = Softmax.IndexOf(logits, largest) == label;
            var total = Softmax.Weigh(logits, largest, 1, shares);
            var loss = Math.Log(total) + ((double)largest - logits[label]);
            if (!IsGradient) return loss;
            var factor = Weights == null ? Factor : Factor * Weights[row];
            // Where the model is sure of the label, its share is nearly one: what is missing is a difference of doubles.
            var missing = (float)(factor * ((shares[label] - total) / total));
            Softmax.Scale(shares, (float)(factor / total));
            shares.CopyTo(logits);
            logits[label] = missing;
            return loss;
        }
    }
}
