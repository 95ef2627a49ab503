using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Engine.Training.Worlds;

namespace Muninn.Engine.Training.Data;

/// <summary>How often a task is asked, and how hard.</summary>
/// <param name="Task">What is asked for.</param>
/// <param name="Share">How often, against the other tasks; above 0.</param>
/// <param name="StepsMax">The most serial steps that are ever asked; at least 1.</param>
public sealed record WorldTaskShare(WorldTask Task, double Share, int StepsMax);

/// <summary>What is drawn from the generated worlds, and how much of it counts.</summary>
public sealed record WorldSettings
{
    /// <summary>Which of all worlds.</summary>
    public ulong Seed { get; init; }

    /// <summary>The tasks, each once.</summary>
    public required IReadOnlyList<WorldTaskShare> Tasks { get; init; }

    /// <summary>Every task begins with 1 to this many steps; at least 1.</summary>
    public int StepsAtFirst { get; init; } = 2;

    /// <summary>A task gets one step harder when so much of what was asked at its hardest was answered rightly; in (0, 1].</summary>
    public double RaisedAt { get; init; } = 0.9;

    /// <summary>Over how many questions at the hardest that is counted; at least 1.</summary>
    public int RaisedOver { get; init; } = 128;

    /// <summary>The share of questions at the hardest, of the most steps or one less; the others have any number of steps up to it; in [0, 1].</summary>
    public double ShareAtHardest { get; init; } = 0.5;

    /// <summary>By what the share of a task is multiplied while its hardest questions are answered well enough; in (0, 1].</summary>
    public double ShareOfMastered { get; init; } = 1;

    /// <summary>Lines that lead nowhere: half of the relays and chains have 1 to this many, but fewer than steps; at least 0.</summary>
    public int DecoysMax { get; init; }

    /// <summary>The share of documents that are prose, not questions; in [0, 1].</summary>
    public double ShareOfProse { get; init; }

    /// <summary>The share of questions that are asked through the chat template; in [0, 1].</summary>
    public double ShareOfChat { get; init; }

    /// <summary>How much a token of an answer counts.</summary>
    public float AnswerWeight { get; init; } = 1;

    /// <summary>How much a token of a question counts.</summary>
    public float QuestionWeight { get; init; } = 1;

    /// <summary>How much a token of prose counts.</summary>
    public float ProseWeight { get; init; } = 1;

    /// <summary>These settings, if texts can be drawn by them.</summary>
    /// <exception cref="ArgumentException">One is out of its range.</exception>
    public WorldSettings Validated()
    {
        if (Tasks.Count == 0 || Tasks.DistinctBy(static task => task.Task).Count() != Tasks.Count)
            throw new ArgumentException($"The worlds ask {Tasks.Count} tasks; give at least one, each once.");
        foreach (var task in Tasks)
        {
            if (!(task.Share > 0 && double.IsFinite(task.Share)))
                throw new ArgumentException($"The share of {task.Task} is {task.Share}; give a number above 0, or leave the task out.");
            if (task.StepsMax < 1 || task.StepsMax > World.StepsMax(task.Task))
                throw new ArgumentException($"{task.Task} goes up to {task.StepsMax} steps; give 1 to {World.StepsMax(task.Task)}.");
        }

        RequireShare(ShareAtHardest, "share of questions at the hardest");
        if (!(ShareOfMastered > 0 && ShareOfMastered <= 1))
            throw new ArgumentException($"The share of what is mastered is multiplied by {ShareOfMastered}; give a number above 0 and up to 1.");
        RequireShare(ShareOfProse, "share of prose");
        RequireShare(ShareOfChat, "share of questions in conversations");
        RequireWeight(AnswerWeight, "answer");
        RequireWeight(QuestionWeight, "question");
        RequireWeight(ProseWeight, "prose");
        if (!(RaisedAt > 0 && RaisedAt <= 1) || RaisedOver < 1 || StepsAtFirst < 1)
            throw new ArgumentException(
                $"A task begins with {StepsAtFirst} steps and gets harder when {RaisedAt} of {RaisedOver} answers are right; "
                + "give at least 1 step, a share above 0 and up to 1, and at least 1 answer.");
        if (DecoysMax is < 0 or > WorldSource.DecoysMost)
            throw new ArgumentException($"There are up to {DecoysMax} decoys; give 0 to {WorldSource.DecoysMost}.");
        return this;
    }

    static void RequireShare(double share, string name)
    {
        if (!(share is >= 0 and <= 1))
            throw new ArgumentException($"The {name} is {share}; give a number from 0 to 1.");
    }

    static void RequireWeight(float weight, string name)
    {
        if (!(weight >= 0 && float.IsFinite(weight)))
            throw new ArgumentException($"A token of the {name} counts {weight}; give a number from 0.");
    }
}
