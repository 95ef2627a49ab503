using System;

namespace Muninn.Engine.Training;

/// <summary>What <see cref="Adam"/> remembers of one tensor.</summary>
public sealed class AdamState
{
    /// <summary>A state that no update has touched.</summary>
    /// <param name="count">Weights of the tensor.</param>
    public AdamState(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        FirstMoment = new float[count];
        SecondMoment = new float[count];
    }

    /// <summary>m, the running mean of gradients, one for each weight.</summary>
    public float[] FirstMoment { get; }

    /// <summary>v, the running mean of squared gradients, one for each weight.</summary>
    public float[] SecondMoment { get; }

    /// <summary>t, how many updates were applied; with both moments it is all that a checkpoint has to keep.</summary>
    public long Updates { get; private set; }

    /// <summary>Puts back what a checkpoint kept.</summary>
    /// <param name="firstMoment">As many numbers as weights.</param>
    /// <param name="secondMoment">As many numbers as weights.</param>
    /// <param name="updates">At least 0.</param>
    public void Restore(ReadOnlySpan<float> firstMoment, ReadOnlySpan<float> secondMoment, long updates)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(updates);
        if (firstMoment.Length != FirstMoment.Length || secondMoment.Length != SecondMoment.Length)
            throw new ArgumentException(
                $"The moments have {firstMoment.Length} and {secondMoment.Length} numbers and the tensor {FirstMoment.Length} weights; "
                + "restore the state of the same tensor.");
        firstMoment.CopyTo(FirstMoment);
        secondMoment.CopyTo(SecondMoment);
        Updates = updates;
    }

    internal void Count() => Updates++;
}
