using System.IO;
using Muninn.Kernels;

namespace Muninn.Engine.Files;

/// <summary>Opens files for reading: regular ones only, so that no reader waits for the other end of a pipe.</summary>
static class InputFile
{
    /// <summary>Opens a file from its start.</summary>
    /// <param name="path">The file; links are followed.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="IOException">It is a pipe, a device or a socket, or cannot be opened.</exception>
    public static FileStream Open(string path)
    {
        FileKinds.RequireReadable(path);
        return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
    }
}
