using System;
using System.IO;

namespace Muninn.Engine.Files;

/// <summary>Writes whole files or none: a reader of the path never sees half of one, and a failure leaves the old file as it was.</summary>
public static class FileOutput
{
    /// <summary>Writes a file; see <see cref="Write(FileTarget, Action{Stream})"/>.</summary>
    /// <param name="path">File to write; a symbolic link is followed, so the link stays a link. Its folder must exist.</param>
    /// <param name="write">Writes the bytes; the stream can seek.</param>
    /// <exception cref="ArgumentException">The path is empty or names no file.</exception>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    /// <exception cref="IOException">The path is a folder, a pipe, a device or a socket, or the disk is full.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written to.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        Write(FileTarget.Of(path), write);
    }

    /// <summary>
    /// Writes a file under its temporary name, flushes it to the disk and then puts it at its own in one step, over what stood there.
    /// </summary>
    /// <param name="target">Where to write.</param>
    /// <param name="write">
    /// Writes the bytes; the stream can seek. An exception of it ends the writing, removes the temporary file and is passed on.
    /// </param>
    /// <exception cref="IOException">The disk is full or fails.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written to.</exception>
    public static void Write(FileTarget target, Action<Stream> write)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(write);
        // Outside the try: what could not be created is not this run's to delete.
        var stream = target.Create();
        try
        {
            using (stream)
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            target.Complete();
        }
        catch (IOException error) when (IsOf(target, error))
        {
            target.Discard();
            throw target.Explain(error);
        }
        catch
        {
            target.Discard();
            throw;
        }
    }

    // The bytes may come from other files, whose failures tell their own story.
    static bool IsOf(FileTarget target, IOException error) =>
        error.Message.Contains(target.TemporaryPath, StringComparison.Ordinal);
}
