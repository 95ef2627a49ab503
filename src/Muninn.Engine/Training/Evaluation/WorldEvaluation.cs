using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Muninn.Engine.Model;
using Muninn.Engine.Recurrence;
using Muninn.Engine.Training.Data;
using Muninn.Engine.Training.Worlds;
using Muninn.Kernels;

namespace Muninn.Engine.Training.Evaluation;

/// <summary>Which held-out questions are asked, and how.</summary>
public sealed record WorldEvaluationSettings
{
    /// <summary>Most iterations, at least 1.</summary>
    public int Limit { get; init; } = 128;

    /// <summary>After which iterations answers are read, rising from 1 to the limit; null: after every one.</summary>
    public IReadOnlyList<int>? Iterations { get; init; }

    /// <summary>What is asked for.</summary>
    public IReadOnlyList<WorldTask> Tasks { get; init; } = Enum.GetValues<WorldTask>();

    /// <summary>Serial steps; each task is asked about at each.</summary>
    public IReadOnlyList<int> Steps { get; init; } = [1, 2, 3, 4, 6, 8, 10, 12];

    /// <summary>Questions of a task at a number of steps, at least 1.</summary>
    public int Questions { get; init; } = 100;

    /// <summary>Which questions of all held-out ones.</summary>
    public ulong Seed { get; init; }

    /// <summary>
    /// Lines that lead nowhere in relays and chains, at least 0: so many, but fewer than the steps, as training has them, and no more than there
    /// are words for. See <see cref="World.Decoys"/>.
    /// </summary>
    public int Decoys { get; init; }

    /// <summary>Whether questions are put as turns of a conversation.</summary>
    public bool IsChat { get; init; }

    /// <summary>Where every row starts.</summary>
    public InitialState Start { get; init; } = InitialState.Zero;

    /// <summary>As <see cref="ReadSettings.RestResidual"/>.</summary>
    public double RestResidual { get; init; } = ReadSettings.RestResidualDefault;

    /// <summary>Most rows of a pass, at least 1; changes the speed, never a bit of the result.</summary>
    public int RowsMax { get; init; } = 256;
}

/// <summary>How questions of one task and one number of steps were answered.</summary>
public sealed record WorldCell
{
    /// <summary>What was asked for.</summary>
    public required WorldTask Task { get; init; }

    /// <summary>Serial steps.</summary>
    public required int Steps { get; init; }

    /// <summary>Questions answered rightly after each iteration that was read, <c>[iterations]</c>.</summary>
    public required int[] Right { get; init; }

    /// <summary>
    /// For each question the first iteration read from which on the answer is right at all that are read; 0 where it is wrong at the last.
    /// </summary>
    public required int[] StableFrom { get; init; }

    /// <summary>Questions asked.</summary>
    public int Questions => StableFrom.Length;

    /// <summary>Share of them that was answered rightly.</summary>
    /// <param name="reading">Which of the iterations read.</param>
    public double Accuracy(int reading) => (double)Right[reading] / Questions;

    /// <summary>Lines in each question that lead nowhere.</summary>
    public required int Decoys { get; init; }

    /// <summary>The accuracy of guessing among what the question names, or among ten digits; null where that says nothing.</summary>
    public double? Chance => Task switch
    {
        WorldTask.Toggle => 0.5,
        WorldTask.Chain => 0.1,
        WorldTask.Relay when Decoys > 0 => null,
        WorldTask.Relay or WorldTask.Ordering => 1.0 / (Steps + 1),
        _ => null,
    };
}

/// <summary>Held-out accuracy by task, serial steps and iterations.</summary>
/// <param name="Iterations">Iterations that were read.</param>
/// <param name="Cells">Task by task, in the order of the steps.</param>
public sealed record WorldAccuracy(IReadOnlyList<int> Iterations, IReadOnlyList<WorldCell> Cells)
{
    /// <summary>Which reading is that of an iteration.</summary>
    /// <param name="iteration">One of <see cref="Iterations"/>.</param>
    /// <exception cref="ArgumentException">That iteration was not read.</exception>
    public int ReadingOf(int iteration)
    {
        for (int reading = 0; reading < Iterations.Count; reading++)
        {
            if (Iterations[reading] == iteration)
                return reading;
        }

        throw new ArgumentException($"Iteration {iteration} was not read; these were: {string.Join(", ", Iterations)}.", nameof(iteration));
    }
}

/// <summary>Asks a model held-out questions of the worlds and says after how many iterations it answers them.</summary>
/// <remarks>
/// An answer is right where each of its tokens, full stop and end token included, is the likeliest behind the prompt and the answer's
/// tokens before it: exactly where greedy generation at that depth gives the answer and ends. No question is asked twice: where few steps
/// have few questions, a cell has fewer than were asked for.
/// </remarks>
public static class WorldEvaluation
{
    /// <summary>Draws for a question that has not been asked yet.</summary>
    const int AttemptsMax = 20;

