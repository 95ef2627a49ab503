using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Engine.Generation;

namespace Muninn.Tests.Oracle;

/// <summary>What a sampler means, in double and as slowly as it is said.</summary>
static class SamplingTwin
{
    internal static double[] Adjusted(Sampler sampler, ReadOnlySpan<float> logits, int[] history)
    {
        double[] x = [.. logits.ToArray().Select(logit => (double)logit)];
        foreach (var (token, bias) in sampler.LogitBias) x[token] += bias;
        foreach (int token in history.Distinct())
            x[token] = x[token] >= 0 ? x[token] / sampler.RepetitionPenalty : x[token] * sampler.RepetitionPenalty;
        if (sampler.Dry is { } dry)
        {
            foreach (var (token, length) in Repeated(dry, history))
                x[token] -= dry.Multiplier * Math.Pow(dry.Base, length - dry.AllowedLength);
        }

        return x;
    }

    internal static double[] Distribution(FilteredSampler sampler, ReadOnlySpan<float> logits, int[] history)
    {
        double[] x = Adjusted(sampler, logits, history);
        double largest = x.Max();
        double[] p = [.. x.Select(logit => Math.Exp((logit - largest) / sampler.Temperature))];
        double total = p.Sum();
        for (int i = 0; i < p.Length; i++) p[i] /= total;

        int[] order = [.. Enumerable.Range(0, p.Length).OrderByDescending(i => x[i]).ThenBy(i => i)];
        bool[] stays = [.. p.Select(_ => true)];
        if (sampler.TopK > 0 && sampler.TopK < p.Length)
        {
            for (int i = 0; i < p.Length; i++) stays[i] = x[i] >= x[order[sampler.TopK - 1]];
        }

        if (sampler.TopP < 1)
        {
            double scale = sampler.Nucleus == NucleusRule.KeepCrossing ? p.Where((_, i) => stays[i]).Sum() : 1;
            double before = 0;
            foreach (int i in order.Where(i => stays[i]))
            {
                double with = before + p[i] / scale;
                stays[i] = sampler.Nucleus == NucleusRule.KeepCrossing ? before < sampler.TopP : i == order[0] || with <= sampler.TopP;
                before = with;
            }
        }

        for (int i = 0; i < p.Length; i++)
        {
            if (!stays[i] || p[i] < sampler.MinP * p[order[0]]) p[i] = 0;
        }

        double left = p.Sum();
        return [.. p.Select(value => value / left)];
    }

    /// <summary>For each token that would continue a repeated sequence: the longest such sequence, where it is long enough.</summary>
    static Dictionary<int, int> Repeated(DryPenalty dry, int[] history)
    {
        int[] window = history[Math.Max(0, history.Length - dry.Range)..];
        var longest = new Dictionary<int, int>();
        for (int end = 0; end < window.Length - 1; end++)
        {
            int length = 0;
            while (end - length >= 0 && window[end - length] == window[^(length + 1)]
                && !dry.SequenceBreakers.Contains(window[end - length])) length++;
            int next = window[end + 1];
            if (length >= dry.AllowedLength && !dry.SequenceBreakers.Contains(next))
                longest[next] = Math.Max(length, longest.GetValueOrDefault(next));
        }

        return longest;
    }
}
