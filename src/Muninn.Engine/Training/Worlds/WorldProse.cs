using System;
using System.Linq;
using static Muninn.Engine.Training.Worlds.WorldWords;

namespace Muninn.Engine.Training.Worlds;

/// <summary>Prose in the words of the questions and of the project's example prompts.</summary>
static class WorldProse
{
    const int SentencesMax = 4;

    static readonly Func<WorldDraws, string>[] _sentences =
    [
        static d => $"The {d.Of(Looks)} {d.Of(Things)} is in the {d.Of(Places)} and {Person(d)} {d.Of(Ways)} to the {d.Of(Places)}.",
        static d => $"The {d.Of(Looks)} {d.Of(Things)} is in the {d.Of(Places)}.",
        static d => $"{Person(d)} {d.Of(Ways)} to the {d.Of(Places)} every {d.Of(Times)}.",
        static d => $"The door of the {d.Of(Looks)} house is {(d.Next(2) == 0 ? "open" : "shut")}.",
        static d => $"The door is {(d.Next(2) == 0 ? "open" : "shut")} and {Person(d)} waits.",
        static d => $"{Person(d)} gives the {d.Of(Looks)} {d.Of(Things)} to {Person(d)}.",
        static d => $"{Person(d)} has the {d.Of(Things)} and {Person(d)} has {d.Between(2, 9)} {d.Of(Foods)}.",
        static d => $"{Person(d)} is older than {Person(d)}.",
        static d => $"The {d.Of(Looks)} raven remembers the {d.Of(Places)}.",
        static d => d.Next(2) == 0 ? "The raven remembers." : $"The raven remembers {Person(d)}.",
        static d => $"{Person(d)} makes a {d.Between(2, 7)} egg omelet every {d.Of(Times)} for {d.Of(Meals)}.",
        static d => $"{Person(d)} will eat {d.Between(2, 9)} dozens of {d.Of(Foods)} in {d.Between(2, 9)} weeks.",
        static d => $"How many {d.Of(Foods)} will {(d.Next(2) == 0 ? "she" : "he")} eat in {d.Between(2, 9)} weeks? {d.Between(2, 9)} dozens.",
        static d => $"What do you think of {(d.Next(2) == 0 ? "Goethe's Faust" : Person(d))}? It is the {d.Of(Looks)} book.",
        static d => $"You are {Person(d)}, a helpful assistant.",
        static d => $"Your answers show: {(d.Next(2) == 0 ? "careful" : d.Of(Looks))} thought.",
        static d => $"Who has it? {Person(d)} has it.",
        static d => $"{Person(d)} looks at the {d.Of(Things)} and thinks of the {d.Of(Places)}.",
    ];

    /// <summary>One to four sentences.</summary>
    internal static string Draw(WorldDraws draws) =>
        string.Join(' ', Enumerable.Range(0, draws.Between(1, SentencesMax)).Select(_ => _sentences[draws.Next(_sentences.Length)](draws)));

    static string Person(WorldDraws draws) => draws.Next(5) == 0 ? draws.Of(Guests) : draws.Of(Names);
}
