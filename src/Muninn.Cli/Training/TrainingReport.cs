using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using Muninn.Cli.Frame;
using Muninn.Cli.Results;
using Muninn.Engine.Training.Runs;

namespace Muninn.Cli.Training;

/// <summary>What a run tells while it goes on: a line for each look at the states, and in a terminal one that keeps changing between.</summary>
/// <param name="shell">Where.</param>
/// <param name="trainer">The run.</param>
/// <param name="updates">Updates in all.</param>
sealed class TrainingReport(Shell shell, Trainer trainer, long updates) : IDisposable
{
    readonly List<TrainingStep> _steps = [];
    readonly HashSet<TrainingAlarm> _told = [];
    readonly long _first = trainer.Progress.Updates;
    Progress? _progress;
    long _begun;

    /// <summary>Says what begins.</summary>
    public void Begin(string folder, int threads)
    {
        long weights = trainer.Model.Weights.Sum(static weight => (long)weight.Values.Length);
        string from = _first > 0 ? $", on from update {_first}" : "";
        shell.Output.WriteLine(
            $"{folder}: {Amount.Count(weights)} weights, {updates} updates, {threads} {(threads == 1 ? "thread" : "threads")}{from}");
        shell.Output.Flush();
        _begun = Stopwatch.GetTimestamp();
        _progress = new Progress(shell, "update", (int)Math.Min(int.MaxValue, updates - _first));
    }

    /// <summary>An update was made.</summary>
    public void Add(TrainingStep step)
    {
        _steps.Add(step);
        _progress?.Report((int)(step.Number - _first));
        if (!step.Update.Applied)
            shell.Error.WriteLine($"alarm: update {step.Number} was skipped: the norm of its gradient is {step.Update.GradientNorm}");
    }

    /// <summary>Tells of the updates since the last line, and of what is wrong with the states.</summary>
    public void Show(TrainingProbe probe)
    {
        if (_steps.Count > 0)
        {
            _progress?.Dispose();
            var mean = StepMeans.Of(_steps);
            double seconds = Stopwatch.GetElapsedTime(_begun).TotalSeconds;
            double speed = _steps.Sum(static step => (double)step.Rows) / seconds;
            shell.Output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{trainer.Progress.Updates,7}/{updates}  {Amount.Count(trainer.Progress.Rows),8} tokens  {speed,6:F0}/s  loss {mean.Loss:F4}  at 1 {probe.LossAtOne:F3}  at {probe.Mean} {probe.LossAtMean:F3}  rate {mean.Rate:E1}  depth {mean.Iterations:F1}  fall {probe.Contraction:F2}{Levels()}"));
            shell.Output.Flush();
            _steps.Clear();
            _begun = Stopwatch.GetTimestamp();
        }

        // A fresh model gains nothing by thinking: that is no news.
        if (trainer.Progress.Updates == 0) return;
        foreach (var (alarm, text) in probe.Alarms())
        {
            // Told once; the log has every one.
            if (_told.Add(alarm))
                shell.Error.WriteLine($"alarm: update {trainer.Progress.Updates}: {text}");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _progress?.Dispose();

    string Levels() => trainer.Source.Levels is { } levels
        ? string.Concat(levels.Now.Select(static level => string.Create(
            CultureInfo.InvariantCulture, $"  {level.Task.ToString().ToLowerInvariant()} {level.Steps} ({100 * level.Right:F0} %)")))
        : "";
}
