using System;
using System.Collections.Generic;
using System.Linq;

namespace Muninn.Tests.Oracle;

/// <summary>What a lens says of one row of logits, written down from the formulas: whole distributions, in double, sorted in full.</summary>
sealed record LensTwin(int[] Order, double[] LogP)
{
    public static LensTwin Of(ReadOnlySpan<float> logits)
    {
        double[] x = [.. logits.ToArray().Select(value => (double)value)];
        double largest = x.Max();
        double logSum = largest + Math.Log(x.Sum(value => Math.Exp(value - largest)));
        int[] order = [.. Enumerable.Range(0, x.Length).OrderByDescending(id => x[id]).ThenBy(id => id)];
        return new LensTwin(order, [.. x.Select(value => value - logSum)]);
    }

    public double Entropy => -LogP.Sum(l => Math.Exp(l) * l);

    public int RankOf(int token) => 1 + Array.IndexOf(Order, token);

    /// <summary>Σ end (ln end − ln this).</summary>
    public double DivergenceOf(LensTwin end) => end.LogP.Zip(LogP, (r, p) => Math.Exp(r) * (r - p)).Sum();

    /// <summary>First entry from which all are as wished; null: not even the last.</summary>
    public static int? From(IReadOnlyList<int> iterations, Func<int, bool> isSo)
    {
        for (int start = 0; start < iterations.Count; start++)
        {
            if (Enumerable.Range(start, iterations.Count - start).All(isSo))
                return iterations[start];
        }

        return null;
    }
}
