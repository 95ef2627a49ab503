using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Muninn.Engine.Caching;
using Muninn.Engine.Generation;
using Muninn.Engine.Model;
using Muninn.Engine.Recurrence;
using Muninn.Engine.Training.Data;
using Muninn.Engine.Training.Worlds;
using Muninn.Kernels;

namespace Muninn.Engine.Training.Evaluation;

/// <summary>How questions of one task and one number of steps were answered by tokens that stop for themselves.</summary>
/// <param name="Task">What was asked for.</param>
/// <param name="Steps">Serial steps.</param>
/// <param name="Questions">Questions asked.</param>
/// <param name="Right">Questions answered rightly.</param>
/// <param name="Iterations">Mean iterations of the tokens of the answers.</param>
/// <param name="AtLimit">Tokens of answers that no rule stopped.</param>
/// <param name="Tokens">Tokens of answers.</param>
public sealed record AdaptiveCell(WorldTask Task, int Steps, int Questions, int Right, double Iterations, int AtLimit, int Tokens);

/// <summary>
/// Generates the answers to held-out questions with an exit rule: real runs, in which tokens attend to earlier ones as they stopped, the
/// prompt's included.
/// </summary>
public static class AdaptiveEvaluation
{
    /// <summary>Bytes of keys and values that running requests take together; one request may take more.</summary>
    const long StoreBytesMost = 256 << 20;

    const int RequestsMost = 32;

    /// <summary>Asks all questions that <see cref="WorldEvaluation"/> asks.</summary>
    /// <param name="model">The weights.</param>
    /// <param name="tokens">How questions become tokens.</param>
    /// <param name="settings">Which questions; the limit is that of every token.</param>
    /// <param name="rule">When a token stops.</param>
    /// <param name="pool">Threads.</param>
    /// <param name="asked">Told how many questions have been answered since it was last told; null: nobody is.</param>
    /// <param name="cancellation">A cancelled evaluation throws.</param>
    /// <exception cref="ArgumentException">A setting is out of range, or a question is longer than the model's context.</exception>
    public static IReadOnlyList<AdaptiveCell> Run(
        RecurrentModel model, QuestionTokens tokens, WorldEvaluationSettings settings, ExitRule rule, WorkerPool pool, Action<int>? asked = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(tokens);
        ArgumentNullException.ThrowIfNull(rule);
        var cells = WorldEvaluation.Questions(settings);
        Answer[] answers = [.. cells.SelectMany(static cell => cell).Select(question => new Answer(
            tokens.Prompt(question.Text, settings.IsChat), tokens.Answer(question.Answer, settings.IsChat)))];
        foreach (var answer in answers)
            model.RequireTokens([.. answer.Prompt, .. answer.Right]);
        using var scheduler = new DepthScheduler(model, pool, SettingsFor(model, answers, settings.Limit));
        var tickets = answers.Select(answer => scheduler.Submit(RequestOf(answer, settings, rule), answer.Take)).ToList();
        Await(scheduler, tickets, answers, asked, cancellation);
        int first = 0;
        var results = new List<AdaptiveCell>();
        foreach (var cell in cells)
        {
            results.Add(CellOf(cell[0], answers.AsSpan(first, cell.Count)));
            first += cell.Count;
        }

        return results;
    }

    static GenerationRequest RequestOf(Answer answer, WorldEvaluationSettings settings, ExitRule rule) => new()
    {
        Prompt = answer.Prompt,
        Limit = settings.Limit,
        Exit = rule,
        Start = settings.Start,
        TokensMax = answer.Right.Length,
        StopTokens = [answer.Right[^1]],
    };

    static SchedulerSettings SettingsFor(RecurrentModel model, Answer[] answers, int limit)
    {
        int positions = answers.Max(static answer => answer.Prompt.Length + answer.Right.Length);
        long bytes = Capacity(1).Bytes(model.Config);
        int requests = (int)Math.Clamp(StoreBytesMost / bytes, 1, Math.Min(RequestsMost, answers.Length));
        return new SchedulerSettings { Store = Capacity(requests), RequestsMax = requests, QueueMax = answers.Length };

        StoreCapacity Capacity(int sequences) => StoreCapacity.For(CachePolicy.PerIteration, limit, positions, model.Config.CoreBlocks, sequences);
    }

    static void Await(
        DepthScheduler scheduler, List<RequestTicket> tickets, Answer[] answers, Action<int>? asked, CancellationToken cancellation)
    {
        if (tickets.Find(static ticket => ticket.End == GenerationEnd.Refused) is { } refused)
            throw new ArgumentException(refused.Explanation);
        int told = 0;
        do
        {
            cancellation.ThrowIfCancellationRequested();
            // Requests run in the order in which they were handed in.
            for (; asked is not null && told < answers.Length && tickets[told].End != GenerationEnd.None; told++)
                asked(1);
        }
        while (scheduler.Step());
        asked?.Invoke(answers.Length - told);
    }

    static AdaptiveCell CellOf(WorldQuestion kind, ReadOnlySpan<Answer> answers)
    {
        int right = 0;
        var given = new List<GeneratedToken>();
        foreach (var answer in answers)
        {
            right += answer.Given.Select(static token => token.Token).SequenceEqual(answer.Right) ? 1 : 0;
            given.AddRange(answer.Given);
        }

        return new AdaptiveCell(
            kind.Task, kind.Steps, answers.Length, right, given.Count == 0 ? double.NaN : given.Average(static token => token.Iterations),
            given.Count(static token => token.Reason == ExitReason.LimitReached), given.Count);
    }

    /// <summary>The answer to one question as it comes about.</summary>
    sealed class Answer(int[] prompt, int[] right)
    {
        public int[] Prompt => prompt;

        public int[] Right => right;

        public List<GeneratedToken> Given { get; } = [];

        public bool Take(in GeneratedToken token)
        {
            Given.Add(token);
            return true;
        }
    }
}
