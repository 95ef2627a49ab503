using System;
using System.IO;
using System.Linq;
using System.Text.Json;
using Muninn.Engine.Generation;
using Muninn.Tests.Reference;
using Xunit;

namespace Muninn.Tests.Engine.Generation;

/// <summary>The original's filtered distributions.</summary>
public sealed class SamplerReferenceTests
{
    /// <summary>Largest error seen: 3.3e-7, of sums and exponentials in float32 on both sides.</summary>
    const double Tolerance = 1e-6;

    public static TheoryData<string> Cases { get; } = [.. GoldenFile.Cases];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_distribution_is_the_originals_under_its_rule(string name)
    {
        var golden = GoldenFile.Open(name);
        float[] logits = golden.Floats("in.logits");
        using var expected = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(golden.Folder, "expected.json")));
        var plan = expected.RootElement.GetProperty("plan").GetProperty("sampling");
        int[] seen = [.. plan.GetProperty("seen").EnumerateArray().Select(id => id.GetInt32())];
        FilteredSampler[] jobs = [.. plan.GetProperty("jobs").EnumerateArray().Select(SamplerOf)];
        Assert.Equal(18, jobs.Length);
        float[] probabilities = new float[logits.Length];
        for (int j = 0; j < jobs.Length; j++)
        {
            float[] original = golden.Floats($"sampling.{j}");
            Assert.Equal(ChoiceOutcome.Chosen, new TokenSampler(jobs[j], logits.Length).Distribution(logits, seen, probabilities));
            double distance = GoldenFile.RelativeDistance(probabilities, original);
            Assert.True(distance <= Tolerance, $"{name}, job {j} ({jobs[j]}): {distance}");
            Assert.Equal(original.Select(p => p > 0), probabilities.Select(p => p > 0));

            // The usual rule keeps the token that crosses the border, too.
            if (jobs[j].TopP < 1 && jobs[j].TopK is 0 && jobs[j].MinP is 0)
            {
                new TokenSampler(jobs[j] with { Nucleus = NucleusRule.KeepCrossing }, logits.Length).Distribution(logits, seen, probabilities);
                Assert.Equal(original.Count(p => p > 0) + 1, probabilities.Count(p => p > 0));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Greedy_takes_what_is_most_likely_after_the_originals_penalty(string name)
    {
        var golden = GoldenFile.Open(name);
        float[] logits = golden.Floats("in.logits");
        using var expected = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(golden.Folder, "expected.json")));
        var plan = expected.RootElement.GetProperty("plan").GetProperty("sampling");
        int[] seen = [.. plan.GetProperty("seen").EnumerateArray().Select(id => id.GetInt32())];
        foreach (int job in (int[])[0, 15, 16])
        {
            var drawn = SamplerOf(plan.GetProperty("jobs")[job]);
            float[] original = golden.Floats($"sampling.{job}");
            var choice = new TokenSampler(Sampler.Greedy with { RepetitionPenalty = drawn.RepetitionPenalty }, logits.Length).Choose(logits, seen, 0);
            Assert.Equal(Array.IndexOf(original, original.Max()), choice.Token);
            // Whatever the penalty, the model's own probability is told.
            Assert.Equal(Math.Log(golden.Floats("sampling.0")[choice.Token]), choice.LogProbability, 1e-5);
        }
    }

    static FilteredSampler SamplerOf(JsonElement job)
    {
        double? Value(string name) => job.TryGetProperty(name, out var value) ? value.GetDouble() : null;
        return new()
        {
            Temperature = (float)(Value("temperature") ?? 1),
            TopK = (int)(Value("top_k") ?? 0),
            TopP = Value("top_p") ?? 1,
            MinP = Value("min_p") ?? 0,
            RepetitionPenalty = (float)(Value("repetition_penalty") ?? 1),
            Nucleus = NucleusRule.DropCrossing,
        };
    }
}
