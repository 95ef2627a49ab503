using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Engine.Recurrence;
using Muninn.Engine.Recurrence.Solvers;
using Muninn.Tests.Oracle;
using Xunit;

namespace Muninn.Tests.Engine.Recurrence.Solvers;

/// <summary>Solvers against slow, obvious twins: the constrained problem by Lagrange's equations, a dense inverse Jacobian.</summary>
public sealed class SolverTwinTests
{
    const int Width = 5;

    static readonly double[,] _matrix = SolverBench.WithEigenvalues(-0.6, -0.1, 0.3, 0.55, 0.8);

    /// <summary>Smooth, but not linear: no solver is exact on it.</summary>
    static void Bent(RowBatch rows, ReadOnlySpan<float> injected, ReadOnlySpan<float> state, Span<float> next)
    {
        ToyCores.Linear(_matrix)(rows, injected, state, next);
        for (int i = 0; i < rows.Count * Width; i++)
            next[i] = MathF.Tanh(next[i]);
    }

    static Solved Run(Solver solver) => SolverBench.Run(Bent, Width, solver, Noise.Floats(Width, 2), evaluations: 9);

    static double[] Step(Solved solved, int k) => [.. solved.Images[k].Zip(solved.Points[k], static (g, x) => (double)g - x)];

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 1)]
    [InlineData(3, 0.6)]
    public void Anderson_mixes_as_the_constrained_problem_says(int window, double share)
    {
        var solved = Run(new AndersonSolver { Window = window, Share = share, Regularization = 0, Guard = new SolverGuard { Growth = 1e30 } });
        for (int k = 1; k + 1 < 9; k++)
        {
            int first = Math.Max(0, k - window);
            int count = k - first + 1;
            double[][] steps = [.. Enumerable.Range(first, count).Select(i => Step(solved, i))];
            // minimise ‖Σ α f‖² with Σ α = 1: [FᵀF 1; 1ᵀ 0] [α; μ] = [0; 1].
            var system = new double[count + 1, count + 2];
            for (int i = 0; i < count; i++)
            {
                for (int j = 0; j < count; j++) system[i, j] = steps[i].Zip(steps[j], static (a, b) => a * b).Sum();
                system[i, count] = system[count, i] = 1;
            }

            system[count, count + 1] = 1;
            double[] weights = Eliminate(system);
            for (int i = 0; i < Width; i++)
            {
                double expected = Enumerable.Range(0, count).Sum(j => weights[j] * (solved.Points[first + j][i] + share * steps[j][i]));
                Assert.Equal(expected, solved.Points[k + 1][i], 2e-4);
            }
        }
    }

    [Fact]
    public void Extrapolation_mixes_a_whole_cycle_and_nothing_before_it()
    {
        var solved = Run(new ExtrapolationSolver { Cycle = 3, Delay = 1, Regularization = 0, Guard = new SolverGuard { Growth = 1e30 } });
        // Points 0, 1 plain; 1, 2, 3 are the first cycle, 4 its mixture; 4, 5, 6 the second.
        foreach (int k in new[] { 1, 2, 3, 5, 6, 8 }) Assert.Equal(solved.Images[k - 1], solved.Points[k]);
        Assert.NotEqual(solved.Images[3], solved.Points[4]);
        Assert.NotEqual(solved.Images[6], solved.Points[7]);
        var anderson = new LeastSquaresTwin(Step(solved, 3), [Difference(solved, 3), Difference(solved, 2)]).Weights;
        for (int i = 0; i < Width; i++)
        {
            double expected = solved.Images[3][i] - anderson[0] * (solved.Images[3][i] - (double)solved.Images[2][i])
                - anderson[1] * (solved.Images[2][i] - (double)solved.Images[1][i]);
            Assert.Equal(expected, solved.Points[4][i], 1e-4);
        }
    }

    static double[] Difference(Solved solved, int k) => [.. Step(solved, k).Zip(Step(solved, k - 1), static (a, b) => a - b)];

    [Fact]
    public void Broyden_steps_as_with_a_dense_inverse_Jacobian()
    {
        var solved = Run(new BroydenSolver { Memory = 16, Guard = new SolverGuard { Growth = 1e30 } });
        var inverse = new double[Width, Width];
        for (int i = 0; i < Width; i++) inverse[i, i] = -1;
        for (int k = 1; k + 1 < 9; k++)
        {
            double[] moved = [.. solved.Points[k].Zip(solved.Points[k - 1], static (a, b) => (double)a - b)];
            double[] changed = Difference(solved, k);
            double[] forward = Multiply(inverse, changed);
            double[] backward = [.. Enumerable.Range(0, Width).Select(j => Enumerable.Range(0, Width).Sum(i => moved[i] * inverse[i, j]))];
            double divisor = backward.Zip(changed, static (a, b) => a * b).Sum();
            for (int i = 0; i < Width; i++)
            {
                for (int j = 0; j < Width; j++) inverse[i, j] += (moved[i] - forward[i]) * backward[j] / divisor;
            }

            double[] step = Multiply(inverse, Step(solved, k));
            for (int i = 0; i < Width; i++) Assert.Equal(solved.Points[k][i] - step[i], solved.Points[k + 1][i], 2e-4);
        }
    }

    [Fact]
    public void Least_squares_are_those_of_the_normal_equations()
    {
        const int Rows = 40, Columns = 4;
        var noise = Noise.Floats(Rows * (Columns + 1), 7);
        double[][] columns = [.. Enumerable.Range(0, Columns).Select(j => (double[])[.. noise.Skip(j * Rows).Take(Rows).Select(x => x * Math.Pow(10, j))])];
        double[] target = [.. noise.Skip(Columns * Rows).Select(static x => (double)x)];
        foreach (double regularization in new[] { 0, 1e-3, 0.5 })
        {
            var expected = new LeastSquaresTwin(target, columns, regularization).Weights;
            double[] actual = Solve(target, columns, regularization);
            for (int j = 0; j < Columns; j++) Assert.Equal(expected[j], actual[j], 1e-9 * Math.Abs(expected[j]) + 1e-12);
        }
    }

    [Fact]
    public void A_column_that_depends_on_others_or_is_zero_gets_nothing()
    {
        double[] a = [1, 2, 3], b = [0, 1, 1], zero = [0, 0, 0], target = [2, 5, 7];
        Assert.Equal([2, 0, 0, 1], Solve(target, [a, a, zero, b], 0).Select(static x => Math.Round(x, 9)));
        Assert.Equal([0, 0], Solve(target, [zero, zero], 0));
        // As many rows as columns, and fewer.
        Assert.Equal([3.0, 4], Solve([3, 4], [[1, 0], [0, 1]], 0).Select(static x => Math.Round(x, 12)));
        double[] wide = Solve([2], [[1], [2], [4]], 1e-8);
        Assert.Equal(2, wide[0] + 2 * wide[1] + 4 * wide[2], 1e-6);
    }

    static double[] Solve(double[] target, double[][] columns, double regularization)
    {
        var fit = new LeastSquares(target.Length, columns.Length);
        target.CopyTo(fit.Target(target.Length));
        for (int j = 0; j < columns.Length; j++) columns[j].CopyTo(fit.Column(j, target.Length));
        var solution = new double[columns.Length];
        fit.Solve(target.Length, regularization, solution);
        return solution;
    }

    static double[] Multiply(double[,] matrix, double[] x) =>
        [.. Enumerable.Range(0, Width).Select(i => Enumerable.Range(0, Width).Sum(j => matrix[i, j] * x[j]))];

    /// <summary>Gauss, with the largest pivot; the last column is the right side.</summary>
    static double[] Eliminate(double[,] system)
    {
        int n = system.GetLength(0);
        for (int k = 0; k < n; k++)
        {
            int pivot = Enumerable.Range(k, n - k).MaxBy(i => Math.Abs(system[i, k]));
            for (int j = 0; j <= n; j++) (system[k, j], system[pivot, j]) = (system[pivot, j], system[k, j]);
            for (int i = 0; i < n; i++)
            {
                if (i == k) continue;
                double factor = system[i, k] / system[k, k];
                for (int j = k; j <= n; j++) system[i, j] -= factor * system[k, j];
            }
        }

        return [.. Enumerable.Range(0, n).Select(i => system[i, n] / system[i, i])];
    }

    /// <summary>(AᵀA + λ · diag(AᵀA)) γ = Aᵀb.</summary>
    sealed class LeastSquaresTwin(double[] target, IReadOnlyList<double[]> columns, double regularization = 0)
    {
        public double[] Weights
        {
            get
            {
                int n = columns.Count;
                var system = new double[n, n + 1];
                for (int i = 0; i < n; i++)
                {
                    for (int j = 0; j < n; j++) system[i, j] = columns[i].Zip(columns[j], static (a, b) => a * b).Sum();
                    system[i, i] *= 1 + regularization;
                    system[i, n] = columns[i].Zip(target, static (a, b) => a * b).Sum();
                }

                return Eliminate(system);
            }
        }
    }
}
