using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.IO;
using System.Linq;

namespace Muninn.Engine.Checkpoints;

/// <summary>An open checkpoint folder: configuration and weights, checked against each other.</summary>
/// <remarks>
/// The weights are mapped, not read; their values are not looked at, so weights that are not numbers load too.
/// Spans of tensors must not be used after <see cref="Dispose"/>.
/// </remarks>
public sealed class Checkpoint : IDisposable
{
    readonly List<SafetensorsFile> _files;
    readonly Dictionary<string, Tensor> _byName;
    readonly Tensor[] _tensors;
    readonly Lazy<string> _fingerprint;
    readonly Lazy<IReadOnlyList<string>> _notes;

    Checkpoint(string folder, ModelConfig config, List<SafetensorsFile> files, List<string> notes)
    {
        Folder = folder;
        Config = config;
        _files = files;
        _tensors = [.. files.SelectMany(static file => file.Tensors).OrderBy(static tensor => tensor.Name, StringComparer.Ordinal)];
        _byName = _tensors.ToDictionary(static tensor => tensor.Name, StringComparer.Ordinal);
        _fingerprint = new Lazy<string>(() => Checkpoints.Fingerprint.Of(Config, _tensors));
        _notes = new Lazy<IReadOnlyList<string>>(() => [.. notes, .. ReadNotes()]);
    }

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>Shape and constants.</summary>
    public ModelConfig Config { get; }

    /// <summary>
    /// 16 hexadecimal digits that follow from the configuration and the weights, not from how they are spread over
    /// files. All bytes count up to 64 MiB of weights, beyond that a sample of each large tensor.
    /// </summary>
    public string Fingerprint => _fingerprint.Value;

    /// <summary>What a person should know of this checkpoint, in sentences; usually empty.</summary>
    public IReadOnlyList<string> Notes => _notes.Value;

    /// <summary>All tensors, by name.</summary>
    public IReadOnlyCollection<Tensor> Tensors => _tensors;

    /// <summary>The weight files, in the order of their names.</summary>
    public IReadOnlyList<string> WeightFiles => [.. _files.Select(static file => file.Path)];

    /// <summary>The embedding, <c>[vocabulary, width]</c>.</summary>
    public Tensor Embedding => Tensor(WeightNames.Embedding);

    /// <summary>The head, <c>[vocabulary, width]</c>: the embedding itself where they are tied.</summary>
    public Tensor Head => Tensor(Config.TiedEmbedding ? WeightNames.Embedding : WeightNames.Head);

    /// <summary>The stored rotary table <c>[1, context, 1, headWidth/2, 2]</c> (cos, sin); null where the files have none.</summary>
    public Tensor? RotaryTable => TryGetTensor(WeightNames.RotaryTable, out var table) ? table : null;

    /// <summary>How many numbers the model learned: the rotary table and a stored copy of a tied head do not count.</summary>
    public long ParameterCount => Parameters.Sum(WeightStorage.WeightsIn);

    /// <summary>Size of those parameters as stored, in bytes.</summary>
    public long WeightBytes => Parameters.Sum(static tensor => tensor.Length);

    /// <summary><c>int8</c>, <c>int4</c> or both, where matrices are stored in whole numbers with scales; null where all are floats.</summary>
    public string? IntegerWeights
    {
        get
        {
            var names = _tensors
                .Select(static tensor => WeightStorage.IntegerFormat(tensor.DType) is { } format ? WeightStorage.NameOf(format) : null)
                .OfType<string>().Distinct().Order(StringComparer.Ordinal);
            var text = string.Join(" and ", names);
            return text.Length > 0 ? text : null;
        }
    }

    IEnumerable<Tensor> Parameters => _tensors.Where(tensor =>
        tensor.Name != WeightNames.RotaryTable && !(Config.TiedEmbedding && tensor.Name == WeightNames.Head));

    /// <summary>Opens a checkpoint folder with <c>config.json</c> and <c>model.safetensors</c> or its shards.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="InvalidDataException">A damaged or contradictory file; the message says which and how.</exception>
    /// <exception cref="FileNotFoundException">The folder lacks a file that every checkpoint has.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static Checkpoint Open(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"{folder}: no such folder; a checkpoint is a folder with config.json.");
        if (CheckpointFiles.Lacking(folder) is { } lacking)
            throw new FileNotFoundException($"{folder} is not a checkpoint: it {lacking}.");
        var config = ModelConfig.Read(Path.Combine(folder, CheckpointFiles.Config));
        var notes = new List<string>();
        var files = CheckpointFiles.OpenWeights(folder, notes);
        try
        {
            var entries = files.SelectMany(static file => file.Tensors)
                .ToDictionary(static tensor => tensor.Name, static tensor => tensor.Entry, StringComparer.Ordinal);
            files.ForEach(static file => WeightStorage.Check(file.Path, file.Metadata, file.Tensors.Select(static tensor => tensor.Entry)));
            CheckpointContents.Check(config, entries, folder);
            return new Checkpoint(folder, config, files, notes);
        }
        catch
        {
            files.ForEach(static file => file.Dispose());
            throw;
        }
    }

    /// <summary>The tensor of a name.</summary>
    /// <param name="name">One of <see cref="WeightNames"/>.</param>
    /// <exception cref="ArgumentException">The checkpoint has no tensor of that name.</exception>
    public Tensor Tensor(string name) => TryGetTensor(name, out var tensor)
        ? tensor
        : throw new ArgumentException(
            $"{Folder} has no tensor '{name}'; it has {NameList.Of(_byName.Keys)}.", nameof(name));

    /// <summary>Looks a tensor up.</summary>
    /// <param name="name">One of <see cref="WeightNames"/>.</param>
    /// <param name="tensor">The tensor, where found.</param>
    /// <returns>Whether the checkpoint has it.</returns>
    public bool TryGetTensor(string name, [NotNullWhen(true)] out Tensor? tensor) =>
        _byName.TryGetValue(name, out tensor);

    /// <summary>Closes all files; spans of tensors must not be touched any more.</summary>
    public void Dispose() => _files.ForEach(static file => file.Dispose());

    IEnumerable<string> ReadNotes()
    {
        if (Config.TiedEmbedding && TryGetTensor(WeightNames.Head, out var head)
            && !Checkpoints.Fingerprint.AreEqual(head, Embedding))
            yield return $"{WeightNames.Head} differs from {WeightNames.Embedding} although config.json ties them: "
                + "the embedding is used as the head.";
    }
}
