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
        [.. ReferencePlan.Cases(mode => mode is "fixed" or "adaptive" or "speculative" or "diffusion").Select(job => (job.Model, job.Case))];

    [Theory]
    [MemberData(nameof(Jobs))]
    public void Generates_what_the_original_generates(string model, string name)
    {
        using var subject = new GenerationSubject(model);
        var plan = ReferencePlan.Open(model);
        var job = plan.Job(name);
        var result = plan.Result(name);
        int[] expected = ReferencePlan.Integers(result.GetProperty("tokens"));
        // Its last round may give more tokens than were asked for.
        var request = ReferencePlan.Request(job, subject.Golden.Integers("in.ids")) with { TokensMax = expected.Length };
        var (ticket, tokens) = subject.Generate(request);
        Assert.Equal(GenerationEnd.TokensMax, ticket.End);
        Assert.Equal(expected, tokens.Select(token => token.Token));
        if (result.TryGetProperty("compute_steps", out var steps))
            RequireExits(ReferencePlan.Integers(steps), [.. result.GetProperty("exit_values").EnumerateArray()], tokens);
        if (result.TryGetProperty("accepted", out var accepted))
            Assert.Equal(ReferencePlan.Integers(accepted), ticket.Rounds);
        if (result.TryGetProperty("summary", out var summary))
            Assert.Equal(summary.GetProperty("diffusion_steps").GetInt32(), ticket.Rounds.Count);
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
