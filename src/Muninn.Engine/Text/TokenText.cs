using System;
using System.Text;

namespace Muninn.Engine.Text;

/// <summary>
/// Text from tokens that come one by one: each piece consists of whole characters, the beginning of one is held back. Special
/// tokens are signs for the model and show nothing.
/// </summary>
/// <remarks>
/// A token counts as the bytes that it stands for inside a text (<see cref="Tokenizer.BytesOf"/>): with a byte-level vocabulary
/// the pieces together are <see cref="Tokenizer.Decode"/> of all tokens that are not special.
/// </remarks>
/// <param name="tokenizer">Knows the bytes of each token.</param>
public sealed class TokenText(Tokenizer tokenizer)
{
    readonly Decoder _decoder = Encoding.UTF8.GetDecoder();

    /// <summary>Takes the next token.</summary>
    /// <param name="token">Its id; an unused one adds nothing.</param>
    /// <returns>The characters that are whole now; often none.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The id is negative.</exception>
    public string Push(int token) => tokenizer.IsSpecial(token) ? "" : Decode(tokenizer.BytesOf(token).Span, flush: false);

    /// <summary>Nothing follows: U+FFFD where a character was begun and not ended, else empty.</summary>
    public string Finish() => Decode([], flush: true);

    string Decode(ReadOnlySpan<byte> bytes, bool flush)
    {
        int length = _decoder.GetCharCount(bytes, flush);
        if (length == 0 && !flush && bytes.IsEmpty)
            return "";
        char[] text = new char[length];
        int written = _decoder.GetChars(bytes, text, flush);
        return new string(text, 0, written);
    }
}
