using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Model;
using Muninn.Engine.Recurrence;
using Muninn.Kernels;
using Muninn.Tests.Reference;
using Xunit;

namespace Muninn.Tests.Engine.Recurrence;

/// <summary>
/// The values and the stops of the original's rules at its first prompt token, which sees nothing but itself: from zeros, at
/// most as many iterations as the model was trained with on average.
/// </summary>
public sealed class ExitReferenceTests
{
    /// <summary>Two independent float32 programs agree to 7e-6 of the largest value of a list, or of 1.</summary>
    const double Bound = 7e-6;

    public static TheoryData<string> Cases { get; } = [.. GoldenFile.Cases];

    static ExitRule Rule(string criterion, double threshold) => criterion switch
    {
        "latent-diff" => new ResidualExit(threshold),
        "cosine" => new CosineExit(threshold),
        "entropy-diff" => new EntropyExit(threshold),
        "kl" => new DivergenceExit(threshold),
        "minp-kl" => new MinPDivergenceExit(threshold),
        "argmax-stability" => new StableTokenExit((int)threshold),
        _ => throw new InvalidDataException($"Criterion {criterion} is not known here."),
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_first_token_stops_where_the_original_did_with_its_values(string name)
    {
        var golden = GoldenFile.Open(name);
        using var expected = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(golden.Folder, "expected.json")));
        using var checkpoint = Checkpoint.Open(golden.Folder);
        using var model = RecurrentModel.Load(checkpoint, new ModelOptions { Rotary = RotarySource.Stored });
        using var pool = new WorkerPool(1);
        int limit = model.Config.MeanRecurrence;
        var run = new PromptRun(model, pool, golden.Integers("in.ids").AsSpan(0, 1));
        var states = new List<float[]>();
        var logits = new List<float[]>();
        run.Run(new RunSettings { Limit = limit }, null, (in IterationView view) =>
        {
            states.Add(view.State.ToArray());
            logits.Add(new float[model.Config.Vocabulary]);
            run.Logits(view.State, logits[^1]);
        });

        var plan = expected.RootElement.GetProperty("plan").GetProperty("exits");
        foreach (var entry in plan.EnumerateArray())
        {
            var rule = Rule(entry.GetProperty("criterion").GetString()!, entry.GetProperty("threshold").GetDouble());
            var results = expected.RootElement.GetProperty("results").GetProperty("exits").GetProperty(entry.GetProperty("name").GetString()!);
            double[] values = [.. results.GetProperty("exit_values")[0].EnumerateArray().Select(
                value => value.ValueKind == JsonValueKind.Null ? double.NaN : value.GetDouble())];
            Assert.Equal(values.Length, results.GetProperty("compute_steps")[0].GetInt32());
            double scale = values.Where(double.IsFinite).Append(1).Max();
            var monitor = rule.Start(1, model.Config.Width, model.Config.Vocabulary);
            monitor.Begin(0);
            for (int i = 1; i <= values.Length; i++)
            {
                var check = monitor.Check(0, new ExitView(i, states[i], states[i - 1], logits[i]));
                // Where the last value allowed is no hit the original ran out of iterations.
                Assert.Equal(i == values.Length && rule.IsMet(values[^1]), check.Stops);
                Assert.True(check.Stops || i < values.Length || i == limit, $"{rule} ends at {i} of {limit}");
                if (double.IsNaN(values[i - 1]))
                    Assert.True(double.IsNaN(check.Value));
                else
                    Assert.Equal(values[i - 1], check.Value, Bound * scale);
            }
        }

        Assert.Equal(6, plan.GetArrayLength());
    }
}
