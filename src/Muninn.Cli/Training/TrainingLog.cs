using System;
using System.Buffers;
using System.Collections.Generic;
using System.IO;
using System.Text.Json;
using Muninn.Engine.Files;
using Muninn.Engine.Training.Data;
using Muninn.Engine.Training.Runs;

namespace Muninn.Cli.Training;

/// <summary>The log of a run: a JSON object for each line, of some updates or of a look at the states.</summary>
sealed class TrainingLog : IDisposable
{
    const string UpdateKey = "update";
    const string ProbeKey = "probe";

    readonly FileStream _stream;
    readonly List<TrainingStep> _steps = [];
    readonly ArrayBufferWriter<byte> _line = new();

    TrainingLog(FileStream stream) => _stream = stream;

    /// <summary>Opens a log to go on after an update: what is told of later ones was of a run that was cut off.</summary>
    /// <param name="path">The file.</param>
    /// <param name="updates">Updates of the checkpoint that the run goes on from.</param>
    public static TrainingLog Open(string path, long updates)
    {
        if (File.Exists(path))
        {
            FileOutput.Write(path, stream =>
            {
                using var writer = new StreamWriter(stream, leaveOpen: true) { NewLine = "\n" };
                foreach (string line in File.ReadLines(path))
                {
                    if (IsBefore(line, updates)) writer.WriteLine(line);
                }
            });
        }

        return new TrainingLog(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read));
    }

    /// <summary>Tells of an update; lines are written for several at once.</summary>
    public void Add(TrainingStep step) => _steps.Add(step);

    /// <summary>Writes a line for the updates since the last one.</summary>
    /// <param name="trainer">The run.</param>
    /// <param name="seconds">Seconds since the run was last taken up.</param>
    public void Flush(Trainer trainer, double seconds)
    {
        if (_steps.Count == 0) return;
        var mean = StepMeans.Of(_steps);
        Write(json =>
        {
            json.WriteNumber(UpdateKey, trainer.Progress.Updates);
            json.WriteNumber("updates", _steps.Count);
            json.WriteNumber("tokens", trainer.Progress.Rows);
            json.WriteNumber("documents", trainer.Progress.NextDocument);
            Number(json, "loss", mean.Loss);
            Number(json, "rate", mean.Rate);
            Number(json, "iterations", mean.Iterations);
            Number(json, "gradient_norm", mean.GradientNorm);
            json.WriteNumber("skipped", trainer.Progress.Skipped);
            Number(json, "seconds", seconds);
            if (trainer.Source.Levels is { } levels) WriteLevels(json, levels);
        });
        _steps.Clear();
    }

    /// <summary>Writes a line for a look at the states.</summary>
    public void Add(long updates, TrainingProbe probe) => Write(json =>
    {
        json.WriteNumber(UpdateKey, updates);
        json.WriteStartObject(ProbeKey);
        json.WriteNumber("mean_iterations", probe.Mean);
        Number(json, "loss_at_1", probe.LossAtOne);
        Number(json, "loss_at_mean", probe.LossAtMean);
        Number(json, "loss_at_twice", probe.LossAtTwice);
        Number(json, "state_scale", probe.StateScale);
        Number(json, "residual", probe.Residual);
        Number(json, "contraction", probe.Contraction);
        Number(json, "token_correlation", probe.Correlation);
        json.WriteStartArray("alarms");
        foreach (var (_, text) in probe.Alarms())
            json.WriteStringValue(text);
        json.WriteEndArray();
        json.WriteEndObject();
    });

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    static void WriteLevels(Utf8JsonWriter json, WorldLevels levels)
    {
        json.WriteStartObject("levels");
        foreach (var (task, steps, right) in levels.Now)
        {
            json.WriteStartObject(task.ToString().ToLowerInvariant());
            json.WriteNumber("steps", steps);
            Number(json, "right", right);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    void Write(Action<Utf8JsonWriter> write)
    {
        _line.Clear();
        using (var json = new Utf8JsonWriter(_line))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        _line.Write("\n"u8);
        _stream.Write(_line.WrittenSpan);
        _stream.Flush();
    }

    /// <summary>Six digits; what is not a number is null.</summary>
    static void Number(Utf8JsonWriter json, string name, double value)
    {
        if (!double.IsFinite(value))
            json.WriteNull(name);
        else
            json.WriteNumber(name, double.Parse(value.ToString("G6", System.Globalization.CultureInfo.InvariantCulture), System.Globalization.CultureInfo.InvariantCulture));
    }

    /// <summary>Whether a line was written before the checkpoint of so many updates; a look at the states comes after it.</summary>
    static bool IsBefore(string line, long updates)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            long update = document.RootElement.GetProperty(UpdateKey).GetInt64();
            return update < updates || (update == updates && !document.RootElement.TryGetProperty(ProbeKey, out _));
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            // The last line of a run that was killed may be half a one.
            return false;
        }
    }
}
