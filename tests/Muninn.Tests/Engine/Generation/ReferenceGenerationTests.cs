using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using Muninn.Engine.Generation;
using Xunit;

namespace Muninn.Tests.Engine.Generation;

/// <summary>Every generation of the original implementation: tokens and iterations are the same, exit values agree.</summary>
public sealed class ReferenceGenerationTests
{
    public static TheoryData<string, string> Jobs { get; } =
        [.. ReferencePlan.Cases(mode => mode is "fixed" or "adaptive" or "speculative").Select(job => (job.Model, job.Case))];

    [Theory]
    [MemberData(nameof(Jobs))]
    public void Generates_what_the_original_generates(string model, string name)
    {
        using var subject = new GenerationSubject(model);
        var plan = ReferencePlan.Open(model);
        var job = plan.Job(name);
        var result = plan.Result(name);
        var request = ReferencePlan.Request(job, subject.Golden.Integers("in.ids"));
        var (ticket, tokens) = subject.Generate(request);
        Assert.Equal(GenerationEnd.TokensMax, ticket.End);
        Assert.Equal(ReferencePlan.Integers(result.GetProperty("tokens")), tokens.Select(token => token.Token));
        if (result.TryGetProperty("compute_steps", out var steps))
            RequireExits(ReferencePlan.Integers(steps), [.. result.GetProperty("exit_values").EnumerateArray()], tokens);
        if (result.TryGetProperty("accepted", out var accepted))
            Assert.Equal(ReferencePlan.Integers(accepted), ticket.Rounds);
    }

    static void RequireExits(int[] steps, JsonElement[] values, List<GeneratedToken> tokens)
    {
        for (int i = 0; i < tokens.Count; i++)
        {
            // The original counts the iterations of the chunk that gave the token.
            Assert.Equal(steps[i], tokens[i].Iterations);
            if (double.IsNaN(tokens[i].ExitValue))
                continue;
            double expected = values[i].EnumerateArray().Last().GetDouble();
            Assert.InRange(Math.Abs(tokens[i].ExitValue - expected), 0, 2e-4 * Math.Max(1, Math.Abs(expected)));
        }
    }
}
