using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Microscope.Recordings;
using Muninn.Microscope.Writers;

namespace Muninn.Cli.Results;

/// <summary>Dynamics, classes, exits and attention of a recording as arrays for NumPy: rows are the tokens that are wanted.</summary>
/// <param name="positions">The rows.</param>
sealed class SectionArrays(IReadOnlyList<int> positions)
{
    int Rows => positions.Count;

    /// <summary>The arrays of the sections that there are.</summary>
    public IEnumerable<NpzArray> Of(Recording recording) =>
    [
        .. recording.Dynamics is { } dynamics ? Of(dynamics) : [],
        .. recording.Classes is { } classes ? Of(classes) : [],
        .. recording.Exits is { } exits ? Of(exits) : [],
        .. recording.Patterns is { } patterns ? Of(patterns) : [],
    ];

    List<NpzArray> Of(RecordedDynamics dynamics)
    {
        int count = dynamics.Count;
        List<NpzArray> arrays =
        [
            NpzArray.Of("rate", Chosen(dynamics.Rate, 1), Rows),
            NpzArray.Of("rate_error", Chosen(dynamics.RateError, 1), Rows),
            NpzArray.Of("half_life", [.. positions.Select(p => (float)dynamics.HalfLife(p))], Rows),
            NpzArray.Of("iterations_to_epsilon", Chosen(dynamics.Arrival, 1), Rows),
            NpzArray.Of("rest_residual", Chosen(dynamics.RestResidual, 1), Rows),
            NpzArray.Of("eigenvalues", Chosen(dynamics.Eigenvalues, 2 * count), Rows, count, 2),
            NpzArray.Of("eigenvalue_residual", Chosen(dynamics.Residual, count), Rows, count),
            NpzArray.Of("eigenvalue_certified", Numbers(Chosen(dynamics.IsCertified, count)), Rows, count),
            NpzArray.Of("radius_up_to", Chosen(dynamics.RadiusUpTo, 1), Rows),
        ];
        if (dynamics is { Stretch: { } stretch, StretchResidual: { } residual })
        {
            arrays.Add(NpzArray.Of("singular_value", Chosen(stretch, 1), Rows));
            arrays.Add(NpzArray.Of("singular_value_residual", Chosen(residual, 1), Rows));
        }

        if (dynamics.ExponentCount > 0)
        {
            arrays.Add(NpzArray.Of("lyapunov", Chosen(dynamics.Exponents, dynamics.ExponentCount), Rows, dynamics.ExponentCount));
            arrays.Add(NpzArray.Of("lyapunov_error", Chosen(dynamics.ExponentErrors, dynamics.ExponentCount), Rows, dynamics.ExponentCount));
        }

        return arrays;
    }

    List<NpzArray> Of(RecordedClasses classes) =>
    [
        NpzArray.Of("class", [.. positions.Select(p => (int)classes.Class[p])], Rows),
        NpzArray.Of("class_carrier", Chosen(classes.Carrier, 1), Rows),
        NpzArray.Of("class_p", Chosen(classes.P, RecordedClasses.TestCount), Rows, RecordedClasses.TestCount),
        NpzArray.Of("class_q", Chosen(classes.Corrected, RecordedClasses.TestCount), Rows, RecordedClasses.TestCount),
        NpzArray.Of("class_surrogates", Chosen(classes.Surrogates, RecordedClasses.TestCount), Rows, RecordedClasses.TestCount),
        NpzArray.Of("beat", Chosen(classes.Frequency, 1), Rows),
        NpzArray.Of("beat_error", Chosen(classes.FrequencyError, 1), Rows),
        NpzArray.Of("beat_share", Chosen(classes.BeatShare, 1), Rows),
        NpzArray.Of("late_ratio", Chosen(classes.Ratio, 1), Rows),
    ];

    List<NpzArray> Of(RecordedExits exits)
    {
        int candidates = exits.Candidates.Count;
        return
        [
            NpzArray.Of("exit_depth", exits.Depth, candidates),
            NpzArray.Of("exit_iterations", Columns(exits.Iterations, candidates), candidates, Rows),
            NpzArray.Of("exit_rule_met", Numbers(Columns(exits.RuleMet, candidates)), candidates, Rows),
            NpzArray.Of("exit_divergence", Columns(exits.Divergence, candidates), candidates, Rows),
            NpzArray.Of("exit_changed", Numbers(Columns(exits.Changed, candidates)), candidates, Rows),
            NpzArray.Of("exit_block_passes", exits.BlockPasses, candidates),
            NpzArray.Of("full_depth_divergence", Chosen(exits.FullDepthDivergence, 1), Rows),
        ];
    }

    List<NpzArray> Of(RecordedPatterns patterns) =>
    [
        NpzArray.Of("attention_iterations", patterns.Iterations, patterns.Iterations.Length),
        NpzArray.Of(
            "attention", [.. Enumerable.Range(0, patterns.Iterations.Length).SelectMany(m => positions.SelectMany(p => patterns.Row(m, p).ToArray()))],
            patterns.Iterations.Length, Rows, patterns.Positions),
    ];

    T[] Chosen<T>(T[] values, int columns) => [.. positions.SelectMany(position => values.AsSpan(position * columns, columns).ToArray())];

    T[] Columns<T>(T[] values, int lines)
    {
        int tokens = values.Length / lines;
        return [.. Enumerable.Range(0, lines).SelectMany(line => positions.Select(position => values[line * tokens + position]))];
    }

    static int[] Numbers(bool[] flags) => Array.ConvertAll(flags, static flag => flag ? 1 : 0);
}
