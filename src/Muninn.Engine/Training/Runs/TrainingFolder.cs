using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using Muninn.Engine.Files;

namespace Muninn.Engine.Training.Runs;

/// <summary>Where a run lives: its checkpoints by number of updates, its log, and the model in the end.</summary>
/// <param name="path">The folder; made when the first checkpoint is written.</param>
public sealed class TrainingFolder(string path)
{
    const int Digits = 10;
    const string Removed = ".removed";

    /// <summary>The folder.</summary>
    public string Path => path;

    /// <summary>One JSON object for each update that is told of.</summary>
    public string Log => System.IO.Path.Combine(path, "log.jsonl");

    /// <summary>The recipe as it was when the run began.</summary>
    public string Recipe => System.IO.Path.Combine(path, "recipe.json");

    /// <summary>The trained model.</summary>
    public string Model => System.IO.Path.Combine(path, "model");

    /// <summary>A picture of the run.</summary>
    public string Dashboard => System.IO.Path.Combine(path, "dashboard.html");

    /// <summary>The checkpoint before the newest, or null.</summary>
    public string? BeforeNewest => Whole().SkipLast(1).LastOrDefault();

    string Checkpoints => System.IO.Path.Combine(path, "checkpoints");

    /// <summary>The checkpoint with the most updates, or null.</summary>
    public string? Newest => Whole().LastOrDefault();

    /// <summary>Whether there is a checkpoint of so many updates.</summary>
    /// <param name="updates">At least 0.</param>
    public bool Has(long updates) => Directory.Exists(FolderOf(updates));

    /// <summary>Where the checkpoint of so many updates is written.</summary>
    /// <param name="updates">At least 0.</param>
    /// <exception cref="IOException">There is one already, or the disk takes none.</exception>
    public FolderTarget Checkpoint(long updates)
    {
        Directory.CreateDirectory(Checkpoints);
        return FolderTarget.Of(FolderOf(updates));
    }

    /// <summary>Removes all checkpoints but the newest ones, and what ended processes left half-written.</summary>
    /// <param name="keep">How many stay, at least 1.</param>
    /// <remarks>Only one process may train in a folder: see <see cref="Lock"/>.</remarks>
    public void Tidy(int keep)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(keep, 1);
        if (!Directory.Exists(Checkpoints)) return;
        foreach (string old in Whole().SkipLast(keep))
        {
            // A checkpoint that is half removed must not look like one.
            Directory.Move(old, old + Removed);
        }

        foreach (string folder in Directory.EnumerateDirectories(Checkpoints).Where(IsLeftover))
            Directory.Delete(folder, recursive: true);
    }

    /// <summary>Keeps other processes from training in this folder as long as it is not disposed; the system lets go when the process ends.</summary>
    /// <exception cref="IOException">Another process trains here.</exception>
    public IDisposable Lock()
    {
        Directory.CreateDirectory(path);
        string file = System.IO.Path.Combine(path, ".lock");
        try
        {
            return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException error) when (File.Exists(file))
        {
            throw new IOException($"'{path}' is in use by another training run. Wait for it, stop it, or give another --out.", error);
        }
    }

    string FolderOf(long updates) => System.IO.Path.Combine(Checkpoints, updates.ToString($"D{Digits}", CultureInfo.InvariantCulture));

    IEnumerable<string> Whole() => Directory.Exists(Checkpoints)
        ? Directory.EnumerateDirectories(Checkpoints).Where(IsWhole).Order(StringComparer.Ordinal)
        : [];

    static bool IsWhole(string folder) => IsNumber(System.IO.Path.GetFileName(folder));

    /// <summary>Half a checkpoint of ours; whatever else lies there is somebody's.</summary>
    static bool IsLeftover(string folder)
    {
        string name = System.IO.Path.GetFileName(folder);
        return name.EndsWith(Removed, StringComparison.Ordinal)
            ? IsNumber(name[..^Removed.Length])
            : name.StartsWith('.') && name.EndsWith(FileTarget.TemporaryEnding, StringComparison.Ordinal) && IsNumber(name[1..].Split('.')[0]);
    }

    static bool IsNumber(string name) => name.Length == Digits && name.All(char.IsAsciiDigit);
}
