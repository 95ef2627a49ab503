using System;
using System.Collections.Concurrent;
using System.IO;

namespace Muninn.Cli.Frame;

/// <summary>
/// The files that are being written. The writers take their temporary files away themselves when they fail;
/// this is for the one case in which they cannot: a process that ends by force.
/// </summary>
sealed class UnfinishedFiles
{
    const int StemLength = 48;

    readonly ConcurrentDictionary<string, bool> _paths = new(StringComparer.Ordinal);

    /// <summary>Marks <paramref name="path"/> as being written until the answer is disposed.</summary>
    public IDisposable Begin(string path)
    {
        _paths[path] = true;
        return new Mark(this, path);
    }

    /// <summary>Deletes what lies beside the marked files under the temporary names of this process.</summary>
    public void Remove()
    {
        foreach (var path in _paths.Keys)
        {
            try
            {
                // A temporary name begins with a dot and the name, perhaps cut, and goes on with the number of the process.
                var name = Path.GetFileName(path);
                var stem = name[..Math.Min(name.Length, StemLength)];
                var pattern = $".{stem}*.{Environment.ProcessId}*";
                foreach (var file in Directory.EnumerateFiles(Path.GetDirectoryName(path) ?? path, pattern)) File.Delete(file);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The process is ending: nobody is left to be told.
            }
        }
    }

    sealed class Mark(UnfinishedFiles files, string path) : IDisposable
    {
        public void Dispose() => files._paths.TryRemove(path, out _);
    }
}
