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
}
