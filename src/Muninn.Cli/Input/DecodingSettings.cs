using System;
using System.Collections.Generic;
using Muninn.Cli.Frame;
using Muninn.Engine.Generation;

namespace Muninn.Cli.Input;

/// <summary>The options that say in which order tokens come about: one after the other, as drafts, or as a wave.</summary>
sealed class DecodingSettings
{
    static readonly SpeculativeMode _draft = new();
    static readonly WavefrontMode _front = new();

    readonly Setting<int?> _draftIterations = new(static text => Reads.Number(1, InputSettings.MostIterations)(text), null)
    {
        Name = "--draft-iterations",
        ValueName = "N",
        Description = "Speculate: draft tokens with N iterations and verify them side by side with all. The text stays the same.",
    };

    readonly Setting<int> _draftTokens = new(Reads.Number(1, SpeculativeMode.DraftTokensLimit), _draft.DraftTokens)
    {
        Name = "--draft-tokens",
        ValueName = "N",
        Description = "Most tokens of a draft; fewer are drafted where drafts are refused.",
        FallbackText = _draft.DraftTokens.ToString(),
    };

    readonly Flag _wavefront = new()
    {
        Name = "--wavefront",
        Description = "Let many positions think side by side, each on a guess of its token; the cache is then latest.",
    };

    readonly Setting<int> _inner = new(Reads.Number(1, InputSettings.MostIterations), _front.Inner)
    {
        Name = "--inner",
        ValueName = "N",
        Description = "Iterations of the wave before its tokens are guessed anew.",
        FallbackText = _front.Inner.ToString(),
    };

    readonly Setting<int> _wave = new(Reads.Number(1, WavefrontMode.WaveLimit), _front.WaveMax)
    {
        Name = "--wave",
        ValueName = "N",
        Description = "Most positions of the wave.",
        FallbackText = _front.WaveMax.ToString(),
    };

    readonly Setting<int> _headway = new(Reads.Number(1, WavefrontMode.WaveLimit), _front.Headway)
    {
        Name = "--headway",
        ValueName = "N",
        Description = "Positions that join the wave each time.",
        FallbackText = _front.Headway.ToString(),
    };

    readonly Setting<double> _threshold = new(Reads.Real(0, double.PositiveInfinity, isOpen: true), _front.Threshold)
    {
        Name = "--threshold",
        ValueName = "X",
        Description = "A position of the wave is at rest when its state moves by less than this share of its norm.",
        FallbackText = FormattableString.Invariant($"{_front.Threshold}"),
    };

    readonly Setting<double> _momentum = new(Reads.Real(0, 0.999), _front.EmbeddingMomentum)
    {
        Name = "--momentum",
        ValueName = "X",
        Description = "Share of the last guess that stays in the next, below 1.",
        FallbackText = FormattableString.Invariant($"{_front.EmbeddingMomentum}"),
    };

    readonly Setting<double> _noise = new(Reads.Real(0, double.PositiveInfinity), _front.StateNoise)
    {
        Name = "--noise",
        ValueName = "X",
        Description = "Noise on the states of the wave, in units of a start state.",
        FallbackText = FormattableString.Invariant($"{_front.StateNoise}"),
    };

    /// <summary>The options in the order of the help page.</summary>
    public IReadOnlyList<Setting> Settings =>
        [_draftIterations, _draftTokens, _wavefront, _inner, _wave, _headway, _threshold, _momentum, _noise];

    /// <summary>The mode of a command line.</summary>
    /// <param name="invocation">The command line.</param>
    /// <param name="seed">Seed of the wave's noise.</param>
    /// <param name="isReference">Whether the original implementation is to be reproduced.</param>
    /// <exception cref="UsageException">Options that exclude each other, or that would be of no effect.</exception>
    public DecodingMode Of(Invocation invocation, ulong seed, bool isReference)
    {
        var draftIterations = invocation.Value(_draftIterations);
        bool isWave = invocation.IsSet(_wavefront);
        if (isWave && draftIterations is not null)
            throw new UsageException($"{_draftIterations.Name} and {_wavefront.Name} are two ways to decode. Leave one out.");
        if (isWave && isReference)
            throw new UsageException($"{_wavefront.Name} is not the original's sampler, which --reference-compatible asks for. Leave one out.");
        if (draftIterations is null && invocation.IsTyped(_draftTokens))
            throw new UsageException($"{_draftTokens.Name} is the length of a draft, and there is none. Give {_draftIterations.Name} too, e.g. {_draftIterations.Name} 4.");
        Setting[] ofWave = [_inner, _wave, _headway, _threshold, _momentum, _noise];
        if (!isWave && Array.Find(ofWave, invocation.IsTyped) is { } lost)
            throw new UsageException($"{lost.Name} shapes the wave, and there is none. Give {_wavefront.Name} too, or leave it out.");
        if (draftIterations is { } iterations)
        {
            return _draft with { DraftIterations = iterations, DraftTokens = invocation.Value(_draftTokens) };
        }

        return !isWave ? DecodingMode.Plain : _front with
        {
            Inner = invocation.Value(_inner),
            WaveMax = invocation.Value(_wave),
            Headway = invocation.Value(_headway),
            Threshold = invocation.Value(_threshold),
            EmbeddingMomentum = invocation.Value(_momentum),
            StateNoise = invocation.Value(_noise),
            NoiseSeed = seed,
        };
    }
}
