using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Engine.Caching;
using Muninn.Engine.Generation;
using Muninn.Engine.Recurrence;
using Muninn.Tests.Oracle;
using Xunit;

namespace Muninn.Tests.Engine.Generation;

public sealed class WavefrontTests : IDisposable
{
    readonly GenerationSubject _subject = new("tiny-trainlike");

    public void Dispose() => _subject.Dispose();

    static GenerationRequest Wave(int[] prompt, WavefrontMode mode) => new()
    {
        Prompt = prompt,
        Limit = 24,
        TokensMax = 18,
        Cache = CachePolicy.LatestOnly,
        Mode = mode,
    };

    [Theory]
    [InlineData("tiny-f32")]
    [InlineData("tiny-bf16")]
    [InlineData("tiny-trainlike")]
    [InlineData("seedling")]
    public void A_wave_that_rests_gives_the_greedy_tokens_of_plain_decoding(string model)
    {
        using var subject = model == "seedling" ? GenerationSubject.Seedling() : new GenerationSubject(model);
        int[] prompt = model == "seedling" ? [1, 17, 300, 4, 99, 250, 31] : subject.Prompt;
        var plain = new GenerationRequest { Prompt = prompt, Limit = 240, TokensMax = 20, Cache = CachePolicy.LatestOnly };
        int[] expected = Ids(subject.Generate(plain).Tokens);
        foreach (int headway in new[] { 1, 2, 3 })
        {
            foreach (int most in new[] { 1, 3, 8, 32 })
            {
                var mode = new WavefrontMode { Threshold = 2e-5, Headway = Math.Min(headway, most), WaveMax = most };
                Assert.Equal(expected, Ids(subject.Generate(plain with { Mode = mode }).Tokens));
            }
        }

        var soft = new WavefrontMode { Threshold = 2e-5, EmbeddingMomentum = 0.2 };
        Assert.Equal(expected, Ids(subject.Generate(plain with { Mode = soft }).Tokens));
    }

    [Fact]
    public void Any_wave_is_that_of_its_twin_to_the_bit_sweep_by_sweep()
    {
        int frozenTogether = 0;
        int limits = 0;
        for (int number = 0; number < 120; number++)
        {
            var random = new Random(number);
            List<WaveSweep> sweeps = [];
            int most = random.Next(1, 9);
            var request = new GenerationRequest
            {
                Prompt = _subject.Prompt.AsMemory(0, random.Next(1, 24)),
                PromptChunk = 64,
                Limit = random.Next(4, 25),
                TokensMax = random.Next(1, 60),
                Cache = CachePolicy.LatestOnly,
                Start = random.Next(2) == 0 ? InitialState.Zero : InitialState.Random(3),
                Sampler = random.Next(2) == 0
                    ? Sampler.Greedy with { RepetitionPenalty = 1.1f }
                    : new FilteredSampler { Temperature = 0.7f, Seed = (ulong)number },
                StopTokens = random.Next(2) == 0 ? [] : [random.Next(128), random.Next(128), random.Next(128)],
                Mode = new WavefrontMode
                {
                    Inner = random.Next(1, 5),
                    WaveMax = most,
                    Headway = random.Next(1, Math.Min(4, most + 1)),
                    Threshold = random.Next(2) == 0 ? 0.1 : 0.02,
                    EmbeddingMomentum = random.Next(2) * 0.15,
                    StateNoise = random.Next(2) * 0.1,
                    NoiseSeed = (ulong)random.Next(3),
                },
            };
            var (_, tokens) = _subject.Generate(request, (in WaveSweep sweep) => sweeps.Add(sweep));
            var twin = HandWave.Run(_subject, request);
            Assert.True(twin.Tokens.SequenceEqual(tokens), $"Request {number}: {request}");
            Assert.Equal(twin.Sweeps, sweeps);
            Assert.All(tokens, token => Assert.InRange(token.Iterations, 1, request.Limit));
            frozenTogether += sweeps.Count(sweep => sweep.Frozen > 1);
            limits += tokens.Skip(1).Count(token => token.Reason == ExitReason.LimitReached);
        }

        Assert.True(frozenTogether > 20 && limits > 20, $"{frozenTogether} {limits}");
    }

    [Fact]
    public void Only_a_prefix_freezes_and_the_wave_goes_on_behind_it()
    {
        List<WaveSweep> sweeps = [];
        var mode = new WavefrontMode { Headway = 2, WaveMax = 7 };
        var (_, tokens) = _subject.Generate(Wave(_subject.Prompt, mode), (in WaveSweep sweep) => sweeps.Add(sweep));
        int front = _subject.Prompt.Length;
        foreach (var sweep in sweeps)
        {
            Assert.Equal(front, sweep.FirstPosition);
            Assert.InRange(sweep.OpenPositions, Math.Max(1, sweep.Frozen), 7);
            Assert.True(double.IsFinite(sweep.LargestResidual));
            front += sweep.Frozen;
        }

        Assert.Equal(tokens.Count - 1, sweeps.Sum(sweep => sweep.Frozen));
        Assert.Contains(sweeps, sweep => sweep.Frozen == 0);
        Assert.Contains(sweeps, sweep => sweep.Frozen > 1);
        Assert.Contains(sweeps, sweep => sweep.OpenPositions == 7);
        Assert.Equal(1, sweeps[0].OpenPositions);
        Assert.All(tokens.Skip(1), token => Assert.True(
            token.Reason == ExitReason.RuleMet ? token.ExitValue < mode.Threshold : token.Iterations >= 24));
    }

