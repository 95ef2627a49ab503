using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Threading;
using Muninn.Cli.Frame;
using Muninn.Cli.Results;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Model;
using Muninn.Engine.Text;
using Muninn.Engine.Training;
using Muninn.Engine.Training.Runs;
using Muninn.Kernels;

namespace Muninn.Cli.Training;

/// <summary>One stretch of a training run, from its last checkpoint to the end or to where it is stopped.</summary>
sealed class TrainingSession : IDisposable
{
    const int UpdatesPerLine = 10;
    const int CheckpointsKept = 2;
    const int SkippedMost = 50;

    readonly TrainingPlan _plan;
    readonly Shell _shell;
    readonly TrainingFolder _folder;
    readonly IDisposable _lock;
    readonly WorkerPool _pool;
    readonly TrainingModel _model;
    readonly Trainer _trainer;
    readonly RunData _data;
    readonly string _fingerprint;
    readonly long _updates;

    TrainingSession(TrainingPlan plan, Shell shell, TrainingFolder folder, IDisposable held, WorkerPool pool)
    {
        (_plan, _shell, _folder, _lock, _pool) = (plan, shell, folder, held, pool);
        _fingerprint = RunFingerprint.Of(plan.Recipe);
        string newest = folder.Newest ?? RunStart.Write(plan.Recipe, folder, pool, shell);
        ModelText text;
        (_model, text) = Load(newest);
        try
        {
            _data = RunData.Open(plan.Recipe, newest, text, _model.Config);
            _updates = plan.Recipe.Updates ?? RunLength.Of(plan.Recipe, folder, _model, pool, _data.Make());
            _trainer = new Trainer(plan.Recipe.Settings(_model.Config, _updates), _model, _data.Source, pool);
            TrainingCheckpoint.Restore(newest, _trainer, _fingerprint);
        }
        catch (ArgumentException error)
        {
            _data?.Dispose();
            throw new InvalidDataException($"{plan.Recipe.File}: {error.Message}", error);
        }
        catch
        {
            _data?.Dispose();
            throw;
        }
    }

    (TrainingModel Model, ModelText Text) Load(string newest)
    {
        try
        {
            var text = ModelText.Open(newest) ?? throw new InvalidDataException($"{newest}: there is no tokenizer.json.");
            using var checkpoint = Checkpoint.Open(newest);
            return (TrainingModel.Load(checkpoint, RotarySource.Exact), text);
        }
        catch (Exception error) when (error is InvalidDataException or FileNotFoundException)
        {
            string remedy = _folder.BeforeNewest is { } before ? $"Remove {newest} to go on from {Path.GetFileName(before)}." : "Begin anew in another folder.";
            throw new InvalidDataException($"{error.Message} {remedy}", error);
        }
    }

    /// <summary>Opens a run, or begins one.</summary>
    /// <param name="plan">What is asked for.</param>
    /// <param name="shell">Where.</param>
    /// <exception cref="InvalidDataException">The recipe does not fit the model, or the run in the folder is another one.</exception>
    public static TrainingSession Open(TrainingPlan plan, Shell shell)
    {
        var folder = new TrainingFolder(plan.Folder);
        var held = folder.Lock();
        WorkerPool? pool = null;
        try
        {
            pool = new WorkerPool(plan.Threads ?? Math.Min(WorkerPool.ThreadsMax, Environment.ProcessorCount));
            var session = new TrainingSession(plan, shell, folder, held, pool);
            folder.Tidy(CheckpointsKept);
            return session;
        }
        catch
        {
            pool?.Dispose();
            held.Dispose();
            throw;
        }
    }

    /// <summary>Trains until the end, Ctrl-C or the update that is asked for.</summary>
    /// <returns>The exit code.</returns>
    public int Run()
    {
        using var stop = new CancellationTokenSource();
        using var diversion = _shell.DivertInterrupt(stop);
        using var log = TrainingLog.Open(_folder.Log, _trainer.Progress.Updates);
        using var report = new TrainingReport(_shell, _trainer, _updates);
        long end = Math.Min(_updates, _plan.UpdatesMax ?? long.MaxValue);
        report.Begin(_folder.Path, _pool.Threads);
        long begun = Stopwatch.GetTimestamp();
        int skipped = 0;
        while (_trainer.Progress.Updates < end && !stop.IsCancellationRequested)
        {
            _shell.Stopping.ThrowIfCancellationRequested();
            if (_trainer.Progress.Updates % _plan.Recipe.UpdatesPerProbe == 0)
            {
                var probe = _trainer.Probe();
                log.Add(_trainer.Progress.Updates, probe);
                report.Show(probe);
            }

            var step = _trainer.Step();
            log.Add(step);
            report.Add(step);
            skipped = step.Update.Applied ? 0 : skipped + 1;
            if (skipped == SkippedMost)
                throw new InvalidDataException(
                    $"{skipped} updates in a row were skipped, since their gradients are not finite: the model is broken. "
                    + $"Go on from an earlier checkpoint than update {step.Number}, with a smaller rate, in another folder.");
            double seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds;
            bool isDue = step.Number % _plan.Recipe.UpdatesPerCheckpoint == 0;
            if (step.Number % UpdatesPerLine == 0 || isDue) log.Flush(_trainer, seconds);
            if (isDue) WriteCheckpoint();
            if (isDue) WriteDashboard();
        }

        log.Flush(_trainer, Stopwatch.GetElapsedTime(begun).TotalSeconds);
        WriteCheckpoint();
        WriteDashboard();
        return Ended(stop.IsCancellationRequested);
    }

    int Ended(bool isStopped)
    {
        if (_trainer.Progress.Updates < _updates)
        {
            _shell.Output.WriteLine($"stopped after {_trainer.Progress.Updates} of {_updates} updates; the same command goes on from there.");
            return isStopped ? ExitCode.Interrupted : ExitCode.Success;
        }

        if (!RunResult.IsOf(_folder.Model, _trainer, _fingerprint))
            RunResult.Write(OutputFolder.Target(_folder.Model), _trainer, Companions(), _plan.Recipe, _shell);
        _shell.Output.WriteLine($"{_folder.Model} is ready, e.g.");
        _shell.Output.WriteLine($"  muninn heatmap --model {_folder.Model} \"Rosa has 3 nuts. Rosa finds 4. How many nuts are left?\"");
        return ExitCode.Success;
    }

    void WriteCheckpoint()
    {
        if (_folder.Has(_trainer.Progress.Updates)) return;
        var target = _folder.Checkpoint(_trainer.Progress.Updates);
        OutputFolder.Write(target, _shell, () => TrainingCheckpoint.Write(target, _trainer, Companions(), _fingerprint, _shell.Stopping));
        _folder.Tidy(CheckpointsKept);
    }

    void WriteDashboard()
    {
        try
        {
            TrainingDashboard.Write(_folder.Log, _folder.Dashboard, Path.GetFileName(Path.TrimEndingDirectorySeparator(_folder.Path)), _updates);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A picture is not worth a run.
            _shell.Error.WriteLine($"note: {error.Message}");
        }
    }

    /// <summary>The tokenizer goes on from checkpoint to checkpoint, whatever becomes of the folder that the recipe names.</summary>
    IReadOnlyList<string> Companions() => CheckpointFiles.Companions(_folder.Newest!);

    /// <inheritdoc/>
    public void Dispose()
    {
        _data.Dispose();
        _pool.Dispose();
        _lock.Dispose();
    }
}
