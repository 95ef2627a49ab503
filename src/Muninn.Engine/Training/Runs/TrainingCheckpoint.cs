using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Files;

namespace Muninn.Engine.Training.Runs;

/// <summary>
/// What a run needs to go on to the bit: a model folder that every command reads, and beside its weights a file with moments, averages,
/// position and the data's memory.
/// </summary>
public static class TrainingCheckpoint
{
    /// <summary>The file beside the weights.</summary>
    public const string FileName = "training.safetensors";

    const string FormatKey = "muninn.training";
    const string Format = "1";
    const string FirstMoment = "first_moment.";
    const string SecondMoment = "second_moment.";
    const string Average = "average.";
    const string Updates = "updates", AdamUpdates = "adam_updates", NextDocument = "next_document", Rows = "rows", Skipped = "skipped", Passed = "passed";
    const string RunUpdates = "run_updates";
    const string Additions = "average_additions", Memory = "data_memory", Recipe = "recipe";

    /// <summary>Makes of a model that is to be written the first checkpoint of a run, which no update has touched.</summary>
    /// <param name="model">The model, its tokenizer among the companions.</param>
    /// <param name="recipe">Fingerprint of what the run is made by.</param>
    public static CheckpointDraft First(CheckpointDraft model, string recipe)
    {
        ArgumentNullException.ThrowIfNull(model);
        var metadata = new Dictionary<string, string>(model.Metadata) { [FormatKey] = Format, [Recipe] = recipe };
        foreach (string key in (string[])[Updates, NextDocument, Rows, Skipped, Passed])
            metadata[key] = Text(0);
        return model with { Others = [new Shard(FileName, [])], Metadata = metadata };
    }

