using System.Globalization;
using System.Text;

namespace Muninn.Microscope.Writers;

/// <summary>Text in 7-bit characters for terminals and logs without Unicode.</summary>
static class PlainText
{
    internal static string Of(string text)
    {
        var plain = new StringBuilder();
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '1' && i + 2 < text.Length && text[i + 1] == '0' && Superscript(text[i + 2]) is not null)
            {
                // "3 × 10⁻⁵" reads 3e-5, and a bare power 1e-5.
                bool factor = plain.ToString().EndsWith(" x ");
                if (factor)
                    plain.Length -= 3;
                plain.Append(factor ? "e" : "1e");
                i += 2;
                for (; i < text.Length && Superscript(text[i]) is { } digit; i++)
                    plain.Append(digit);
                i--;
                continue;
            }
            plain.Append(text[i] switch
            {
                < '\u0080' => text[i].ToString(),
                '‖' => "||",
                '−' or '–' or '—' => "-",
                '×' => "x",
                '·' => "-",
                '…' => "~",
                '␣' => "_",
                '↵' or '⏎' => "\\n",
                '⇥' => "\\t",
                '⟨' => "<",
                '⟩' => ">",
                '≤' => "<=",
                '→' => "->",
                'π' => "pi",
                'ρ' => "rho",
                '∠' => "angle",
                >= '₀' and <= '₉' => ((char)('0' + text[i] - '₀')).ToString(),
                _ when char.IsLowSurrogate(text[i]) => "",
                _ => "?",
            });
        }
        return plain.ToString();
    }

    static string? Superscript(char c)
    {
        int digit = "⁰¹²³⁴⁵⁶⁷⁸⁹".IndexOf(c);
        return digit >= 0 ? digit.ToString(CultureInfo.InvariantCulture) : c == '⁻' ? "-" : null;
    }
}