    [Fact]
    public void A_wave_of_one_position_is_plain_decoding_to_the_bit()
    {
        foreach (int inner in new[] { 1, 2, 4, 8 })
        {
            var wave = Wave(_subject.Prompt, new WavefrontMode { Inner = inner, WaveMax = 1, Threshold = 1e-30 }) with { Limit = 8 };
            var plain = _subject.Generate(wave with { Mode = DecodingMode.Plain }).Tokens;
            // Plain decoding has no exit value.
            Assert.Equal(plain, _subject.Generate(wave).Tokens.Select(token => token with { ExitValue = double.NaN }));
        }
    }

    [Fact]
    public void Noise_is_a_function_of_its_seed()
    {
        GenerationRequest Noisy(ulong seed, double noise) => Wave(_subject.Prompt, new WavefrontMode { StateNoise = noise, NoiseSeed = seed });
        var first = _subject.Generate(Noisy(1, 0.3)).Tokens;
        Assert.Equal(first, _subject.Generate(Noisy(1, 0.3)).Tokens);
        Assert.NotEqual(first, _subject.Generate(Noisy(2, 0.3)).Tokens);
        Assert.Equal(_subject.Generate(Noisy(1, 0)).Tokens, _subject.Generate(Noisy(2, 0)).Tokens);
    }

    [Fact]
    public void Waves_beside_each_other_are_what_they_are_alone()
    {
        GenerationRequest[] requests = [.. Enumerable.Range(0, 9).Select(i => Wave(
            _subject.Prompt[..(1 + 2 * i)],
            new WavefrontMode { WaveMax = 1 + i, Inner = 1 + i % 4, StateNoise = 0.1 * (i % 2), NoiseSeed = (ulong)i, EmbeddingMomentum = 0.1 * (i % 3) }) with
        {
            TokensMax = 3 + 2 * i, PromptChunk = 4,
        })];
        using var scheduler = new DepthScheduler(_subject.Model, _subject.Pool, new SchedulerSettings
        {
            RowsMax = 20,
            HeadRowsMax = 10,
            RequestsMax = 5,
            Store = new StoreCapacity(5, 20, 20),
        });
        var together = requests.Select(request =>
        {
            List<GeneratedToken> tokens = [];
            scheduler.Submit(request, (in GeneratedToken token) =>
            {
                tokens.Add(token);
                return true;
            });
            return tokens;
        }).ToArray();
        while (scheduler.Step())
        {
        }

        Assert.Equal(requests.Select(request => _subject.Generate(request).Tokens), together);
    }

    [Fact]
    public void A_wave_waits_for_fewer_passes_than_plain_decoding()
    {
        var request = Wave(_subject.Prompt, new WavefrontMode { Headway = 2 }) with { TokensMax = 30, Limit = 32 };
        long plain = _subject.Generate(request with { Mode = DecodingMode.Plain }).Ticket.BlockPasses;
        Assert.InRange(_subject.Generate(request).Ticket.BlockPasses, 1, plain / 2);
    }

    [Fact]
    public void Waves_that_cannot_be_are_refused()
    {
        Refuses("Sweeps of 0 iterations are not possible with a limit of 24; give 1 to 24.", new() { Inner = 0 });
        Refuses("Sweeps of 25 iterations are not possible with a limit of 24; give 1 to 24.", new() { Inner = 25 });
        Refuses("A wave of 0 positions is not possible; give 1 to 256.", new() { WaveMax = 0 });
        Refuses("A wave of 257 positions is not possible; give 1 to 256.", new() { WaveMax = 257 });
        Refuses("0 positions cannot join a wave of at most 32 at each sweep; give 1 to 32.", new() { Headway = 0 });
        Refuses("4 positions cannot join a wave of at most 3 at each sweep; give 1 to 3.", new() { Headway = 4, WaveMax = 3 });
        Refuses("The threshold of the wave is 0; give a finite number above 0.", new() { Threshold = 0 });
        Refuses("The threshold of the wave is NaN; give a finite number above 0.", new() { Threshold = double.NaN });
        Refuses("The momentum of the embeddings is 1; give a number from 0 to below 1.", new() { EmbeddingMomentum = 1 });
        Refuses("The momentum of the embeddings is -1; give a number from 0 to below 1.", new() { EmbeddingMomentum = -1 });
        Refuses("The noise on states is -1; give a finite number of at least 0.", new() { StateNoise = -1 });
        Refuses("The noise on states is NaN; give a finite number of at least 0.", new() { StateNoise = double.NaN });
        Refuses("A wave cannot start from a state that is not final yet; take either the wavefront or carried states.",
            new(), request => request with { CarriesState = true });
        Refuses("A wave needs a cache that holds the latest iteration only, but the cache is shared:2 with LatestAvailable entries; " +
            "take latest with LatestAvailable ones.",
            new(), request => request with { Cache = CachePolicy.Shared(2) });
    }

    void Refuses(string explanation, WavefrontMode mode, Func<GenerationRequest, GenerationRequest>? change = null)
    {
        var request = Wave([1, 2], mode);
        using var scheduler = new DepthScheduler(_subject.Model, _subject.Pool, new SchedulerSettings { Store = new StoreCapacity(1, 8, 8) });
        var ticket = scheduler.Submit(change?.Invoke(request) ?? request);
        Assert.Equal((GenerationEnd.Refused, explanation), (ticket.End, ticket.Explanation));
    }

    static int[] Ids(List<GeneratedToken> tokens) => [.. tokens.Select(token => token.Token)];
}
