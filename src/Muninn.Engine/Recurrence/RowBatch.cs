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

    RowBatch(int[] sequences, int[] positions, int count)
    {
        _sequences = sequences;
        _positions = positions;
        _iterations = new int[sequences.Length];
        Count = count;
    }

    /// <summary>How many rows the next pass computes.</summary>
    public int Count { get; private set; }

    /// <summary>Sequence of each row, <c>[Count]</c>.</summary>
    public ReadOnlySpan<int> Sequences => _sequences.AsSpan(0, Count);

    /// <summary>Position of each row in its sequence, from 0, <c>[Count]</c>.</summary>
    public ReadOnlySpan<int> Positions => _positions.AsSpan(0, Count);

    /// <summary>Iterations that each row has behind it, <c>[Count]</c>.</summary>
    public ReadOnlySpan<int> Iterations => _iterations.AsSpan(0, Count);

    /// <summary>An empty batch.</summary>
    /// <param name="rowsMax">Rows that it has room for.</param>
    public static RowBatch WithRoom(int rowsMax) => new(new int[rowsMax], new int[rowsMax], 0);

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

        return new RowBatch(sequences, positions, rows);
    }

    /// <summary>Empties the batch.</summary>
    public void Clear() => Count = 0;

    /// <summary>Puts a row behind the others.</summary>
    /// <param name="sequence">Its sequence.</param>
    /// <param name="position">Its position, from 0.</param>
    /// <param name="iteration">Iterations that it has behind it.</param>
    /// <exception cref="InvalidOperationException">The batch is full.</exception>
    public void Add(int sequence, int position, int iteration = 0)
    {
        if (Count == _sequences.Length)
            throw new InvalidOperationException($"The batch has room for {_sequences.Length} rows and is full; make a larger one.");
        _sequences[Count] = sequence;
        _positions[Count] = position;
        _iterations[Count++] = iteration;
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
