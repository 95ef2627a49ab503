using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Muninn.Microscope.Figures;
using Muninn.Microscope.Measures.Motion;
using Muninn.Microscope.Recordings;

namespace Muninn.Cli.Results;

/// <summary>What dynamics, classes, exits and attention a recording holds, a line of text each.</summary>
static class SectionFacts
{
    /// <summary>A name and a value a line.</summary>
    public static IEnumerable<(string Name, string Value)> Lines(Recording recording)
    {
        if (recording.Dynamics is { } dynamics) yield return ("dynamics", Of(dynamics));
        if (recording.Classes is { } classes) yield return ("classes", Of(classes));
        if (recording.Exits is { } exits) yield return ("exits", Of(exits));
        if (recording.Patterns is { } patterns)
            yield return ("attention", $"mean over {recording.Header.Heads} heads of core block {patterns.Block} in " +
                $"{RecordingFacts.Of(patterns.Iterations.Length, "iteration")} {RecordedStates.Listed(patterns.Iterations)}");
    }

    static string Of(RecordedDynamics dynamics)
    {
        int count = dynamics.Positions;
        int certified = Enumerable.Range(0, count).Count(t => dynamics.IsCertified[t * dynamics.Count]);
        var more = new List<string>();
        if (dynamics.Stretch is { } stretch) more.Add($"largest singular value {Range(stretch)}");
        if (dynamics.ExponentCount > 0)
            more.Add($"{RecordingFacts.Of(dynamics.ExponentCount, "Lyapunov exponent")} a token, the first {Range(dynamics.Exponents.Where((_, i) => i % dynamics.ExponentCount == 0))}");
        return $"rates {Range(dynamics.Rate)}; {RecordingFacts.Of(dynamics.Count, "eigenvalue")} a token at iteration {dynamics.RestIteration}, spectral radius " +
            $"{Range(Enumerable.Range(0, count).Select(t => (float)dynamics.Radius(t)))}, certified for {certified} of {count}" +
            string.Concat(more.Select(static text => "; " + text));
    }

    static string Of(RecordedClasses classes)
    {
        var counts = classes.Class.GroupBy(static kind => kind).OrderByDescending(static group => group.Count()).ThenBy(static group => group.Key)
            .Select(static group => $"{group.Count()} {MotionNames.Of(group.Key)}");
        string tests = classes.Tests == 0 ? "nothing to test" : string.Create(CultureInfo.InvariantCulture,
            $"{RecordingFacts.Of(classes.Tests, "test")} against up to {classes.Surrogates.Max()} surrogates of each kind, seed {classes.Seed}, claimed where q < {classes.Significance}");
        return $"{string.Join(", ", counts)}; {tests}";
    }

    static string Of(RecordedExits exits)
    {
        int[] front = [.. Enumerable.Range(0, exits.Candidates.Count).Where(c => exits.OnFront[3 * c] && exits.Depth[c] == 0)];
        return $"{exits.Candidates.Count} rules and depths replayed up to {exits.Limit}; {RecordingFacts.Of(front.Length, "rule")} with nothing better in both " +
            "iterations and divergence";
    }

    static string Range(IEnumerable<float> values)
    {
        var known = values.Where(static value => !float.IsNaN(value)).ToList();
        if (known.Count == 0) return "none";
        string low = ColorRange.NumberText(known.Min());
        string high = ColorRange.NumberText(known.Max());
        return low == high ? low : $"{low} to {high}";
    }
}
