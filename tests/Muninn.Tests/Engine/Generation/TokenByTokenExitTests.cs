using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using Muninn.Engine.Caching;
using Muninn.Engine.Generation;
using Muninn.Engine.Model;
using Muninn.Engine.Recurrence;
using Muninn.Tests.Reference;
using Xunit;

namespace Muninn.Tests.Engine.Generation;

/// <summary>
/// The original's exits: every token of the prompt fed alone, from zeros, tokens that stopped early left out of later iterations.
/// Each stops at the same iteration, with the same values at all iterations before.
/// </summary>
public sealed class TokenByTokenExitTests
{
    static readonly CachePolicy _cache = CachePolicy.PerIteration with { Missing = MissingEntries.LeftOut };

    public static TheoryData<string, string> Exits { get; } =
        [.. GoldenFile.Cases.SelectMany(model => ReferencePlan.Open(model).Exits.Select(exit => (model, exit.GetProperty("name").GetString()!)))];

    static ExitRule Rule(string model, string name)
    {
        var exit = ReferencePlan.Open(model).Exits.Single(exit => exit.GetProperty("name").GetString() == name);
        return ReferencePlan.Rule(exit.GetProperty("criterion").GetString()!, exit.GetProperty("threshold").GetDouble());
    }

    [Theory]
    [MemberData(nameof(Exits))]
    public void Every_token_of_the_prompt_stops_where_the_original_did_with_its_values(string model, string name)
    {
        using var subject = new GenerationSubject(model);
        var expected = ReferencePlan.Open(model).ExitsOf(name);
        int[] steps = ReferencePlan.Integers(expected.GetProperty("compute_steps"));
        double[][] values = [.. expected.GetProperty("exit_values").EnumerateArray().Select(Numbers)];
        double scale = values.SelectMany(list => list).Where(double.IsFinite).Append(1).Max();
        float[] logits = [];
        var loop = Loop(subject, Rule(model, name), token => logits = [.. logits, .. token]);
        Assert.Equal(steps, loop.Select(list => list.Length));
        for (int token = 0; token < steps.Length; token++)
        {
            for (int i = 0; i < steps[token]; i++)
            {
                if (double.IsNaN(values[token][i]))
                    Assert.True(double.IsNaN(loop[token][i]));
                else
                    Assert.Equal(values[token][i], loop[token][i], 1e-4 * Math.Max(1, Math.Abs(values[token][i])));
            }
        }

        Assert.InRange(scale, 1, 110);
        if (subject.Golden.Has($"exits.{name}.logits"))
            Assert.InRange(GoldenFile.RelativeDistance(logits, subject.Golden.Floats($"exits.{name}.logits")), 0, 1e-4);
    }

    [Theory]
    [MemberData(nameof(Exits))]
    public void The_scheduler_stops_them_there_too(string model, string name)
    {
        using var subject = new GenerationSubject(model);
        var rule = Rule(model, name);
        int[] steps = ReferencePlan.Integers(ReferencePlan.Open(model).ExitsOf(name).GetProperty("compute_steps"));
        var loop = Loop(subject, rule, _ => { });
        for (int length = 1; length <= steps.Length; length++)
        {
            var token = subject.Generate(new GenerationRequest
            {
                Prompt = subject.Prompt.AsMemory(0, length),
                PromptChunk = 1,
                TokensMax = 1,
                Limit = subject.Model.Config.MeanRecurrence,
                Exit = rule,
                Cache = _cache,
                Reference = new ReferenceCompatibility(),
            }).Tokens[0];
            Assert.Equal(steps[length - 1], token.Iterations);
            Assert.Equal(loop[length - 1][^1], token.ExitValue);
        }
    }

    /// <summary>Values of the rule for each token, up to where it stops.</summary>
    static double[][] Loop(GenerationSubject subject, ExitRule rule, Action<float[]> keepLogits)
    {
        var config = subject.Model.Config;
        int limit = config.MeanRecurrence;
        int[] prompt = subject.Prompt;
        using var store = new KeyValueStore(config, StoreCapacity.For(_cache, limit, prompt.Length, config.CoreBlocks));
        int sequence = store.Open(_cache, limit, prompt.Length);
        var pass = new ForwardPass(subject.Model, subject.Pool, store, 1);
        return [.. prompt.Select((token, position) =>
        {
            List<double> values = [];
            float[] injected = new float[config.Width];
            float[] state = new float[config.Width];
            float[] logits = new float[config.Vocabulary];
            pass.Prelude(One(sequence, position, 0), [token], injected);
            var monitor = rule.Start(1, config.Width, config.Vocabulary);
            monitor.Begin(0);
            for (bool stops = false; !stops && values.Count < limit;)
            {
                float[] next = new float[config.Width];
                pass.Core(One(sequence, position, values.Count), injected, state, next);
                pass.Logits(One(sequence, position, 0), next, logits);
                var check = monitor.Check(0, new ExitView(values.Count + 1, next, state, logits));
                values.Add(check.Value);
                (stops, state) = (check.Stops, next);
            }

            keepLogits([.. logits]);
            return values.ToArray();
        })];
    }

    static RowBatch One(int sequence, int position, int iteration)
    {
        var rows = RowBatch.WithRoom(1);
        rows.Add(sequence, position, iteration);
        return rows;
    }

    static double[] Numbers(JsonElement list) =>
        [.. list.EnumerateArray().Select(value => value.ValueKind == JsonValueKind.Null ? double.NaN : value.GetDouble())];
}
