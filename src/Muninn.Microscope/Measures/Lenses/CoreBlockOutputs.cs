using System;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Model;
using Muninn.Engine.Recurrence;

namespace Muninn.Microscope.Measures.Lenses;

/// <summary>
/// Keeps what the core's blocks gave in the iteration that ran last, all but the last block, whose output is the state itself.
/// Hand <see cref="Watch"/> to the run.
/// </summary>
public sealed class CoreBlockOutputs
{
    readonly float[][] _outputs;

    /// <summary>Room for the outputs, allocated at once.</summary>
    /// <param name="coreBlocks">Blocks of the core, at least 1.</param>
    /// <param name="positions">Positions of the prompt, at least 1.</param>
    /// <param name="width">Width of a state, at least 1.</param>
    public CoreBlockOutputs(int coreBlocks, int positions, int width)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(coreBlocks, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(positions, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        _outputs = new float[coreBlocks - 1][];
        for (int block = 0; block < _outputs.Length; block++)
            _outputs[block] = new float[checked(positions * width)];
    }

    /// <summary>Blocks that are kept.</summary>
    public int Count => _outputs.Length;

    /// <summary>Output of a block in the last iteration, raw, <c>[positions, width]</c>.</summary>
    /// <param name="block">Its number, 0 … <see cref="Count"/> − 1.</param>
    public ReadOnlySpan<float> Output(int block) => _outputs[block];

    /// <summary>What a run is to show.</summary>
    public SiteWatch Watch => new(Wants, Keep);

    bool Wants(SitePlace place, RowBatch rows) =>
        place.Part == ModelPart.Core && place.Site == BlockSite.Output && place.Block < _outputs.Length;

    /// <summary>Keeps an output of the core.</summary>
    /// <exception cref="InvalidOperationException">The pass has not all rows of the prompt.</exception>
    void Keep(in SiteView site)
    {
        float[] output = _outputs[site.Place.Block];
        if (site.Values.Length != output.Length)
            throw new InvalidOperationException(
                $"Block {site.Place.Block} gave {site.Values.Length} numbers where {output.Length} were expected; observe runs of one prompt without exits.");
        site.Values.CopyTo(output);
    }
}
