using System;
using System.Collections.Generic;

namespace Muninn.Engine.Training;

/// <summary>One tensor that is trained: its numbers and their gradient, once each.</summary>
public sealed class TrainingWeight
{
    internal TrainingWeight(string name, IReadOnlyList<long> shape, float[] values)
    {
        (Name, Shape, Values) = (name, shape, values);
        Gradient = new float[values.Length];
    }

    /// <summary>The tensor's name in a checkpoint, one of <see cref="Checkpoints.WeightNames"/>.</summary>
    public string Name { get; }

    /// <summary>Its shape.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>The numbers, row by row. They may change between two passes.</summary>
    public float[] Values { get; }

    /// <summary>The gradient, in the same order; <see cref="GradientPass"/> adds to it.</summary>
    public float[] Gradient { get; }

    /// <summary>Sets the gradient to zero.</summary>
    public void ClearGradient() => Array.Clear(Gradient);
}
