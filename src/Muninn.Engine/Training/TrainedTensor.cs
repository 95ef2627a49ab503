using System;
using System.Linq;

namespace Muninn.Engine.Training;

/// <summary>A weight tensor with its gradient and what the optimiser remembers of it; none of the memory is copied.</summary>
public sealed class TrainedTensor
{
    /// <summary>A tensor that no update has touched.</summary>
    /// <param name="name">Its name in the checkpoint, which also says whether it decays.</param>
    /// <param name="parameter">The weights; updates overwrite them.</param>
    /// <param name="gradient">∂loss/∂weight, written before each update; as many numbers as weights.</param>
    public TrainedTensor(string name, Memory<float> parameter, Memory<float> gradient)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (gradient.Length != parameter.Length)
            throw new ArgumentException(
                $"{name} has {parameter.Length} weights and {gradient.Length} gradients; it needs one for each.", nameof(gradient));
        Name = name;
        Parameter = parameter;
        Gradient = gradient;
        State = new AdamState(parameter.Length);
        Decays = DecaysByName(name);
    }

    /// <summary>Every tensor of a model, its weights and gradients in place: what <see cref="Optimizer"/> updates.</summary>
    /// <param name="model">The model.</param>
    public static TrainedTensor[] Of(TrainingModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return [.. model.Weights.Select(static weight => new TrainedTensor(weight.Name, weight.Values, weight.Gradient))];
    }

    /// <summary>Its name in the checkpoint.</summary>
    public string Name { get; }

    /// <summary>The weights.</summary>
    public Memory<float> Parameter { get; }

    /// <summary>∂loss/∂weight.</summary>
    public Memory<float> Gradient { get; }

    /// <summary>Moments and the count of updates.</summary>
    public AdamState State { get; }

    /// <summary>Whether its weights decay: norm gains and biases do not.</summary>
    public bool Decays { get; }

    /// <summary>Whether weights of this name decay in the published recipe: all whose name holds none of "norm", "ln_f", "bias".</summary>
    /// <param name="name">A tensor's name in a checkpoint.</param>
    public static bool DecaysByName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return !name.Contains("norm", StringComparison.Ordinal) && !name.Contains("ln_f", StringComparison.Ordinal)
            && !name.Contains("bias", StringComparison.Ordinal);
    }
}
