using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Engine.Caching;
using Muninn.Engine.Generation;
using Muninn.Engine.Recurrence;
using Xunit;

namespace Muninn.Tests.Engine.Generation;

/// <summary>What a request cannot have: it is refused, or ends, with a value that says why.</summary>
public sealed class RequestLimitTests : IDisposable
{
    static readonly SchedulerSettings _settings = new()
    {
        RowsMax = 8,
        HeadRowsMax = 6,
        RequestsMax = 2,
        QueueMax = 2,
        Store = new StoreCapacity(2, 8, 64),
    };

    static readonly GenerationRequest _simple = new() { Prompt = new[] { 1, 2, 3 }, Limit = 4, TokensMax = 3 };

    readonly GenerationSubject _subject = new("tiny-trainlike");

    public void Dispose() => _subject.Dispose();

    void Refuses(string explanation, GenerationRequest request, SchedulerSettings? settings = null)
    {
        using var scheduler = new DepthScheduler(_subject.Model, _subject.Pool, settings ?? _settings);
        var ticket = scheduler.Submit(request, (in GeneratedToken _) => throw new InvalidOperationException("It ran."));
        Assert.Equal(explanation, ticket.Explanation);
        Assert.Equal(GenerationEnd.Refused, ticket.End);
        Assert.Equal((0, 0), (scheduler.Waiting, scheduler.Running));
        Assert.False(scheduler.Step());
        Assert.Equal((0, 0L), (ticket.Generated, ticket.BlockPasses));
    }

    [Fact]
    public void Prompts_and_stop_tokens_that_the_model_cannot_read_are_refused()
    {
        Refuses("The prompt is empty; give at least one token.", _simple with { Prompt = Array.Empty<int>() });
        Refuses("The prompt has 64 tokens, but this model reads at most 64, one of them the next; shorten it by 1.",
            _simple with { Prompt = new int[64] });
        Refuses("The prompt has 100 tokens, but this model reads at most 64, one of them the next; shorten it by 37.",
            _simple with { Prompt = new int[100] });
        Refuses("Token 128 at position 1 is not in this model's vocabulary; ids run from 0 to 127.", _simple with { Prompt = new[] { 0, 128 } });
        Refuses("Token -1 at position 0 is not in this model's vocabulary; ids run from 0 to 127.", _simple with { Prompt = new[] { -1 } });
        Refuses("Stop token 128 is not in this model's vocabulary; ids run from 0 to 127.", _simple with { StopTokens = [5, 128] });
        Refuses("Stop token -2 is not in this model's vocabulary; ids run from 0 to 127.", _simple with { StopTokens = [-2] });
    }

    [Fact]
    public void Numbers_out_of_range_are_refused()
    {
        Refuses("0 tokens were asked for; ask for at least 1.", _simple with { TokensMax = 0 });
        Refuses("-7 tokens were asked for; ask for at least 1.", _simple with { TokensMax = -7 });
        Refuses("The limit is 0 iterations; give 1 to 65536.", _simple with { Limit = 0 });
        Refuses("The limit is 65537 iterations; give 1 to 65536.", _simple with { Limit = 65537 });
        Refuses("A prompt in chunks of 0 positions never ends; give at least 1.", _simple with { PromptChunk = 0 });
        Refuses("A chunk of the prompt has 9 rows, but a pass takes 8; make the chunks smaller or the passes larger.",
            _simple with { Prompt = new int[9] });
        Refuses("The initial state has 40 values, but 6 positions of width 40 need 240; give one raw state for each position.",
            _simple with { Start = InitialState.Given(new float[40]) });
        Refuses("The initial state has 2600 values, but 64 positions of width 40 need 2560; give one raw state for each position.",
            _simple with { Start = InitialState.Given(new float[2600]), TokensMax = int.MaxValue });
        Refuses("This way of decoding passes 7 rows at a time, but 6 are allowed; make it smaller or the passes larger.",
            _simple with { Mode = new SpeculativeMode { DraftTokens = 7, DraftIterations = 2 } });
        Refuses("This way of decoding passes 9 rows at a time, but 6 are allowed; make it smaller or the passes larger.",
            _simple with { Mode = new WavefrontMode { WaveMax = 9 }, Cache = CachePolicy.LatestOnly });
    }

