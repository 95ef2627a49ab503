using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using Muninn.Engine.Caching;
using Muninn.Engine.Generation;
using Muninn.Engine.Recurrence;
using Muninn.Tests.Reference;

namespace Muninn.Tests.Engine.Generation;

/// <summary>What the original implementation was asked to generate, and what came out: <c>expected.json</c>.</summary>
sealed class ReferencePlan
{
    const int CoreBlocksOfItsNames = 4;

    readonly JsonElement _root;

    ReferencePlan(JsonElement root) => _root = root;

    public static ReferencePlan Open(string name)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(GoldenFile.FolderOf(name), "expected.json")));
        return new ReferencePlan(document.RootElement.Clone());
    }

    public static IEnumerable<(string Model, string Case)> Cases(Func<string, bool> isWanted) =>
        from model in GoldenFile.Cases
        from job in Open(model)._root.GetProperty("plan").GetProperty("generate").EnumerateArray()
        where isWanted(job.GetProperty("mode").GetString()!)
        select (model, job.GetProperty("name").GetString()!);

    public IEnumerable<JsonElement> Exits => _root.GetProperty("plan").GetProperty("exits").EnumerateArray();

    public JsonElement ExitsOf(string rule) => _root.GetProperty("results").GetProperty("exits").GetProperty(rule);

    public JsonElement Job(string name) =>
        _root.GetProperty("plan").GetProperty("generate").EnumerateArray().Single(job => job.GetProperty("name").GetString() == name);

    public JsonElement Result(string name) => _root.GetProperty("results").GetProperty("generate").GetProperty(name);

    public static int[] Integers(JsonElement list) => [.. list.EnumerateArray().Select(value => value.GetInt32())];

    public static GenerationRequest Request(JsonElement job, int[] prompt)
    {
        string mode = job.GetProperty("mode").GetString()!;
        var request = new GenerationRequest
        {
            Prompt = prompt,
            TokensMax = job.GetProperty("new_tokens").GetInt32(),
            Limit = job.GetProperty("num_steps").GetInt32(),
            Cache = Cache(job.GetProperty("cache").GetString()!),
            CarriesState = job.TryGetProperty("carry", out var carry) && carry.GetBoolean(),
            PromptExits = !job.TryGetProperty("prefill_exits", out var exits) || exits.GetBoolean(),
            Exit = mode == "adaptive" ? Rule(job.GetProperty("criterion").GetString()!, job.GetProperty("threshold").GetDouble()) : null,
            Mode = mode switch
            {
                "speculative" => Speculative(job),
                "diffusion" => Wave(job),
                _ => DecodingMode.Plain,
            },
        };
        return new ReferenceCompatibility { AcceptanceShare = mode == "speculative" ? job.GetProperty("threshold").GetDouble() : 1 }
            .Apply(request) with
        {
            Cache = request.Cache,
        };
    }

    public static ExitRule Rule(string name, double threshold) => name switch
    {
        "latent-diff" => new ResidualExit(threshold),
        "cosine" => new CosineExit(threshold),
        "entropy-diff" => new EntropyExit(threshold),
        "kl" => new DivergenceExit(threshold),
        "minp-kl" => new MinPDivergenceExit(threshold),
        "argmax-stability" => new StableTokenExit((int)threshold),
        _ => throw new InvalidDataException($"Unknown rule {name}."),
    };

    public static CachePolicy Cache(string name) => name switch
    {
        "full" or "skip" => CachePolicy.PerIteration with { Missing = MissingEntries.LeftOut },
        "latest-m4" or "available-m4" => CachePolicy.PerIteration,
        "always-last-m4" => CachePolicy.PerIteration with { Missing = MissingEntries.AlwaysLatest },
        "compress-s4" or "latest-m4-compress-s4" => CachePolicy.Shared(4 / CoreBlocksOfItsNames),
        "compress-s8" or "latest-m4-compress-s8" => CachePolicy.Shared(8 / CoreBlocksOfItsNames),
        "compress-r4" => ReferenceCache.BlocksTogether(4),
        "compress-r2" => ReferenceCache.BlocksTogether(2),
        "compress-anchor" or "latest-m4-compress-anchor" => CachePolicy.Anchored(8, 1),
        _ => throw new InvalidDataException($"Unknown cache {name}."),
    };

    static ReferenceWaveMode Wave(JsonElement job) => new()
    {
        Inner = job.GetProperty("inner").GetInt32(),
        Threshold = job.GetProperty("exit_t").GetDouble(),
        Freeze = job.GetProperty("freeze").GetString() switch
        {
            "latent-diff" => ReferenceFreeze.LatentDifference,
            "latent-acceleration-1" or "latent-acceleration-2" => ReferenceFreeze.LatentAcceleration,
            "token-stability" => ReferenceFreeze.TokenStability,
            "fixed" => ReferenceFreeze.Fixed,
            var other => throw new InvalidDataException($"Unknown freeze rule {other}."),
        },
    };

    static SpeculativeMode Speculative(JsonElement job) => new()
    {
        DraftIterations = job.GetProperty("draft_steps").GetInt32(),
        DraftTokens = job.GetProperty("lookahead").GetInt32(),
    };
}
