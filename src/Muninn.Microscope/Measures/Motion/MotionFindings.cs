using System;
using System.Collections.Generic;
using System.Linq;

namespace Muninn.Microscope.Measures.Motion;

/// <summary>Says in words what <see cref="Motions"/> shows, and what it does not.</summary>
public static class MotionFindings
{
    /// <summary>The findings, the most important first.</summary>
    /// <param name="motions">The measure.</param>
    /// <param name="labels">Display text of each token, <c>[T]</c>.</param>
    /// <exception cref="ArgumentException">There is not one label for each token.</exception>
    public static IReadOnlyList<Finding> Describe(Motions motions, IReadOnlyList<string> labels)
    {
        ArgumentNullException.ThrowIfNull(motions);
        ArgumentNullException.ThrowIfNull(labels);
        if (labels.Count != motions.Tokens.Length)
            throw new ArgumentException($"There are {labels.Count} labels for {motions.Tokens.Length} tokens; give one for each.", nameof(labels));
        var reader = new Reader(motions, labels);
        Finding?[] findings =
        [
            reader.NotFinite(), reader.Rest(), reader.Beats(), reader.Directions(), reader.Unsettled(), reader.NotToldApart(),
            reader.Untested(), reader.Tests(),
        ];
        return [.. findings.OfType<Finding>()];
    }

    sealed class Reader(Motions motions, IReadOnlyList<string> labels)
    {
        readonly TokenMotion[] _tokens = motions.Tokens;

        public Finding? NotFinite() => Of(MotionClass.NotFinite, lost =>
            $"{Count(lost)} not finite: {Findings.Names(labels, lost)}, first at iteration {lost.Min(t => _tokens[t].FirstNotFinite)}.");

        public Finding? Rest() => Of(MotionClass.FixedPoint, resting =>
        {
            int[] turning = [.. resting.Where(t => _tokens[t].Approach == Approach.Turning)];
            int[] floor = [.. resting.Where(t => _tokens[t].ReachesFloor)];
            string spiral = turning.Length == 0 ? ""
                : $" {turning.Length} of them get there turning, by {Range(turning.Select(t => _tokens[t].Beat!.Frequency))} radians an iteration: " +
                    "that is a fixed point with a rotating approach, and no orbit.";
            return $"{resting.Length} of {_tokens.Length} tokens come to rest in a fixed point: late on each step is {Range(resting.Select(t => _tokens[t].Ratio))} " +
                $"of the one before, and {(floor.Length == resting.Length ? "all" : floor.Length)} reach the rounding floor. {AtRest(resting)} {Worst(resting)}{spiral}";
        });

        string AtRest(int[] resting)
        {
            double[] told = [.. resting.Select(t => _tokens[t].AtRest).OfType<RestRatio>().Select(static rest => rest.Ratio)];
            return told.Length == 0 ? "What it comes to at rest cannot be told." : $"What it comes to at rest is told for {told.Length} of them: {Range(told)}.";
        }

        public Finding? Beats() => Of(MotionClass.Orbit, orbits =>
            $"{Count(orbits)} in orbit: " + string.Join(", ", orbits.Take(3).Select(t =>
                $"{Findings.Name(labels, t)} at {Findings.Number(_tokens[t].Beat!.Frequency)} ± {Findings.Number(_tokens[t].Beat!.Error)} radians an iteration, " +
                $"{Percent(_tokens[t].Beat!.Share)} of its motion")) + More(orbits, 3) +
            $". {Worst(orbits)} Sustained means: its size changes by at most {Percent(motions.Settings.SteadyChange)} over the last " +
            $"{orbits.Max(t => _tokens[t].LateSteps)} iterations. A slower end cannot be told from this run.");

        public Finding? Directions()
        {
            int[] found = [.. Where(MotionClass.Slider), .. Where(MotionClass.Drift)];
            if (found.Length == 0)
                return null;
            return new Finding(FindingKind.Motion,
                $"{Count(found)} moving in one direction: {Findings.Names(labels, found)}; {Where(MotionClass.Slider).Length} of them steadily along a line " +
                $"(sliders). {Worst(found)} Nothing says that it goes on.", found);
        }

        public Finding? Unsettled() => Of(MotionClass.Unsettled, tokens =>
            $"{Count(tokens)} unsettled at iteration {motions.Iterations}, neither at rest nor steady: {Findings.Names(labels, tokens)}. " +
            $"Raise the horizon to see where they end.");

