using System;
using System.Collections.Concurrent;
using System.IO;

namespace Muninn.Cli.Frame;

/// <summary>
/// The files that are being written, and temporary folders. The writers take their temporary files away themselves when they fail;
/// this is for the one case in which they cannot: a process that ends by force.
/// </summary>
sealed class UnfinishedFiles
{
    readonly ConcurrentDictionary<string, bool> _isFolder = new(StringComparer.Ordinal);

    /// <summary>Marks the temporary file <paramref name="path"/> as being written until the answer is disposed.</summary>
    public IDisposable Begin(string path) => Begin(path, isFolder: false);

    /// <summary>Marks a temporary folder, which goes with all it holds, until the answer is disposed.</summary>
    public IDisposable BeginFolder(string path) => Begin(path, isFolder: true);

    /// <summary>Deletes the marked files and folders, and nothing else.</summary>
    public void Remove()
    {
        foreach (var (path, isFolder) in _isFolder)
        {
            try
            {
                if (isFolder) Directory.Delete(path, recursive: true);
                else File.Delete(path);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The process is ending: nobody is left to be told.
            }
        }
    }

    Mark Begin(string path, bool isFolder)
    {
        _isFolder[path] = isFolder;
        return new Mark(this, path);
    }

    sealed class Mark(UnfinishedFiles files, string path) : IDisposable
    {
        public void Dispose() => files._isFolder.TryRemove(path, out _);
    }
}
