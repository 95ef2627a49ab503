using System;
using Muninn.Engine.Randomness;

namespace Muninn.Cli.Benches;

/// <summary>Draws for one prompt, one after the other: numbers of a counter, the same for the same (seed, number).</summary>
sealed class Draws(ulong seed, int number)
{
    int _index;

    /// <summary>A whole number from <paramref name="least"/> to below <paramref name="end"/>.</summary>
    public int Next(int least, int end) =>
        least + (int)(CounterRandom.Uniform(seed, RandomStream.Tokens, number, _index++) * (end - least));

    /// <summary>A whole number from 0 to below <paramref name="end"/>.</summary>
    public int Next(int end) => Next(0, end);

    /// <summary>Puts values into any order.</summary>
    public void Shuffle<T>(Span<T> values)
    {
        for (int i = values.Length - 1; i > 0; i--)
        {
            int other = Next(i + 1);
            (values[i], values[other]) = (values[other], values[i]);
        }
    }
}
