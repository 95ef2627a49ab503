using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using Muninn.Engine.Checkpoints;
using F = Muninn.Microscope.Recordings.RecordingFormat;

namespace Muninn.Microscope.Recordings;

/// <summary>Tensors and metadata of the sections that a recording need not have: dynamics, classes, exits, attention.</summary>
static class SectionWriter
{
    /// <summary>The tensors of the sections that there are.</summary>
    public static IEnumerable<TensorSource> Tensors(Recording recording)
    {
        List<TensorSource> tensors = [];
        if (recording.Dynamics is { } dynamics)
            tensors.AddRange(Of(dynamics));
        if (recording.Classes is { } classes)
            tensors.AddRange(Of(classes));
        if (recording.Exits is { } exits)
            tensors.AddRange(Of(exits));
        if (recording.Patterns is { } patterns)
            tensors.AddRange(Of(patterns));
        return tensors;
    }

    /// <summary>Adds what the sections say of themselves.</summary>
    public static void Describe(Recording recording, Dictionary<string, string> metadata)
    {
        if (recording.Dynamics is { } dynamics)
        {
            Add("dynamics_rest_iteration", dynamics.RestIteration);
            Add("dynamics_epsilon", dynamics.Epsilon);
            Add("dynamics_tolerance", dynamics.Tolerance);
            Add("dynamics_seed", dynamics.Seed);
            Add("dynamics_lyapunov_iterations", dynamics.ExponentIterations);
        }

        if (recording.Classes is { } classes)
        {
            Add("classes_iterations", classes.Iterations);
            Add("classes_seed", classes.Seed);
            Add("classes_significance", classes.Significance);
            Add("classes_phase_blocks", classes.PhaseBlocks);
            Add("classes_tests", classes.Tests);
        }

        if (recording.Exits is { } exits)
            Add("exits_full_depth_changed", exits.FullDepthChanged);
        if (recording.Patterns is { } patterns)
            Add("attention_block", patterns.Block);

        void Add<T>(string key, T value)
            where T : IFormattable => metadata[key] = value.ToString(value is double ? "R" : null, CultureInfo.InvariantCulture);
    }

    static IEnumerable<TensorSource> Of(RecordedDynamics dynamics)
    {
        long tokens = dynamics.Positions;
        long count = dynamics.Count;
        List<TensorSource> tensors =
        [
            TensorSource.Float32(F.DynamicsRate, [tokens], dynamics.Rate),
            TensorSource.Float32(F.DynamicsRateError, [tokens], dynamics.RateError),
            TensorSource.Int32(F.DynamicsWindow, [tokens, 2], dynamics.Window),
            TensorSource.Int32(F.DynamicsFloor, [tokens], dynamics.FloorIteration),
            TensorSource.Float32(F.DynamicsArrival, [tokens], dynamics.Arrival),
            Flags(F.DynamicsIsExtrapolated, [tokens], dynamics.IsExtrapolated),
            TensorSource.Float32(F.DynamicsRestResidual, [tokens], dynamics.RestResidual),
            TensorSource.Float32(F.DynamicsEigenvalues, [tokens, count, 2], dynamics.Eigenvalues),
            TensorSource.Float32(F.DynamicsEigenvalueResidual, [tokens, count], dynamics.Residual),
            Flags(F.DynamicsIsCertified, [tokens, count], dynamics.IsCertified),
            TensorSource.Float32(F.DynamicsRadiusUpTo, [tokens], dynamics.RadiusUpTo),
            TensorSource.Int32(F.DynamicsSlowestUpTo, [tokens], dynamics.SlowestUpTo),
        ];
        if (dynamics is { Stretch: { } stretch, StretchResidual: { } residual })
        {
            tensors.Add(TensorSource.Float32(F.DynamicsStretch, [tokens], stretch));
            tensors.Add(TensorSource.Float32(F.DynamicsStretchResidual, [tokens], residual));
        }

        if (dynamics.ExponentCount > 0)
        {
            tensors.Add(TensorSource.Float32(F.DynamicsLyapunov, [tokens, dynamics.ExponentCount], dynamics.Exponents));
            tensors.Add(TensorSource.Float32(F.DynamicsLyapunovError, [tokens, dynamics.ExponentCount], dynamics.ExponentErrors));
        }

        return tensors.Concat(Texts(F.DynamicsFindings, dynamics.Findings));
    }

    static IEnumerable<TensorSource> Of(RecordedClasses classes)
    {
        long tokens = classes.Positions;
        return
        [
            TensorSource.Int32(F.ClassesClass, [tokens], Array.ConvertAll(classes.Class, static kind => (int)kind)),
            TensorSource.Int32(F.ClassesStrict, [tokens], Array.ConvertAll(classes.StrictClass, static kind => (int)kind)),
            TensorSource.Int32(F.ClassesApproach, [tokens], Array.ConvertAll(classes.Approach, static approach => (int)approach)),
            TensorSource.Int32(F.ClassesCarrier, [tokens], classes.Carrier),
            TensorSource.Float32(F.ClassesP, [tokens, RecordedClasses.TestCount], classes.P),
            TensorSource.Float32(F.ClassesCorrected, [tokens, RecordedClasses.TestCount], classes.Corrected),
            TensorSource.Int32(F.ClassesSurrogates, [tokens, RecordedClasses.TestCount], classes.Surrogates),
            TensorSource.Float32(F.ClassesFrequency, [tokens], classes.Frequency),
            TensorSource.Float32(F.ClassesFrequencyError, [tokens], classes.FrequencyError),
            TensorSource.Float32(F.ClassesBeatShare, [tokens], classes.BeatShare),
            TensorSource.Float32(F.ClassesRatio, [tokens], classes.Ratio),
            TensorSource.Int32(F.ClassesSteps, [tokens], classes.Steps),
            .. Texts(F.ClassesFindings, classes.Findings),
        ];
    }

    static IEnumerable<TensorSource> Of(RecordedExits exits)
    {
        long tokens = exits.Positions;
        long candidates = exits.Candidates.Count;
        return
        [
            .. Texts(F.ExitsCandidates, exits.Candidates),
            TensorSource.Int32(F.ExitsDepth, [candidates], exits.Depth),
            TensorSource.Int32(F.ExitsIterations, [candidates, tokens], exits.Iterations),
            Flags(F.ExitsRuleMet, [candidates, tokens], exits.RuleMet),
            TensorSource.Float32(F.ExitsDivergence, [candidates, tokens], exits.Divergence),
            Flags(F.ExitsChanged, [candidates, tokens], exits.Changed),
            TensorSource.Float32(F.ExitsBlockPasses, [candidates], exits.BlockPasses),
            Flags(F.ExitsFront, [candidates, 3], exits.OnFront),
            TensorSource.Float32(F.ExitsFullDepth, [tokens], exits.FullDepthDivergence),
            .. Texts(F.ExitsFindings, exits.Findings),
        ];
    }

    static IEnumerable<TensorSource> Of(RecordedPatterns patterns) =>
    [
        TensorSource.Int32(F.AttentionIterations, [patterns.Iterations.Length], patterns.Iterations),
        TensorSource.Float32(F.AttentionWeights, [patterns.Iterations.Length, patterns.Positions, patterns.Positions], patterns.Weights),
    ];

    static TensorSource Flags(string name, ReadOnlySpan<long> shape, bool[] flags) =>
        TensorSource.Int32(name, shape, Array.ConvertAll(flags, static flag => flag ? 1 : 0));

    static IEnumerable<TensorSource> Texts(string name, IReadOnlyList<string> texts) =>
        RecordingWriter.Texts(name, [.. texts.Select(static text => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(text))]);
}
