using System.Linq;
using System.Text.Json;
using Muninn.Cli.Frame;
using Muninn.Cli.Input;
using Muninn.Engine.Training.Evaluation;
using Muninn.Microscope.Measures.Evaluations;
using Muninn.Microscope.Measures.Joint;

namespace Muninn.Cli.Results;

/// <summary>An evaluation as JSON. Numbers that are none are null.</summary>
static class EvaluationJson
{
    /// <summary>Writes the members of the object.</summary>
    /// <param name="json">Stands inside the object.</param>
    /// <param name="reading">What was answered.</param>
    public static void Write(Utf8JsonWriter json, EvaluationReading reading)
    {
        json.WriteString("version", Product.Version);
        json.WriteStartObject("model");
        json.WriteString("name", reading.ModelName);
        json.WriteString("fingerprint", reading.Fingerprint);
        json.WriteEndObject();
        WriteOptions(json, reading.Plan);
        if (reading.Accuracy is { } accuracy) WriteAccuracy(json, reading, accuracy);
        json.WriteStartArray("texts");
        foreach (var text in reading.Texts) WriteText(json, text);
        json.WriteEndArray();
        WriteStrings(json, "findings", [.. EvaluationFindings.Describe(reading)]);
        WriteStrings(json, "notes", [.. reading.Notes]);
    }

    static void WriteOptions(Utf8JsonWriter json, EvaluationPlan plan)
    {
        json.WriteStartObject("options");
        json.WriteNumber("iterations", plan.Limit);
        json.WriteString("initial_state", plan.Start.Name);
        json.WriteNumber("seed", plan.Seed);
        json.WriteString("rotary", plan.Rotary.ToString().ToLowerInvariant());
        json.WriteNumber("rest_residual", plan.RestResidual);
        if (plan.Worlds is { } worlds)
        {
            json.WriteNumber("questions", worlds.Questions);
            json.WriteNumber("decoys", worlds.Decoys);
            json.WriteBoolean("chat", worlds.IsChat);
        }

        if (plan.Exit is { } exit) json.WriteString("exit", ExitRules.TextOf(exit));
        if (plan.Texts.Count > 0) json.WriteBoolean("lines", plan.IsByLine);
        if (plan.Window is { } window) json.WriteNumber("window", window);
        json.WriteEndObject();
    }

