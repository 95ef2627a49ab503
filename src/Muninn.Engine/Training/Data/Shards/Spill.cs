using System;
using System.IO;
using System.Security.Cryptography;

namespace Muninn.Engine.Training.Data.Shards;

/// <summary>Bytes on their way to a file whose size is not known yet: kept on the disk, under no name where the system can do that.</summary>
sealed class Spill : IDisposable
{
    const int Portion = 1 << 20;

    readonly FileStream _stream;
    readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>Makes an empty one.</summary>
    /// <param name="path">A name that nothing has, on the disk that has the room.</param>
    public Spill(string path)
    {
        Path = path;
        _stream = new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Delete, 1 << 16, FileOptions.DeleteOnClose);
        // Without its name it goes with the process, however that ends.
        if (!OperatingSystem.IsWindows()) File.Delete(path);
    }

    /// <summary>The name it was made under.</summary>
    public string Path { get; }

    /// <summary>SHA-256 of all bytes.</summary>
    public string Sha256 => Convert.ToHexStringLower(_hash.GetCurrentHash());

    /// <summary>Appends bytes.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        _hash.AppendData(bytes);
        _stream.Write(bytes);
    }

    /// <summary>Writes all bytes to another stream.</summary>
    public void CopyTo(Stream destination)
    {
        _stream.Position = 0;
        _stream.CopyTo(destination, Portion);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            _stream.Dispose();
        }
        catch (IOException)
        {
            // On a full disk the last bytes stay behind; nobody wants them any more.
        }

        _hash.Dispose();
    }
}
