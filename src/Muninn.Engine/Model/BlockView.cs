using System;
using Muninn.Engine.Checkpoints;

namespace Muninn.Engine.Model;

/// <summary>What an observer sees after one block: read-only, valid only during the call.</summary>
/// <param name="part">Prelude, core or coda.</param>
/// <param name="index">Number of the block in its part, from 0.</param>
/// <param name="attention">Attention branch after its projection, before the residual sum, <c>[rows, width]</c>.</param>
/// <param name="output">Output of the block, <c>[rows, width]</c>.</param>
public readonly ref struct BlockView(ModelPart part, int index, ReadOnlySpan<float> attention, ReadOnlySpan<float> output)
{
    /// <summary>Prelude, core or coda.</summary>
    public ModelPart Part { get; } = part;

    /// <summary>Number of the block in its part, from 0.</summary>
    public int Index { get; } = index;

    /// <summary>Attention branch after its projection, before the residual sum, <c>[rows, width]</c>.</summary>
    public ReadOnlySpan<float> Attention { get; } = attention;

    /// <summary>Output of the block, <c>[rows, width]</c>.</summary>
    public ReadOnlySpan<float> Output { get; } = output;
}

/// <summary>Called after every block of a pass. Observation is never intervention: the view is read-only.</summary>
public delegate void BlockObserver(in BlockView block);
