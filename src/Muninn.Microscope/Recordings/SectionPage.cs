using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Microscope.Figures;
using Muninn.Microscope.Measures.Motion;

namespace Muninn.Microscope.Recordings;

/// <summary>Dynamics, classes and attention of a recording, as a page shows them.</summary>
static class SectionPage
{
    /// <summary>Bytes of attention weights in a page: a third more as text, and the page of 256 tokens and 128 iterations stays below 5 MB.</summary>
    internal const int PatternBytesMax = 400_000;

    /// <summary>Two iterations of so many bytes are shown all the same: a difference needs two. Longer texts have no view.</summary>
    const int PatternBytesLeast = 4_000_000;

    /// <summary>The eigenvalues that there are.</summary>
    public static PageSpectrum SpectrumOf(RecordedDynamics dynamics, IReadOnlyList<int> positions)
    {
        var points = new List<PageEigenvalue>();
        for (int row = 0; row < positions.Count; row++)
        {
            for (int k = 0; k < dynamics.Count; k++)
            {
                if (double.IsFinite(dynamics.Modulus(positions[row], k)))
                    points.Add(new PageEigenvalue(
                        row, dynamics.Modulus(positions[row], k), dynamics.Angle(positions[row], k), dynamics.IsCertified[positions[row] * dynamics.Count + k]));
            }
        }

        return new PageSpectrum { Points = points };
    }

    /// <summary>The attention of the rows; some iterations only where all of them would make the page too large, null where two do.</summary>
    public static PagePatterns? PatternsOf(RecordedPatterns patterns, Recording recording, IReadOnlyList<int> positions)
    {
        long each = positions.Sum(static position => position + 1L);
        int readings = patterns.Iterations.Length;
        int shown = (int)Math.Min(readings, Math.Max(2, PatternBytesMax / each));
        if (shown * each > PatternBytesLeast)
            return null;
        int[] chosen = shown == 1 ? [readings - 1] : [.. Enumerable.Range(0, shown).Select(i => (int)Math.Round(i * (readings - 1.0) / (shown - 1)))];
        string left = shown == readings ? "" : $"; {shown} of {readings} recorded iterations, for the size of the page";
        return new PagePatterns
        {
            Title = $"Weights of the core's block {patterns.Block + 1} of {recording.Header.CoreBlocks}, the mean over {recording.Header.Heads} heads{left}",
            Iterations = [.. chosen.Select(m => patterns.Iterations[m])],
            Labels = recording.Tokens.Labels,
            Positions = [.. positions],
            Weights = [.. chosen.SelectMany(m => positions.SelectMany(position => patterns.Row(m, position).ToArray()))],
        };
    }

    /// <summary>What is known of each row.</summary>
    public static IReadOnlyList<PageFact> FactsOf(Recording recording, IReadOnlyList<int> positions)
    {
        var facts = new List<PageFact>();
        if (recording.Classes is { } classes)
        {
            Add("class", t => classes.Carrier[t] < 0 ? MotionNames.Of(classes.Class[t]) : $"{MotionNames.Of(classes.Class[t])}, q {Number(classes.CorrectedOf(t))}", isBrief: true);
            Add("approach", t => MotionNames.Of(classes.Approach[t]) ?? "");
            Add("beat", t => classes.IsBeating(t) ? $"{Number(classes.Frequency[t])} ± {Number(classes.FrequencyError[t])} radians an iteration" : "");
        }

        if (recording.Dynamics is { } dynamics)
        {
            Add("rate", t => float.IsNaN(dynamics.Rate[t]) ? "" : $"{Number(dynamics.Rate[t])} ± {Number(dynamics.RateError[t])}", isBrief: true);
            Add("half-life", t => double.IsFinite(dynamics.HalfLife(t)) ? $"{Number(dynamics.HalfLife(t))} iterations" : "");
            Add($"to {Number(dynamics.Epsilon)} of its state", t => float.IsNaN(dynamics.Rate[t]) ? ""
                : float.IsNaN(dynamics.Arrival[t]) ? "never, at this rate"
                : $"{Number(Math.Ceiling(dynamics.Arrival[t]))} iterations{(dynamics.IsExtrapolated[t] ? ", extrapolated" : "")}");
            Add("spectral radius", t => Certified(dynamics, t, dynamics.Radius(t)), isBrief: true);
            Add("its turn", t => double.IsFinite(dynamics.Angle(t, 0)) ? $"{Number(dynamics.Angle(t, 0) * 180 / Math.PI)}° an iteration" : "");
            Add("largest singular value", t => dynamics.Stretch is { } stretch ? Number(stretch[t]) : "");
            Add("Lyapunov exponent", t => dynamics.ExponentCount == 0 ? ""
                : $"{Number(dynamics.Exponents[t * dynamics.ExponentCount])} ± {Number(dynamics.ExponentErrors[t * dynamics.ExponentCount])}");
        }

        return facts;

        void Add(string name, Func<int, string> text, bool isBrief = false)
        {
            string[] values = [.. positions.Select(text)];
            if (Array.Exists(values, static value => value.Length > 0))
                facts.Add(new PageFact(name, values, isBrief));
        }
    }

    static string Certified(RecordedDynamics dynamics, int position, double value) => !double.IsFinite(value) ? ""
        : Number(value) + (dynamics.IsCertified[position * dynamics.Count] ? "" : ", not certified");

    static string Number(double value) => ColorRange.NumberText(value).Replace('-', '−');
}
