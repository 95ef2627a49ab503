using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;

namespace Muninn.Engine.Checkpoints;

/// <summary>Names of the files of a checkpoint folder, and how its weight files are opened.</summary>
/// <remarks>Where both a single file and an index are present the single file is used, as the usual libraries do.</remarks>
public static class CheckpointFiles
{
    /// <summary>The model's shape and constants.</summary>
    public const string Config = "config.json";

    /// <summary>All weights in one file.</summary>
    public const string Weights = "model.safetensors";

    /// <summary>Names the weight files where there are several.</summary>
    public const string Index = "model.safetensors.index.json";

    static readonly string[] _companions =
    [
        "tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "special_tokens_map.json", "added_tokens.json", "generation_config.json",
    ];

    /// <summary>The files of a folder that a copy of the model needs beside its weights: tokenizer, templates, what generates.</summary>
    /// <param name="folder">A checkpoint, or a folder with a tokenizer.</param>
    public static IReadOnlyList<string> Companions(string folder) =>
        [.. _companions.Select(file => Path.Combine(folder, file)).Where(Exists)];

    /// <summary>Name of one weight file among several.</summary>
    /// <param name="number">Which, from 1.</param>
    /// <param name="count">How many there are.</param>
    public static string Shard(int number, int count) =>
        string.Create(CultureInfo.InvariantCulture, $"model-{number:D5}-of-{count:D5}.safetensors");

    /// <summary>What a folder lacks to be a checkpoint; null where it looks like one. Only names are looked at.</summary>
    /// <param name="folder">A folder, which need not exist.</param>
    public static string? Lacking(string folder)
    {
        if (!Directory.Exists(folder))
            return "no such folder";
        var config = Exists(Path.Combine(folder, Config));
        var weights = Exists(Path.Combine(folder, Weights)) || Exists(Path.Combine(folder, Index));
        return (config, weights) switch
        {
            (true, true) => null,
            (false, true) => $"has no {Config}",
            (true, false) => $"has neither {Weights} nor {Index}",
            (false, false) => $"has no {Config}, and neither {Weights} nor {Index}",
        };
    }

    /// <summary>Whether a file is there; a link to nothing (a download that was broken off) is not a file.</summary>
    /// <param name="path">The file or link.</param>
    public static bool Exists(string path)
    {
        var file = new FileInfo(path);
        try
        {
            return file.LinkTarget is null
                ? file.Exists
                : file.ResolveLinkTarget(returnFinalTarget: true) is FileInfo { Exists: true };
        }
        catch (IOException)
        {
            // A circle of links.
            return false;
        }
    }

    /// <summary>Opens the weight file, or every shard that the index names.</summary>
    /// <param name="folder">The checkpoint's folder.</param>
    /// <param name="notes">Remarks for a person are added to it.</param>
    /// <returns>The open files; the caller disposes them.</returns>
    /// <exception cref="InvalidDataException">A file or the index is damaged, or they contradict each other.</exception>
    internal static List<SafetensorsFile> OpenWeights(string folder, List<string> notes)
    {
        var single = Path.Combine(folder, Weights);
        var indexPath = Path.Combine(folder, Index);
        if (Exists(single))
        {
            if (Exists(indexPath))
                notes.Add($"{Weights} and {Index} are both present: the single file is used.");
            return [SafetensorsFile.Open(single)];
        }

        var index = ShardIndex.Read(indexPath);
        string[] names = [.. index.Files.Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        string[] absent = [.. names.Where(name => !Exists(Path.Combine(folder, name)))];
        if (absent.Length > 0)
            throw new InvalidDataException($"{indexPath} names {names.Length} files, {absent.Length} of them missing: "
                + $"{NameList.Of(absent)}. Fetch the checkpoint again.");
        var files = new List<SafetensorsFile>(names.Length);
        try
        {
            foreach (var name in names)
                files.Add(SafetensorsFile.Open(Path.Combine(folder, name)));
            CheckIndex(index, files, indexPath);
            return files;
        }
        catch
        {
            files.ForEach(static file => file.Dispose());
            throw;
        }
    }

    static void CheckIndex(ShardIndex index, List<SafetensorsFile> files, string indexPath)
    {
        var holders = new Dictionary<string, string>(StringComparer.Ordinal);
        var problems = new List<string>();
        foreach (var file in files)
        {
            var name = Path.GetFileName(file.Path);
            foreach (var tensor in file.Tensors)
            {
                if (!holders.TryAdd(tensor.Name, name))
                    problems.Add($"{tensor.Name} is in both {holders[tensor.Name]} and {name}");
                else if (!index.Files.TryGetValue(tensor.Name, out var listed))
                    problems.Add($"{tensor.Name} is in {name}, not in the index");
                else if (listed != name)
                    problems.Add($"{tensor.Name} is in {name}, the index says {listed}");
            }
        }

        foreach (var (tensor, file) in index.Files)
        {
            if (!holders.ContainsKey(tensor))
                problems.Add($"{tensor} is not in {file}");
        }

        if (problems.Count > 0)
            throw new InvalidDataException(
                $"{indexPath} contradicts the files: {NameList.Of(problems, "; ")}. Fetch the checkpoint again.");
    }
}
