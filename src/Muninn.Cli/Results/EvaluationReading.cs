using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Muninn.Cli.Frame;
using Muninn.Cli.Input;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Model;
using Muninn.Engine.Text;
using Muninn.Engine.Training.Data;
using Muninn.Engine.Training.Evaluation;
using Muninn.Kernels;
using Muninn.Microscope.Measures.Evaluations;

namespace Muninn.Cli.Results;

/// <summary>A text file and how well it is predicted.</summary>
/// <param name="File">As typed.</param>
/// <param name="Prediction">By iterations.</param>
sealed record EvaluatedText(string File, TextPrediction Prediction);

/// <summary>What a model answered: the run behind <c>eval</c>.</summary>
sealed record EvaluationReading
{
    /// <summary>What was asked for.</summary>
    public required EvaluationPlan Plan { get; init; }

    /// <summary>What the model is called.</summary>
    public required string ModelName { get; init; }

    /// <summary>Identifies configuration and weights.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>Held-out accuracy; null where no question was asked.</summary>
    public WorldAccuracy? Accuracy { get; init; }

    /// <summary>When answers stay right; null where no question was asked.</summary>
    public StabilitySummary? Stability { get; init; }

    /// <summary>Answers of tokens that stop for themselves, cell by cell; empty where no rule was given.</summary>
    public IReadOnlyList<AdaptiveCell> Adaptive { get; init; } = [];

    /// <summary>Texts.</summary>
    public IReadOnlyList<EvaluatedText> Texts { get; init; } = [];

    /// <summary>What a person should know of the checkpoint besides.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>Iterations that tables show: 1, 2, 4, … and the last.</summary>
    public IReadOnlyList<int> Shown => ReadSettings.Doubling(Plan.Limit);

    /// <summary>Asks as planned.</summary>
    /// <param name="plan">What to ask, and how.</param>
    /// <param name="shell">Where progress is shown, and who may stop it.</param>
    /// <exception cref="UsageException">Options that do not fit the model.</exception>
    /// <exception cref="OperationCanceledException">The process shall end.</exception>
    public static EvaluationReading Of(EvaluationPlan plan, Shell shell)
    {
        var documents = plan.Texts.Select(file => (File: file, Texts: TextsOf(file, plan.IsByLine))).ToList();
        using var files = ModelFiles.Open(plan.Model);
        var text = files.Text
            ?? throw new UsageException($"the model '{files.Location.Reference}' has no tokenizer.json, so no question can be put to it. Give another model.");
        var checkpoint = files.Checkpoint;
        var tokens = plan.Worlds is null ? null : TokensOf(plan, text, files.Location.Reference);
        RequireWindow(plan, checkpoint.Config, text);
        int threads = plan.Threads ?? Reading.ThreadsFor(checkpoint.Config, int.MaxValue);
        RequireMemory(checkpoint, threads);
        using var pool = new WorkerPool(threads);
        using var model = RecurrentModel.Load(checkpoint, new ModelOptions { Rotary = plan.Rotary }, pool);
        var reading = new EvaluationReading
        {
            Plan = plan,
            ModelName = files.Location.Name,
            Fingerprint = files.Fingerprint,
            Notes = [.. checkpoint.Notes, .. checkpoint.IntegerWeights is { } weights
                ? new[] { $"The weights are {weights}: these are the answers of a nearby model, not of the original." } : []],
        };
        if (tokens is not null) reading = reading.WithAnswers(model, tokens, pool, shell);
        return reading with { Texts = [.. documents.Select(document => reading.Read(document.File, document.Texts, model, text, pool, shell))] };
    }

    EvaluationReading WithAnswers(RecurrentModel model, QuestionTokens tokens, WorkerPool pool, Shell shell)
    {
        var settings = Plan.Worlds!;
        int count = WorldEvaluation.Questions(settings).Sum(static cell => cell.Count);
        try
        {
            WorldAccuracy accuracy;
            using (var progress = new Progress(shell, "question", count))
                accuracy = WorldEvaluation.Run(model, tokens, settings, pool, Counter(progress), shell.Stopping);
            IReadOnlyList<AdaptiveCell> adaptive = [];
            if (Plan.Exit is { } rule)
            {
                using var progress = new Progress(shell, "question with exits", count);
                adaptive = AdaptiveEvaluation.Run(model, tokens, settings, rule, pool, Counter(progress), shell.Stopping);
            }

            return this with { Accuracy = accuracy, Stability = StabilitySummary.Of(accuracy), Adaptive = adaptive };
        }
        catch (ArgumentException e)
        {
            throw new UsageException(MessageOf(e));
        }
    }

    EvaluatedText Read(string file, IReadOnlyList<string> documents, RecurrentModel model, ModelText text, WorkerPool pool, Shell shell)
    {
        try
        {
            var settings = new ReadSettings { Iterations = Shown, Start = Plan.InitialState, RestResidual = Plan.RestResidual };
            return new EvaluatedText(file, TextEvaluation.Read(model, text, documents, Plan.Window, settings, pool, shell.Stopping));
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"'{file}': {e.Message}", e);
        }
    }

    static IReadOnlyList<string> TextsOf(string file, bool isByLine)
    {
        string text = TextInput.ReadFile(file);
        return !isByLine ? [text] : [.. text.Split('\n').Select(static line => line.TrimEnd('\r')).Where(static line => line.Length > 0)];
    }

    /// <summary>Threads report when they like; one at a time writes.</summary>
    static Action<int> Counter(Progress progress)
    {
        int done = 0;
        return count =>
        {
            lock (progress)
                progress.Report(done += count);
        };
    }

    static QuestionTokens TokensOf(EvaluationPlan plan, ModelText text, string reference)
    {
        try
        {
            var tokens = new QuestionTokens(text);
            return !plan.Worlds!.IsChat || tokens.HasChat
                ? tokens
                : throw new UsageException($"the model '{reference}' has no chat template. Leave --chat out.");
        }
        catch (ArgumentException e)
        {
            throw new UsageException($"the model '{reference}' can be asked no question: {MessageOf(e)}");
        }
    }

    static void RequireWindow(EvaluationPlan plan, ModelConfig config, ModelText text)
    {
        int least = text.Frame.Before.Count + 4;
        if (plan.Window is { } window && (window < least || window > config.Context))
            throw new UsageException($"--window is {window}, and this model reads {least} to {config.Context} tokens together. Give a number between.");
    }

    static void RequireMemory(Checkpoint checkpoint, int threads)
    {
        int rows = new ReadSettings { Iterations = [1] }.RowsMax;
        double available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        double lanes = (double)threads * PromptRun.BytesFor(checkpoint.Config, rows);
        double needed = lanes + checkpoint.WeightBytes;
        if (needed <= ReadingMemory.Share * available) return;
        throw new IOException(
            $"{threads} threads that read {rows} tokens each need {Amount.Bytes(lanes)}, the weights {Amount.Bytes(checkpoint.WeightBytes)}; of the " +
            $"{Amount.Bytes(available)} of memory here, {Amount.Bytes(ReadingMemory.Share * available)} may be taken. Give fewer --threads, or make the weights smaller: muninn quantize.");
    }

    static string MessageOf(ArgumentException failure) => failure.Message.Split(" (Parameter")[0];
}