    /// <summary>Writes a checkpoint, whole or not at all.</summary>
    /// <param name="target">The folder.</param>
    /// <param name="trainer">The run, between two updates.</param>
    /// <param name="companions">Files that are copied beside the weights: tokenizer and such.</param>
    /// <param name="recipe">Fingerprint of what the run is made by: another run cannot go on from here.</param>
    /// <param name="stopping">Ends the writing; nothing is left then.</param>
    /// <exception cref="IOException">The disk is full or fails.</exception>
    public static void Write(
        FolderTarget target, Trainer trainer, IReadOnlyList<string> companions, string recipe, CancellationToken stopping = default)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(trainer);
        var tensors = trainer.Tensors.SelectMany((tensor, i) => TensorsOf(trainer, tensor, trainer.Model.Weights[i].Shape, i));
        var state = new Dictionary<string, string>
        {
            [FormatKey] = Format,
            [Recipe] = recipe,
            [Updates] = Text(trainer.Progress.Updates),
            [NextDocument] = Text(trainer.Progress.NextDocument),
            [Rows] = Text(trainer.Progress.Rows),
            [Skipped] = Text(trainer.Progress.Skipped),
            [Passed] = Text(trainer.Progress.Passed),
            [RunUpdates] = Text(trainer.RunUpdates),
            [AdamUpdates] = Text(trainer.Tensors[0].State.Updates),
            [Additions] = Text(trainer.Averages.Count > 0 ? trainer.Averages[0].Additions : 0),
            [Memory] = string.Join(',', trainer.Source.Memory().Select(Text)),
        };
        CheckpointWriter.Write(
            target,
            new CheckpointDraft
            {
                Config = trainer.Model.Config,
                Shards = ShardPlan.Of([.. Weights(trainer)], long.MaxValue),
                Others = [new Shard(FileName, [.. tensors])],
                Type = DType.F32,
                Companions = companions,
                Metadata = state,
            },
            stopping: stopping);
    }

    /// <summary>Puts a trainer where a checkpoint was written.</summary>
    /// <param name="folder">The checkpoint.</param>
    /// <param name="trainer">A trainer whose model was loaded from the same folder.</param>
    /// <param name="recipe">Fingerprint of what this run is made by.</param>
    /// <exception cref="InvalidDataException">The file is not of such a run, or of another one.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static void Restore(string folder, Trainer trainer, string recipe)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(trainer);
        string path = Path.Combine(folder, FileName);
        using var file = SafetensorsFile.Open(path);
        if (TextOf(file, FormatKey) != Format)
            throw new InvalidDataException($"{path}: {FormatKey} is {TextOf(file, FormatKey)}; this version reads {Format}.");
        if (TextOf(file, Recipe) != recipe)
            throw new InvalidDataException(
                $"{path}: the checkpoint was written by another recipe ({TextOf(file, Recipe)}, not {recipe}). Give the recipe it was begun with, or another --out.");
        if (Number(file, Updates) == 0) return;
        if (Number(file, RunUpdates) != trainer.RunUpdates)
            throw new InvalidDataException(
                $"{path}: the run was of {Number(file, RunUpdates)} updates when this was written, and is of {trainer.RunUpdates} now; its rate would be another. "
                + "Put the file with the number of updates back beside the checkpoints, or begin anew in another folder.");
        long adamUpdates = Number(file, AdamUpdates), additions = Number(file, Additions);
        for (int i = 0; i < trainer.Tensors.Count; i++)
        {
            var (tensor, shape) = (trainer.Tensors[i], trainer.Model.Weights[i].Shape);
            tensor.State.Restore(Values(file, FirstMoment + tensor.Name, shape), Values(file, SecondMoment + tensor.Name, shape), adamUpdates);
            if (trainer.Averages.Count > 0)
                trainer.Averages[i].Restore(Values(file, Average + tensor.Name, shape), additions);
        }

        try
        {
            long[] memory = [.. TextOf(file, Memory).Split(',', StringSplitOptions.RemoveEmptyEntries).Select(number => Parse(path, Memory, number))];
            trainer.Source.Restore(memory);
            trainer.GoOnFrom(new TrainingProgress(Number(file, Updates), Number(file, NextDocument), Number(file, Rows), Number(file, Skipped), Number(file, Passed)));
        }
        catch (ArgumentException error)
        {
            throw new InvalidDataException($"{path}: {error.Message}", error);
        }
    }

    static IEnumerable<TensorSource> Weights(Trainer trainer) => trainer.Model.Weights.Select(static weight =>
        TensorSource.Float32(weight.Name, weight.Shape.ToArray(), weight.Values));

    static IEnumerable<TensorSource> TensorsOf(Trainer trainer, TrainedTensor tensor, IReadOnlyList<long> shape, int index)
    {
        long[] sizes = [.. shape];
        yield return TensorSource.Float32(FirstMoment + tensor.Name, sizes, tensor.State.FirstMoment);
        yield return TensorSource.Float32(SecondMoment + tensor.Name, sizes, tensor.State.SecondMoment);
        if (trainer.Averages.Count > 0)
            yield return TensorSource.Float32(Average + tensor.Name, sizes, trainer.Averages[index].Values);
    }

    static ReadOnlySpan<float> Values(SafetensorsFile file, string name, IReadOnlyList<long> shape)
    {
        if (!file.TryGetTensor(name, out var tensor))
            throw new InvalidDataException($"{file.Path}: there is no tensor '{name}'; take the checkpoint before this one.");
        if (tensor.DType != DType.F32 || !tensor.Shape.SequenceEqual(shape.ToArray()))
            throw new InvalidDataException(
                $"{file.Path}: '{name}' is {tensor.DType} {tensor.ShapeText}, expected F32 [{string.Join(", ", shape)}]; take the checkpoint before this one.");
        return tensor.Float32;
    }

    static string TextOf(SafetensorsFile file, string key) => file.Metadata.TryGetValue(key, out string? text)
        ? text
        : throw new InvalidDataException($"{file.Path}: no '{key}' is noted in it: it is not the state of a training run. Remove this checkpoint to go on from the one before.");

    static long Number(SafetensorsFile file, string key) => Parse(file.Path, key, TextOf(file, key));

    static long Parse(string path, string key, string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number)
            ? number
            : throw new InvalidDataException($"{path}: {key} is '{text}', expected a whole number from 0. Remove this checkpoint to go on from the one before.");

    static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
