using System;
using System.Collections.Generic;
using Muninn.Engine.Recurrence;
using Muninn.Engine.Recurrence.Solvers;
using Muninn.Tests.Oracle;

namespace Muninn.Tests.Engine.Recurrence.Solvers;

/// <summary>A toy core under a solver: every point it was evaluated at, what came out, and how it ended.</summary>
sealed record Solved(
    IReadOnlyList<float[]> Points, IReadOnlyList<float[]> Images, float[] Final, SolveEnding[] Endings, SolverTally Tally, int Evaluations)
{
    /// <summary>First evaluation at which a row's residual is at or below a bound; 0: none.</summary>
    public int First(double bound, int row = 0)
    {
        int width = Final.Length / Endings.Length;
        for (int k = 0; k < Points.Count; k++)
        {
            if (Residual.Of(Images[k].AsSpan(row * width, width), Points[k].AsSpan(row * width, width)) <= bound) return k + 1;
        }

        return 0;
    }
}

static class SolverBench
{
    /// <summary>Runs a core of any width on one prompt.</summary>
    public static Solved Run(
        CoreStep core, int width, Solver solver, float[] injected, float[]? start = null, int evaluations = 40, double tolerance = 0)
    {
        int rows = injected.Length / width;
        var run = new SolverRun(core, width, rows);
        List<float[]> points = [];
        List<float[]> images = [];
        var final = new float[injected.Length];
        var endings = new SolveEnding[rows];
        var settings = new SolveSettings
        {
            Solver = solver,
            Evaluations = evaluations,
            Tolerance = tolerance,
            Start = start is null ? InitialState.Zero : InitialState.Given(start),
        };
        int count = run.Run(RowBatch.ForPrompt(rows), injected, settings, final, endings, (in IterationView view) =>
        {
            if (view.Iteration == 0) return;
            points.Add(view.Previous.ToArray());
            images.Add(view.State.ToArray());
        });
        return new Solved(points, images, final, endings, run.Tally, count);
    }

    /// <summary>A matrix with given eigenvalues, not symmetric: Q · diag(λ) · Q⁻¹ with a triangular Q.</summary>
    public static double[,] WithEigenvalues(params double[] eigenvalues)
    {
        int n = eigenvalues.Length;
        var noise = Noise.Floats(n * n, 11);
        var q = new double[n, n];
        for (int i = 0; i < n; i++)
        {
            q[i, i] = 1;
            for (int j = 0; j < i; j++) q[i, j] = 0.3 * noise[i * n + j];
        }

        // A · Q = Q · diag(λ), row by row from the last column: Q is lower triangular with ones.
        var a = new double[n, n];
        for (int i = 0; i < n; i++)
        {
            for (int j = n - 1; j >= 0; j--)
            {
                double sum = q[i, j] * eigenvalues[j];
                for (int k = j + 1; k < n; k++) sum -= a[i, k] * q[k, j];
                a[i, j] = sum;
            }
        }

        return a;
    }
}
