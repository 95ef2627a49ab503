using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;

namespace Muninn.Engine.Text;

/// <summary>A step from token names back to text.</summary>
abstract record TokenDecoder
{
    /// <summary>Changes a row of token texts.</summary>
    public abstract List<DecodedToken> Apply(List<DecodedToken> tokens);

    /// <summary>The bytes that a token alone stands for, where this step decides that; otherwise its text so far.</summary>
    public abstract DecodedToken Alone(DecodedToken token);

    /// <summary>Letters back to bytes, bytes to text. Added tokens are text already.</summary>
    public sealed record ByteLevel : TokenDecoder
    {
        public override List<DecodedToken> Apply(List<DecodedToken> tokens)
        {
            var bytes = new List<byte>();
            foreach (var token in tokens)
                bytes.AddRange(Alone(token).Utf8());
            return [new(Encoding.UTF8.GetString([.. bytes]), IsAdded: false)];
        }

        public override DecodedToken Alone(DecodedToken token) =>
            token.IsAdded ? token : token with { Bytes = ByteAlphabet.BytesOf(token.Text) };
    }

    /// <summary>Rows of <c>&lt;0xE2&gt;</c> tokens to the text they spell; one U+FFFD each where they spell none.</summary>
    public sealed record ByteFallback : TokenDecoder
    {
        static readonly UTF8Encoding _strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

        public override List<DecodedToken> Apply(List<DecodedToken> tokens)
        {
            var result = new List<DecodedToken>(tokens.Count);
            var row = new List<byte>();
            foreach (var token in tokens)
            {
                if (ByteOf(token.Text) is { } value)
                {
                    row.Add(value);
                    continue;
                }

                Flush(row, result);
                result.Add(token);
            }

            Flush(row, result);
            return result;
        }

        public override DecodedToken Alone(DecodedToken token) =>
            ByteOf(token.Text) is { } value ? token with { Bytes = [value] } : token;

        static void Flush(List<byte> row, List<DecodedToken> destination)
        {
            if (row.Count == 0)
                return;
            try
            {
                destination.Add(new(_strict.GetString([.. row]), IsAdded: false));
            }
            catch (ArgumentException)
            {
                destination.Add(new(new string('\uFFFD', row.Count), IsAdded: false));
            }

            row.Clear();
        }

        static byte? ByteOf(string text) =>
            text.Length == 6 && text.StartsWith("<0x", StringComparison.Ordinal) && text[5] == '>'
            && byte.TryParse(text.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
                ? value
                : null;
    }

    /// <summary>All texts as one.</summary>
    public sealed record Fuse : TokenDecoder
    {
        public override List<DecodedToken> Apply(List<DecodedToken> tokens) =>
            [new(string.Concat(tokens.Select(static token => token.Text)), IsAdded: false)];

        public override DecodedToken Alone(DecodedToken token) => token;
    }

    /// <summary>A normalizer's replacement, on each text.</summary>
    public sealed record Replace(TextNormalizer.Replace Rule) : TokenDecoder
    {
        public override List<DecodedToken> Apply(List<DecodedToken> tokens) => tokens.ConvertAll(Alone);

        public override DecodedToken Alone(DecodedToken token) => token with { Text = Rule.Apply(token.Text) };
    }

    /// <summary>Takes up to <paramref name="Left"/> and <paramref name="Right"/> of a character off each text.</summary>
    public sealed record Strip(char Letter, int Left, int Right) : TokenDecoder
    {
        public override List<DecodedToken> Apply(List<DecodedToken> tokens) =>
            tokens.ConvertAll(token => token with { Text = Cut(token.Text) });

        // Only at the ends of a whole text; a token alone keeps what it stands for inside one.
        public override DecodedToken Alone(DecodedToken token) => token;

        string Cut(string text)
        {
            var start = 0;
            while (start < text.Length && start < Left && text[start] == Letter)
                start++;
            var end = text.Length;
            while (end > start && text.Length - end < Right && text[end - 1] == Letter)
                end--;
            return text[start..end];
        }
    }
}

/// <summary>A token on its way back to text.</summary>
/// <param name="Text">Its text so far.</param>
/// <param name="IsAdded">Whether it is an added token, whose text is not spelled in letters for bytes.</param>
readonly record struct DecodedToken(string Text, bool IsAdded)
{
    /// <summary>The bytes it stands for, where they are known not to be those of <see cref="Text"/>.</summary>
    public byte[]? Bytes { get; init; }

    public byte[] Utf8() => Bytes ?? Encoding.UTF8.GetBytes(Text);
}
