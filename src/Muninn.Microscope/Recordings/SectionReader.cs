using System;
using Muninn.Engine.Checkpoints;
using Muninn.Microscope.Measures;
using Muninn.Microscope.Measures.Motion;
using F = Muninn.Microscope.Recordings.RecordingFormat;

namespace Muninn.Microscope.Recordings;

/// <summary>Reads the sections that a recording need not have, every size and order checked.</summary>
/// <param name="fields">The file.</param>
/// <param name="header">Its run.</param>
/// <param name="settings">What was measured of it.</param>
/// <param name="tokens">Its tokens (T).</param>
sealed class SectionReader(RecordingFields fields, RecordingHeader header, ConvergenceSettings settings, int tokens)
{
    /// <summary>Most sentences of a section.</summary>
    const int FindingsMax = 1000;

    /// <summary>Most surrogates that a test may say it had.</summary>
    const int SurrogatesMax = 1 << 24;

    /// <summary>Single precision may bring moduli that were equal out of order by this share.</summary>
    const double ModulusRounding = 1e-5;

    /// <summary>Means over heads may exceed 1 by rounding.</summary>
    const float WeightMost = 1.001f;

    /// <summary>The dynamics; null: not recorded.</summary>
    public RecordedDynamics? Dynamics()
    {
        if (!fields.Has(F.DynamicsRate))
            return null;
        int count = SecondSize(F.DynamicsEigenvalueResidual, "tokens, eigenvalues", RecordedDynamics.CountMax);
        bool hasStretch = fields.Has(F.DynamicsStretch);
        int exponents = fields.Has(F.DynamicsLyapunov) ? SecondSize(F.DynamicsLyapunov, "tokens, exponents", RecordedDynamics.CountMax) : 0;
        var dynamics = new RecordedDynamics
        {
            RestIteration = fields.Number("dynamics_rest_iteration", 0, header.Limit),
            Epsilon = fields.Real("dynamics_epsilon"),
            Tolerance = fields.Real("dynamics_tolerance"),
            Seed = fields.Seed("dynamics_seed"),
            Rate = fields.Lengths(F.DynamicsRate, "tokens", tokens),
            RateError = fields.Lengths(F.DynamicsRateError, "tokens", tokens),
            Window = fields.Integers(F.DynamicsWindow, "tokens, first and last", 0, header.Limit, tokens, 2),
            FloorIteration = fields.Integers(F.DynamicsFloor, "tokens", -1, header.Limit, tokens),
            Arrival = fields.Lengths(F.DynamicsArrival, "tokens", tokens),
            IsExtrapolated = fields.Flags(F.DynamicsIsExtrapolated, "tokens", tokens),
            RestResidual = fields.Lengths(F.DynamicsRestResidual, "tokens", tokens),
            Count = count,
            Eigenvalues = fields.Floats(F.DynamicsEigenvalues, "tokens, eigenvalues, real and imaginary", tokens, count, 2),
            Residual = fields.Lengths(F.DynamicsEigenvalueResidual, "tokens, eigenvalues", tokens, count),
            IsCertified = fields.Flags(F.DynamicsIsCertified, "tokens, eigenvalues", tokens, count),
            RadiusUpTo = fields.Lengths(F.DynamicsRadiusUpTo, "tokens", tokens),
            SlowestUpTo = fields.Integers(F.DynamicsSlowestUpTo, "tokens", 0, tokens - 1, tokens),
            Stretch = hasStretch ? fields.Lengths(F.DynamicsStretch, "tokens", tokens) : null,
            StretchResidual = hasStretch ? fields.Lengths(F.DynamicsStretchResidual, "tokens", tokens) : null,
            ExponentCount = exponents,
            Exponents = exponents == 0 ? [] : fields.Floats(F.DynamicsLyapunov, "tokens, exponents", tokens, exponents),
            ExponentErrors = exponents == 0 ? [] : fields.Lengths(F.DynamicsLyapunovError, "tokens, exponents", tokens, exponents),
            ExponentIterations = fields.Number("dynamics_lyapunov_iterations", 0, header.Limit),
            Findings = fields.LabelsIfAny(F.DynamicsFindings, FindingsMax),
        };
        Check(dynamics);
        return dynamics;
    }

    /// <summary>The classes; null: not recorded.</summary>
    public RecordedClasses? Classes()
    {
        if (!fields.Has(F.ClassesClass))
            return null;
        const int Tests = RecordedClasses.TestCount;
        const string Each = "tokens, shrinking, beating and heading";
        var classes = new RecordedClasses
        {
            Iterations = fields.Number("classes_iterations", 0, header.Limit),
            Seed = fields.Seed("classes_seed"),
            Significance = fields.Real("classes_significance"),
            PhaseBlocks = fields.Number("classes_phase_blocks", 1, F.IterationMax),
            Tests = fields.Number("classes_tests", 0, int.MaxValue),
            Class = Words<MotionClass>(F.ClassesClass, (int)MotionClass.NotFinite),
            StrictClass = Words<MotionClass>(F.ClassesStrict, (int)MotionClass.NotFinite),
            Approach = Words<Approach>(F.ClassesApproach, (int)Approach.Turning),
            Carrier = fields.Integers(F.ClassesCarrier, "tokens", -1, Tests - 1, tokens),
            P = fields.Shares(F.ClassesP, Each, tokens, Tests),
            Corrected = fields.Shares(F.ClassesCorrected, Each, tokens, Tests),
            Surrogates = fields.Integers(F.ClassesSurrogates, Each, 0, SurrogatesMax, tokens, Tests),
            Frequency = fields.Lengths(F.ClassesFrequency, "tokens", tokens),
            FrequencyError = fields.Lengths(F.ClassesFrequencyError, "tokens", tokens),
            BeatShare = fields.Lengths(F.ClassesBeatShare, "tokens", tokens),
            Ratio = fields.Lengths(F.ClassesRatio, "tokens", tokens),
            Steps = fields.Integers(F.ClassesSteps, "tokens", 0, header.Limit, tokens),
            Findings = fields.LabelsIfAny(F.ClassesFindings, FindingsMax),
        };
        for (int t = 0; t < tokens; t++)
        {
            if (classes.Carrier[t] >= 0 && classes.Surrogates[t * Tests + classes.Carrier[t]] == 0)
                throw fields.Bad($"tensor '{F.ClassesCarrier}' says that test {classes.Carrier[t]} carries the class of token {t}, but '{F.ClassesSurrogates}' had none for it");
        }

        return classes;
    }

