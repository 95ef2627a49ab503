using System;

namespace Muninn.Engine.Generation;

/// <summary>
/// Memory in which a choice is made: 16 bytes for each token of the vocabulary. Samplers that work one after another may share it;
/// samplers that work at the same time may not.
/// </summary>
public sealed class SamplingMemory
{
    /// <summary>Allocates all of it.</summary>
    /// <param name="vocabulary">Number of logits of a row.</param>
    public SamplingMemory(int vocabulary)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(vocabulary);
        Adjusted = new float[vocabulary];
        Probabilities = new float[vocabulary];
        Ranks = new ulong[vocabulary];
        Seen = new ulong[(vocabulary + 63) / 64];
    }

    /// <summary>Number of logits of a row.</summary>
    public int Vocabulary => Adjusted.Length;

    internal float[] Adjusted { get; }

    internal float[] Probabilities { get; }

    internal ulong[] Ranks { get; }

    /// <summary>A bit for each token; all zero between two uses.</summary>
    internal ulong[] Seen { get; }
}
