using System;
using System.Text;

namespace Muninn.Engine.Text;

/// <summary>
/// The visible letters that stand for bytes in byte-level vocabularies: printable Latin-1 for itself, the other
/// 68 bytes from U+0100 on (GPT-2, 2019). A space is <c>Ġ</c>, a line feed <c>Ċ</c>.
/// </summary>
static class ByteAlphabet
{
    static readonly char[] _letters = MakeLetters();
    static readonly short[] _bytes = MakeBytes();

    /// <summary>The letter of a byte.</summary>
    public static char LetterOf(byte value) => _letters[value];

    /// <summary>The bytes of a text spelled in letters, or null if it has a character that is none.</summary>
    public static byte[]? BytesOf(string letters)
    {
        var bytes = new byte[letters.Length];
        for (var i = 0; i < letters.Length; i++)
        {
            if (letters[i] >= _bytes.Length || _bytes[letters[i]] < 0)
                return null;
            bytes[i] = (byte)_bytes[letters[i]];
        }

        return bytes;
    }

    /// <summary>Appends the letters of the text's UTF-8 bytes.</summary>
    public static void Spell(ReadOnlySpan<char> text, StringBuilder destination)
    {
        Span<byte> utf8 = stackalloc byte[4];
        foreach (var rune in text.EnumerateRunes())
        {
            var count = rune.EncodeToUtf8(utf8);
            for (var i = 0; i < count; i++)
                destination.Append(_letters[utf8[i]]);
        }
    }

    static char[] MakeLetters()
    {
        var letters = new char[256];
        var next = 0x100;
        for (var value = 0; value < 256; value++)
            letters[value] = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or >= 0xAE ? (char)value : (char)next++;
        return letters;
    }

    static short[] MakeBytes()
    {
        var bytes = new short[0x100 + 68];
        Array.Fill(bytes, (short)-1);
        for (var value = 0; value < 256; value++)
            bytes[_letters[value]] = (short)value;
        return bytes;
    }
}
