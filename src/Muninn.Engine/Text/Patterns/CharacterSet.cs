using System;
using System.Globalization;

namespace Muninn.Engine.Text.Patterns;

/// <summary>A set of code points: general categories, ranges and other sets, or all that is in none of them.</summary>
sealed class CharacterSet
{
    readonly uint _categories;
    readonly (int First, int Last)[] _ranges;
    readonly CharacterSet[] _parts;
    readonly bool _negated;
    readonly UInt128 _ascii;

    public CharacterSet(uint categories, (int First, int Last)[] ranges, CharacterSet[] parts, bool negated)
    {
        _categories = categories;
        _ranges = ranges;
        _parts = parts;
        _negated = negated;
        for (var c = 0; c < 128; c++)
        {
            if (Look(c))
                _ascii |= UInt128.One << c;
        }
    }

    /// <summary>White_Space: what <c>\s</c> means in Oniguruma over UTF-8.</summary>
    public static CharacterSet Space { get; } = new(
        Mask(UnicodeCategory.SpaceSeparator, UnicodeCategory.LineSeparator, UnicodeCategory.ParagraphSeparator),
        [(0x09, 0x0D), (0x85, 0x85)], [], negated: false);

    /// <summary>Nd: what <c>\d</c> means in Oniguruma over UTF-8.</summary>
    public static CharacterSet Digit { get; } = new(Mask(UnicodeCategory.DecimalDigitNumber), [], [], negated: false);

    /// <summary>Letters, marks, digits, letter numbers, connectors and circled letters: <c>\w</c> in Oniguruma.</summary>
    public static CharacterSet Word { get; } = new(
        Mask(UnicodeCategory.UppercaseLetter, UnicodeCategory.LowercaseLetter, UnicodeCategory.TitlecaseLetter,
            UnicodeCategory.ModifierLetter, UnicodeCategory.OtherLetter, UnicodeCategory.NonSpacingMark,
            UnicodeCategory.SpacingCombiningMark, UnicodeCategory.EnclosingMark, UnicodeCategory.DecimalDigitNumber,
            UnicodeCategory.LetterNumber, UnicodeCategory.ConnectorPunctuation),
        [(0x24B6, 0x24E9), (0x1F130, 0x1F149), (0x1F150, 0x1F169), (0x1F170, 0x1F189)], [], negated: false);

    /// <summary>Nd, Nl and No: numbers of any kind.</summary>
    public static CharacterSet Number { get; } = new(
        Mask(UnicodeCategory.DecimalDigitNumber, UnicodeCategory.LetterNumber, UnicodeCategory.OtherNumber),
        [], [], negated: false);

    /// <summary>Everything but a line feed: what <c>.</c> means.</summary>
    public static CharacterSet NotLineFeed { get; } = new(0, [('\n', '\n')], [], negated: true);

    public static CharacterSet Of(int first, int last) => new(0, [(first, last)], [], negated: false);

    public CharacterSet Complement() => new(0, [], [this], negated: true);

    public bool Contains(int codePoint) =>
        codePoint < 128 ? ((_ascii >> codePoint) & UInt128.One) != UInt128.Zero : Look(codePoint);

    /// <summary>The bits of some general categories.</summary>
    public static uint Mask(params ReadOnlySpan<UnicodeCategory> categories)
    {
        var mask = 0u;
        foreach (var category in categories)
            mask |= 1u << (int)category;
        return mask;
    }

    /// <summary>The bits of a general category by its short name, <c>L</c> or <c>Lu</c>; 0 for a name that is none.</summary>
    public static uint CategoryMask(string name)
    {
        // In the order of UnicodeCategory.
        ReadOnlySpan<string> names =
        [
            "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Co",
            "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Sm", "Sc", "Sk", "So", "Cn",
        ];
        var mask = 0u;
        for (var i = 0; i < names.Length; i++)
        {
            if (names[i] == name || (name.Length == 1 && names[i][0] == name[0]))
                mask |= 1u << i;
        }

        return mask;
    }

    bool Look(int codePoint)
    {
        var inside = _categories != 0
            && (_categories >> (int)CharUnicodeInfo.GetUnicodeCategory(codePoint) & 1) != 0;
        foreach (var (first, last) in _ranges)
            inside |= first <= codePoint && codePoint <= last;
        foreach (var part in _parts)
            inside |= part.Contains(codePoint);
        return inside != _negated;
    }
}
