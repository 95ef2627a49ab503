using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using Muninn.Engine.Files;
using Muninn.Engine.Text;
using Muninn.Kernels;

namespace Muninn.Engine.Checkpoints;

/// <summary>Where a model was found.</summary>
public enum ModelOrigin
{
    /// <summary>A path was given.</summary>
    Path,

    /// <summary>It lies beside the program.</summary>
    Alias,

    /// <summary>It lies in the Hugging Face cache.</summary>
    HubCache,
}

/// <summary>A model that was found.</summary>
/// <param name="Reference">What to pass to <see cref="ModelLocator.Find"/> to get it again.</param>
/// <param name="Folder">The checkpoint's folder.</param>
/// <param name="Origin">Where it was found.</param>
public sealed record ModelLocation(string Reference, string Folder, ModelOrigin Origin)
{
    /// <summary>What the model is called: its alias or name, or the name of its folder, wherever that lies.</summary>
    public string Name => Origin == ModelOrigin.Path ? Path.GetFileName(Path.TrimEndingDirectorySeparator(Folder)) : Reference;
}

/// <summary>Finds a checkpoint by path, by alias, or in the Hugging Face cache by <c>org/name[@revision]</c>.</summary>
/// <param name="places">Where to look.</param>
public sealed class ModelLocator(ModelPlaces places)
{
    const int RevisionPrefixMin = 4;
    const int RefLengthMax = 256;

    /// <summary>Names of the models that lie beside the program, in order.</summary>
    public IReadOnlyList<string> Aliases =>
        [.. FoldersOf(places.AliasFolder).Where(folder => CheckpointFiles.Lacking(folder) is null).Select(NameOf)];

    /// <summary>Finds a model. The first place that holds a checkpoint counts: path, alias, cache.</summary>
    /// <param name="reference">A folder, a file in it, an alias, or <c>org/name[@revision]</c>.</param>
    /// <exception cref="ModelNotFoundException">No place holds one; the message lists each and what it lacks.</exception>
    public ModelLocation Find(string reference)
    {
        ArgumentNullException.ThrowIfNull(reference);
        var looked = new List<string>();
        if (reference.Length == 0 || reference.Contains('\0', StringComparison.Ordinal))
            throw NotFound(reference, looked);
        return FindPath(reference, looked) ?? FindAlias(reference, looked) ?? FindCached(reference, looked)
            ?? throw NotFound(reference, looked);
    }

    /// <summary>Finds a model, or a folder with a tokenizer and no weights.</summary>
    /// <param name="reference">As for <see cref="Find"/>, or a folder with a <c>tokenizer.json</c>.</param>
    /// <exception cref="ModelNotFoundException">No place holds either; the message lists each and what it lacks.</exception>
    public ModelLocation FindTokenizer(string reference)
    {
        ArgumentNullException.ThrowIfNull(reference);
        bool isFolder = reference.Length > 0 && !reference.Contains('\0', StringComparison.Ordinal)
            && File.Exists(Path.Combine(Path.GetFullPath(reference, places.WorkingFolder), ModelText.TokenizerFile));
        return isFolder ? new ModelLocation(reference, Path.GetFullPath(reference, places.WorkingFolder), ModelOrigin.Path) : Find(reference);
    }

    /// <summary>All models beside the program and in the cache, in the order of their names.</summary>
    /// <remarks>Of the cache only those whose <c>config.json</c> names this architecture.</remarks>
    public IReadOnlyList<ModelLocation> List()
    {
        var found = new List<ModelLocation>();
        foreach (var alias in Aliases)
            found.Add(new ModelLocation(alias, Path.Combine(places.AliasFolder, alias), ModelOrigin.Alias));
        foreach (var repositoryFolder in FoldersOf(places.HubCache))
        {
            if (HubName.RepositoryOf(NameOf(repositoryFolder)) is not { } repository)
                continue;
            var main = ReadRef(repositoryFolder, HubName.DefaultRevision);
            foreach (var snapshot in FoldersOf(Path.Combine(repositoryFolder, "snapshots")))
            {
                var reference = NameOf(snapshot) == main ? repository : $"{repository}@{NameOf(snapshot)}";
                if (CheckpointFiles.Lacking(snapshot) is null && IsOfThisArchitecture(snapshot))
                    found.Add(new ModelLocation(reference, snapshot, ModelOrigin.HubCache));
            }
        }

        return found;
    }

