using Muninn.Kernels;

namespace Muninn.Engine.Model;

/// <summary>
/// Weights of one transformer layer with sandwich norms:
/// <c>x = norm₂(attention(norm₁(x)) + x); x = norm₄(mlp(norm₃(x)) + x)</c>.
/// </summary>
/// <remarks>
/// The residual sum itself is normalised: nothing un-normalised reaches the next block.
/// Source: Geiping et al., "Scaling up Test-Time Compute with Latent Reasoning", 2025.
/// </remarks>
sealed class Block
{
    /// <summary>Gain of norm₁, before attention, <c>[width]</c>.</summary>
    public required float[] AttentionInputGain { get; init; }

    /// <summary>Gain of norm₂, of the sum after attention, <c>[width]</c>.</summary>
    public required float[] AttentionSumGain { get; init; }

    /// <summary>Gain of norm₃, before the gated MLP, <c>[width]</c>.</summary>
    public required float[] MlpInputGain { get; init; }

    /// <summary>Gain of norm₄, of the sum after the gated MLP, <c>[width]</c>.</summary>
    public required float[] MlpSumGain { get; init; }

    /// <summary>Wqkv, <c>[3·width, width]</c>: all q heads, all k heads, all v heads.</summary>
    public required PanelWeights QueryKeyValue { get; init; }

    /// <summary>Bias of q, then of k, <c>[2, width]</c>; empty where the model has none.</summary>
    public required float[] QueryKeyBias { get; init; }

    /// <summary>Projection of the heads side by side, <c>[width, width]</c>.</summary>
    public required PanelWeights AttentionOutput { get; init; }

    /// <summary>Gate, then factor, <c>[2·hidden, width]</c>.</summary>
    public required PanelWeights GateAndFactor { get; init; }

    /// <summary>Projection back from the hidden width, <c>[width, hidden]</c>.</summary>
    public required PanelWeights MlpOutput { get; init; }

    /// <summary>Memory of the packed matrices, in bytes.</summary>
    public long Bytes => QueryKeyValue.Bytes + AttentionOutput.Bytes + GateAndFactor.Bytes + MlpOutput.Bytes;
}
