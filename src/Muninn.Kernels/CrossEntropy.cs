using System;
using System.Threading;

namespace Muninn.Kernels;

/// <summary>How surprised a distribution over the vocabulary is by the token that came: −ln softmax(logits)[label].</summary>
public static unsafe class CrossEntropy
{
    /// <summary>The label of a row that does not count.</summary>
    public const int Ignored = -100;

    /// <summary>
    /// loss[r] = ln Σ e^x[r, :] − x[r, label], and in the place of the logits what they are asked for by factor · Σ loss:
    /// dx[r, i] = factor · (softmax(x[r, :])[i] − [i = label]).
    /// </summary>
    /// <param name="logits">x, <c>[rows, vocabulary]</c>; overwritten by dx, which is 0 in rows that do not count.</param>
    /// <param name="labels">The token that came, <c>[rows]</c>: 0 … vocabulary − 1, or <see cref="Ignored"/>.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="vocabulary">Logits of a row, at least 1.</param>
    /// <param name="factor">By what the sum of the losses is multiplied: one over their number, for their mean.</param>
    /// <param name="losses">loss, <c>[rows]</c>, overwritten; 0 in rows that do not count, NaN where a logit is NaN or +∞.</param>
    /// <param name="pool">Who computes.</param>
    /// <exception cref="ArgumentException">A span is too short, or a label is not in the vocabulary.</exception>
    public static void Gradient(
        Span<float> logits, ReadOnlySpan<int> labels, int rows, int vocabulary, float factor, Span<double> losses, WorkerPool pool)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabulary, 1);
        Guard.Holds(logits.Length, (long)rows * vocabulary, "[rows, vocabulary]");
        Guard.Holds(labels.Length, rows, "[rows]");
        Guard.Holds(losses.Length, rows, "[rows]");
        for (var r = 0; r < rows; r++)
        {
            if ((uint)labels[r] >= (uint)vocabulary && labels[r] != Ignored)
                throw new ArgumentException(
                    $"Label {labels[r]} of row {r} is not in a vocabulary of {vocabulary}; give 0 to {vocabulary - 1}, or {Ignored} for none.",
                    nameof(labels));
        }

        fixed (float* x = logits)
        fixed (int* label = labels)
        fixed (double* loss = losses)
        {
            pool.Run(new Job { Logits = x, Labels = label, Losses = loss, Rows = rows, Vocabulary = vocabulary, Factor = factor, Pool = pool });
        }
    }

    /// <summary>A worker takes a row at a time.</summary>
    struct Job : IWorkerJob
    {
        internal float* Logits;
        internal int* Labels;
        internal double* Losses;
        internal int Rows;
        internal int Vocabulary;
        internal float Factor;
        internal WorkerPool Pool;
        int _taken;

        public void Run(int worker)
        {
            var weights = new Span<float>(Pool.Scratch(worker, Vocabulary), Vocabulary);
            while (true)
            {
                var row = Interlocked.Increment(ref _taken) - 1;
                if (row >= Rows) return;
                Losses[row] = Row(new Span<float>(Logits + (long)row * Vocabulary, Vocabulary), Labels[row], weights);
            }
        }

        readonly double Row(Span<float> logits, int label, Span<float> weights)
        {
            if (label == Ignored)
            {
                logits.Clear();
                return 0;
            }

            var largest = Softmax.Largest(logits);
            if (!float.IsFinite(largest))
            {
                logits.Fill(float.NaN);
                return double.NaN;
            }

            var total = Softmax.Weigh(logits, largest, 1, weights);
            var loss = Math.Log(total) + ((double)largest - logits[label]);
            // Where the model is sure of the label, its share is nearly one: what is missing is a difference of doubles.
            var missing = (float)(Factor * ((weights[label] - total) / total));
            Softmax.Scale(weights, (float)(Factor / total));
            weights.CopyTo(logits);
            logits[label] = missing;
            return loss;
        }
    }
}
