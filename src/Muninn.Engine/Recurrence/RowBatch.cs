using System;

namespace Muninn.Engine.Recurrence;

/// <summary>
/// The rows of one pass: any set of (sequence, position, iteration). The engine knows nothing else. A whole prompt, one
/// new token, the tokens that have not come to rest and a wavefront of drafts are all ways of choosing rows.
/// </summary>
/// <remarks>
/// Rows of one sequence stand in order of position, and attention looks up each row's own sequence. Row r of every
/// <c>[rows, width]</c> buffer of a pass belongs to entry r of this batch.
/// </remarks>
public sealed class RowBatch
{
    readonly int[] _sequences;
    readonly int[] _positions;
    readonly int[] _iterations;

    RowBatch(int[] sequences, int[] positions)
    {
        _sequences = sequences;
        _positions = positions;
        _iterations = new int[sequences.Length];
        Count = sequences.Length;
    }

    /// <summary>How many rows the next pass computes.</summary>
    public int Count { get; private set; }

    /// <summary>Sequence of each row, <c>[Count]</c>.</summary>
    public ReadOnlySpan<int> Sequences => _sequences.AsSpan(0, Count);

    /// <summary>Position of each row in its sequence, from 0, <c>[Count]</c>.</summary>
    public ReadOnlySpan<int> Positions => _positions.AsSpan(0, Count);

    /// <summary>Iterations that each row has behind it, <c>[Count]</c>.</summary>
    public ReadOnlySpan<int> Iterations => _iterations.AsSpan(0, Count);

    /// <summary>The rows of one prompt: positions 0 … <paramref name="positions"/> − 1 of sequence 0.</summary>
    /// <param name="positions">Tokens in the prompt, at least 1.</param>
    public static RowBatch ForPrompt(int positions) => ForSequences([positions]);

    /// <summary>The rows of several prompts, one sequence each, side by side.</summary>
    /// <param name="lengths">Tokens of each sequence, each at least 1.</param>
    public static RowBatch ForSequences(ReadOnlySpan<int> lengths)
    {
        int rows = 0;
        foreach (int length in lengths)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(length, 1, nameof(lengths));
            rows = checked(rows + length);
        }

        ArgumentOutOfRangeException.ThrowIfZero(rows, nameof(lengths));
        int[] sequences = new int[rows];
        int[] positions = new int[rows];
        int row = 0;
        for (int sequence = 0; sequence < lengths.Length; sequence++)
        {
            for (int position = 0; position < lengths[sequence]; position++, row++)
            {
                sequences[row] = sequence;
                positions[row] = position;
            }
        }

        return new RowBatch(sequences, positions);
    }

    /// <summary>Every row has one more iteration behind it.</summary>
    internal void Advance()
    {
        for (int row = 0; row < Count; row++)
            _iterations[row]++;
    }

    /// <summary>Row <paramref name="from"/> takes the place of row <paramref name="to"/>; used to close gaps.</summary>
    internal void Move(int from, int to)
    {
        _sequences[to] = _sequences[from];
        _positions[to] = _positions[from];
        _iterations[to] = _iterations[from];
    }

    /// <summary>Drops every row from <paramref name="count"/> on.</summary>
    internal void Shorten(int count) => Count = count;
}
