using System;
using System.Collections.Generic;
using Muninn.Engine.Model;

namespace Muninn.Microscope.Recordings;

/// <summary>Which model a recording is of, and how the run was made: all that bears on its numbers.</summary>
public sealed record RecordingHeader
{
    /// <summary>Version of Muninn that made it.</summary>
    public required string Version { get; init; }

    /// <summary>Name of the model.</summary>
    public required string Model { get; init; }

    /// <summary>Identifies configuration and weights of the model.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>How its weights were stored: <c>f32</c>, <c>bf16</c>, <c>int8</c> ….</summary>
    public required string Weights { get; init; }

    /// <summary>Width of a state.</summary>
    public required int Width { get; init; }

    /// <summary>Attention heads of a block.</summary>
    public required int Heads { get; init; }

    /// <summary>Tokens of the vocabulary.</summary>
    public required int Vocabulary { get; init; }

    /// <summary>Blocks of the prelude.</summary>
    public required int PreludeBlocks { get; init; }

    /// <summary>Blocks of the core.</summary>
    public required int CoreBlocks { get; init; }

    /// <summary>Blocks of the coda.</summary>
    public required int CodaBlocks { get; init; }

    /// <summary>Gain of the final norm, <c>[width]</c>.</summary>
    public required float[] NormGain { get; init; }

    /// <summary>What the final norm adds to the mean square.</summary>
    public required float NormEpsilon { get; init; }

    /// <summary>Where the run started: <c>random</c>, <c>zero</c> or the name of a file.</summary>
    public required string Start { get; init; }

    /// <summary>Seed of a random start.</summary>
    public required ulong Seed { get; init; }

    /// <summary>SHA-256 of a start that came from a file, in hexadecimal; null for any other.</summary>
    public string? StartHash { get; init; }

    /// <summary>Which rotary table was used: <c>exact</c> or <c>stored</c>.</summary>
    public required string Rotary { get; init; }

    /// <summary>Largest difference between the exact and the stored rotary table; null where the model stores none.</summary>
    public double? StoredRotaryDifference { get; init; }

    /// <summary>The last iteration that was run.</summary>
    public required int Limit { get; init; }

    /// <summary>What a person should know besides: peculiarities of the checkpoint.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>ln_f, so that distances can be computed anew from states without the model.</summary>
    public FinalNorm FinalNorm() => new(NormGain, NormEpsilon);

    /// <summary>The start in words: <c>random, seed 0</c>, <c>zero</c> or the name of a file.</summary>
    public string StartText => Start == RandomStart ? FormattableString.Invariant($"{RandomStart}, seed {Seed}") : Start;

    /// <summary>What <see cref="Start"/> is for a start drawn from <see cref="Seed"/>.</summary>
    public const string RandomStart = "random";
}

/// <summary>The tokens of a recording.</summary>
/// <param name="Ids">Token ids, <c>[T]</c>.</param>
/// <param name="Labels">What to call each token in a picture, <c>[T]</c>.</param>
/// <param name="Pieces">The bytes that each token stands for, <c>[T]</c>; they may be a part of a character, or none.</param>
public sealed record RecordedTokens(int[] Ids, IReadOnlyList<string> Labels, IReadOnlyList<ReadOnlyMemory<byte>> Pieces);
