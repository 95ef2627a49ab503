using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Engine.Caching;
using Muninn.Engine.Generation;
using Muninn.Engine.Model;
using Muninn.Engine.Recurrence;
using Muninn.Tests.Oracle;
using Xunit;

namespace Muninn.Tests.Engine.Generation;

/// <summary>Speculation loses nothing: greedy tokens are those of plain decoding to the bit, drawn ones have its distribution.</summary>
public sealed class SpeculationTests
{
    const int Draws = 20_000;

    static readonly ExitRule?[] _exits = [null, new ResidualExit(0.15), new CosineExit(0.01), new AccelerationExit(0.1), new ContractionExit(0.2)];

    [Theory]
    [InlineData("tiny-f32")]
    [InlineData("tiny-bf16")]
    [InlineData("tiny-trainlike")]
    [InlineData("seedling")]
    public void Greedy_tokens_probabilities_iterations_and_exit_values_are_those_of_plain_decoding(string model)
    {
        using var subject = model == "seedling" ? GenerationSubject.Seedling() : new GenerationSubject(model);
        int[] prompt = model == "seedling" ? [1, 17, 300, 4, 99, 250, 31] : subject.Prompt;
        bool anyRejected = false;
        bool anyStopped = false;
        foreach (var exit in _exits)
        {
            var plain = new GenerationRequest { Prompt = prompt, Limit = 9, TokensMax = 13, Exit = exit, Start = InitialState.Random(1) };
            var expected = subject.Generate(plain);
            anyStopped |= expected.Tokens.Any(token => token.Reason == ExitReason.RuleMet);
            foreach (var (tokens, iterations) in new[] { (1, 1), (2, 4), (4, 2), (8, 8), (64, 3) })
            {
                foreach (bool adapts in new[] { false, true })
                {
                    foreach (bool continues in new[] { false, true })
                    {
                        var mode = new SpeculativeMode
                        {
                            DraftTokens = tokens,
                            DraftIterations = iterations,
                            AdaptsLength = adapts,
                            ContinuesDrafts = continues,
                        };
                        var (ticket, actual) = subject.Generate(plain with { Mode = mode });
                        Assert.Equal(expected.Ticket.End, ticket.End);
                        Assert.True(expected.Tokens.SequenceEqual(actual), $"{exit} {mode}");
                        // The prompt's token is no round's.
                        Assert.Equal(actual.Count - 1, ticket.Rounds.Sum());
                        Assert.All(ticket.Rounds, round => Assert.InRange(round, 1, tokens));
                        anyRejected |= ticket.Rounds.Count > 1 && ticket.Rounds.Distinct().Count() > 1;
                    }
                }
            }
        }

        Assert.True(anyRejected && anyStopped);
    }

    [Fact]
    public void Greedy_tokens_of_mixed_requests_are_those_of_plain_decoding()
    {
        using var subject = new GenerationSubject("tiny-trainlike");
        int compared = 0;
        for (int number = 0; compared < 60; number++)
        {
            var request = RequestMixes.Of(20_000 + number, 128, 20);
            if (request.Mode is not SpeculativeMode)
                continue;
            request = request with { Sampler = Sampler.Greedy with { RepetitionPenalty = number % 2 == 0 ? 1 : 1.5f } };
            var plain = subject.Generate(request with { Mode = DecodingMode.Plain });
            var (ticket, tokens) = subject.Generate(request);
            Assert.Equal(plain.Tokens, tokens);
            Assert.Equal(plain.Ticket.End, ticket.End);
            compared++;
        }
    }

    [Fact]
    public void Drafts_grow_by_one_while_all_stand_and_shrink_to_what_stood()
    {
        using var subject = GenerationSubject.Seedling();
        var mode = new SpeculativeMode { DraftIterations = 5, DraftTokens = 6 };
        var request = new GenerationRequest { Prompt = new[] { 1, 17, 300, 4 }, Limit = 12, TokensMax = 60, Mode = mode };
        var rounds = subject.Generate(request).Ticket.Rounds;
        Assert.NotEqual(subject.Generate(request with { Mode = mode with { AdaptsLength = false } }).Ticket.Rounds, rounds);
        // A round as long as its draft may be one whose last token was corrected: then the next is as long.
        var (shortest, longest) = (4, 4);
        int shrunk = 0;
        foreach (int round in rounds)
        {
            Assert.InRange(round, 1, longest);
            shrunk += round < shortest ? 1 : 0;
            (shortest, longest) = (round, round < shortest ? round : Math.Min(round + 1, 6));
        }

        Assert.True(shrunk > 0 && rounds.Max() > 4, string.Join(' ', rounds));
    }

