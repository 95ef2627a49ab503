using System;
using System.Globalization;
using System.Text;

namespace Muninn.Engine.Text;

/// <summary>Text as something to look at: nothing invisible, nothing that moves its neighbours.</summary>
public static class VisibleText
{
    /// <summary>The sign for a space.</summary>
    public const char Space = '␣';

    /// <summary>The sign for a line feed.</summary>
    public const char LineFeed = '↵';

    /// <summary>The sign for a tab.</summary>
    public const char Tab = '⇥';

    // A base with more marks than this grows over the rows above and below.
    const int MarksShown = 2;
    const char LeftToRightMark = '\u200E';
    const char DottedCircle = '◌';

    /// <summary>Visible form of UTF-8 bytes; those that are no whole character as <c>⟨E2 96⟩</c>.</summary>
    public static string Of(ReadOnlySpan<byte> utf8)
    {
        var writer = new Writer();
        while (!utf8.IsEmpty)
        {
            var status = Rune.DecodeFromUtf8(utf8, out var rune, out var used);
            if (status == System.Buffers.OperationStatus.Done)
                writer.Add(rune);
            else
                writer.AddBytes(utf8[..used]);
            utf8 = utf8[used..];
        }

        return writer.Finish();
    }

    /// <summary>Visible form of a text; a lone surrogate as U+FFFD.</summary>
    public static string Of(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var writer = new Writer();
        foreach (var rune in text.EnumerateRunes())
            writer.Add(rune);
        return writer.Finish();
    }

    sealed class Writer
    {
        readonly StringBuilder _text = new();
        bool _inBytes;
        bool _rightToLeft;
        bool _hasBase;
        int _marks;

        public void AddBytes(ReadOnlySpan<byte> bytes)
        {
            foreach (var value in bytes)
            {
                _text.Append(_inBytes ? ' ' : '⟨').Append(value.ToString("X2", CultureInfo.InvariantCulture));
                _inBytes = true;
            }

            _hasBase = false;
        }

        public void Add(Rune rune)
        {
            CloseBytes();
            switch (rune.Value)
            {
                case ' ': AddSign(Space); return;
                case '\n': AddSign(LineFeed); return;
                case '\t': AddSign(Tab); return;
                case < 0x20 or 0x7F:
                    Span<byte> control = [(byte)rune.Value];
                    AddBytes(control);
                    return;
            }

            switch (Rune.GetUnicodeCategory(rune))
            {
                case UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark
                    or UnicodeCategory.EnclosingMark:
                    AddMark(rune);
                    return;
                case UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
                    or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator
                    or UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse:
                    AddCode(rune);
                    return;
            }

            if (IsBlankLetter(rune.Value))
            {
                AddCode(rune);
                return;
            }

            _text.Append(rune.ToString());
            _rightToLeft |= IsRightToLeft(rune.Value);
            _hasBase = true;
            _marks = 0;
        }

        // A label that starts with a right-to-left letter would turn the whole row around; the marks fence it in.
        public string Finish()
        {
            CloseBytes();
            return _rightToLeft ? $"{LeftToRightMark}{_text}{LeftToRightMark}" : _text.ToString();
        }

        void AddSign(char sign)
        {
            _text.Append(sign);
            _hasBase = false;
        }

        void AddMark(Rune mark)
        {
            if (IsVariationSelector(mark.Value) || mark.Value == 0x034F || (_hasBase && _marks == MarksShown))
            {
                AddCode(mark);
                return;
            }

            if (!_hasBase)
                _text.Append(DottedCircle);
            _text.Append(mark.ToString());
            _marks = _hasBase ? _marks + 1 : 1;
            _hasBase = true;
        }

        void AddCode(Rune rune)
        {
            _text.Append("⟨U+").Append(rune.Value.ToString("X4", CultureInfo.InvariantCulture)).Append('⟩');
            _hasBase = false;
        }

        void CloseBytes()
        {
            if (_inBytes)
                _text.Append('⟩');
            _inBytes = false;
        }

        static bool IsVariationSelector(int value) =>
            value is >= 0xFE00 and <= 0xFE0F or >= 0xE0100 and <= 0xE01EF or >= 0x180B and <= 0x180F;

        // Hangul fillers and the blank Braille cell are letters and symbols that draw nothing.
        static bool IsBlankLetter(int value) => value is 0x115F or 0x1160 or 0x3164 or 0xFFA0 or 0x2800;

        static bool IsRightToLeft(int value) =>
            value is >= 0x0590 and <= 0x08FF or >= 0xFB1D and <= 0xFDFF or >= 0xFE70 and <= 0xFEFE
                or >= 0x10800 and <= 0x10FFF or >= 0x1E800 and <= 0x1EFFF;
    }
}
