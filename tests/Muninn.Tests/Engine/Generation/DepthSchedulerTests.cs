using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Engine.Caching;
using Muninn.Engine.Generation;
using Muninn.Engine.Recurrence;
using Xunit;

namespace Muninn.Tests.Engine.Generation;

public sealed class DepthSchedulerTests : IDisposable
{
    static readonly SchedulerSettings _roomy = new() { RowsMax = 24, HeadRowsMax = 8, RequestsMax = 6, Store = new StoreCapacity(6, 40, 400) };

    readonly GenerationSubject _subject = new("tiny-trainlike");

    public void Dispose() => _subject.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Eight_mixed_requests_together_get_the_tokens_and_probabilities_they_get_alone(int threads)
    {
        using var subject = new GenerationSubject("tiny-trainlike", threads);
        foreach (var cache in RequestMixes.Caches)
        {
            foreach (var exit in RequestMixes.Exits)
            {
                GenerationRequest[] requests =
                [
                    .. Enumerable.Range(0, 8).Select(i => RequestMixes.Of(100 + i, 128) with
                    {
                        Mode = DecodingMode.Plain, Cache = cache, Exit = exit, Limit = 8,
                    }),
                ];
                Assert.Equal(requests.Select(Alone), Together(subject, requests));
            }
        }
    }

    [Fact]
    public void Requests_of_every_mode_together_get_what_they_get_alone()
    {
        GenerationRequest[] requests = [.. Enumerable.Range(0, 60).Select(i => RequestMixes.Of(i, 128))];
        Assert.Contains(requests, request => request.Mode is WavefrontMode);
        Assert.Contains(requests, request => request.Mode is SpeculativeMode);
        Assert.Equal(requests.Select(Alone), Together(_subject, requests));
    }

    [Fact]
    public void Ten_thousand_random_schedules_of_joins_leaves_and_cancellations_disturb_nobody_and_leak_no_panel()
    {
        GenerationRequest[] requests = [.. Enumerable.Range(0, 40).Select(i => RequestMixes.Of(1000 + i, 128, 5, 9))];
        Outcome[] alone = [.. requests.Select(Alone)];
        var random = new Random(7);
        using var scheduler = new DepthScheduler(_subject.Model, _subject.Pool, _roomy with { RowsMax = 12 });
        for (int schedule = 0; schedule < 10_000; schedule++)
        {
            Play(scheduler, requests, alone, random);
            Assert.Equal(0, scheduler.StoreBytesInUse);
        }
    }

    [Fact]
    public void A_cancelled_request_frees_all_within_one_step()
    {
        using var scheduler = new DepthScheduler(_subject.Model, _subject.Pool, _roomy);
        var ticket = scheduler.Submit(new GenerationRequest { Prompt = _subject.Prompt, Limit = 8 });
        scheduler.Step();
        Assert.NotEqual(0, scheduler.StoreBytesInUse);
        ticket.Cancel();
        Assert.False(scheduler.Step());
        Assert.Equal(0, scheduler.StoreBytesInUse);
        Assert.Equal(GenerationEnd.Cancelled, ticket.End);
        var waiting = scheduler.Submit(new GenerationRequest { Prompt = _subject.Prompt, Limit = 8 });
        waiting.Cancel();
        Assert.False(scheduler.Step());
        Assert.Equal(GenerationEnd.Cancelled, waiting.End);
    }

    [Fact]
    public void A_request_that_needs_many_rows_is_not_starved_by_those_that_need_few()
    {
        using var scheduler = new DepthScheduler(_subject.Model, _subject.Pool, _roomy with { RowsMax = 8, HeadRowsMax = 8 });
        var small = new GenerationRequest { Prompt = new[] { 1 }, Limit = 4, TokensMax = 60, PromptChunk = 1 };
        var many = Enumerable.Range(0, 5).Select(_ => scheduler.Submit(small)).ToArray();
        scheduler.Step();
        var large = scheduler.Submit(new GenerationRequest { Prompt = new int[8], Limit = 4, TokensMax = 1, PromptChunk = 8 });
        for (int step = 0; step < 20; step++)
            scheduler.Step();
        Assert.Equal(GenerationEnd.TokensMax, large.End);
        Assert.All(many, ticket => Assert.Equal(GenerationEnd.None, ticket.End));
    }

