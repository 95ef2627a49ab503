using System;
using System.Buffers;
using System.IO;
using System.Security.Cryptography;
using System.Text;
using System.Text.Unicode;
using Muninn.Engine.Files;

namespace Muninn.Engine.Training.Data.Corpus;

/// <summary>A UTF-8 file, read once from its start in lines or in blocks, in memory that does not grow with the file.</summary>
sealed class Utf8File : IDisposable
{
    /// <summary>Most bytes of a line.</summary>
    public const int LineLengthMax = 64 << 20;

    /// <summary>Bytes of a block, at most.</summary>
    const int BlockLength = 1 << 20;

    readonly FileStream _stream;
    readonly string _path;
    readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    byte[] _buffer = new byte[BlockLength];
    int _start;
    int _end;

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">It is missing, no regular file, or cannot be read.</exception>
    public Utf8File(string path)
    {
        _path = path;
        _stream = InputFile.Open(path);
        Fill();
        if (Held.StartsWith("\uFEFF"u8)) _start = "\uFEFF"u8.Length;
    }

    /// <summary>Lines read so far: the number of the last one, from 1.</summary>
    public long Line { get; private set; }

    /// <summary>File and line, for messages.</summary>
    public string Place => $"{_path}:{Line}";

    ReadOnlySpan<byte> Held => _buffer.AsSpan(_start, _end - _start);

    /// <summary>SHA-256 of the whole file, once it has been read to its end.</summary>
    public string Sha256() => Convert.ToHexStringLower(_hash.GetCurrentHash());

    /// <summary>The next line without its end, CR LF or LF; valid until the next call.</summary>
    /// <returns>False at the end of the file.</returns>
    /// <exception cref="InvalidDataException">The line is not UTF-8, or too long.</exception>
    public bool TryReadLine(out ReadOnlyMemory<byte> line)
    {
        line = default;
        int seen = 0;
        int length;
        while ((length = Held[seen..].IndexOf((byte)'\n')) < 0)
        {
            seen = Held.Length;
            if (seen > LineLengthMax)
                throw new InvalidDataException($"{_path}:{Line + 1}: the line has more than {LineLengthMax} bytes; cut it into several.");
            if (Fill()) continue;
            if (seen == 0) return false;
            length = seen;
            seen = 0;
            break;
        }

        length += seen;
        Line++;
        line = _buffer.AsMemory(_start, length);
        _start = Math.Min(_end, _start + length + 1);
        if (line.Span.EndsWith("\r"u8)) line = line[..^1];
        Require(line.Span, Line);
        return true;
    }

    /// <summary>The next part of the file, whole characters, at most a mebibyte; null at its end.</summary>
    /// <exception cref="InvalidDataException">It is not UTF-8.</exception>
    public string? ReadBlock()
    {
        bool more = true;
        while (Held.Length < BlockLength && more)
            more = Fill();
        if (Held.IsEmpty) return null;
        var block = Held;
        if (more) block = block[..WholeCharacters(block)];
        Require(block, Line + 1);
        Line += block.Count((byte)'\n');
        _start += block.Length;
        return Encoding.UTF8.GetString(block);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stream.Dispose();
        _hash.Dispose();
    }

    /// <summary>How many of the bytes remain when a character that is not whole is left off.</summary>
    static int WholeCharacters(ReadOnlySpan<byte> block)
    {
        for (int back = 1; back <= 3 && back < block.Length; back++)
        {
            byte value = block[^back];
            if (value < 0x80) break;
            if (value < 0xC0) continue;
            int length = value >= 0xF0 ? 4 : value >= 0xE0 ? 3 : 2;
            return length > back ? block.Length - back : block.Length;
        }

        return block.Length;
    }

    void Require(ReadOnlySpan<byte> bytes, long line)
    {
        if (Utf8.IsValid(bytes)) return;
        int offset = 0;
        while (Rune.DecodeFromUtf8(bytes[offset..], out _, out int used) == OperationStatus.Done)
            offset += used;
        long inBlock = bytes[..offset].Count((byte)'\n');
        throw new InvalidDataException(
            $"{_path}:{line + inBlock}: not UTF-8: byte 0x{bytes[offset]:X2} begins no valid character. Convert the file first, e.g. with iconv -t UTF-8.");
    }

    /// <summary>Reads more behind what is held, in a larger buffer where there is no room.</summary>
    bool Fill()
    {
        if (_start > 0)
        {
            Held.CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }

        if (_end == _buffer.Length) Array.Resize(ref _buffer, 2 * _buffer.Length);
        int count = _stream.Read(_buffer, _end, _buffer.Length - _end);
        _hash.AppendData(_buffer, _end, count);
        _end += count;
        return count > 0;
    }
}