    [Fact]
    public void Speculation_waits_for_fewer_passes_than_plain_decoding_where_drafts_stand()
    {
        using var subject = GenerationSubject.Seedling();
        var plain = new GenerationRequest { Prompt = new[] { 1, 17, 300, 4 }, Limit = 24, TokensMax = 30 };
        long passes = subject.Generate(plain).Ticket.BlockPasses;
        Assert.InRange(subject.Generate(plain with { Mode = new SpeculativeMode { DraftIterations = 6 } }).Ticket.BlockPasses, 1, passes - 1);
    }

    public static TheoryData<string> Filters { get; } = ["top-k", "top-k and top-p", "min-p", "cold"];

    static FilteredSampler Filter(string name) => name switch
    {
        "top-k" => new FilteredSampler { TopK = 5 },
        "top-k and top-p" => new FilteredSampler { TopK = 7, TopP = 0.85 },
        "min-p" => new FilteredSampler { MinP = 0.06 },
        _ => new FilteredSampler { Temperature = 0.7f, TopK = 8 },
    };

    [Theory]
    [MemberData(nameof(Filters))]
    public void Three_drawn_tokens_have_the_joint_distribution_of_plain_sampling(string filter)
    {
        using var subject = new GenerationSubject("tiny-trainlike");
        var request = new GenerationRequest
        {
            Prompt = new[] { 5, 77 },
            Limit = 6,
            TokensMax = 3,
            Sampler = Filter(filter),
            Mode = new SpeculativeMode { DraftIterations = filter.StartsWith("top", StringComparison.Ordinal) ? 1 : 4, DraftTokens = 2 },
        };
        var expected = new Dictionary<int, double>();
        Spread(subject, request, [5, 77], 1, 3, tokens => tokens.Aggregate(0, (cell, token) => 128 * cell + token), expected);
        Assert.Equal(1, expected.Values.Sum(), 1e-5);
        var (counts, rejected) = Count(subject, request, tokens => tokens.Aggregate(0, (cell, token) => 128 * cell + token));
        // The correction is what is tested here.
        Assert.InRange(rejected, 0.02, 0.98);
        ChiSquare.RequireFit(expected, counts);
    }

    [Fact]
    public void Tokens_drawn_from_the_whole_vocabulary_have_the_distribution_of_plain_sampling()
    {
        using var subject = new GenerationSubject("tiny-trainlike");
        foreach (bool continues in new[] { true, false })
        {
            var request = new GenerationRequest
            {
                Prompt = new[] { 9, 30 },
                Limit = 6,
                TokensMax = 2,
                Sampler = new FilteredSampler(),
                Mode = new SpeculativeMode { DraftIterations = 1, DraftTokens = 1, ContinuesDrafts = continues },
            };
            static int Cell(IReadOnlyList<int> tokens) => 32 * (tokens[0] % 4) + tokens[1] % 32;
            var expected = new Dictionary<int, double>();
            Spread(subject, request, [9, 30], 1, 2, Cell, expected);
            ChiSquare.RequireFit(expected, Count(subject, request, Cell).Counts);
        }
    }

    /// <summary>The exact probability of every continuation, from logits of whole prompts and the sampler's slow twin.</summary>
    static void Spread(
        GenerationSubject subject, GenerationRequest request, int[] tokens, double share, int left, Func<IReadOnlyList<int>, int> cell,
        Dictionary<int, double> expected)
    {
        if (left == 0)
        {
            int at = cell(tokens[request.Prompt.Length..]);
            expected[at] = expected.GetValueOrDefault(at) + share;
            return;
        }

        using var run = new PromptRun(subject.Model, subject.Pool, tokens);
        float[] logits = new float[tokens.Length * 128];
        run.Logits(run.Run(new RunSettings { Limit = request.Limit }), logits);
        double[] p = SamplingTwin.Distribution((FilteredSampler)request.Sampler, logits.AsSpan(logits.Length - 128), tokens);
        for (int token = 0; token < 128; token++)
        {
            if (p[token] > 0)
                Spread(subject, request, [.. tokens, token], share * p[token], left - 1, cell, expected);
        }
    }

