using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Engine.Caching;
using Muninn.Engine.Generation;
using Muninn.Engine.Recurrence;
using Muninn.Tests.Oracle;
using Xunit;

namespace Muninn.Tests.Engine.Generation;

/// <summary>Plain decoding against a loop over passes that shares nothing with the scheduler: equal to the bit.</summary>
public sealed class PlainDecodingTests
{
    [Theory]
    [InlineData("tiny-trainlike", 128)]
    [InlineData("tiny-f32", 512)]
    [InlineData("tiny-bf16", 640)]
    public void Any_request_gets_what_a_loop_over_passes_gives(string model, int vocabulary)
    {
        using var subject = new GenerationSubject(model);
        for (int number = 0; number < 120; number++)
        {
            var request = RequestMixes.Of(5000 + number, vocabulary) with { Mode = DecodingMode.Plain };
            var (ticket, tokens) = subject.Generate(request);
            Assert.Null(ticket.Explanation);
            Assert.True(HandDecoder.Generate(subject, request).SequenceEqual(tokens), $"{model}, request {number}: {request}");
        }
    }

    [Fact]
    public void A_token_starts_from_the_final_state_of_the_one_before_where_states_are_carried()
    {
        using var subject = new GenerationSubject("tiny-trainlike");
        foreach (var exit in RequestMixes.Exits)
        {
            foreach (bool promptExits in new[] { false, true })
            {
                var request = new GenerationRequest
                {
                    Prompt = subject.Prompt,
                    TokensMax = 12,
                    Limit = 9,
                    Exit = exit,
                    PromptExits = promptExits,
                    PromptChunk = 7,
                    CarriesState = true,
                    Start = InitialState.Random(2),
                };
                var tokens = subject.Generate(request).Tokens;
                Assert.Equal(HandDecoder.Generate(subject, request), tokens);
                Assert.NotEqual(subject.Generate(request with { CarriesState = false }).Tokens, tokens);
            }
        }
    }

    [Fact]
    public void Rows_of_the_prompt_stop_only_where_they_may()
    {
        using var subject = new GenerationSubject("tiny-trainlike");
        var request = new GenerationRequest { Prompt = subject.Prompt, TokensMax = 5, Limit = 12, Exit = new ResidualExit(0.2), PromptExits = false };
        var tokens = subject.Generate(request).Tokens;
        // The last row of the prompt gives the first token.
        Assert.Equal((12, ExitReason.LimitReached), (tokens[0].Iterations, tokens[0].Reason));
        Assert.True(double.IsNaN(tokens[0].ExitValue));
        Assert.All(tokens.Skip(1), token => Assert.Equal(ExitReason.RuleMet, token.Reason));
        var early = subject.Generate(request with { PromptExits = true }).Tokens;
        Assert.Equal(ExitReason.RuleMet, early[0].Reason);
        Assert.InRange(early[0].ExitValue, 1e-9, 0.2);
    }

    [Fact]
    public void The_coda_runs_only_at_multiples_of_its_interval_and_once_for_each_row_that_lands()
    {
        using var subject = new GenerationSubject("tiny-trainlike");
        foreach (int interval in new[] { 1, 2, 3, 7 })
        {
            var request = new GenerationRequest
            {
                Prompt = new[] { 3 },
                TokensMax = 6,
                Limit = 12,
                Exit = new EntropyExit(1e-12) { CodaInterval = interval },
            };
            using var scheduler = new DepthScheduler(subject.Model, subject.Pool, SchedulerSettings.For(request, subject.Model.Config));
            var ticket = scheduler.Submit(request);
            while (scheduler.Step())
            {
            }

            // Where the last iteration is a multiple, its logits are the token's, too.
            int codas = 12 / interval + (12 % interval == 0 ? 0 : 1);
            Assert.Equal(6 * codas, scheduler.Counts.CodaPasses);
            Assert.Equal(6 * codas, scheduler.Counts.CodaRows);
            Assert.Equal(6 * 12, scheduler.Counts.CoreRows);
            Assert.Equal(6 * (2 + 12 * 2 + codas), ticket.BlockPasses);
        }
    }

