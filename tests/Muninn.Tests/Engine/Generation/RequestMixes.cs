using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Engine.Caching;
using Muninn.Engine.Generation;
using Muninn.Engine.Recurrence;

namespace Muninn.Tests.Engine.Generation;

/// <summary>Requests of all kinds, as pure functions of a number.</summary>
static class RequestMixes
{
    static readonly CachePolicy[] _caches =
        [
        CachePolicy.PerIteration, CachePolicy.LatestOnly, CachePolicy.Shared(2), CachePolicy.Anchored(3, 2),
        CachePolicy.PerIteration with { Missing = MissingEntries.LeftOut },
        CachePolicy.PerIteration with { Missing = MissingEntries.AlwaysLatest },
    ];

    static readonly ExitRule?[] _exits =
    [
        null, new ResidualExit(0.1), new CosineExit(0.006), new EntropyExit(0.02), new DivergenceExit(0.015),
        new MinPDivergenceExit(0.005), new StableTokenExit(4), new DivergenceExit(0.02) { CodaInterval = 3 },
        new AccelerationExit(0.1), new ContractionExit(0.1),
    ];

    public static IReadOnlyList<CachePolicy> Caches => _caches;

    public static IReadOnlyList<ExitRule?> Exits => _exits;

    /// <summary>A request of some kind; the same number, the same request.</summary>
    public static GenerationRequest Of(int number, int vocabulary, int tokensMax = 9, int promptMax = 21)
    {
        var random = new Random(number);
        var request = new GenerationRequest
        {
            Prompt = Enumerable.Range(0, random.Next(1, promptMax)).Select(_ => random.Next(vocabulary)).ToArray(),
            TokensMax = random.Next(1, tokensMax),
            Limit = random.Next(1, 9),
            Exit = _exits[random.Next(_exits.Length)],
            PromptExits = random.Next(2) == 0,
            PromptChunk = random.Next(1, 9),
            Cache = _caches[random.Next(_caches.Length)],
            CarriesState = random.Next(4) == 0,
            Start = random.Next(2) == 0 ? InitialState.Zero : InitialState.Random((ulong)random.Next(5)),
            Sampler = random.Next(2) == 0
                ? Sampler.Greedy with { RepetitionPenalty = 1.1f }
                : new FilteredSampler { Temperature = 1.3f, Seed = (ulong)random.Next(9) },
            StopTokens = random.Next(3) == 0 ? [.. Enumerable.Range(0, vocabulary / 20).Select(_ => random.Next(vocabulary)).Distinct()] : [],
        };
        return random.Next(4) switch
        {
            0 when request.Limit > 1 => request with
            {
                Mode = new SpeculativeMode
                {
                    DraftIterations = random.Next(1, request.Limit),
                    DraftTokens = random.Next(1, 5),
                    ContinuesDrafts = random.Next(2) == 0,
                },
                Cache = CachePolicy.PerIteration,
                CarriesState = false,
                Exit = request.Exit is { ReadsLogits: true } ? null : request.Exit,
            },
            1 => request with
            {
                Mode = new WavefrontMode
                {
                    Inner = random.Next(1, request.Limit + 1),
                    WaveMax = random.Next(2, 7),
                    Headway = random.Next(1, 3),
                    Threshold = 0.1,
                    EmbeddingMomentum = random.Next(2) * 0.1,
                    StateNoise = random.Next(2) * 0.05,
                },
                Cache = CachePolicy.LatestOnly,
                CarriesState = false,
            },
            _ => request,
        };
    }
}
