using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading;
using Muninn.Engine.Files;

namespace Muninn.Engine.Checkpoints;

/// <summary>A checkpoint to be written.</summary>
public sealed record CheckpointDraft
{
    /// <summary>The model's shape.</summary>
    public required ModelConfig Config { get; init; }

    /// <summary>The weights and the files they go to.</summary>
    public required ShardPlan Shards { get; init; }

    /// <summary>The element type of most weights, which <c>config.json</c> names.</summary>
    public required DType Type { get; init; }

    /// <summary>The bytes of <c>config.json</c>; null to write them from <see cref="Config"/>.</summary>
    public ReadOnlyMemory<byte>? ConfigText { get; init; }

    /// <summary>More safetensors files, which hold what is not of the model.</summary>
    public IReadOnlyList<Shard> Others { get; init; } = [];

    /// <summary>Files that are copied beside the weights under their own names.</summary>
    public IReadOnlyList<string> Companions { get; init; } = [];

    /// <summary>Free text by key for every weight file, beside the format's own.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();
}

/// <summary>Writes checkpoint folders: whole or not at all, tensor after tensor, so that no file need fit into memory.</summary>
public static class CheckpointWriter
{
    // Readers of the usual libraries ask for it: the tensors lie row by row.
    const string FormatKey = "format";
    const string Format = "pt";

    /// <summary>Bytes reserved for the header entry of a tensor and its line in the index.</summary>
    const int EntryLength = 512;

    /// <summary>Bytes reserved for the configuration and what the file system keeps of its own.</summary>
    const int FolderLength = 1 << 16;

    /// <summary>
    /// Writes weights, index and configuration under a temporary folder name, then gives the folder its own. The configuration comes
    /// last: a folder that a killed process leaves behind is no checkpoint.
    /// </summary>
    /// <param name="target">Where to write.</param>
    /// <param name="draft">What to write.</param>
    /// <param name="progress">Called with the bytes of tensors written so far, from any thread, one call at a time.</param>
    /// <param name="stopping">Ends the writing; nothing is left then.</param>
    /// <exception cref="IOException">The disk has no room (found before anything is written), is full, or fails.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written to.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static void Write(
        FolderTarget target, CheckpointDraft draft, Action<long>? progress = null, CancellationToken stopping = default)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(draft);
        target.RequireRoom(
            LengthOf(draft.Shards) + draft.Others.Sum(static other => LengthOf(other.Tensors)) + draft.Companions.Sum(LengthOf));
        var metadata = new Dictionary<string, string>(draft.Metadata, StringComparer.Ordinal) { [FormatKey] = Format };
        try
        {
            target.Write(folder => WriteFiles(folder, draft, metadata, progress, stopping));
        }
        catch (Exception error) when (stopping.IsCancellationRequested && error is not OperationCanceledException)
        {
            // Whoever ends the process by force may take files away while they are written.
            throw new OperationCanceledException(error.Message, error, stopping);
        }
    }

    /// <summary>Room that a checkpoint takes on its disk, in bytes, rounded up.</summary>
    /// <param name="shards">The weights.</param>
    public static long LengthOf(ShardPlan shards)
    {
        ArgumentNullException.ThrowIfNull(shards);
        return shards.Shards.Sum(static shard => LengthOf(shard.Tensors)) + FolderLength;
    }

    static long LengthOf(IReadOnlyList<TensorSource> tensors) => tensors.Sum(static tensor => tensor.Length + EntryLength);

    static long LengthOf(string path)
    {
        using var file = InputFile.Open(path);
        return file.Length;
    }

    static void WriteFiles(
        string folder, CheckpointDraft draft, Dictionary<string, string> metadata, Action<long>? progress, CancellationToken stopping)
    {
        long total = 0;
        foreach (var shard in draft.Shards.Shards.Concat(draft.Others))
        {
            TensorSource[] watched = [.. shard.Tensors.Select(Watched)];
            SafetensorsWriter.Write(Path.Combine(folder, shard.FileName), watched, metadata);
            stopping.ThrowIfCancellationRequested();
        }

        if (draft.Shards.Shards.Count > 1)
            FileOutput.Write(Path.Combine(folder, CheckpointFiles.Index), stream => WriteIndex(stream, draft.Shards));
        foreach (var companion in draft.Companions)
        {
            using var source = InputFile.Open(companion);
            FileOutput.Write(Path.Combine(folder, Path.GetFileName(companion)), source.CopyTo);
        }

        var config = draft.ConfigText ?? ModelConfigWriter.Write(draft.Config, draft.Type);
        FileOutput.Write(Path.Combine(folder, CheckpointFiles.Config), stream => stream.Write(config.Span));
        stopping.ThrowIfCancellationRequested();

        TensorSource Watched(TensorSource tensor) => new(tensor.Name, tensor.DType, tensor.Shape, stream =>
            tensor.WriteTo(new WatchedStream(stream, count =>
            {
                stopping.ThrowIfCancellationRequested();
                total += count;
                progress?.Invoke(total);
            })));
    }

    static void WriteIndex(Stream stream, ShardPlan plan)
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" });
        json.WriteStartObject();
        json.WriteStartObject("metadata");
        json.WriteNumber("total_size", plan.TotalLength);
        json.WriteEndObject();
        json.WriteStartObject("weight_map");
        foreach (var (name, file) in plan.Shards.SelectMany(static shard => shard.Tensors.Select(tensor => (tensor.Name, shard.FileName)))
            .OrderBy(static pair => pair.Name, StringComparer.Ordinal))
            json.WriteString(name, file);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
