using System;
using System.IO;

namespace Muninn.Engine.Text;

/// <summary>Reads whole files that have no business being large.</summary>
static class BoundedFile
{
    // The largest tokenizer files in use have about 35 MB.
    const long MaxBytes = 256L << 20;

    public static byte[] Read(string path)
    {
        var length = new FileInfo(path).Length;
        if (length > MaxBytes)
            throw new InvalidDataException(FormattableString.Invariant(
                $"{path}: expected at most {MaxBytes} bytes, found {length}; is this the right file?"));
        return File.ReadAllBytes(path);
    }
}
