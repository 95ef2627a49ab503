using System;
using System.Collections.Generic;
using Muninn.Cli.Frame;
using Muninn.Engine.Caching;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Generation;
using Muninn.Engine.Recurrence;

namespace Muninn.Cli.Input;

/// <summary>The options that say how a text is continued, by which model.</summary>
/// <param name="input">Has those that reading a text has, too.</param>
sealed class GenerationSettings(InputSettings input)
{
    readonly SamplingSettings _sampling = new();
    readonly DecodingSettings _decoding = new();

    readonly Setting<int> _tokensMax = new(Reads.Number(1, ModelConfig.ContextMax), 128)
    {
        Name = "--max-tokens",
        ValueName = "N",
        Description = "Most tokens to generate; an end token or a stop text ends earlier.",
        FallbackText = "128",
    };

    readonly Setting<int?> _iterations = new(static text => Reads.Number(1, InputSettings.MostIterations)(text), null)
    {
        Name = "--iterations",
        ShortName = "-n",
        ValueName = "N",
        Description = "Most iterations of a token.",
        FallbackText = "the mean with which the model was trained",
    };

    readonly Setting<ExitRule?> _exit = new(ExitRules.Parse, null)
    {
        Name = "--exit",
        ValueName = "RULE",
        Description = "When a token stops thinking before that: NAME, NAME:THRESHOLD or, for entropy, kl, minp-kl and stable-token, " +
            "which run the coda, NAME:THRESHOLD/INTERVAL, e.g. residual:1e-3 or kl:5e-4/4.",
        Choices = ExitRules.Names,
        FallbackText = ExitRules.Fixed,
    };

    readonly Flag _noPromptExits = new() { Name = "--no-prompt-exits", Description = "The tokens of the prompt run all iterations." };

    readonly Setting<StartChoice> _start = new(StartChoice.Read, StartChoice.Zero)
    {
        Name = "--initial-state",
        ValueName = "START",
        Description = "Where every token's state starts: zero, random (the model's own truncated normal, from --seed) or a " +
            "safetensors file with the raw s0 [tokens of prompt and continuation, width].",
        FallbackText = "zero",
        TakesFile = true,
    };

    readonly Setting<ulong> _seed = new(Reads.Seed, 0)
    {
        Name = "--seed",
        ValueName = "N",
        Description = "Seed of every draw, a random start and the noise of a wave; the same seed gives the same text.",
        FallbackText = "0",
    };

    readonly Flag _carry = new()
    {
        Name = "--carry-state",
        Description = "Continuous chain of thought: a token starts from the final state of the one before it.",
    };

    readonly Setting<CachePolicy?> _cache = new(CachePolicies.Parse, null)
    {
        Name = "--cache",
        ValueName = "POLICY",
        Description = "Which keys and values are kept: those of every iteration (per-iteration), of N slots in turn (shared:N), of " +
            "the first F iterations and N slots in turn (anchored:F,N) or of the last iteration (latest); see 'muninn kv'.",
        FallbackText = "per-iteration, for a wave latest",
    };

    readonly Setting<KeyValueFormat> _cacheFormat = FormatSetting();

    readonly RepeatedSetting<string> _stop = new(static text =>
        text.Length > 0 ? text : throw new FormatException("the text is empty; give at least one character."))
    {
        Name = "--stop",
        ValueName = "TEXT",
        Description = "End before this text. May be given several times.",
    };

    readonly Setting<int> _logProbabilities = new(Reads.Number(0, 1000), 0)
    {
        Name = "--log-probabilities",
        ValueName = "N",
        Description = "With --json: also the N likeliest tokens at each place, before any penalty, temperature or filter.",
        FallbackText = "0",
    };

    readonly Flag _reference = new()
    {
        Name = "--reference-compatible",
        Description = "Reproduce the tokens of the original implementation, with what is wrong in it.",
    };

    /// <summary>The options in the order of the help page.</summary>
    public IReadOnlyList<SettingGroup> Groups =>
    [
        new("Model and run",
        [
            input.Model, _tokensMax, _iterations, _exit, _noPromptExits, _start, _carry, _seed, _stop, _cache, _cacheFormat, input.Rotary,
            _reference, input.Threads,
        ]),
        new("Choice of tokens", _sampling.Settings),
        new("Order of tokens", _decoding.Settings),
    ];

    /// <summary>The <c>--log-probabilities</c> option, which stands with those of the output.</summary>
    public Setting<int> LogProbabilities => _logProbabilities;

    /// <summary>The <c>--cache-format</c> option.</summary>
    static Setting<KeyValueFormat> FormatSetting() => new(
        Reads.Word(("float32", KeyValueFormat.Float32), ("bfloat16", KeyValueFormat.BrainFloat16)), KeyValueFormat.Float32)
    {
        Name = "--cache-format",
        ValueName = "TYPE",
        Description = "How keys and values are stored: exactly, or rounded in half the memory.",
        Choices = ["float32", "bfloat16"],
        FallbackText = "float32",
    };

    /// <summary>The plan of a command line.</summary>
    /// <exception cref="UsageException">Options that do not fit each other.</exception>
    public GenerationPlan Of(Invocation invocation)
    {
        bool isReference = invocation.IsSet(_reference);
        ulong seed = invocation.Value(_seed);
        var mode = _decoding.Of(invocation, seed, isReference);
        var cache = invocation.Value(_cache) ?? (mode is WavefrontMode ? CachePolicy.LatestOnly : CachePolicy.PerIteration);
        return new GenerationPlan
        {
            Model = invocation.Value(input.Model),
            TokensMax = invocation.Value(_tokensMax),
            Iterations = invocation.Value(_iterations),
            Exit = invocation.Value(_exit),
            PromptExits = !invocation.IsSet(_noPromptExits),
            Start = invocation.Value(_start),
            Seed = seed,
            CarriesState = invocation.IsSet(_carry),
            Cache = cache,
            Format = invocation.Value(_cacheFormat),
            Sampler = _sampling.Of(invocation, seed),
            Stops = StopsOf(invocation),
            Likeliest = invocation.Value(_logProbabilities),
            Mode = mode,
            IsReference = isReference,
            Rotary = invocation.Value(input.Rotary),
            Threads = invocation.Value(input.Threads),
        };
    }

    StopStrings StopsOf(Invocation invocation)
    {
        try
        {
            return new StopStrings(invocation.Values(_stop));
        }
        catch (ArgumentException e)
        {
            throw new UsageException($"{_stop.Name}: {e.Message}");
        }
    }
}
