using System;
using System.Collections.Generic;
using Muninn.Engine.Generation;
using Muninn.Engine.Recurrence;

namespace Muninn.Microscope.Measures.Lenses;

/// <summary>Turns readings into the numbers of a table, a few rows of logits at a time.</summary>
sealed class LensReduction
{
    /// <summary>Memory for logits, of readings and of the end together: enough rows that the head is read from memory seldom.</summary>
    const long LogitBytes = 32 << 20;

    readonly Readout _readout;
    readonly int[] _ids;
    readonly LensTable _table;
    readonly int _rows;
    readonly float[] _logits;
    readonly float[] _end;
    readonly LogitDistribution[] _endOf;
    readonly TokenLogProbability[] _top;

    internal LensReduction(Readout readout, LensTable table)
    {
        _readout = readout;
        _ids = table.Ids;
        _table = table;
        _rows = RowsTogether(readout.Vocabulary, table.Positions);
        _logits = new float[checked(_rows * readout.Vocabulary)];
        _end = new float[_logits.Length];
        _endOf = new LogitDistribution[_rows];
        _top = new TokenLogProbability[Math.Max(table.TopCount, Math.Min(2, readout.Vocabulary))];
    }

    /// <summary>Rows whose logits are held at the same time.</summary>
    internal static int RowsTogether(int vocabulary, int positions) =>
        (int)Math.Clamp(LogitBytes / (2L * sizeof(float) * vocabulary), 1, positions);

    /// <summary>Reduces some readings.</summary>
    /// <param name="readings">Number of each reading, and what the head reads there, <c>[T, width]</c>.</param>
    /// <param name="end">What the head reads at the end, <c>[T, width]</c>.</param>
    internal void Add(IReadOnlyList<(int Reading, float[] X)> readings, ReadOnlySpan<float> end)
    {
        for (int first = 0; first < _ids.Length; first += _rows)
        {
            int count = Math.Min(_rows, _ids.Length - first);
            Head(end, first, count, _end);
            for (int row = 0; row < count; row++)
                BeginEnd(first + row, row);
            foreach (var (reading, x) in readings)
            {
                Head(x, first, count, _logits);
                for (int row = 0; row < count; row++)
                    Reduce(reading, first + row, row);
            }
        }
    }

    void Head(ReadOnlySpan<float> x, int first, int count, float[] logits) =>
        _readout.Head(x.Slice(first * _readout.Width, count * _readout.Width), count, logits.AsSpan(0, count * _readout.Vocabulary));

    ReadOnlySpan<float> Row(float[] logits, int row) => logits.AsSpan(row * _readout.Vocabulary, _readout.Vocabulary);

    void BeginEnd(int position, int row)
    {
        var logits = Row(_end, row);
        _endOf[row] = LogitDistribution.Of(logits);
        (_table.FinalTokens[position], _table.FinalMargin[position]) = (LensTable.NoToken, float.NaN);
        if (!_endOf[row].IsFinite)
            return;
        int count = LogProbabilities.Top(logits, _top);
        _table.FinalTokens[position] = _top[0].Token;
        _table.FinalMargin[position] = count > 1 ? logits[_top[0].Token] - logits[_top[1].Token] : float.PositiveInfinity;
    }

    void Reduce(int reading, int position, int row)
    {
        var logits = Row(_logits, row);
        var distribution = LogitDistribution.Of(logits);
        int cell = reading * _ids.Length + position;
        Span<int> tokens = _table.Tokens.AsSpan(cell * _table.TopCount, _table.TopCount);
        Span<float> logarithms = _table.LogProbabilities.AsSpan(cell * _table.TopCount, _table.TopCount);
        tokens.Fill(LensTable.NoToken);
        logarithms.Fill(float.NaN);
        _table.Entropy[cell] = (float)distribution.Entropy(logits);
        _table.Divergence[cell] = (float)distribution.DivergenceOf(logits, _endOf[row], Row(_end, row));
        _table.NextLogProbability[cell] = float.NaN;
        _table.Rank[cell] = _table.NextRank[cell] = LensTable.NoRank;
        if (!distribution.IsFinite)
            return;
        int count = LogProbabilities.Top(logits, _top.AsSpan(0, _table.TopCount));
        for (int i = 0; i < count; i++)
            (tokens[i], logarithms[i]) = (_top[i].Token, _top[i].LogProbability);
        if (_table.FinalTokens[position] is var final and not LensTable.NoToken)
            _table.Rank[cell] = RankOf(final, logits);
        if (position + 1 == _ids.Length)
            return;
        int next = _ids[position + 1];
        _table.NextLogProbability[cell] = (float)distribution.LogProbability(logits[next]);
        _table.NextRank[cell] = RankOf(next, logits);
    }

    /// <summary>1 + the tokens that are likelier, those as likely with a lower id among them.</summary>
    static int RankOf(int token, ReadOnlySpan<float> logits)
    {
        float logit = logits[token];
        int before = 0;
        for (int id = 0; id < token; id++)
            before += logits[id] >= logit ? 1 : 0;
        for (int id = token + 1; id < logits.Length; id++)
            before += logits[id] > logit ? 1 : 0;
        return 1 + before;
    }
}
