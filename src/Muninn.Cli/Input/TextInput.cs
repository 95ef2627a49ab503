using System;
using System.IO;
using System.Text;
using System.Text.Unicode;

namespace Muninn.Cli.Input;

/// <summary>Reads whole texts from files and streams: UTF-8, unchanged, and never more than a limit.</summary>
static class TextInput
{
    /// <summary>Most bytes of a text: far above any context, far below any memory.</summary>
    public const int MostBytes = 64 << 20;

    /// <summary>The text in the file <paramref name="path"/>.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is too long or not UTF-8; the message gives the place.</exception>
    public static string ReadFile(string path)
    {
        if (Directory.Exists(path)) throw new FileNotFoundException($"'{path}' is a folder; give the name of a text file.");
        if (!File.Exists(path))
        {
            throw new FileNotFoundException(
                $"there is no file '{path}' (looked in {Directory.GetCurrentDirectory()}). Check the name.");
        }

        using var stream = File.OpenRead(path);
        return Read(stream, $"the file '{path}'");
    }

    /// <summary>All of <paramref name="stream"/> as text.</summary>
    /// <param name="stream">Read to its end.</param>
    /// <param name="name">What it is called in messages.</param>
    /// <exception cref="InvalidDataException">It is too long or not UTF-8; the message gives the place.</exception>
    public static string Read(Stream stream, string name)
    {
        var buffer = new byte[1 << 14];
        int length = 0;
        while (true)
        {
            int count = stream.Read(buffer, length, buffer.Length - length);
            if (count == 0) break;
            length += count;
            if (length > MostBytes)
                throw new InvalidDataException($"{name} is longer than {MostBytes} bytes; no model reads that much. Give a part of it.");
            if (length == buffer.Length) Array.Resize(ref buffer, Math.Min(2 * buffer.Length, MostBytes + 1));
        }

        var bytes = buffer.AsSpan(0, length);
        if (Utf8.IsValid(bytes)) return Encoding.UTF8.GetString(bytes);
        int offset = FirstInvalid(bytes);
        throw new InvalidDataException(
            $"{name} is not UTF-8: byte 0x{bytes[offset]:X2} at offset {offset} begins no valid character. " +
            "Convert it first, e.g. with iconv -t UTF-8.");
    }

    static int FirstInvalid(ReadOnlySpan<byte> bytes)
    {
        int offset = 0;
        while (offset < bytes.Length
               && Rune.DecodeFromUtf8(bytes[offset..], out _, out int consumed) == System.Buffers.OperationStatus.Done)
        {
            offset += consumed;
        }

        return offset;
    }
}