    [Fact]
    public void Samplers_and_rules_out_of_range_are_refused()
    {
        Refuses("Temperature is 0; give a finite number above 0; for the most likely token use Sampler.Greedy.",
            _simple with { Sampler = new FilteredSampler { Temperature = 0 } });
        Refuses("LogitBias names token 128, but the vocabulary has 128 tokens; name ids from 0 to 127.",
            _simple with { Sampler = Sampler.Greedy with { LogitBias = new Dictionary<int, float> { [128] = 1 } } });
        Refuses("The residual threshold is NaN; give a finite number above 0.", _simple with { Exit = new ResidualExit(double.NaN) });
        Refuses("The coda interval is 0; give at least 1, which runs the coda at every iteration.",
            _simple with { Exit = new EntropyExit { CodaInterval = 0 } });
        Refuses("The count of checks with the same token is 0; give at least 1.", _simple with { Exit = new StableTokenExit(0) });
    }

    [Fact]
    public void Requests_larger_than_the_memory_are_refused_with_both_sizes()
    {
        // 2 + 1 outer blocks, 2 of the core: 5 heads of keys of 8 and values of 16 floats, 16 positions to a panel.
        int panel = 16 * 5 * (8 + 16) * 4;
        var store = new StoreCapacity(2, 1, 7);
        Refuses(
            $"Its keys and values may need {(3 + 2 * 8) * panel / 1024} KiB, but the store has room for {(3 + 2 * 7) * panel / 1024} KiB; " +
            "ask for fewer tokens, lower the limit, or let iterations share slots.",
            _simple with { Limit = 8 }, _settings with { Store = store });
        var subject = _simple with { Limit = 7, TokensMax = 13 };
        using var scheduler = new DepthScheduler(_subject.Model, _subject.Pool, _settings with { Store = store });
        var fits = scheduler.Submit(subject);
        while (scheduler.Step())
        {
        }

        Assert.Equal((GenerationEnd.TokensMax, 13), (fits.End, fits.Generated));
        Assert.Equal(GenerationEnd.Refused, scheduler.Submit(subject with { TokensMax = 14 }).End);
        // Counts that no number holds.
        var huge = _subject.Model.Config with { Context = 1 << 22 };
        Assert.Equal(
            "Keys and values of 4194304 positions and 65536 iterations are more than a store can address; ask for fewer tokens, " +
            "lower the limit, or let iterations share slots.",
            RequestCheck.RefusalOf(_simple with { TokensMax = int.MaxValue, Limit = 65536 }, huge, _settings));
        // Text, states and e of three rows, and the carried state.
        Refuses(
            $"It takes {4 * (64 + (2 * 3 + 1) * 40) / 1024} KiB beside its keys and values, but 0 KiB are allowed; " +
            "pass its prompt in smaller chunks, make drafts or the wave smaller, or take a rule that reads states.",
            _simple, _settings with { MemoryMax = 1000 });
    }

    [Fact]
    public void A_receiver_that_fails_ends_its_own_request_alone()
    {
        var expected = _subject.Generate(_simple with { TokensMax = 9 }).Tokens;
        using var scheduler = new DepthScheduler(_subject.Model, _subject.Pool, _settings);
        var failure = new InvalidOperationException("Enough.");
        int seen = 0;
        var failing = scheduler.Submit(_simple with { TokensMax = 9 }, (in GeneratedToken _) => ++seen < 3 ? true : throw failure);
        List<GeneratedToken> tokens = [];
        var other = scheduler.Submit(_simple with { TokensMax = 9 }, (in GeneratedToken token) =>
        {
            tokens.Add(token);
            return true;
        });
        while (scheduler.Step())
        {
        }

        Assert.Equal((GenerationEnd.Failed, 3), (failing.End, seen));
        Assert.Same(failure, failing.Failure);
        Assert.Equal(GenerationEnd.TokensMax, other.End);
        Assert.Equal(expected, tokens);
        Assert.Equal(0, scheduler.StoreBytesInUse);
    }

