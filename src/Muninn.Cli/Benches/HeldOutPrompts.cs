using System;
using System.Collections.Generic;
using System.Linq;

namespace Muninn.Cli.Benches;

/// <summary>
/// Texts of the world that <c>seedling</c> was trained on, made anew: questions with one answer, and beginnings that a text may
/// go on from. A number says which, so that every run has the same.
/// </summary>
/// <param name="seed">Which of all such texts.</param>
sealed class HeldOutPrompts(int seed)
{
    static readonly int[] _steps = [2, 3, 4, 6, 8, 10];

    static readonly string[] _names =
    [
        "Rosa", "Quin", "Sam", "Gus", "Leo", "Ola", "Finn", "Ned", "Dan", "Pam", "Kim", "Tess", "Ben", "Eve", "Jon", "Cara", "Mia", "Ann",
        "Ida", "Hal",
    ];

    static readonly string[] _things = ["key", "ball", "cup", "lamp", "coin", "ring", "map", "book"];
    static readonly string[] _foods = ["apples", "nuts", "cakes", "pears", "eggs", "figs"];
    static readonly string[] _looks = ["old", "small", "new", "big", "bright", "red", "quiet", "blue"];
    static readonly string[] _places = ["garden", "house", "river", "hill", "market", "road", "field"];
    static readonly string[] _ways = ["runs", "looks", "walks", "comes", "goes"];

    static readonly Func<Draws, int, string>[] _tasks = [Relay, Toggles, Ordering, Sum, Chain];

    /// <summary>Questions of every kind and several numbers of serial steps, in turns.</summary>
    /// <param name="count">How many.</param>
    public IEnumerable<string> Questions(int count) => Enumerable.Range(0, count).Select(number =>
        _tasks[number % _tasks.Length](new Draws((ulong)seed, 2 * number), _steps[number / _tasks.Length % _steps.Length]));

    /// <summary>Beginnings of prose and of questions, cut off between two words.</summary>
    /// <param name="count">How many.</param>
    public IEnumerable<string> Beginnings(int count) => Enumerable.Range(0, count).Select(number =>
    {
        var draws = new Draws((ulong)seed, 2 * number + 1);
        if (number % 2 == 0)
        {
            var prose = $"The {Of(_looks, draws)} {Of(_things, draws)} is in the {Of(_places, draws)} and {Of(_names, draws)} "
                + $"{Of(_ways, draws)} to the {Of(_places, draws)}.";
            return Cut(prose, draws.Next(5, 13));
        }

        var question = _tasks[number / 2 % _tasks.Length](draws, 10);
        return Cut(question, draws.Next(6, 16));
    });

    static string Relay(Draws draws, int steps)
    {
        var names = Shuffled(_names, draws)[..(steps + 1)];
        var thing = Of(_things, draws);
        var gifts = Enumerable.Range(0, steps).Select(i => $"{names[i]} gives the {thing} to {names[i + 1]}.").ToArray();
        return $"{string.Join(' ', Shuffled(gifts, draws))} {names[0]} has the {thing} first. Who has it last?";
    }

    static string Toggles(Draws draws, int steps)
    {
        var acts = Enumerable.Range(0, steps).Select(_ => $"{Of(_names, draws)} {(draws.Next(3) == 0 ? "waits" : "turns it")}.");
        return $"The door is {(draws.Next(2) == 0 ? "open" : "shut")}. {string.Join(' ', acts)} Is the door open or shut?";
    }

    static string Ordering(Draws draws, int steps)
    {
        var names = Shuffled(_names, draws)[..(steps + 1)];
        var pairs = Enumerable.Range(0, steps).Select(i => $"{names[i]} is older than {names[i + 1]}.").ToArray();
        return $"{string.Join(' ', Shuffled(pairs, draws))} Who is the {(draws.Next(2) == 0 ? "oldest" : "youngest")}?";
    }

    static string Sum(Draws draws, int steps)
    {
        var (name, food) = (Of(_names, draws), Of(_foods, draws));
        int left = draws.Next(1, 10);
        var text = $"{name} has {left} {food}.";
        for (int i = 0; i < steps; i++)
        {
            int change = draws.Next(2) == 0 ? -draws.Next(0, int.Min(left, 9) + 1) : draws.Next(1, 10);
            left += change;
            text += $" {name} {(change > 0 ? "finds" : "eats")} {int.Abs(change)}.";
        }

        return $"{text} How many {food} are left?";
    }

    static string Chain(Draws draws, int steps)
    {
        var letters = Shuffled([.. "abcdefghkmnpqrstuvwxyz".Select(static letter => letter.ToString())], draws)[..(steps + 1)];
        var lines = Enumerable.Range(0, steps).Select(i => $"{letters[i + 1]} = {letters[i]} + {draws.Next(10)}.")
            .Prepend($"{letters[0]} = {draws.Next(10)}.").ToArray();
        return $"{string.Join(' ', Shuffled(lines, draws))} Modulo ten, what is {letters[steps]}?";
    }

    static string Cut(string text, int words) => string.Join(' ', text.Split(' ').Take(words));

    static string Of(string[] words, Draws draws) => words[draws.Next(words.Length)];

    static string[] Shuffled(string[] words, Draws draws)
    {
        string[] shuffled = [.. words];
        draws.Shuffle<string>(shuffled);
        return shuffled;
    }
}