        public Finding? NotToldApart() => Of(MotionClass.NotToldApart, tokens =>
            $"{Count(tokens)} not told apart from noise: {Findings.Names(labels, tokens)}. That is no proof of noise; a longer run may tell.");

        public Finding? Untested()
        {
            int[] constant = Where(MotionClass.Constant);
            int[] tooShort = Where(MotionClass.TooShort);
            if (constant.Length + tooShort.Length == 0)
                return null;
            string still = constant.Length == 0 ? "" : $"{Count(constant)} where it started: there is nothing to test. ";
            string few = tooShort.Length == 0 ? ""
                : $"{Count(tooShort)} too short a run: rest is tested from {Motions.StepsForRest} iterations on, orbits and directions from {Motions.StepsForMotion}.";
            return new Finding(FindingKind.Motion, (still + few).TrimEnd(), [.. constant, .. tooShort]);
        }

        public Finding? Tests()
        {
            if (motions.Tests == 0)
                return null;
            int sought = _tokens.Count(token => token.Beating is not null);
            int moving = Where(MotionClass.Orbit).Length + Where(MotionClass.Slider).Length + Where(MotionClass.Drift).Length;
            string none = moving > 0 || sought == 0 ? "" : $"No orbit, slider or drift could be told from noise in the {sought} tokens tested for them; that does not show that there is none. ";
            string least = motions.SmallestAdjusted < motions.Settings.Significance ? ""
                : $" A claim that stands alone could not be made: with so many tests and {motions.SurrogatesMost} surrogates its q is " +
                    $"{Findings.Number(motions.SmallestAdjusted)} at best.";
            return new Finding(FindingKind.Motion,
                $"{none}{motions.Tests} tests, each against {MotionSettings.Models.Length} kinds of surrogates of the steps (phases at random; noise with a " +
                $"memory of one or two steps, for all directions together or for each), corrected for their number by Benjamini and Hochberg; a class is " +
                $"claimed below q = {Findings.Number(motions.Settings.Significance)}.{least}{Blocks(moving)}{Doubtful()}", []);
        }

        // In few dimensions the surrogates' memory is fitted too short: what is not steadier than such noise is not claimed.
        string Doubtful()
        {
            var settings = motions.Settings;
            int count = _tokens.Count(token =>
                token.Beating is { } beating && beating.Adjusted < settings.Significance && token.Beat!.Coherence < settings.CoherenceMin
                || token.Heading is { } heading && heading.Adjusted < settings.Significance && token.Evenness < settings.EvennessMin);
            return count == 0 ? ""
                : $" {count} beat or head somewhere past the surrogates, but no more steadily than noise whose memory is as long as the window: not claimed.";
        }

        // The phases of the whole half hold a beat: how much is granted by taking blocks must be said.
        string Blocks(int moving)
        {
            int[] steps = [.. _tokens.Where(token => token.PhaseBlockSteps > 0).Select(token => token.PhaseBlockSteps)];
            if (steps.Length == 0)
                return "";
            int standing = _tokens.Count(token => token.Class == token.StrictClass && token.Class is MotionClass.Orbit or MotionClass.Slider or MotionClass.Drift);
            string strict = moving == 0 ? "" : $"; over the whole half at once, {standing} of {moving} orbits, sliders and drifts keep their class";
            return $" For beats and directions phases are at random in blocks of {Range(steps.Select(count => (double)count))} steps{strict}.";
        }

        Finding? Of(MotionClass kind, Func<int[], string> text)
        {
            int[] tokens = Where(kind);
            return tokens.Length == 0 ? null : new Finding(kind == MotionClass.NotFinite ? FindingKind.Divergence : FindingKind.Motion, text(tokens), tokens);
        }

        int[] Where(MotionClass kind) => [.. Enumerable.Range(0, _tokens.Length).Where(t => _tokens[t].Class == kind)];

        string Worst(int[] tokens) => $"The largest adjusted p is {Findings.Number(tokens.Max(t => _tokens[t].Carrier!.Adjusted))}.";

        static string Range(IEnumerable<double> values)
        {
            string low = Findings.Number(values.Min());
            string high = Findings.Number(values.Max());
            return low == high ? low : $"{low} to {high}";
        }

        static string More(int[] tokens, int named) => tokens.Length > named ? $" and {tokens.Length - named} more" : "";

        static string Percent(double share) => Findings.Number(100 * share) + " %";

        static string Count(int[] tokens) => tokens.Length == 1 ? "1 token is" : $"{tokens.Length} tokens are";
    }
}
