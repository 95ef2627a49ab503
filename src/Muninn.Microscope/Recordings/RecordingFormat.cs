namespace Muninn.Microscope.Recordings;

/// <summary>Names and limits of a <c>.muninn</c> file: a safetensors file; docs/recordings.md says what each tensor means.</summary>
static class RecordingFormat
{
    /// <summary>Value of the metadata key <c>format</c>.</summary>
    public const string Name = "muninn-recording-1";

    /// <summary>Most tokens of a recording.</summary>
    public const int PositionsMax = 1 << 22;

    /// <summary>Largest iteration, horizon included.</summary>
    public const int IterationMax = 1 << 20;

    /// <summary>Most bytes of all labels, or of all pieces of text, together.</summary>
    public const int TextBytesMax = 1 << 28;

    public const string Format = "format";
    public const string Tokens = "tokens";
    public const string Labels = "tokens.labels";
    public const string Pieces = "tokens.text";

    /// <summary>Behind the name of a text tensor: where each text begins in it.</summary>
    public const string Offsets = ".offsets";

    public const string NormGain = "final_norm.gain";
    public const string Distance = "distance";
    public const string Residual = "residual";
    public const string HorizonResidual = "horizon_residual";
    public const string RestNorm = "rest_norm";
    public const string FirstNotFinite = "first_not_finite";
    public const string Ratio = "contraction_ratio";
    public const string RatioMost = "contraction_ratio.most";
    public const string TailBound = "tail_bound";
    public const string Floor = "floor";
    public const string StepFloor = "floor.step";
    public const string FloorIsMeasured = "floor.measured";
    public const string Rest = "rest";
    public const string Iterations = "iterations";
    public const string Positions = "positions";
    public const string States = "states";
    public const string LensIterations = "lens.iterations";
    public const string LensTokens = "lens.tokens";
    public const string LensLogProbabilities = "lens.log_probabilities";
    public const string LensEntropy = "lens.entropy";
    public const string LensDivergence = "lens.divergence";
    public const string LensRank = "lens.rank";
    public const string LensVocabulary = "lens.vocabulary";
    public const string LensLabels = "lens.vocabulary.labels";

    public const string DynamicsRate = "dynamics.rate";
    public const string DynamicsRateError = "dynamics.rate.error";
    public const string DynamicsWindow = "dynamics.rate.window";
    public const string DynamicsFloor = "dynamics.floor_iteration";
    public const string DynamicsArrival = "dynamics.arrival";
    public const string DynamicsIsExtrapolated = "dynamics.arrival.extrapolated";
    public const string DynamicsRestResidual = "dynamics.rest_residual";
    public const string DynamicsEigenvalues = "dynamics.eigenvalues";
    public const string DynamicsEigenvalueResidual = "dynamics.eigenvalues.residual";
    public const string DynamicsIsCertified = "dynamics.eigenvalues.certified";
    public const string DynamicsRadiusUpTo = "dynamics.radius_up_to";
    public const string DynamicsSlowestUpTo = "dynamics.slowest_up_to";
    public const string DynamicsStretch = "dynamics.singular_value";
    public const string DynamicsStretchResidual = "dynamics.singular_value.residual";
    public const string DynamicsLyapunov = "dynamics.lyapunov";
    public const string DynamicsLyapunovError = "dynamics.lyapunov.error";
    public const string DynamicsFindings = "dynamics.findings";

    public const string ClassesClass = "classes.class";
    public const string ClassesStrict = "classes.strict_class";
    public const string ClassesApproach = "classes.approach";
    public const string ClassesCarrier = "classes.carrier";
    public const string ClassesP = "classes.p";
    public const string ClassesCorrected = "classes.q";
    public const string ClassesSurrogates = "classes.surrogates";
    public const string ClassesFrequency = "classes.frequency";
    public const string ClassesFrequencyError = "classes.frequency.error";
    public const string ClassesBeatShare = "classes.beat_share";
    public const string ClassesRatio = "classes.ratio";
    public const string ClassesSteps = "classes.steps";
    public const string ClassesFindings = "classes.findings";

    public const string ExitsCandidates = "exits.candidates";
    public const string ExitsDepth = "exits.depth";
    public const string ExitsIterations = "exits.iterations";
    public const string ExitsRuleMet = "exits.rule_met";
    public const string ExitsDivergence = "exits.divergence";
    public const string ExitsChanged = "exits.changed";
    public const string ExitsBlockPasses = "exits.block_passes";
    public const string ExitsFront = "exits.front";
    public const string ExitsFullDepth = "exits.full_depth_divergence";
    public const string ExitsFindings = "exits.findings";

    public const string AttentionIterations = "attention.iterations";
    public const string AttentionWeights = "attention.weights";
}
