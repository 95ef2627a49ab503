using System;
using System.Collections.Generic;

namespace Muninn.Engine.Training.Worlds;

/// <summary>Texts of the generated worlds for a tokenizer to learn from: prose and every kind of question with its answer, in turn.</summary>
public static class WorldCorpus
{
    const int StepsMost = 8;

    /// <summary>Texts of the training part.</summary>
    /// <param name="seed">Which of all worlds.</param>
    /// <param name="count">How many texts.</param>
    public static IEnumerable<string> Texts(ulong seed, int count)
    {
        var world = new World { Seed = seed };
        var tasks = Enum.GetValues<WorldTask>();
        for (int number = 0; number < count; number++)
        {
            // As much prose as questions.
            int turn = number % (2 * tasks.Length);
            int round = number / (2 * tasks.Length);
            if (turn >= tasks.Length)
            {
                yield return world.Prose(round * tasks.Length + turn - tasks.Length);
                continue;
            }

            var question = world.Question(tasks[turn], 1 + round % StepsMost, round / StepsMost);
            yield return $"{question.Text} {question.Answer}.";
        }
    }
}
