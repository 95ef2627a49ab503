using System;

namespace Muninn.Engine.Training.Worlds;

/// <summary>
/// Questions in plain English whose answers need a given number of serial steps, and prose in the same words. A text is a function of
/// (seed, part, task, steps, number): in any order, on any thread.
/// </summary>
/// <remarks>
/// A text that belongs to the other part is thrown away and drawn again; see <see cref="WorldSplit"/>. What the steps do not prove: a
/// relay's last owner without decoys is the one who only takes, an ordering's oldest the one who is nobody's younger, and a chain without decoys
/// adds up to its answer in any order. Those can be seen at one glance by who is able to; relays and chains with decoys cannot.
/// </remarks>
public sealed record World
{
    /// <summary>Which of all worlds.</summary>
    public ulong Seed { get; init; }

    /// <summary>Which part of it.</summary>
    public WorldPart Part { get; init; }

    /// <summary>
    /// Lines in each relay and chain that lead nowhere, at least 0: hand-overs of another such thing, other letters' assignments. Sums,
    /// toggles and orderings have none.
    /// </summary>
    public int Decoys { get; init; }

    /// <summary>The largest number of steps that a task has words for.</summary>
    /// <param name="task">What is asked for.</param>
    public static int StepsMax(WorldTask task) => QuestionForms.StepsMax(task);

    /// <summary>The most lines that lead nowhere that a question has words for; 0 where the task has none.</summary>
    /// <param name="task">What is asked for.</param>
    /// <param name="steps">k, from 1 to <see cref="StepsMax"/>.</param>
    public static int DecoysMax(WorldTask task, int steps) =>
        task is WorldTask.Relay or WorldTask.Chain ? QuestionForms.DecoysMax(task, steps) : 0;

    /// <summary>One question.</summary>
    /// <param name="task">What is asked for.</param>
    /// <param name="steps">k, from 1 to <see cref="StepsMax"/>.</param>
    /// <param name="number">Which of all such questions, from 0.</param>
    /// <exception cref="ArgumentException">There is no such task, or no words for so many steps or decoys.</exception>
    public WorldQuestion Question(WorldTask task, int steps, int number)
    {
        if (!Enum.IsDefined(task))
            throw new ArgumentOutOfRangeException(nameof(task), $"The task is {task}; give one of {string.Join(", ", Enum.GetNames<WorldTask>())}.");
        if (steps < 1 || steps > StepsMax(task))
            throw new ArgumentOutOfRangeException(nameof(steps), $"A {task} question of {steps} steps cannot be told; give 1 to {StepsMax(task)}.");
        int decoysMax = QuestionForms.DecoysMax(task, steps);
        if (Decoys < 0 || Decoys > decoysMax)
            throw new ArgumentException($"A {task} question of {steps} steps has no words for {Decoys} decoys; give 0 to {decoysMax}.");
        ArgumentOutOfRangeException.ThrowIfNegative(number);
        for (int attempt = 0; attempt < WorldDraws.AttemptsMax; attempt++)
        {
            var question = QuestionForms.Draw(task, steps, Decoys, Draws((int)task, steps, number, attempt));
            if (WorldSplit.PartOfQuestion(question.Text) == Part)
                return question;
        }

        throw Exhausted($"{task} questions of {steps} steps");
    }

    /// <summary>Some sentences that ask for nothing.</summary>
    /// <param name="number">Which of all such texts, from 0.</param>
    public string Prose(int number)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(number);
        for (int attempt = 0; attempt < WorldDraws.AttemptsMax; attempt++)
        {
            string text = WorldProse.Draw(Draws(0, 0, number, attempt));
            if (WorldSplit.PartOfProse(text) == Part)
                return text;
        }

        throw Exhausted("prose");
    }

    WorldDraws Draws(int kind, int steps, int number, int attempt) => new(Seed, new WorldPlace(kind, steps, number, attempt));

    InvalidOperationException Exhausted(string what) =>
        new($"{WorldDraws.AttemptsMax} draws of {what} are all outside the {Part} part; ask for another number, more steps or another seed.");
}
