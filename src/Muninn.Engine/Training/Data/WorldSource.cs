using System;
using System.Linq;
using Muninn.Engine.Randomness;
using Muninn.Engine.Training.Worlds;

namespace Muninn.Engine.Training.Data;

/// <summary>Questions and prose of the generated worlds; questions get harder as they are answered. Only of the training part.</summary>
public sealed class WorldSource : ExampleSource
{
    /// <summary>The most lines that lead nowhere.</summary>
    internal const int DecoysMost = 8;

    readonly WorldSettings _settings;
    readonly QuestionTokens _tokens;
    readonly World _world;

    /// <summary>A source over one tokenizer.</summary>
    /// <param name="settings">What is asked.</param>
    /// <param name="tokens">How it is told to the model.</param>
    /// <exception cref="ArgumentException">A setting is out of its range, or conversations are asked for without a chat template.</exception>
    public WorldSource(WorldSettings settings, QuestionTokens tokens)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(tokens);
        _settings = settings.Validated();
        if (settings.ShareOfChat > 0 && !tokens.HasChat)
            throw new ArgumentException(
                $"The share of questions in conversations is {settings.ShareOfChat}, and the tokenizer has no chat template; give 0 or a template.");
        _tokens = tokens;
        _world = new World { Seed = settings.Seed, Part = WorldPart.Training };
        Levels = new WorldLevels(settings);
    }

    /// <inheritdoc/>
    public override WorldLevels Levels { get; }

    /// <inheritdoc/>
    public override TrainingExample At(long number)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(number);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(number, int.MaxValue);
        var draws = new Draws(_settings.Seed, (int)number);
        return draws.Next() < _settings.ShareOfProse ? Prose((int)number) : Question((int)number, draws);
    }

    /// <inheritdoc/>
    public override void Heard(long number, TrainingExample example, bool right)
    {
        ArgumentNullException.ThrowIfNull(example);
        if (example.Question is { } question)
            Levels.Answered(question, right);
    }

    /// <inheritdoc/>
    public override long[] Memory() => Levels.Memory();

    /// <inheritdoc/>
    public override void Restore(ReadOnlySpan<long> memory) => Levels.Restore(memory);

    TrainingExample Prose(int number)
    {
        int[] tokens = _tokens.Text(_world.Prose(number));
        return new TrainingExample(tokens, Enumerable.Repeat(_settings.ProseWeight, tokens.Length).ToArray());
    }

    TrainingExample Question(int number, Draws draws)
    {
        int task = TaskOf(draws.Next());
        int hardest = Levels.StepsOf(task);
        // Questions of one number of steps alone can be answered by a trick: whether that is even says all about a door.
        int steps = draws.Next() < _settings.ShareAtHardest
            ? Math.Max(1, hardest - (int)(draws.Next() * WorldLevels.HardestBand))
            : 1 + (int)(draws.Next() * hardest);
        var world = _world with { Decoys = Decoys(_settings.Tasks[task].Task, steps, draws) };
        bool chat = draws.Next() < _settings.ShareOfChat;
        var question = world.Question(_settings.Tasks[task].Task, steps, number);
        int[] prompt = _tokens.Prompt(question.Text, chat);
        int[] answer = _tokens.Answer(question.Answer, chat);
        float[] weights = new float[prompt.Length + answer.Length];
        weights.AsSpan(0, prompt.Length).Fill(_settings.QuestionWeight);
        weights.AsSpan(prompt.Length).Fill(_settings.AnswerWeight);
        return new TrainingExample((int[])[.. prompt, .. answer], weights) { AnswerStart = prompt.Length, Question = question };
    }

    int TaskOf(double uniform)
    {
        int last = _settings.Tasks.Count - 1;
        double left = 0;
        for (int i = 0; i <= last; i++)
            left += ShareOf(i);
        left *= uniform;
        for (int i = 0; i < last; i++)
        {
            left -= ShareOf(i);
            if (left < 0) return i;
        }

        return last;
    }

    double ShareOf(int task) => _settings.Tasks[task].Share * (Levels.IsMastered(task) ? _settings.ShareOfMastered : 1);

    int Decoys(WorldTask task, int steps, Draws draws)
    {
        // A single step is learnt first as it is: what to tell apart comes with what to follow.
        int most = Math.Min(Math.Min(_settings.DecoysMax, steps - 1), World.DecoysMax(task, steps));
        return most == 0 || draws.Next() < 0.5 ? 0 : 1 + (int)(draws.Next() * most);
    }

    /// <summary>Uniform numbers for the choices about one document.</summary>
    sealed class Draws(ulong seed, int number)
    {
        int _drawn;

        internal double Next() => CounterRandom.Uniform(seed, RandomStream.TrainingData, number, _drawn++);
    }
}
