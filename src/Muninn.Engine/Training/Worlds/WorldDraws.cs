using System;
using Muninn.Engine.Randomness;

namespace Muninn.Engine.Training.Worlds;

/// <summary>Which of all texts is drawn; no two share random numbers.</summary>
/// <param name="Kind">The task, or 0 for prose; below 8.</param>
/// <param name="Steps">Serial steps, below 64.</param>
/// <param name="Number">Number of the text.</param>
/// <param name="Attempt">How often it has been drawn before, below 1024.</param>
readonly record struct WorldPlace(int Kind, int Steps, int Number, int Attempt);

/// <summary>The draws for one text, one after the other.</summary>
sealed class WorldDraws(ulong seed, WorldPlace place)
{
    const int DrawBits = 10, AttemptBits = 10, StepBits = 6;

    /// <summary>Most draws for one text.</summary>
    const int DrawsMax = 1 << DrawBits;

    internal const int AttemptsMax = 1 << AttemptBits;

    readonly int _first = ((place.Kind << StepBits | place.Steps) << AttemptBits | place.Attempt) << DrawBits;
    int _drawn;

    /// <summary>A whole number from 0 to below <paramref name="end"/>.</summary>
    public int Next(int end)
    {
        if (_drawn == DrawsMax)
            throw new InvalidOperationException($"A text takes more than {DrawsMax} draws; its form must be shorter.");
        return (int)(CounterRandom.Uniform(seed, RandomStream.Worlds, place.Number, _first + _drawn++) * end);
    }

    /// <summary>A whole number from <paramref name="least"/> to <paramref name="most"/>, both included.</summary>
    public int Between(int least, int most) => least + Next(most - least + 1);

    /// <summary>One of some words.</summary>
    public string Of(string[] words) => words[Next(words.Length)];

    /// <summary>Some different words in any order.</summary>
    public string[] Some(string[] words, int count) => Shuffled(words)[..count];

    /// <summary>All of them in any order.</summary>
    public string[] Shuffled(string[] words)
    {
        string[] shuffled = [.. words];
        for (int i = shuffled.Length - 1; i > 0; i--)
        {
            int other = Next(i + 1);
            (shuffled[i], shuffled[other]) = (shuffled[other], shuffled[i]);
        }

        return shuffled;
    }
}