    static (Dictionary<int, int> Counts, double Rejected) Count(
        GenerationSubject subject, GenerationRequest request, Func<IReadOnlyList<int>, int> cell)
    {
        var settings = new SchedulerSettings { RowsMax = 64, HeadRowsMax = 64, RequestsMax = 32, Store = new StoreCapacity(32, 32, 32 * 6) };
        using var scheduler = new DepthScheduler(subject.Model, subject.Pool, settings);
        var counts = new Dictionary<int, int>();
        int corrected = 0;
        for (int first = 0; first < Draws; first += 1000)
        {
            var running = Enumerable.Range(first, 1000).Select(seed =>
            {
                List<int> tokens = [];
                var seeded = request with { Sampler = (FilteredSampler)request.Sampler with { Seed = (ulong)seed } };
                return (Tokens: tokens, Ticket: scheduler.Submit(seeded, (in GeneratedToken token) =>
                {
                    tokens.Add(token.Token);
                    return true;
                }));
            }).ToArray();
            while (scheduler.Step())
            {
            }

            foreach (var (tokens, ticket) in running)
            {
                Assert.Equal(GenerationEnd.TokensMax, ticket.End);
                int at = cell(tokens);
                counts[at] = counts.GetValueOrDefault(at) + 1;
                corrected += ticket.Rounds.Count > 1 ? 1 : 0;
            }
        }

        return (counts, (double)corrected / Draws);
    }

    [Theory]
    [InlineData(0, 4, 6, "A draft of 0 tokens is not possible; give 1 to 64.")]
    [InlineData(65, 4, 6, "A draft of 65 tokens is not possible; give 1 to 64.")]
    [InlineData(4, 0, 6, "Drafts of 0 iterations and 6 to verify them leave nothing to gain; give drafts 1 to 5.")]
    [InlineData(4, 6, 6, "Drafts of 6 iterations and 6 to verify them leave nothing to gain; give drafts 1 to 5.")]
    public void Drafts_out_of_range_are_refused(int tokens, int iterations, int limit, string explanation) => Refuses(
        explanation,
        new GenerationRequest
        {
            Prompt = new[] { 1 },
            Limit = limit,
            Mode = new SpeculativeMode { DraftTokens = tokens, DraftIterations = iterations },
        });

    [Fact]
    public void Requests_that_speculation_would_change_are_refused()
    {
        var request = new GenerationRequest { Prompt = new[] { 1 }, Limit = 6, Mode = new SpeculativeMode() };
        Refuses("Speculation is lossless only where every iteration keeps its own keys and values, but the cache is shared:2 with LatestAvailable " +
            "entries; take per-iteration with LatestAvailable ones.", request with { Cache = CachePolicy.Shared(2) });
        Refuses("Speculation is lossless only where every iteration keeps its own keys and values, but the cache is per-iteration with LeftOut " +
            "entries; take per-iteration with LatestAvailable ones.",
            request with { Cache = CachePolicy.PerIteration with { Missing = MissingEntries.LeftOut } });
        Refuses("Speculation is lossless only with exit rules that read states, and this one reads logits; take residual, for one.",
            request with { Exit = new EntropyExit() });
        Refuses("A draft cannot start from a state that is not final yet; take either speculation or carried states.",
            request with { CarriesState = true });
    }

    static void Refuses(string explanation, GenerationRequest request)
    {
        using var subject = new GenerationSubject("tiny-trainlike");
        var (ticket, tokens) = subject.Generate(request);
        Assert.Equal((GenerationEnd.Refused, explanation), (ticket.End, ticket.Explanation));
        Assert.Empty(tokens);
    }
}
