using System;
using Muninn.Engine.Caching;
using Muninn.Engine.Generation;
using Muninn.Engine.Recurrence;

namespace Muninn.Cli.Benches;

/// <summary>A way to generate, greedily and with at most <see cref="Limit"/> iterations.</summary>
/// <param name="Name">With its settings.</param>
/// <param name="Apply">A plain request turned into one of this way.</param>
/// <param name="PassesMost">Block passes that it may take, as a share of plain decoding's.</param>
/// <param name="EqualLeast">Share of prompts that must have the same answer.</param>
/// <param name="SpeedLeast">Tokens per second on a model that no cache holds, as a multiple of plain decoding's; null: no goal.</param>
sealed record TextMode(string Name, Func<GenerationRequest, GenerationRequest> Apply, double PassesMost, double EqualLeast, double? SpeedLeast)
{
    /// <summary>Iterations of plain decoding, and the most of every other way.</summary>
    public const int Limit = 32;

    static readonly SpeculativeMode _speculation = new();
    static readonly WavefrontMode _wave = new();
    static readonly AccelerationExit _exit = new();

    /// <summary>Every way but the plain one, with the settings it has of its own.</summary>
    public static TextMode[] All { get; } =
    [
        new(
            $"speculation, drafts of {_speculation.DraftIterations} iterations", static request => request with { Mode = _speculation },
            PassesMost: 0.67, EqualLeast: 0.95, SpeedLeast: 1.4),
        new(
            FormattableString.Invariant($"wavefront, sweeps of {_wave.Inner} iterations"),
            static request => request with { Mode = _wave, Cache = CachePolicy.LatestOnly },
            PassesMost: 0.30, EqualLeast: 0.95, SpeedLeast: 3),
        new(
            FormattableString.Invariant($"exits, acceleration below {_exit.Threshold}"), static request => request with { Exit = _exit },
            PassesMost: 0.60, EqualLeast: 0.99, SpeedLeast: null),
    ];
}