    [Fact]
    public void A_cache_that_shares_entries_between_blocks_runs_alone()
    {
        var request = _simple with { Cache = ReferenceCache.BlocksTogether(2) };
        Refuses("The cache reference:compress-r2 shares entries between blocks, so its request must run alone, but 2 may run at a time; " +
            "allow 1, or take another cache.", request);
        Refuses("The cache reference:compress-r2 cannot show LatestAvailable entries, because blocks share them; take LeftOut.",
            request with { Cache = request.Cache with { Missing = MissingEntries.LatestAvailable } }, _settings with { RequestsMax = 1 });
        Assert.Equal(GenerationEnd.TokensMax, _subject.Generate(request).Ticket.End);
    }

    [Fact]
    public void One_request_more_than_may_wait_is_refused_and_may_come_again()
    {
        using var scheduler = new DepthScheduler(_subject.Model, _subject.Pool, _settings);
        RequestTicket[] tickets = [.. Enumerable.Range(0, 3).Select(_ => scheduler.Submit(_simple))];
        Assert.Equal("2 requests are waiting, and no more than 2 may; try again later.", tickets[2].Explanation);
        Assert.Equal(GenerationEnd.Refused, tickets[2].End);
        scheduler.Step();
        Assert.Equal((0, 2), (scheduler.Waiting, scheduler.Running));
        var later = scheduler.Submit(_simple);
        while (scheduler.Step())
        {
        }

        Assert.All([tickets[0], tickets[1], later], ticket => Assert.Equal(GenerationEnd.TokensMax, ticket.End));
    }

    [Fact]
    public void What_a_request_has_reserved_is_the_next_ones()
    {
        var size = RequestSize.Of(_simple, _subject.Model.Config);
        using var scheduler = new DepthScheduler(
            _subject.Model, _subject.Pool, _settings with { Store = size.Store, MemoryMax = size.Bytes, QueueMax = 4 });
        RequestTicket[] tickets = [.. Enumerable.Range(0, 4).Select(_ => scheduler.Submit(_simple))];
        for (int step = 0; step < 100 && scheduler.Step(); step++)
            Assert.InRange(scheduler.Running, 0, 1);
        Assert.All(tickets, ticket => Assert.Equal((GenerationEnd.TokensMax, 3), (ticket.End, ticket.Generated)));
    }

    [Fact]
    public void A_request_that_is_cancelled_while_it_waits_for_rows_never_passes()
    {
        using var scheduler = new DepthScheduler(_subject.Model, _subject.Pool, _settings);
        var large = _simple with { Prompt = new int[8] };
        var first = scheduler.Submit(large);
        var second = scheduler.Submit(large);
        scheduler.Step();
        Assert.Equal((2, 8L), (scheduler.Running, scheduler.Counts.CoreRows));
        second.Cancel();
        while (scheduler.Step())
        {
        }

        Assert.Equal((GenerationEnd.TokensMax, GenerationEnd.Cancelled), (first.End, second.End));
        Assert.Equal((0, 0L), (second.Generated, second.BlockPasses));
        Assert.Equal(0, scheduler.StoreBytesInUse);
    }

    [Theory]
    [InlineData(0, "RowsMax is 0; give 1 to 65536.")]
    [InlineData(1, "HeadRowsMax is 65537; give 1 to 65536.")]
    [InlineData(2, "RequestsMax is -1; give 1 to 65536.")]
    [InlineData(3, "QueueMax is 0; give 1 to 2147483647.")]
    public void Settings_out_of_range_are_refused(int which, string message)
    {
        var settings = which switch
        {
            0 => _settings with { RowsMax = 0 },
            1 => _settings with { HeadRowsMax = 65537 },
            2 => _settings with { RequestsMax = -1 },
            _ => _settings with { QueueMax = 0 },
        };
        Assert.StartsWith(message, Assert.Throws<ArgumentException>(
            () => new DepthScheduler(_subject.Model, _subject.Pool, settings)).Message);
    }