    /// <summary>Asks all questions.</summary>
    /// <param name="model">The weights.</param>
    /// <param name="tokens">How questions become tokens.</param>
    /// <param name="settings">Which questions.</param>
    /// <param name="pool">Threads.</param>
    /// <param name="asked">Told how many questions have been answered since it was last told, by any thread; null: nobody is.</param>
    /// <param name="cancellation">A cancelled evaluation throws.</param>
    /// <exception cref="ArgumentException">A setting is out of range, or a question is longer than the model's context.</exception>
    public static WorldAccuracy Run(
        RecurrentModel model, QuestionTokens tokens, WorldEvaluationSettings settings, WorkerPool pool, Action<int>? asked = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var cells = Questions(settings);
        ReadSequence[] sequences = [.. cells.SelectMany(static cell => cell).Select(question => SequenceOf(question, tokens, settings.IsChat))];
        var iterations = settings.Iterations ?? [.. Enumerable.Range(1, settings.Limit)];
        var reading = new ReadSettings { Iterations = iterations, Start = settings.Start, RowsMax = settings.RowsMax, RestResidual = settings.RestResidual };
        float[][] scores = DepthReader.Read(model, sequences, reading, IsLikeliest, pool, asked, cancellation);
        int first = 0;
        var results = new List<WorldCell>();
        foreach (var cell in cells)
        {
            results.Add(CellOf(cell[0], DecoysOf(settings, cell[0].Task, cell[0].Steps), iterations, scores.AsSpan(first, cell.Count)));
            first += cell.Count;
        }

        return new WorldAccuracy(iterations, results);
    }

    /// <summary>The questions that are asked, cell by cell.</summary>
    /// <param name="settings">Which.</param>
    /// <exception cref="ArgumentException">A setting is out of range.</exception>
    public static IReadOnlyList<IReadOnlyList<WorldQuestion>> Questions(WorldEvaluationSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.Limit, 1, nameof(settings));
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.Questions, 1, nameof(settings));
        ArgumentOutOfRangeException.ThrowIfNegative(settings.Decoys, nameof(settings));
        ArgumentOutOfRangeException.ThrowIfZero(settings.Tasks.Count, nameof(settings));
        ArgumentOutOfRangeException.ThrowIfZero(settings.Steps.Count, nameof(settings));
        return [.. settings.Tasks.SelectMany(task => settings.Steps.Select(steps => Different(settings, task, steps)))];
    }

    static int DecoysOf(WorldEvaluationSettings settings, WorldTask task, int steps) =>
        Math.Min(Math.Min(settings.Decoys, steps - 1), World.DecoysMax(task, steps));

    static List<WorldQuestion> Different(WorldEvaluationSettings settings, WorldTask task, int steps)
    {
        int count = settings.Questions;
        var world = new World { Seed = settings.Seed, Part = WorldPart.HeldOut, Decoys = DecoysOf(settings, task, steps) };
        var texts = new HashSet<string>(StringComparer.Ordinal);
        var questions = new List<WorldQuestion>();
        for (long number = 0; questions.Count < count && number < (long)AttemptsMax * count && number <= int.MaxValue; number++)
        {
            var question = world.Question(task, steps, (int)number);
            if (texts.Add(question.Text))
                questions.Add(question);
        }

        return questions;
    }

    static ReadSequence SequenceOf(WorldQuestion question, QuestionTokens tokens, bool isChat)
    {
        int[] answer = tokens.Answer(question.Answer, isChat);
        return new ReadSequence([.. tokens.Prompt(question.Text, isChat), .. answer], answer.Length);
    }

    static float IsLikeliest(ReadOnlySpan<float> logits, int target)
    {
        float largest = Softmax.Largest(logits);
        return float.IsFinite(largest) && Softmax.IndexOf(logits, largest) == target ? 1 : 0;
    }

    static WorldCell CellOf(WorldQuestion kind, int decoys, IReadOnlyList<int> iterations, ReadOnlySpan<float[]> scores)
    {
        int[] right = new int[iterations.Count];
        int[] stable = new int[scores.Length];
        for (int question = 0; question < scores.Length; question++)
        {
            int targets = scores[question].Length / iterations.Count;
            for (int reading = 0; reading < iterations.Count; reading++)
            {
                bool isRight = !scores[question].AsSpan(reading * targets, targets).Contains(0);
                right[reading] += isRight ? 1 : 0;
                stable[question] = !isRight ? 0 : stable[question] > 0 ? stable[question] : iterations[reading];
            }
        }

        return new WorldCell { Task = kind.Task, Steps = kind.Steps, Decoys = decoys, Right = right, StableFrom = stable };
    }
}
