using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Engine.Training.Worlds;

namespace Muninn.Engine.Training.Data;

/// <summary>How hard each task is asked, raised as the model learns: only from what was answered, so the same run raises alike.</summary>
public sealed class WorldLevels
{
    /// <summary>The hardest questions have the most steps, or one less.</summary>
    internal const int HardestBand = 2;

    readonly WorldSettings _settings;
    readonly Level[] _levels;

    internal WorldLevels(WorldSettings settings)
    {
        _settings = settings;
        _levels = [.. settings.Tasks.Select(task => new Level { Steps = Math.Min(settings.StepsAtFirst, task.StepsMax) })];
    }

    /// <summary>Each task with the most steps asked now, and the share answered rightly of the last questions at the hardest; NaN: none yet.</summary>
    public IEnumerable<(WorldTask Task, int Steps, double Right)> Now =>
        _settings.Tasks.Zip(_levels, static (task, level) => (task.Task, (int)level.Steps, level.LastShare));

    internal int StepsOf(int task) => (int)_levels[task].Steps;

    /// <summary>Whether a task is as hard as it gets, and the last questions were answered well enough to make it harder.</summary>
    internal bool IsMastered(int task) =>
        _levels[task].Steps == _settings.Tasks[task].StepsMax && _levels[task].LastShare >= _settings.RaisedAt;

    internal void Answered(WorldQuestion question, bool right)
    {
        for (int i = 0; i < _levels.Length; i++)
        {
            if (_settings.Tasks[i].Task == question.Task)
                Answered(_levels[i], _settings.Tasks[i], question.Steps, right);
        }
    }

    void Answered(Level level, WorldTaskShare task, int steps, bool right)
    {
        if (steps <= level.Steps - HardestBand) return;
        level.Asked++;
        if (right) level.Right++;
        if (level.Asked < _settings.RaisedOver) return;
        (level.LastAsked, level.LastRight) = (level.Asked, level.Right);
        if (level.Right >= _settings.RaisedAt * level.Asked && level.Steps < task.StepsMax)
        {
            level.Steps++;
            // What was right before says nothing about the hardest of now.
            if (level.Steps == task.StepsMax) level.LastRight = 0;
        }

        (level.Asked, level.Right) = (0, 0);
    }

    internal long[] Memory() =>
        [.. _levels.SelectMany(static level => new[] { level.Steps, level.Asked, level.Right, level.LastAsked, level.LastRight })];

    internal void Restore(ReadOnlySpan<long> memory)
    {
        const int numbers = 5;
        if (memory.Length != numbers * _levels.Length)
            throw new ArgumentException(
                $"The checkpoint keeps {memory.Length} numbers of the worlds' levels, and {_levels.Length} tasks have {numbers * _levels.Length}; "
                + "train on the same data.");
        for (int i = 0; i < _levels.Length; i++)
        {
            var kept = memory.Slice(numbers * i, numbers);
            if (kept[0] < 1 || kept[0] > _settings.Tasks[i].StepsMax)
                throw new ArgumentException(
                    $"The checkpoint stands at {kept[0]} steps of {_settings.Tasks[i].Task}, which goes up to {_settings.Tasks[i].StepsMax}; "
                    + "train on the same data.");
            _levels[i] = new Level { Steps = kept[0], Asked = kept[1], Right = kept[2], LastAsked = kept[3], LastRight = kept[4] };
        }
    }

    /// <summary>Where a task stands.</summary>
    sealed class Level
    {
        internal long Steps, Asked, Right, LastAsked, LastRight;

        internal double LastShare => LastAsked == 0 ? double.NaN : (double)LastRight / LastAsked;
    }
}