    [Fact]
    public void How_many_rows_the_head_takes_at_a_time_does_not_matter_to_the_bit()
    {
        using var subject = new GenerationSubject("tiny-trainlike");
        var request = new GenerationRequest { Prompt = subject.Prompt, TokensMax = 4, Limit = 9, Exit = new DivergenceExit(0.015) };
        var settings = SchedulerSettings.For(request, subject.Model.Config);
        var expected = HandDecoder.Generate(subject, request);
        foreach (int rows in new[] { 1, 2, 5, 7, 23, 24, 64 })
        {
            using var scheduler = new DepthScheduler(subject.Model, subject.Pool, settings with { HeadRowsMax = rows });
            List<GeneratedToken> tokens = [];
            scheduler.Submit(request, (in GeneratedToken token) =>
            {
                tokens.Add(token);
                return true;
            });
            while (scheduler.Step())
            {
            }

            Assert.Equal(expected, tokens);
        }
    }

    [Theory]
    [InlineData("tiny-f32")]
    [InlineData("tiny-trainlike")]
    public void Chunks_of_the_prompt_do_not_matter_to_the_bit_where_every_iteration_keeps_its_entries(string model)
    {
        using var subject = new GenerationSubject(model);
        int positions = subject.Model.Config.Context - 8;
        var request = new GenerationRequest
        {
            Prompt = Enumerable.Range(0, positions).Select(i => i * 37 % subject.Model.Config.Vocabulary).ToArray(),
            PromptChunk = positions,
            TokensMax = 5,
            Limit = 6,
            Start = InitialState.Random(4),
        };
        var whole = subject.Generate(request).Tokens;
        foreach (int chunk in new[] { 1, 2, 7, 15, 16, 17, 33, positions - 1, positions + 1, int.MaxValue })
            Assert.Equal(whole, subject.Generate(request with { PromptChunk = chunk }).Tokens);
        foreach (int threads in new[] { 2, 3 })
        {
            using var other = new GenerationSubject(model, threads);
            Assert.Equal(whole, other.Generate(request).Tokens);
            Assert.Equal(whole, other.Generate(request with { PromptChunk = 16 }).Tokens);
        }
    }

    [Fact]
    public void Every_policy_and_rule_gives_the_same_bits_with_any_number_of_threads()
    {
        using var one = new GenerationSubject("tiny-bf16");
        using var two = new GenerationSubject("tiny-bf16", 2);
        using var three = new GenerationSubject("tiny-bf16", 3);
        for (int number = 0; number < 25; number++)
        {
            var request = RequestMixes.Of(9000 + number, 640);
            var tokens = one.Generate(request).Tokens;
            Assert.Equal(tokens, two.Generate(request).Tokens);
            Assert.Equal(tokens, three.Generate(request).Tokens);
        }
    }

    [Theory]
    [InlineData("tiny-f32")]
    [InlineData("tiny-bf16")]
    [InlineData("tiny-trainlike")]
    public void Halved_keys_and_values_move_probabilities_a_little_and_tokens_not_at_all(string model)
    {
        using var subject = new GenerationSubject(model);
        var request = new GenerationRequest { Prompt = subject.Prompt, TokensMax = 8, Limit = 16 };
        var exact = subject.Generate(request).Tokens;
        var settings = SchedulerSettings.For(request, subject.Model.Config) with { Format = KeyValueFormat.BrainFloat16 };
        using var scheduler = new DepthScheduler(subject.Model, subject.Pool, settings);
        List<GeneratedToken> halved = [];
        scheduler.Submit(request, (in GeneratedToken token) =>
        {
            halved.Add(token);
            return true;
        });
        long most = 0;
        while (scheduler.Step())
            most = Math.Max(most, scheduler.StoreBytesInUse);
        Assert.Equal(exact.Select(token => token.Token), halved.Select(token => token.Token));
        double difference = exact.Zip(halved, (a, b) => Math.Abs(a.LogProbability - b.LogProbability)).Max();
        Assert.InRange(difference, 1e-6, 0.1);
        Assert.InRange(most, 1, settings.Store.Bytes(subject.Model.Config, KeyValueFormat.BrainFloat16));
    }
}