    ModelLocation? FindPath(string reference, List<string> looked)
    {
        var path = Path.GetFullPath(reference, places.WorkingFolder);
        var folder = File.Exists(path) ? Path.GetDirectoryName(path) ?? path : path;
        return Judge(folder, reference, ModelOrigin.Path, looked);
    }

    ModelLocation? FindAlias(string reference, List<string> looked)
    {
        if (HubName.Parse(reference) is null || reference.AsSpan().IndexOfAny('/', '@') >= 0)
            return null;
        return Judge(Path.Combine(places.AliasFolder, reference), reference, ModelOrigin.Alias, looked);
    }

    ModelLocation? FindCached(string reference, List<string> looked)
    {
        if (HubName.Parse(reference) is not { } name)
            return null;
        var repositoryFolder = Path.Combine(places.HubCache, name.CacheFolder);
        if (!Directory.Exists(repositoryFolder))
        {
            looked.Add($"{repositoryFolder}: no such folder");
            return null;
        }

        if (Snapshot(repositoryFolder, name.Revision, out var problem) is { } snapshot)
            return Judge(snapshot, reference, ModelOrigin.HubCache, looked);
        looked.Add($"{repositoryFolder}: {problem}");
        return null;
    }

    static string? Snapshot(string repositoryFolder, string revision, out string? problem)
    {
        problem = null;
        var snapshots = Path.Combine(repositoryFolder, "snapshots");
        if (ReadRef(repositoryFolder, revision) is { } commit)
        {
            var folder = Path.Combine(snapshots, commit);
            if (Directory.Exists(folder))
                return folder;
            problem = $"revision {revision} is commit {commit}, which is not downloaded";
            return null;
        }

        var all = FoldersOf(snapshots);
        string[] matches = [.. all.Where(folder => IsCommit(revision) && revision.Length >= RevisionPrefixMin
            && NameOf(folder).StartsWith(revision, StringComparison.Ordinal))];
        if (matches.Length == 1)
            return matches[0];
        var held = all.Count == 0 ? "no revision" : $"the revisions {NameList.Of([.. all.Select(NameOf)])}";
        problem = $"{(matches.Length == 0 ? "no" : "more than one")} revision '{revision}'; it holds {held}";
        return null;
    }

    static string? ReadRef(string repositoryFolder, string revision)
    {
        var path = Path.Combine(repositoryFolder, "refs", revision);
        if (!CheckpointFiles.Exists(path) || FileKinds.Of(path) != FileKind.Regular || new FileInfo(path).Length > RefLengthMax)
            return null;
        var commit = File.ReadAllText(path).Trim();
        return IsCommit(commit) ? commit : null;
    }

    static ModelLocation? Judge(string folder, string reference, ModelOrigin origin, List<string> looked)
    {
        if (CheckpointFiles.Lacking(folder) is not { } lacking)
            return new ModelLocation(reference, folder, origin);
        looked.Add($"{folder}: {lacking}");
        return null;
    }

    ModelNotFoundException NotFound(string reference, List<string> looked)
    {
        var aliases = Aliases.Count == 0 ? "none" : NameList.Of(Aliases);
        var list = looked.Count == 0 ? " nothing, since it is not a possible name" : $"\n  {string.Join("\n  ", looked)}";
        return new ModelNotFoundException(
            reference,
            $"No model '{reference}'. Looked at:{list}\nGive a folder with {CheckpointFiles.Config} and "
            + $"{CheckpointFiles.Weights}, an alias ({aliases}), or org/name[@revision] of a model in the Hugging Face "
            + "cache.",
            looked);
    }

    static bool IsOfThisArchitecture(string folder)
    {
        var path = Path.Combine(folder, CheckpointFiles.Config);
        try
        {
            return JsonFile.ReadObject(JsonFile.ReadBytes(path, ModelConfigReader.FileLengthMax), path, static root =>
                root.TryGetProperty("model_type", out var type) && type.ValueKind == JsonValueKind.String
                && type.GetString() == ModelConfigReader.ModelType);
        }
        catch (Exception error) when (error is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    static List<string> FoldersOf(string folder)
    {
        try
        {
            return Directory.Exists(folder)
                ? [.. Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal)]
                : [];
        }
        catch (UnauthorizedAccessException)
        {
            return [];
        }
    }

    static bool IsCommit(string text) =>
        text.Length > 0 && text.All(char.IsAsciiHexDigitLower);

    static string NameOf(string folder) => Path.GetFileName(folder);
}
