using System.Text;

namespace Muninn.Tests.Engine.Text;

/// <summary>Texts as a pure function of a seed and a number.</summary>
static class RandomText
{
    /// <summary>Code points of all planes, assigned or not, with more from the scripts and signs that matter.</summary>
    public static string Unicode(ulong seed, ulong number)
    {
        var text = new StringBuilder();
        var length = (int)(Number(seed, number, 0) % 40);
        for (var i = 1UL; i <= (ulong)length; i++)
        {
            var draw = Number(seed, number, i);
            var code = (draw % 8) switch
            {
                0 or 1 => (int)(draw / 8 % 0x80),
                2 => (int)(draw / 8 % 0x400),
                3 => (int)(draw / 8 % 0x3000),
                4 => " \n\r\t\u00A0\u3000'09aZ"[(int)(draw / 8 % 11)],
                5 => (int)(0x10000 + draw / 8 % 0x20000),
                _ => (int)(draw / 8 % 0x110000),
            };
            if (Rune.IsValid(code))
                text.Append(new Rune(code).ToString());
        }

        return text.ToString();
    }

    /// <summary>A text over an alphabet.</summary>
    public static string Over(string alphabet, ulong seed, ulong number, int lengthMax)
    {
        var text = new char[Number(seed, number, 0) % (ulong)(lengthMax + 1)];
        for (var i = 0; i < text.Length; i++)
            text[i] = alphabet[(int)(Number(seed, number, (ulong)i + 1) % (ulong)alphabet.Length)];
        return new(text);
    }

    // SplitMix64 over a counter.
    public static ulong Number(ulong seed, ulong number, ulong index)
    {
        var z = seed * 0xD1342543DE82EF95 + number * 0x9E3779B97F4A7C15 + index * 0xBF58476D1CE4E5B9 + 0x632BE59BD9B4E019;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
