using System;
using Muninn.Kernels;

namespace Muninn.Engine.Training;

/// <summary>A matrix that is trained, packed for the products there and back.</summary>
sealed class TrainingMatrix : IDisposable
{
    readonly TrainingWeight _weight;

    /// <summary>Room for both packings; <see cref="Repack"/> fills them.</summary>
    /// <param name="weight">The numbers, <c>[outputs, inputs]</c>.</param>
    public TrainingMatrix(TrainingWeight weight)
    {
        _weight = weight;
        var (outputs, inputs) = (checked((int)weight.Shape[0]), checked((int)weight.Shape[1]));
        Forward = PanelWeights.Unfilled(outputs, inputs);
        Transposed = PanelWeights.Unfilled(inputs, outputs);
    }

    /// <summary><c>[outputs, inputs]</c></summary>
    public PanelWeights Forward { get; }

    /// <summary><c>[inputs, outputs]</c></summary>
    public PanelWeights Transposed { get; }

    /// <summary>Where the gradient is added up, <c>[outputs, inputs]</c>.</summary>
    public float[] Gradient => _weight.Gradient;

    /// <summary>Packs the numbers as they are now.</summary>
    /// <param name="pool">Who packs.</param>
    public void Repack(WorkerPool pool)
    {
        Forward.Fill(_weight.Values, pool);
        Transposed.FillTransposed(_weight.Values, pool);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Forward.Dispose();
        Transposed.Dispose();
    }
}