    [Fact]
    public void Rows_that_land_apart_share_codas_and_preludes()
    {
        using var scheduler = new DepthScheduler(_subject.Model, _subject.Pool, _roomy with { RowsMax = 6 });
        var tickets = Enumerable.Range(0, 8).Select(number => scheduler.Submit(
            new GenerationRequest { Prompt = new[] { number }, Limit = 9 + number, TokensMax = 20 })).ToArray();
        while (scheduler.Step())
        {
        }

        Assert.All(tickets, ticket => Assert.Equal(20, ticket.Generated));
        var counts = scheduler.Counts;
        Assert.Equal((8 * 20, 8 * 20), ((int)counts.CodaRows, (int)counts.PreludeRows));
        Assert.InRange(counts.CodaPasses, 1, counts.CodaRows * 2 / 3);
        Assert.InRange(counts.PreludePasses, 1, counts.PreludeRows * 2 / 3);
    }

    [Fact]
    public void Decoding_allocates_nothing_once_it_runs()
    {
        using var subject = new GenerationSubject("tiny-bf16");
        foreach (var mode in new DecodingMode[] { DecodingMode.Plain, new SpeculativeMode { DraftIterations = 2 }, new WavefrontMode { WaveMax = 6 } })
        {
            var request = new GenerationRequest
            {
                Prompt = subject.Prompt,
                Limit = 8,
                TokensMax = 90,
                Mode = mode,
                Exit = new ResidualExit(1e-6),
                Cache = mode is WavefrontMode ? CachePolicy.LatestOnly : CachePolicy.PerIteration,
                Sampler = new FilteredSampler { Temperature = 1.1f, TopK = 20 },
            };
            using var scheduler = new DepthScheduler(subject.Model, subject.Pool, SchedulerSettings.For(request, subject.Model.Config));
            var ticket = scheduler.Submit(request, (in GeneratedToken _) => true);
            while (ticket.Generated < 40)
                Assert.True(scheduler.Step());
            long before = GC.GetAllocatedBytesForCurrentThread();
            bool goesOn = true;
            while (goesOn && ticket.Generated < 70)
                goesOn = scheduler.Step();
            Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
            Assert.True(goesOn);
        }
    }

    /// <summary>Joins, steps and cancellations in some order; who was not cancelled gets what it gets alone.</summary>
    static void Play(DepthScheduler scheduler, GenerationRequest[] requests, Outcome[] alone, Random random)
    {
        List<(int Number, RequestTicket Ticket, List<GeneratedToken> Tokens)> handedIn = [];
        int count = random.Next(1, 6);
        bool goesOn = true;
        while (goesOn || handedIn.Count < count)
        {
            if (handedIn.Count < count && random.Next(3) == 0)
            {
                int number = random.Next(requests.Length);
                List<GeneratedToken> tokens = [];
                handedIn.Add((number, scheduler.Submit(requests[number], Keep(tokens)), tokens));
            }

            if (handedIn.Count > 0 && random.Next(12) == 0)
                handedIn[random.Next(handedIn.Count)].Ticket.Cancel();
            goesOn = scheduler.Step();
        }

        foreach (var (number, ticket, tokens) in handedIn)
        {
            var outcome = new Outcome(ticket.End, tokens);
            if (ticket.End == GenerationEnd.Cancelled)
                Assert.Equal(alone[number].Tokens.Take(tokens.Count), tokens);
            else
                Assert.Equal(alone[number], outcome);
        }
    }

    Outcome Alone(GenerationRequest request)
    {
        var (ticket, tokens) = _subject.Generate(request);
        Assert.Null(ticket.Explanation);
        return new Outcome(ticket.End, tokens);
    }

    static Outcome[] Together(GenerationSubject subject, GenerationRequest[] requests)
    {
        using var scheduler = new DepthScheduler(subject.Model, subject.Pool, _roomy);
        var running = requests.Select(request =>
        {
            List<GeneratedToken> tokens = [];
            return (Ticket: scheduler.Submit(request, Keep(tokens)), Tokens: tokens);
        }).ToArray();
        while (scheduler.Step())
        {
        }

        Assert.Equal(0, scheduler.StoreBytesInUse);
        return [.. running.Select(one => new Outcome(one.Ticket.End, one.Tokens))];
    }

    static TokenSink Keep(List<GeneratedToken> tokens) => (in GeneratedToken token) =>
    {
        tokens.Add(token);
        return true;
    };

    /// <summary>What came out; equal where every token, probability and exit value is the same to the bit.</summary>
    sealed record Outcome(GenerationEnd End, List<GeneratedToken> Tokens)
    {
        public bool Equals(Outcome? other) => other is not null && End == other.End && Tokens.SequenceEqual(other.Tokens);

        public override int GetHashCode() => HashCode.Combine(End, Tokens.Count);
    }
}