    public static TheoryData<string> Modes { get; } = ["plain", "speculative", "restarting", "wave"];

    static GenerationRequest In(string mode, GenerationRequest request) => mode switch
    {
        "plain" => request,
        "speculative" => request with { Mode = new SpeculativeMode { DraftIterations = 2, DraftTokens = 5 } },
        "restarting" => request with { Mode = new SpeculativeMode { DraftIterations = 2, DraftTokens = 5, ContinuesDrafts = false } },
        _ => request with { Mode = new WavefrontMode { WaveMax = 5 }, Cache = CachePolicy.LatestOnly },
    };

    [Theory]
    [MemberData(nameof(Modes))]
    public void The_end_of_the_context_ends_a_text(string mode)
    {
        foreach (int prompt in new[] { 50, 62, 63 })
        {
            var request = In(mode, _simple with { Prompt = new int[prompt], TokensMax = int.MaxValue, Limit = 6 });
            var (ticket, tokens) = _subject.Generate(request);
            Assert.Equal(GenerationEnd.ContextFull, ticket.End);
            Assert.Equal(Enumerable.Range(prompt, 64 - prompt), tokens.Select(token => token.Position));
            Assert.Equal(64 - prompt, ticket.Generated);
            // Asked for just so many, it has what it asked for.
            var exact = _subject.Generate(request with { TokensMax = 64 - prompt });
            Assert.Equal(GenerationEnd.TokensMax, exact.Ticket.End);
            Assert.Equal(tokens, exact.Tokens);
        }
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void Nothing_is_reported_behind_the_end(string mode)
    {
        var request = In(mode, _simple with { Prompt = _subject.Prompt, TokensMax = 14, Limit = 8 });
        var all = _subject.Generate(request).Tokens;
        for (int i = 0; i < all.Count; i++)
        {
            int stop = all[i].Token;
            int first = all.FindIndex(token => token.Token == stop);
            var (ticket, tokens) = _subject.Generate(request with { StopTokens = [stop] });
            Assert.Equal(GenerationEnd.StopToken, ticket.End);
            Assert.Equal(all.Take(first + 1), tokens);
            Assert.Equal(first + 1, ticket.Generated);

            var few = _subject.Generate(request with { TokensMax = i + 1 });
            Assert.Equal(GenerationEnd.TokensMax, few.Ticket.End);
            if (mode != "wave")
                Assert.Equal(all.Take(i + 1), few.Tokens);
            Assert.Equal(all.Take(i + 1), Until(request, i + 1, out var end));
            Assert.Equal(GenerationEnd.StopText, end);
        }
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void A_bias_that_bans_every_token_ends_the_text_before_it_begins(string mode)
    {
        var banned = Enumerable.Range(0, 128).ToDictionary(token => token, _ => float.NegativeInfinity);
        var request = In(mode, _simple with { Sampler = Sampler.Greedy with { LogitBias = banned } });
        var (ticket, tokens) = _subject.Generate(request);
        Assert.Equal(GenerationEnd.EveryTokenBanned, ticket.End);
        Assert.Empty(tokens);
    }

    /// <summary>The receiver has enough after some tokens.</summary>
    List<GeneratedToken> Until(GenerationRequest request, int count, out GenerationEnd end)
    {
        using var scheduler = new DepthScheduler(_subject.Model, _subject.Pool, SchedulerSettings.For(request, _subject.Model.Config));
        List<GeneratedToken> tokens = [];
        var ticket = scheduler.Submit(request, (in GeneratedToken token) =>
        {
            tokens.Add(token);
            return tokens.Count < count;
        });
        while (scheduler.Step())
        {
        }

        end = ticket.End;
        return tokens;
    }
}
