using System;

namespace Muninn.Microscope.Measures.Dynamics;

/// <summary>What a block hands over to be multiplied; empty: nothing, its part of the direction is 0.</summary>
delegate ReadOnlySpan<double> BlockVector(int block);

/// <summary>Products of many blocks in one direction: each block's vector stands in its own part of it.</summary>
/// <param name="step">The map.</param>
/// <param name="blocks">How many blocks.</param>
/// <param name="width">Numbers of a block.</param>
sealed class BlockProduct(TangentStep step, int blocks, int width)
{
    readonly double[] _tangent = new double[checked(blocks * width)];
    readonly double[] _product = new double[checked(blocks * width)];

    /// <summary>Multiplies the vectors of all blocks.</summary>
    public void Take(BlockVector vectorOf)
    {
        for (int block = 0; block < blocks; block++)
        {
            var part = _tangent.AsSpan(block * width, width);
            var vector = vectorOf(block);
            if (vector.IsEmpty)
                part.Clear();
            else
                vector.CopyTo(part);
        }

        step(_tangent, 1, _product);
    }

    /// <summary>What became of a block's vector, valid until the next product.</summary>
    public ReadOnlySpan<double> Of(int block) => _product.AsSpan(block * width, width);
}