    static void WriteAccuracy(Utf8JsonWriter json, EvaluationReading reading, WorldAccuracy accuracy)
    {
        int[] shown = [.. reading.Shown];
        json.WriteStartArray("tasks");
        foreach (var task in reading.Stability!.Tasks)
        {
            var cells = accuracy.Cells.Where(cell => cell.Task == task.Task).ToList();
            json.WriteStartObject();
            json.WriteString("task", EvaluationSettings.NameOf(task.Task!.Value));
            json.WriteStartArray("accuracy");
            foreach (int iteration in shown)
                WriteShare(json, iteration, Proportion.Of(cells.Sum(cell => cell.Right[accuracy.ReadingOf(iteration)]), cells.Sum(static cell => cell.Questions)));
            json.WriteEndArray();
            WriteCorrelation(json, task.Correlation);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartObject("all_tasks");
        WriteStrings(json, "tasks", [.. reading.Stability.Together.Select(EvaluationSettings.NameOf)]);
        WriteCorrelation(json, reading.Stability.All.Correlation);
        json.WriteEndObject();
        json.WriteStartArray("cells");
        for (int i = 0; i < accuracy.Cells.Count; i++) WriteCell(json, reading, accuracy, i);
        json.WriteEndArray();
    }

    static void WriteCell(Utf8JsonWriter json, EvaluationReading reading, WorldAccuracy accuracy, int index)
    {
        var (cell, stability) = (accuracy.Cells[index], reading.Stability!.Cells[index]);
        json.WriteStartObject();
        json.WriteString("task", EvaluationSettings.NameOf(cell.Task));
        json.WriteNumber("steps", cell.Steps);
        json.WriteNumber("questions", cell.Questions);
        json.WriteNumber("decoys", cell.Decoys);
        JsonOutput.WriteNumber(json, "chance", cell.Chance ?? double.NaN);
        json.WriteStartArray("accuracy");
        foreach (int iteration in reading.Shown)
            WriteShare(json, iteration, Proportion.Of(cell.Right[accuracy.ReadingOf(iteration)], cell.Questions));
        json.WriteEndArray();
        json.WriteStartObject("stable");
        json.WriteNumber("questions", stability.Count);
        JsonOutput.WriteNumber(json, "mean", stability.Mean);
        JsonOutput.WriteNumber(json, "median", stability.Median);
        json.WriteBoolean("is_counted", stability.IsCounted);
        json.WriteEndObject();
        if (reading.Adaptive.Count > 0) WriteAdaptive(json, reading.Adaptive[index]);
        WriteCounts(json, "right_after_each_iteration", cell.Right);
        WriteCounts(json, "stable_from", cell.StableFrom);
        json.WriteEndObject();
    }

    static void WriteAdaptive(Utf8JsonWriter json, AdaptiveCell cell)
    {
        var share = Proportion.Of(cell.Right, cell.Questions);
        json.WriteStartObject("exit");
        json.WriteNumber("right", cell.Right);
        json.WriteNumber("accuracy", share.Value);
        json.WriteNumber("low", share.Low);
        json.WriteNumber("high", share.High);
        JsonOutput.WriteNumber(json, "mean_iterations", cell.Iterations);
        json.WriteNumber("tokens", cell.Tokens);
        json.WriteNumber("tokens_at_limit", cell.AtLimit);
        json.WriteEndObject();
    }

    static void WriteShare(Utf8JsonWriter json, int iteration, Proportion share)
    {
        json.WriteStartObject();
        json.WriteNumber("iterations", iteration);
        json.WriteNumber("right", share.Right);
        json.WriteNumber("accuracy", share.Value);
        json.WriteNumber("low", share.Low);
        json.WriteNumber("high", share.High);
        json.WriteEndObject();
    }

    static void WriteCorrelation(Utf8JsonWriter json, RankCorrelation correlation)
    {
        json.WriteStartObject("spearman_of_steps_and_stable_iterations");
        json.WriteNumber("difficulties", correlation.Count);
        JsonOutput.WriteNumber(json, "coefficient", correlation.Coefficient);
        JsonOutput.WriteNumber(json, "p", correlation.P);
        json.WriteEndObject();
    }

    static void WriteText(Utf8JsonWriter json, EvaluatedText text)
    {
        var prediction = text.Prediction;
        json.WriteStartObject();
        json.WriteString("file", text.File);
        json.WriteNumber("tokens", prediction.Tokens);
        json.WriteNumber("predicted", prediction.Predicted);
        json.WriteNumber("bytes", prediction.Bytes);
        json.WriteNumber("tokens_per_byte", prediction.TokensPerByte);
        json.WriteNumber("windows", prediction.Windows);
        json.WriteStartArray("readings");
        for (int i = 0; i < prediction.Iterations.Count; i++)
        {
            json.WriteStartObject();
            json.WriteNumber("iterations", prediction.Iterations[i]);
            JsonOutput.WriteNumber(json, "perplexity", prediction.Perplexity(i));
            JsonOutput.WriteNumber(json, "bits_per_token", prediction.BitsPerToken(i));
            JsonOutput.WriteNumber(json, "bits_per_byte", prediction.BitsPerByte(i));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>On one line: a hundred numbers in a column help nobody.</summary>
    static void WriteCounts(Utf8JsonWriter json, string name, int[] counts)
    {
        json.WritePropertyName(name);
        json.WriteRawValue($"[{string.Join(", ", counts)}]");
    }

    static void WriteStrings(Utf8JsonWriter json, string name, string[] texts)
    {
        json.WriteStartArray(name);
        foreach (string text in texts) json.WriteStringValue(text);
        json.WriteEndArray();
    }
}
