using System;

namespace Muninn.Engine.Model;

/// <summary>Where the rotary table comes from.</summary>
public enum RotarySource
{
    /// <summary>Computed in float32, whatever the file holds.</summary>
    Exact,

    /// <summary>The one in the file, which low-precision files round; computed where the file has none.</summary>
    Stored,
}

/// <summary>cos and sin of position · base^(−2j / headWidth), as the model was trained: in float32 throughout.</summary>
static class RotaryTable
{
    /// <summary>The table <c>[positions, headWidth / 2, 2]</c> of (cos, sin).</summary>
    /// <param name="positions">Positions 0 … positions − 1.</param>
    /// <param name="headWidth">Width of a head, even.</param>
    /// <param name="rotaryBase">The base, above 1.</param>
    /// <remarks>
    /// Angles are products of float32 numbers, rounded: a "more exact" angle would be another model. Powers, cosines and
    /// sines are taken in double and rounded once.
    /// </remarks>
    public static float[] Compute(int positions, int headWidth, double rotaryBase)
    {
        int pairs = headWidth / 2;
        float[] frequencies = new float[pairs];
        for (int j = 0; j < pairs; j++)
            frequencies[j] = 1f / (float)Math.Pow((float)rotaryBase, 2f * j / headWidth);
        float[] table = new float[checked(positions * pairs * 2)];
        for (int position = 0; position < positions; position++)
        {
            for (int j = 0; j < pairs; j++)
            {
                float angle = position * frequencies[j];
                table[(position * pairs + j) * 2] = (float)Math.Cos(angle);
                table[(position * pairs + j) * 2 + 1] = (float)Math.Sin(angle);
            }
        }

        return table;
    }
}
