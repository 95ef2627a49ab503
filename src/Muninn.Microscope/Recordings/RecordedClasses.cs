using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Microscope.Measures.Motion;

namespace Muninn.Microscope.Recordings;

/// <summary>
/// The class of motion of each of T tokens, as <see cref="Motions"/> found it, with its tests: shrinking, beating and heading,
/// in this order. NaN stands for what was not tested.
/// </summary>
public sealed record RecordedClasses
{
    /// <summary>Tests of a token: shrinking, beating, heading.</summary>
    public const int TestCount = 3;

    /// <summary>Last iteration that was read.</summary>
    public required int Iterations { get; init; }

    /// <summary>Seed of the surrogates.</summary>
    public required ulong Seed { get; init; }

    /// <summary>A class is claimed where the corrected p of its tests lie below this.</summary>
    public required double Significance { get; init; }

    /// <summary>Blocks of phase-randomised surrogates.</summary>
    public required int PhaseBlocks { get; init; }

    /// <summary>Tests of all tokens together, for which p is corrected.</summary>
    public required int Tests { get; init; }

    /// <summary>The class, <c>[T]</c>.</summary>
    public required MotionClass[] Class { get; init; }

    /// <summary>The class if beat and direction had also to beat phases at random over the whole late half, <c>[T]</c>.</summary>
    public required MotionClass[] StrictClass { get; init; }

    /// <summary>How a fixed point is approached, <c>[T]</c>.</summary>
    public required Approach[] Approach { get; init; }

    /// <summary>The test that carries the class or came nearest to a claim, 0 … 2, <c>[T]</c>; −1: none was made.</summary>
    public required int[] Carrier { get; init; }

    /// <summary>p of each test, the largest over all null models, <c>[T, 3]</c>.</summary>
    public required float[] P { get; init; }

    /// <summary>p after Benjamini–Hochberg over all tests of all tokens (q), <c>[T, 3]</c>.</summary>
    public required float[] Corrected { get; init; }

    /// <summary>Surrogates of each null model for each test, <c>[T, 3]</c>; 0: not tested.</summary>
    public required int[] Surrogates { get; init; }

    /// <summary>Frequency of the strongest beat of the late steps, radians an iteration, told from noise or not, <c>[T]</c>.</summary>
    public required float[] Frequency { get; init; }

    /// <summary>Standard error of the frequency, <c>[T]</c>.</summary>
    public required float[] FrequencyError { get; init; }

    /// <summary>Share of the energy of the late steps that the beat holds, <c>[T]</c>.</summary>
    public required float[] BeatShare { get; init; }

    /// <summary>‖d_{i+1}‖ / ‖d_i‖ in the late half, <c>[T]</c>.</summary>
    public required float[] Ratio { get; init; }

    /// <summary>Steps above the rounding floor, <c>[T]</c>.</summary>
    public required int[] Steps { get; init; }

    /// <summary>What the tests say, in the words of the version that made them.</summary>
    public IReadOnlyList<string> Findings { get; init; } = [];

    /// <summary>Tokens (T).</summary>
    public int Positions => Class.Length;

    /// <summary>Corrected p of the test that carries the class; NaN where there is none.</summary>
    /// <param name="position">The token.</param>
    public float CorrectedOf(int position) => Carrier[position] < 0 ? float.NaN : Corrected[position * TestCount + Carrier[position]];

    /// <summary>Whether the beat is told from noise.</summary>
    /// <param name="position">The token.</param>
    public bool IsBeating(int position) => Corrected[position * TestCount + 1] < Significance;

    /// <summary>What a measurement found.</summary>
    /// <param name="motions">The measurement.</param>
    /// <param name="labels">Display text of each token, for the findings.</param>
    public static RecordedClasses Of(Motions motions, IReadOnlyList<string> labels)
    {
        ArgumentNullException.ThrowIfNull(motions);
        var tokens = motions.Tokens;
        MotionTest?[] tests = [.. tokens.SelectMany(TestsOf)];
        return new RecordedClasses
        {
            Iterations = motions.Iterations,
            Seed = motions.Settings.Seed,
            Significance = motions.Settings.Significance,
            PhaseBlocks = motions.Settings.PhaseBlocks,
            Tests = motions.Tests,
            Class = [.. tokens.Select(static token => token.Class)],
            StrictClass = [.. tokens.Select(static token => token.StrictClass)],
            Approach = [.. tokens.Select(static token => token.Approach)],
            Carrier = [.. tokens.Select(static token => token.Carrier is { } carrier ? Array.FindIndex(TestsOf(token), test => ReferenceEquals(test, carrier)) : -1)],
            P = [.. tests.Select(static test => (float)(test?.P ?? double.NaN))],
            Corrected = [.. tests.Select(static test => (float)(test?.Adjusted ?? double.NaN))],
            Surrogates = [.. tests.Select(static test => test?.Surrogates ?? 0)],
            Frequency = Each(static token => token.Beat?.Frequency ?? double.NaN),
            FrequencyError = Each(static token => token.Beat?.Error ?? double.NaN),
            BeatShare = Each(static token => token.Beat?.Share ?? double.NaN),
            Ratio = Each(static token => token.Ratio),
            Steps = [.. tokens.Select(static token => token.Steps)],
            Findings = [.. MotionFindings.Describe(motions, labels).Select(static finding => finding.Text)],
        };

        float[] Each(Func<TokenMotion, double> value) => [.. tokens.Select(token => (float)value(token))];
    }

    static MotionTest?[] TestsOf(TokenMotion token) => [token.Shrinking, token.Beating, token.Heading];
}
