using Muninn.Kernels;

namespace Muninn.Engine.Training;

/// <summary>A matrix that is trained, seen from both sides: its numbers lie row by row, and every product packs them for itself.</summary>
/// <param name="weight">The numbers, <c>[outputs, inputs]</c>.</param>
sealed class TrainingMatrix(TrainingWeight weight)
{
    /// <summary><c>[outputs, inputs]</c></summary>
    public PanelWeights Forward { get; } = PanelWeights.Of(weight.Values, (int)weight.Shape[0], (int)weight.Shape[1]);

    /// <summary><c>[inputs, outputs]</c></summary>
    public PanelWeights Transposed { get; } = TransposedOf(weight, 0, (int)weight.Shape[1]);

    /// <summary>Where the gradient is added up, <c>[outputs, inputs]</c>.</summary>
    public float[] Gradient => weight.Gradient;

    /// <summary>Some columns of a matrix as rows.</summary>
    /// <param name="weight">The numbers, <c>[outputs, inputs]</c>.</param>
    /// <param name="first">The first column.</param>
    /// <param name="count">How many.</param>
    public static PanelWeights TransposedOf(TrainingWeight weight, int first, int count) =>
        PanelWeights.TransposedOf(weight.Values, (int)weight.Shape[0], (int)weight.Shape[1], first, count);
}