    /// <summary>The replayed exits; null: not recorded.</summary>
    public RecordedExits? Exits()
    {
        if (!fields.Has(F.ExitsDepth))
            return null;
        long candidates = fields.Tensor(F.ExitsDepth, "candidates", 1, DType.I32).ElementCount;
        if (candidates is < 1 or > RecordedExits.CandidatesMax)
            throw fields.Bad($"tensor '{F.ExitsDepth}' has {candidates} entries; expected 1 to {RecordedExits.CandidatesMax}");
        return new RecordedExits
        {
            Limit = settings.Iterations,
            Horizon = settings.Horizon,
            Candidates = fields.Labels(F.ExitsCandidates, (int)candidates),
            Depth = fields.Integers(F.ExitsDepth, "candidates", 0, settings.Iterations, candidates),
            Iterations = fields.Integers(F.ExitsIterations, "candidates, tokens", 1, settings.Iterations, candidates, tokens),
            RuleMet = fields.Flags(F.ExitsRuleMet, "candidates, tokens", candidates, tokens),
            Divergence = fields.Floats(F.ExitsDivergence, "candidates, tokens", candidates, tokens),
            Changed = fields.Flags(F.ExitsChanged, "candidates, tokens", candidates, tokens),
            BlockPasses = fields.Lengths(F.ExitsBlockPasses, "candidates", candidates),
            OnFront = fields.Flags(F.ExitsFront, "candidates, fronts", candidates, 3),
            FullDepthDivergence = fields.Floats(F.ExitsFullDepth, "tokens", tokens),
            FullDepthChanged = fields.Number("exits_full_depth_changed", 0, tokens),
            Findings = fields.LabelsIfAny(F.ExitsFindings, FindingsMax),
        };
    }

    /// <summary>The attention patterns; null: not recorded.</summary>
    public RecordedPatterns? Patterns()
    {
        if (!fields.Has(F.AttentionIterations))
            return null;
        int[] iterations = fields.Ascending(F.AttentionIterations, "iterations", 1, header.Limit);
        var patterns = new RecordedPatterns
        {
            Iterations = iterations,
            Block = fields.Number("attention_block", 0, header.CoreBlocks - 1),
            Positions = tokens,
            Weights = fields.Floats(F.AttentionWeights, "iterations, tokens, tokens", iterations.Length, tokens, tokens),
        };
        for (int i = 0; i < patterns.Weights.Length; i++)
        {
            float weight = patterns.Weights[i];
            bool isMasked = i % tokens > i / tokens % tokens;
            if (isMasked ? !float.IsNaN(weight) : weight is < 0 or > WeightMost)
                throw fields.Bad(FormattableString.Invariant(
                    $"tensor '{F.AttentionWeights}' holds {weight} at {i}; expected {(isMasked ? "NaN behind the token that looks" : "0 to 1")}"));
        }

        return patterns;
    }

    void Check(RecordedDynamics dynamics)
    {
        for (int t = 0; t < tokens; t++)
        {
            if (dynamics.SlowestUpTo[t] > t)
                throw fields.Bad($"tensor '{F.DynamicsSlowestUpTo}' holds {dynamics.SlowestUpTo[t]} at {t}; expected a token up to {t}");
            for (int k = 0; k < dynamics.Count; k++)
            {
                if (dynamics.Eigenvalues[2 * (t * dynamics.Count + k) + 1] < 0)
                    throw fields.Bad(FormattableString.Invariant(
                        $"tensor '{F.DynamicsEigenvalues}' holds an imaginary part of {dynamics.Eigenvalues[2 * (t * dynamics.Count + k) + 1]} for token {t}; expected that of the pair which is not below 0"));
                double modulus = dynamics.Modulus(t, k);
                if (k > 0 && !double.IsNaN(modulus) && !(modulus <= dynamics.Modulus(t, k - 1) * (1 + ModulusRounding)))
                    throw fields.Bad(FormattableString.Invariant(
                        $"tensor '{F.DynamicsEigenvalues}' holds a modulus of {modulus} behind {dynamics.Modulus(t, k - 1)} for token {t}; expected the largest first"));
            }
        }
    }

    int SecondSize(string name, string meaning, int most)
    {
        long size = fields.Tensor(name, meaning, 2, DType.F32).Shape[1];
        return size >= 1 && size <= most ? (int)size : throw fields.Bad($"tensor '{name}' has {size} numbers a token; expected 1 to {most} [{meaning}]");
    }

    T[] Words<T>(string name, int most)
        where T : struct, Enum => Array.ConvertAll(fields.Integers(name, "tokens", 0, most, tokens), static value => (T)Enum.ToObject(typeof(T), value));
}
