using System;

namespace Muninn.Microscope.Pictures;

/// <summary>An opaque sRGB colour, 8 bits a channel.</summary>
public readonly record struct Color(byte Red, byte Green, byte Blue)
{
    /// <summary>The colour <c>0xRRGGBB</c>.</summary>
    public static Color Of(int rgb) => new((byte)(rgb >> 16), (byte)(rgb >> 8), (byte)rgb);

    /// <summary>This colour as <c>#rrggbb</c>.</summary>
    public string Hex => $"#{Red:x2}{Green:x2}{Blue:x2}";

    /// <summary>Perceived lightness, 0 (black) … 1 (white): Rec. 709 weights on the sRGB values.</summary>
    public double Lightness => (0.2126 * Red + 0.7152 * Green + 0.0722 * Blue) / 255;

    /// <summary>The colour <paramref name="amount"/> (0 … 1) of the way from this one to <paramref name="other"/>, in sRGB.</summary>
    public Color Toward(Color other, double amount)
    {
        return new Color(Mix(Red, other.Red), Mix(Green, other.Green), Mix(Blue, other.Blue));

        byte Mix(byte from, byte to) => (byte)Math.Round(from + (to - from) * Math.Clamp(amount, 0, 1));
    }
}
