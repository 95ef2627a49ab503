using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.RegularExpressions;
using Xunit;

namespace Muninn.Tests.Engine.Training.Worlds;

/// <summary>Reads a question as a person would, sentence by sentence, and walks to its answer one step at a time.</summary>
static class SlowSolver
{
    /// <summary>The answer, and how many steps led to it.</summary>
    public static (string Answer, int Steps) Solve(string text)
    {
        string[] sentences = Regex.Split(text, "(?<=[.?]) ");
        var (facts, asked) = (sentences[..^1], sentences[^1]);
        return asked switch
        {
            "Who has it last?" => Follow(facts),
            "Is the door open or shut?" => Turn(facts),
            "Who is the oldest?" => Compare(facts, forwards: true),
            "Who is the youngest?" => Compare(facts, forwards: false),
            _ when asked.StartsWith("Modulo ten, ", StringComparison.Ordinal) => Evaluate(facts, Read(asked, @"Modulo ten, what is (\w)\?")[0]),
            _ => Count(facts, Read(asked, @"How many (\w+) are left\?")[0]),
        };
    }

    /// <summary>The words in brackets, if the sentence has this form.</summary>
    static string[] Read(string sentence, string form)
    {
        var match = Regex.Match(sentence, $"^{form}$");
        Assert.True(match.Success, $"“{sentence}” is not of the form {form}");
        return [.. match.Groups.Values.Skip(1).Select(static group => group.Value)];
    }

    static (string, int) Follow(string[] facts)
    {
        string[] first = Read(facts[^1], @"(\w+) has the (\w+) first\.");
        var taker = new Dictionary<string, string>();
        var takers = new HashSet<string>();
        foreach (string[] gift in facts[..^1].Select(static fact => Read(fact, @"(\w+) gives the (\w+) to (\w+)\.")).Where(gift => gift[1] == first[1]))
        {
            taker.Add(gift[0], gift[2]);
            Assert.True(takers.Add(gift[2]), $"{gift[2]} gets the {gift[1]} twice");
        }

        string owner = first[0];
        int steps = 0;
        for (; taker.TryGetValue(owner, out string? next); owner = next)
            steps++;
        return (owner, steps);
    }

    static (string, int) Count(string[] facts, string food)
    {
        string[] first = Read(facts[0], @"(\w+) has (\d+) (\w+)\.");
        Assert.Equal(food, first[2]);
        int left = int.Parse(first[1], CultureInfo.InvariantCulture);
        foreach (string[] change in facts[1..].Select(static fact => Read(fact, @"(\w+) (eats|finds) (\d)\.")))
        {
            Assert.Equal(first[0], change[0]);
            int number = int.Parse(change[2], CultureInfo.InvariantCulture);
            Assert.InRange(number, 1, 9);
            left += change[1] == "eats" ? -number : number;
            Assert.True(left >= 0, "more is eaten than there is");
        }

        return (left.ToString(CultureInfo.InvariantCulture), facts.Length - 1);
    }

    static (string, int) Evaluate(string[] facts, string asked)
    {
        var lines = facts.Select(static fact => Read(fact, @"(\w) = (?:(\w) \+ )?(\d)\.")).ToDictionary(static line => line[0]);
        int sum = 0;
        int steps = 0;
        for (string[] line = lines[asked]; ; line = lines[line[1]], steps++)
        {
            sum += int.Parse(line[2], CultureInfo.InvariantCulture);
            if (line[1].Length == 0) break;
            Assert.NotEqual("0", line[2]);
        }

        return ((sum % 10).ToString(CultureInfo.InvariantCulture), steps);
    }

    static (string, int) Turn(string[] facts)
    {
        bool open = Read(facts[0], @"The door is (open|shut)\.")[0] == "open";
        int turns = facts[1..].Count(static fact => Read(fact, @"\w+ (turns it|waits)\.")[0] == "turns it");
        return (turns % 2 == 0 == open ? "open" : "shut", turns);
    }

    static (string, int) Compare(string[] facts, bool forwards)
    {
        var younger = new Dictionary<string, string>();
        foreach (string[] pair in facts.Select(static fact => Read(fact, @"(\w+) is older than (\w+)\.")))
            younger.Add(pair[forwards ? 1 : 0], pair[forwards ? 0 : 1]);
        // From the other end of the order: the one whom no pair leads to.
        string person = younger.Keys.Except(younger.Values).Single();
        int steps = 0;
        for (; younger.TryGetValue(person, out string? next); person = next)
            steps++;
        Assert.Equal(facts.Length, steps);
        return (person, steps);
    }
}
