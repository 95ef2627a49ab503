using System;

namespace Muninn.Engine.Recurrence.Solvers;

/// <summary>
/// minimise ‖b − A·γ‖² + λ · Σ_j (γ_j · ‖A_j‖)², for a tall A of few columns, by Householder reflections in double.
/// </summary>
/// <param name="rowsMax">Most rows of A.</param>
/// <param name="columnsMax">Most columns of A.</param>
/// <remarks>
/// The columns are divided by their lengths first, so that λ has no unit: it says which directions, in shares of a column, are
/// too short to be told from noise. Reflections instead of normal equations, which would square what is short.
/// </remarks>
sealed class LeastSquares(int rowsMax, int columnsMax)
{
    /// <summary>A column of which no more than this share is left beside the columns before it is no direction of its own.</summary>
    const double RankShare = 1e-12;

    readonly double[] _columns = new double[checked((rowsMax + columnsMax) * columnsMax)];
    readonly double[] _target = new double[rowsMax + columnsMax];
    readonly double[] _lengths = new double[columnsMax];
    readonly double[] _diagonal = new double[columnsMax];
    readonly int[] _pivots = new int[columnsMax];

    /// <summary>Memory, in bytes.</summary>
    public static long BytesFor(int rows, int columns) => sizeof(double) * ((long)rows + columns) * (columns + 1);

    /// <summary>Column <paramref name="j"/> of A, to be filled, <c>[rows]</c>.</summary>
    public Span<double> Column(int j, int rows) => _columns.AsSpan(j * (rowsMax + columnsMax), rows);

    /// <summary>b, to be filled, <c>[rows]</c>.</summary>
    public Span<double> Target(int rows) => _target.AsSpan(0, rows);

    /// <summary>Solves; A and b are overwritten. A column that depends on those before it, or is zero, gets 0.</summary>
    /// <param name="rows">Rows of A.</param>
    /// <param name="regularization">λ, at least 0.</param>
    /// <param name="solution">γ, <c>[columns]</c>, overwritten.</param>
    public void Solve(int rows, double regularization, Span<double> solution)
    {
        int columns = solution.Length;
        int height = rows + columns;
        Extend(rows, columns, Math.Sqrt(regularization));
        int pivot = 0;
        for (int k = 0; k < columns; k++)
        {
            // A column without a direction of its own takes no row: what stands there belongs to the next.
            _pivots[k] = pivot;
            _diagonal[k] = Reflect(k, pivot, height, columns);
            if (_diagonal[k] != 0)
                pivot++;
        }

        for (int k = columns - 1; k >= 0; k--)
        {
            double sum = _target[_pivots[k]];
            for (int j = k + 1; j < columns; j++)
                sum -= Column(j, height)[_pivots[k]] * solution[j];
            solution[k] = _diagonal[k] != 0 ? sum / _diagonal[k] : 0;
        }

        for (int k = 0; k < columns; k++)
            solution[k] = _lengths[k] > 0 ? solution[k] / _lengths[k] : 0;
    }

    /// <summary>Makes columns one long and puts √λ below them.</summary>
    void Extend(int rows, int columns, double root)
    {
        for (int j = 0; j < columns; j++)
        {
            Span<double> column = Column(j, rows + columns);
            double squares = 0;
            foreach (double value in column[..rows])
                squares += value * value;
            double length = Math.Sqrt(squares);
            _lengths[j] = length;
            for (int i = 0; length > 0 && i < rows; i++)
                column[i] /= length;
            column[rows..].Clear();
            column[rows + j] = root;
            _target[rows + j] = 0;
        }
    }

    /// <summary>Turns what column k has from row <paramref name="pivot"/> on into one number, and everything right of it along.</summary>
    /// <returns>That number; 0 where there is nothing to turn.</returns>
    double Reflect(int k, int pivot, int height, int columns)
    {
        Span<double> mirror = Column(k, height)[pivot..];
        double squares = 0;
        foreach (double value in mirror)
            squares += value * value;
        double norm = Math.Sqrt(squares);
        // Columns are one long, or zero.
        if (!(norm > RankShare))
            return 0;
        double end = mirror[0] > 0 ? -norm : norm;
        // ‖mirror‖² after its first entry has changed.
        double length = 2 * (squares - mirror[0] * end);
        mirror[0] -= end;
        for (int j = k + 1; j < columns; j++)
            Mirror(mirror, length, Column(j, height)[pivot..]);
        Mirror(mirror, length, _target.AsSpan(0, height)[pivot..]);
        return end;
    }

    /// <summary>x ← x − 2 · v · (v·x) / ‖v‖².</summary>
    static void Mirror(ReadOnlySpan<double> v, double squaredLength, Span<double> x)
    {
        double product = 0;
        for (int i = 0; i < v.Length; i++)
            product += v[i] * x[i];
        double factor = 2 * product / squaredLength;
        for (int i = 0; i < v.Length; i++)
            x[i] -= factor * v[i];
    }
}
