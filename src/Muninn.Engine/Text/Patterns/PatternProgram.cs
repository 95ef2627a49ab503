using System;
using System.Collections.Generic;
using System.IO;

namespace Muninn.Engine.Text.Patterns;

/// <summary>What one step of a matcher does.</summary>
enum StepKind
{
    /// <summary>Takes one code point of the set.</summary>
    One,

    /// <summary>Takes <c>Least</c> to <c>Most</c> code points of the set, as many as there are, and gives them back
    /// one by one.</summary>
    Run,

    /// <summary>As <see cref="Run"/>, and gives nothing back.</summary>
    RunPossessive,

    /// <summary>Tries <c>Target</c> first, and <c>Other</c> when that fails.</summary>
    Fork,

    /// <summary>Goes to <c>Target</c>.</summary>
    Jump,

    /// <summary>Goes on behind <c>Target</c> if the body that starts at the next step matches here.</summary>
    Ahead,

    /// <summary>Goes on if the body does not match here.</summary>
    NotAhead,

    /// <summary>Goes on if the body matches the <c>Least</c> code points before.</summary>
    Behind,

    /// <summary>Goes on if the body does not match the <c>Least</c> code points before.</summary>
    NotBehind,

    /// <summary>Takes what the body takes, for good.</summary>
    Atomic,

    /// <summary>Goes on if this is a place of the kind <c>Least</c>.</summary>
    Place,

    /// <summary>The end of the pattern, or of a body.</summary>
    Done,
}

/// <summary>One step of a compiled pattern.</summary>
readonly record struct Step(StepKind Kind, CharacterSet? Set = null, int Least = 0, int Most = 0, int Target = 0, int Other = 0);

/// <summary>Turns the tree of a pattern into steps.</summary>
sealed class PatternProgram
{
    const int MaxSteps = 20_000;

    readonly List<Step> _steps = [];

    public static Step[] Compile(PatternNode node)
    {
        var program = new PatternProgram();
        program.Add(node);
        program.Emit(new(StepKind.Done));
        return [.. program._steps];
    }

    void Add(PatternNode node)
    {
        switch (node)
        {
            case PatternNode.One one:
                Emit(new(StepKind.One, one.Set));
                break;
            case PatternNode.Chain chain:
                foreach (var item in chain.Items)
                    Add(item);
                break;
            case PatternNode.Choice choice:
                AddChoice(choice.Branches);
                break;
            case PatternNode.Repeat repeat:
                AddRepeat(repeat);
                break;
            case PatternNode.Atomic atomic:
                AddBody(StepKind.Atomic, atomic.Body, 0);
                break;
            case PatternNode.Look { Ahead: true } look:
                AddBody(look.Negative ? StepKind.NotAhead : StepKind.Ahead, look.Body, 0);
                break;
            case PatternNode.Look look:
                AddBehind(look);
                break;
            case PatternNode.Place place:
                Emit(new(StepKind.Place, Least: (int)place.Kind));
                break;
        }
    }

    void AddChoice(IReadOnlyList<PatternNode> branches)
    {
        var ends = new List<int>();
        for (var i = 0; i < branches.Count - 1; i++)
        {
            var fork = Emit(default);
            Add(branches[i]);
            ends.Add(Emit(default));
            _steps[fork] = new(StepKind.Fork, Target: fork + 1, Other: _steps.Count);
        }

        Add(branches[^1]);
        foreach (var end in ends)
            _steps[end] = new(StepKind.Jump, Target: _steps.Count);
    }

    void AddRepeat(PatternNode.Repeat repeat)
    {
        if (repeat is { Body: PatternNode.One one, Greed: not Greed.Lazy })
        {
            var kind = repeat.Greed == Greed.Greedy ? StepKind.Run : StepKind.RunPossessive;
            Emit(new(kind, one.Set, repeat.Least, repeat.Most));
            return;
        }

        if (repeat.Greed == Greed.Possessive)
        {
            AddBody(StepKind.Atomic, repeat with { Greed = Greed.Greedy }, 0);
            return;
        }

        for (var i = 0; i < repeat.Least; i++)
            Add(repeat.Body);
        if (repeat.Most == int.MaxValue)
        {
            var fork = Emit(default);
            Add(repeat.Body);
            Emit(new(StepKind.Jump, Target: fork));
            _steps[fork] = Fork(fork + 1, _steps.Count, repeat.Greed);
            return;
        }

        var forks = new List<int>();
        for (var i = repeat.Least; i < repeat.Most; i++)
        {
            forks.Add(Emit(default));
            Add(repeat.Body);
        }

        foreach (var fork in forks)
            _steps[fork] = Fork(fork + 1, _steps.Count, repeat.Greed);
    }

    static Step Fork(int into, int past, Greed greed) => greed == Greed.Lazy
        ? new(StepKind.Fork, Target: past, Other: into)
        : new(StepKind.Fork, Target: into, Other: past);

    void AddBehind(PatternNode.Look look)
    {
        var (least, most) = look.Body.Lengths();
        if (least != most)
            throw new InvalidDataException("a look behind needs a body of one length: give its branches the same length");
        AddBody(look.Negative ? StepKind.NotBehind : StepKind.Behind, look.Body, least);
    }

    void AddBody(StepKind kind, PatternNode body, int length)
    {
        var start = Emit(default);
        Add(body);
        Emit(new(StepKind.Done));
        _steps[start] = new(kind, Least: length, Target: _steps.Count);
    }

    int Emit(Step step)
    {
        if (_steps.Count == MaxSteps)
            throw new InvalidDataException(FormattableString.Invariant(
                $"a pattern that compiles to more than {MaxSteps} steps: repeat smaller groups less often"));
        _steps.Add(step);
        return _steps.Count - 1;
    }
}
