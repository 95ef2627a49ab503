using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace Muninn.Engine.Training.Worlds;

/// <summary>How a question of each task is put together from draws.</summary>
static class QuestionForms
{
    /// <summary>How many serial steps a task has words for.</summary>
    internal static int StepsMax(WorldTask task) => task switch
    {
        WorldTask.Relay or WorldTask.Ordering => WorldWords.Names.Length - 1,
        WorldTask.Chain => WorldWords.Letters.Length - 1,
        _ => 63,
    };

    /// <summary>How many lines that lead nowhere a question has words for: only relays and chains have such lines.</summary>
    internal static int DecoysMax(WorldTask task, int steps) => task switch
    {
        WorldTask.Relay => Math.Max(0, WorldWords.Names.Length - 2 - steps),
        WorldTask.Chain => WorldWords.Letters.Length - 1 - steps,
        _ => int.MaxValue,
    };

    internal static WorldQuestion Draw(WorldTask task, int steps, int decoys, WorldDraws draws)
    {
        var (text, answer) = task switch
        {
            WorldTask.Relay => Relay(draws, steps, decoys),
            WorldTask.Sum => Sum(draws, steps),
            WorldTask.Chain => Chain(draws, steps, decoys),
            WorldTask.Toggle => Toggle(draws, steps),
            WorldTask.Ordering => Ordering(draws, steps),
            _ => throw new ArgumentOutOfRangeException(nameof(task), $"The task is {task}; give one of {string.Join(", ", Enum.GetNames<WorldTask>())}."),
        };
        return new WorldQuestion(text, answer, task, steps);
    }

    static (string Text, string Answer) Relay(WorldDraws draws, int steps, int decoys)
    {
        // Two relays of such a thing, among other people: who only takes is no answer, since there are two; only following tells.
        string[] names = draws.Some(WorldWords.Names, decoys > 0 ? steps + decoys + 2 : steps + 1);
        string thing = draws.Some(WorldWords.Things, 2)[0];
        var gifts = Gifts(names[..(steps + 1)], thing).Concat(Gifts(names[(steps + 1)..], thing));
        return ($"{Told(draws, gifts)} {names[0]} has the {thing} first. Who has it last?", names[steps]);
    }

    static IEnumerable<string> Gifts(string[] names, string thing) =>
        names.Zip(names.Skip(1), (giver, taker) => $"{giver} gives the {thing} to {taker}.");

    static (string Text, string Answer) Sum(WorldDraws draws, int steps)
    {
        var (name, food) = (draws.Of(WorldWords.Names), draws.Of(WorldWords.Foods));
        int left = draws.Between(1, 9);
        var sentences = new List<string> { $"{name} has {left} {food}." };
        for (int i = 0; i < steps; i++)
        {
            // Every step changes the number: nobody eats nothing.
            bool eats = left > 0 && draws.Next(2) == 0;
            int change = draws.Between(1, eats ? Math.Min(left, 9) : 9);
            left += eats ? -change : change;
            sentences.Add($"{name} {(eats ? "eats" : "finds")} {change}.");
        }

        return ($"{string.Join(' ', sentences)} How many {food} are left?", left.ToString(CultureInfo.InvariantCulture));
    }

    static (string Text, string Answer) Chain(WorldDraws draws, int steps, int decoys)
    {
        string[] letters = draws.Some(WorldWords.Letters, steps + 1 + decoys);
        int value = draws.Next(10);
        var lines = new List<string> { $"{letters[0]} = {value}." };
        for (int i = 1; i <= steps; i++)
        {
            int added = draws.Between(1, 9);
            value = (value + added) % 10;
            lines.Add($"{letters[i]} = {letters[i - 1]} + {added}.");
        }

        // Decoys branch off anywhere, so that neither the sum of all digits nor the letter that nothing follows is the answer.
        for (int i = steps + 1; i < letters.Length; i++)
        {
            int parent = draws.Next(i + 1);
            lines.Add(parent == i ? $"{letters[i]} = {draws.Next(10)}." : $"{letters[i]} = {letters[parent]} + {draws.Between(1, 9)}.");
        }

        return ($"{Told(draws, lines)} Modulo ten, what is {letters[steps]}?", value.ToString(CultureInfo.InvariantCulture));
    }

    static (string Text, string Answer) Toggle(WorldDraws draws, int steps)
    {
        bool open = draws.Next(2) == 0;
        var sentences = new List<string> { $"The door is {State(open)}." };
        for (int turns = 0; turns <= steps; turns++)
        {
            // Without somebody who waits, the length of the text would tell how often the door was turned.
            if (draws.Next(3) == 0)
                sentences.Add($"{draws.Of(WorldWords.Names)} waits.");
            if (turns == steps) break;
            sentences.Add($"{draws.Of(WorldWords.Names)} turns it.");
            open = !open;
        }

        return ($"{string.Join(' ', sentences)} Is the door open or shut?", State(open));
    }

    static string State(bool open) => open ? "open" : "shut";

    static (string Text, string Answer) Ordering(WorldDraws draws, int steps)
    {
        string[] names = draws.Some(WorldWords.Names, steps + 1);
        var pairs = names.Zip(names[1..], static (older, younger) => $"{older} is older than {younger}.");
        bool oldest = draws.Next(2) == 0;
        return ($"{Told(draws, pairs)} Who is the {(oldest ? "oldest" : "youngest")}?", oldest ? names[0] : names[^1]);
    }

    static string Told(WorldDraws draws, IEnumerable<string> sentences) => string.Join(' ', draws.Shuffled([.. sentences]));
}
