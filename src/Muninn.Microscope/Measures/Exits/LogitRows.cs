using System;
using Muninn.Engine.Recurrence;
using Muninn.Microscope.Measures.Lenses;

namespace Muninn.Microscope.Measures.Exits;

/// <summary>Logits of a few positions, with their distributions and likeliest tokens.</summary>
sealed class LogitRows(Readout readout, int rows)
{
    /// <summary>Rows that are compared at the same time.</summary>
    const int RowsTogether = 16;

    /// <summary>No token: the logits are not finite.</summary>
    const int None = -1;

    readonly float[] _logits = new float[checked(rows * readout.Vocabulary)];
    readonly LogitDistribution[] _distributions = new LogitDistribution[rows];
    readonly int[] _likeliest = new int[rows];

    /// <summary>The divergence of one set of positions from another, and whether their likeliest tokens differ.</summary>
    /// <param name="readout">The lens.</param>
    /// <param name="x">What the head reads, <c>[positions, width]</c>.</param>
    /// <param name="reference">What it reads where it is right, <c>[positions, width]</c>.</param>
    /// <param name="positions">How many.</param>
    internal static (float[] Divergence, bool[] Changed) Compare(
        Readout readout, ReadOnlySpan<float> x, ReadOnlySpan<float> reference, int positions)
    {
        var divergence = new float[positions];
        var changed = new bool[positions];
        var now = new LogitRows(readout, Math.Min(RowsTogether, positions));
        var right = new LogitRows(readout, Math.Min(RowsTogether, positions));
        for (int first = 0; first < positions; first += RowsTogether)
        {
            int count = Math.Min(RowsTogether, positions - first);
            now.Read(x, first, count);
            right.Read(reference, first, count);
            for (int row = 0; row < count; row++)
                (divergence[first + row], changed[first + row]) = now.Against(row, right);
        }

        return (divergence, changed);
    }

    /// <summary>Makes the logits of some positions.</summary>
    /// <param name="x">What the head reads, <c>[positions, width]</c>.</param>
    /// <param name="first">The first position.</param>
    /// <param name="count">How many, at most as many as there are rows.</param>
    internal void Read(ReadOnlySpan<float> x, int first, int count)
    {
        readout.Head(x.Slice(first * readout.Width, count * readout.Width), count, _logits.AsSpan(0, count * readout.Vocabulary));
        for (int row = 0; row < count; row++)
        {
            _distributions[row] = LogitDistribution.Of(Logits(row));
            _likeliest[row] = _distributions[row].IsFinite ? Largest(Logits(row)) : None;
        }
    }

    /// <summary>Logits of a row, <c>[vocabulary]</c>.</summary>
    internal ReadOnlySpan<float> Logits(int row) => _logits.AsSpan(row * readout.Vocabulary, readout.Vocabulary);

    /// <summary>The divergence of the reference's row from this one, and whether the likeliest tokens differ.</summary>
    internal (float Divergence, bool Changed) Against(int row, LogitRows reference) => (
        (float)_distributions[row].DivergenceOf(Logits(row), reference._distributions[row], reference.Logits(row)),
        _likeliest[row] != reference._likeliest[row]);

    /// <summary>The likeliest token; of equally likely ones the lower id.</summary>
    static int Largest(ReadOnlySpan<float> logits)
    {
        int largest = 0;
        for (int token = 1; token < logits.Length; token++)
        {
            if (logits[token] > logits[largest])
                largest = token;
        }

        return largest;
    }
}
