using System;
using System.Linq;
using Muninn.Engine.Recurrence;

namespace Muninn.Tests.Oracle;

/// <summary>
/// The value of every exit rule after each iteration of one row, written down from its formula: double precision, whole
/// sequences kept, one number at a time.
/// </summary>
static class ExitTextbook
{
    /// <summary>Values at iterations 1 … n; NaN where the rule has none.</summary>
    /// <param name="rule">Which rule, and its coda interval.</param>
    /// <param name="states">s₀ … s_n.</param>
    /// <param name="logits">Logits of s₁ … s_n; entry 0 is not read.</param>
    public static double[] Values(ExitRule rule, float[][] states, float[][] logits)
    {
        int last = states.Length - 1;
        var values = new double[last];
        Array.Fill(values, double.NaN);
        int agreed = 0;
        for (int i = 1; i <= last; i++)
        {
            if (rule.ReadsLogits && i % rule.CodaInterval != 0)
                continue;
            int before = i - rule.CodaInterval;
            values[i - 1] = rule switch
            {
                ResidualExit => Norm(Difference(states, i)) / Norm(Wide(states[i])),
                CosineExit => 1 - Dot(Wide(states[i]), Wide(states[i - 1])) / (Norm(Wide(states[i])) * Norm(Wide(states[i - 1]))),
                AccelerationExit => i < 2 ? double.NaN
                    : Norm([.. Difference(states, i).Zip(Difference(states, i - 1), (a, b) => a - b)]) / Norm(Wide(states[i])),
                ContractionExit => i < 5 ? double.NaN : Math.Max(Tail(states, i), Tail(states, i - 1) * Ratio(states, i - 1)) / Norm(Wide(states[i])),
                EntropyExit => Math.Abs(Entropy(logits[i]) - (before < 1 ? 100 : Entropy(logits[before]))),
                DivergenceExit => Divergence(
                    before < 1 ? Uniform(logits[i].Length) : Softmax(logits[before]), Softmax(logits[i])),
                MinPDivergenceExit m => Divergence(
                    before < 1 ? Uniform(logits[i].Length) : Replaced(Softmax(logits[before]), m.MinP), Replaced(Softmax(logits[i]), m.MinP)),
                StableTokenExit => agreed = before >= 1 && Best(logits[i]) == Best(logits[before]) ? agreed + 1 : 0,
                _ => throw new ArgumentException($"{rule} has no twin."),
            };
        }

        return values;
    }

    public static double[] Softmax(float[] logits)
    {
        double largest = logits.Max();
        double sum = logits.Sum(x => Math.Exp(x - largest));
        return [.. logits.Select(x => Math.Exp(x - largest) / sum)];
    }

    public static double Norm(double[] x) => Math.Sqrt(Dot(x, x));

    public static double[] Difference(float[][] states, int i) => [.. states[i].Zip(states[i - 1], (a, b) => (double)a - b)];

    static double[] Wide(float[] x) => [.. x.Select(value => (double)value)];

    static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();

    static double Ratio(float[][] states, int i) => Math.Pow(
        Norm(Difference(states, i)) / Norm(Difference(states, i - 1))
        * (Norm(Difference(states, i - 1)) / Norm(Difference(states, i - 2)))
        * (Norm(Difference(states, i - 2)) / Norm(Difference(states, i - 3))), 1.0 / 3);

    static double Tail(float[][] states, int i)
    {
        double q = Ratio(states, i);
        return q < 1 ? Norm(Difference(states, i)) * q / (1 - q) : double.PositiveInfinity;
    }

    static double Entropy(float[] logits) => -Softmax(logits).Sum(p => p * Math.Log(p + 1e-10));

    static double[] Uniform(int vocabulary) => [.. Enumerable.Repeat(1.0 / vocabulary, vocabulary)];

    static double[] Replaced(double[] p, double share)
    {
        double border = share * p.Max();
        double[] replaced = [.. p.Select(x => x < border ? 1.0 / p.Length : x)];
        double sum = replaced.Sum();
        return [.. replaced.Select(x => x / sum)];
    }

    static double Divergence(double[] before, double[] now) => before.Zip(now, (p, q) => p * (Math.Log(p) - Math.Log(q))).Sum();

    static int Best(float[] logits) => Array.IndexOf(logits, logits.Max());
}
