using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Cli.Frame;
using Muninn.Engine.Recurrence;
using Muninn.Engine.Training.Evaluation;
using Muninn.Engine.Training.Worlds;

namespace Muninn.Cli.Input;

/// <summary>The options that say what a model is asked, and how deep it thinks.</summary>
sealed class EvaluationSettings
{
    /// <summary>Most questions of a task at a number of steps.</summary>
    const int MostQuestions = 100_000;

    static readonly WorldTask[] _all = Enum.GetValues<WorldTask>();

    readonly InputSettings _input = new();

    readonly Setting<int> _iterations = new(Reads.Number(1, InputSettings.MostIterations), 128)
    {
        Name = "--iterations",
        ShortName = "-n",
        ValueName = "N",
        Description = "The most iterations; answers are read after every one of them, in one run.",
        FallbackText = "128",
    };

    readonly Setting<StartChoice> _start = new(ReadStart, StartChoice.Zero)
    {
        Name = "--initial-state",
        ValueName = "START",
        Description = "Where every token's state starts: zero, or random (the model's own truncated normal, from --seed).",
        Choices = ["zero", "random"],
        FallbackText = "zero",
    };

    readonly Setting<ulong> _seed = new(Reads.Seed, 0)
    {
        Name = "--seed",
        ValueName = "N",
        Description = "Seed of the questions and of a random start.",
        FallbackText = "0",
    };

    readonly Flag _whole = new()
    {
        Name = "--no-rest",
        Description = $"Run every token to the last iteration. Without it, a token whose state moves by no more than {ReadSettings.RestResidualDefault:0e0} of its size, " +
            "and all before it, has come to rest and is read as it stands.",
    };

    readonly Setting<IReadOnlyList<WorldTask>> _tasks = new(ReadTasks, _all)
    {
        Name = "--tasks",
        ValueName = "LIST",
        Description = $"What is asked for, with commas between: {string.Join(", ", _all.Select(NameOf))}.",
        FallbackText = "all of them",
    };

    readonly Setting<int[]> _steps = new(Reads.Indices, [.. new WorldEvaluationSettings().Steps])
    {
        Name = "--steps",
        ValueName = "LIST",
        Description = "Serial steps from the first fact to the answer, e.g. 1-4,8.",
        FallbackText = "1-4,6,8,10,12",
    };

    readonly Setting<int> _questions = new(Reads.Number(0, MostQuestions), 100)
    {
        Name = "--questions",
        ValueName = "N",
        Description = "Held-out questions of each task at each number of steps, none twice; 0 asks none.",
        FallbackText = "100",
    };

    readonly Setting<int> _decoys = new(Reads.Number(0, 63), 0)
    {
        Name = "--decoys",
        ValueName = "N",
        Description = "Lines in each relay and chain that lead nowhere: so many, but fewer than steps, as training has them.",
        FallbackText = "0",
    };

    readonly Flag _chat = new() { Name = "--chat", Description = "Ask in the chat template of the model." };

    readonly Setting<ExitRule?> _exit = new(ExitRules.Parse, null)
    {
        Name = "--exit",
        ValueName = "RULE",
        Description = "Also generate the answers with tokens that stop for themselves: NAME, NAME:THRESHOLD or NAME:THRESHOLD/INTERVAL, as in 'muninn generate'.",
        Choices = ExitRules.Names,
        FallbackText = "none",
    };

    readonly RepeatedSetting<string> _texts = new(Reads.Path)
    {
        Name = "--text",
        ValueName = "FILE",
        Description = "Also say how well the text in FILE, UTF-8, is predicted. May be given several times.",
        TakesFile = true,
    };

    readonly Flag _lines = new() { Name = "--lines", Description = "Every line of a text file is a text of its own; empty ones are left out." };

    readonly Setting<int?> _window = new(static text => Reads.Number(5, Engine.Checkpoints.ModelConfig.ContextMax)(text), null)
    {
        Name = "--window",
        ValueName = "N",
        Description = "Tokens of a text that are read together; each is predicted from half as many at least.",
        FallbackText = $"{TextEvaluation.WindowDefault}, or the context",
    };

    /// <summary>The options in the order of the help page.</summary>
    public IReadOnlyList<SettingGroup> Groups =>
    [
        new("Model and run", [_input.Model, _iterations, _start, _seed, _whole, _input.Rotary, _input.Threads]),
        new("Questions", [_tasks, _steps, _questions, _decoys, _chat, _exit]),
        new("Texts", [_texts, _lines, _window]),
    ];

    /// <summary>A task as it is typed.</summary>
    public static string NameOf(WorldTask task) => task.ToString().ToLowerInvariant();

    /// <summary>The plan of a command line.</summary>
    /// <exception cref="UsageException">Options that do not fit each other.</exception>
    public EvaluationPlan Of(Invocation invocation)
    {
        if (invocation.Words.Count > 0 && invocation.IsTyped(_input.Model))
            throw new UsageException("MODEL and --model are both given. Leave one out.");
        var texts = invocation.Values(_texts);
        int questions = invocation.Value(_questions);
        var (exit, exitSource) = invocation.Resolve(_exit);
        if (questions == 0 && texts.Count == 0)
            throw new UsageException("--questions is 0 and no --text is given: there is nothing to ask. Give one of them.");
        if (questions == 0 && exit is not null)
            throw new UsageException($"{exitSource} stops tokens of answers, and --questions is 0. Leave one out.");
        var plan = new EvaluationPlan
        {
            Model = invocation.Words is [var word] ? word : invocation.Value(_input.Model),
            Worlds = null,
            Limit = invocation.Value(_iterations),
            Exit = exit,
            Texts = texts,
            IsByLine = invocation.IsSet(_lines),
            Window = invocation.Value(_window),
            RestResidual = invocation.IsSet(_whole) ? 0 : ReadSettings.RestResidualDefault,
            Start = invocation.Value(_start),
            Seed = invocation.Value(_seed),
            Rotary = invocation.Value(_input.Rotary),
            Threads = invocation.Value(_input.Threads),
        };
        return questions == 0 ? plan : plan with { Worlds = Worlds(invocation, plan, questions) };
    }

    WorldEvaluationSettings Worlds(Invocation invocation, EvaluationPlan plan, int questions)
    {
        var settings = new WorldEvaluationSettings
        {
            Limit = plan.Limit,
            Tasks = invocation.Value(_tasks),
            Steps = invocation.Value(_steps),
            Questions = questions,
            Seed = plan.Seed,
            Decoys = invocation.Value(_decoys),
            IsChat = invocation.IsSet(_chat),
            Start = plan.InitialState,
            RestResidual = plan.RestResidual,
        };
        try
        {
            _ = WorldEvaluation.Questions(settings with { Questions = 1 });
        }
        catch (ArgumentException e)
        {
            throw new UsageException($"{_steps.Name}: {e.Message.Split(" (Parameter")[0]}");
        }

        return settings;
    }

    static WorldTask[] ReadTasks(string text)
    {
        var read = Reads.Word([.. _all.Select(static task => (NameOf(task), task))]);
        WorldTask[] tasks = [.. text.Split(',').Select(part => read(part.Trim()))];
        return tasks.Distinct().Count() == tasks.Length ? tasks : throw new FormatException($"'{text}' has a task twice; give it once.");
    }

    static StartChoice ReadStart(string text) => Reads.Word(("zero", StartChoice.Zero), ("random", StartChoice.Random))(text);
}
