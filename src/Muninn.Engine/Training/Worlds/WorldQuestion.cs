namespace Muninn.Engine.Training.Worlds;

/// <summary>What a question of the generated worlds asks for.</summary>
public enum WorldTask
{
    /// <summary>Who has a thing after k hand-overs; a step is a hand-over, told in any order.</summary>
    Relay = 1,

    /// <summary>How many are left after k things were found or eaten; a step is a sum or a difference.</summary>
    Sum = 2,

    /// <summary>The value of a letter, k assignments from a digit, modulo ten; a step is an addition, told in any order.</summary>
    Chain = 3,

    /// <summary>Whether a door is open after it was turned k times; a step is a turn, waiting is none.</summary>
    Toggle = 4,

    /// <summary>Who is the oldest or the youngest of k + 1; a step is a comparison, told in any order.</summary>
    Ordering = 5,
}

/// <summary>A question in plain English with one answer.</summary>
/// <param name="Text">Facts and, as the last sentence, the question.</param>
/// <param name="Answer">One word: a name, a number, "open" or "shut".</param>
/// <param name="Task">What is asked for.</param>
/// <param name="Steps">k, the serial steps from the first fact to the answer.</param>
public sealed record WorldQuestion(string Text, string Answer, WorldTask Task, int Steps);
