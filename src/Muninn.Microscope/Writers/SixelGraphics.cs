using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using Muninn.Microscope.Pictures;

namespace Muninn.Microscope.Writers;

/// <summary>DEC sixel graphics: bands of six pixel rows, a palette of at most 256 colours, runs shortened.</summary>
static class SixelGraphics
{
    const int PaletteMax = 256;

    internal static void Write(Canvas canvas, TextWriter destination)
    {
        var pixels = canvas.Pixels;
        var indices = new int[canvas.Width * canvas.Height];
        var palette = Palette(pixels, indices);
        var sixels = new StringBuilder();
        // P2 = 1 leaves unset pixels alone; the raster attributes give the aspect 1:1 and the size.
        sixels.Append(CultureInfo.InvariantCulture, $"\eP0;1q\"1;1;{canvas.Width};{canvas.Height}");
        for (int i = 0; i < palette.Count; i++)
        {
            var color = palette[i];
            sixels.Append(CultureInfo.InvariantCulture,
                $"#{i};2;{Percent(color.Red)};{Percent(color.Green)};{Percent(color.Blue)}");
        }
        for (int top = 0; top < canvas.Height; top += 6)
            AppendBand(indices, canvas.Width, canvas.Height, top, sixels);
        destination.Write(sixels.Append("\e\\\n").ToString());

        static int Percent(byte channel) => (channel * 100 + 127) / 255;
    }

    /// <summary>The most frequent colours, coarsened until there are few enough; every pixel takes the nearest one.</summary>
    static List<Color> Palette(ReadOnlySpan<byte> pixels, int[] indices)
    {
        var counts = new Dictionary<Color, int>();
        for (int i = 0; i < indices.Length; i++)
        {
            var color = new Color(pixels[3 * i], pixels[3 * i + 1], pixels[3 * i + 2]);
            counts[color] = counts.GetValueOrDefault(color) + 1;
        }
        List<Color> palette =
        [
            .. counts.OrderByDescending(entry => entry.Value)
                .ThenBy(entry => entry.Key.Red << 16 | entry.Key.Green << 8 | entry.Key.Blue)
                .Take(PaletteMax).Select(entry => entry.Key),
        ];
        var nearest = counts.Keys.ToDictionary(color => color, color => Nearest(palette, color));
        for (int i = 0; i < indices.Length; i++)
            indices[i] = nearest[new Color(pixels[3 * i], pixels[3 * i + 1], pixels[3 * i + 2])];
        return palette;
    }

    static int Nearest(List<Color> palette, Color color)
    {
        int best = 0, least = int.MaxValue;
        for (int i = 0; i < palette.Count; i++)
        {
            int red = palette[i].Red - color.Red, green = palette[i].Green - color.Green, blue = palette[i].Blue - color.Blue;
            int distance = red * red * 2 + green * green * 4 + blue * blue;
            if (distance < least)
                (best, least) = (i, distance);
        }
        return best;
    }

    static void AppendBand(int[] indices, int width, int height, int top, StringBuilder sixels)
    {
        int bottom = Math.Min(height, top + 6);
        var present = new SortedSet<int>(indices.AsSpan(top * width, (bottom - top) * width).ToArray());
        foreach (int color in present)
        {
            sixels.Append(CultureInfo.InvariantCulture, $"#{color}");
            for (int x = 0; x < width;)
            {
                int bits = Bits(x), first = x;
                while (x < width && Bits(x) == bits)
                    x++;
                if (x == width && bits == 0)
                    break;
                char sixel = (char)(63 + bits);
                if (x - first > 3)
                    sixels.Append(CultureInfo.InvariantCulture, $"!{x - first}{sixel}");
                else
                    sixels.Append(sixel, x - first);
            }
            sixels.Append('$');

            int Bits(int x)
            {
                int bits = 0;
                for (int y = top; y < bottom; y++)
                    bits |= indices[y * width + x] == color ? 1 << y - top : 0;
                return bits;
            }
        }
        sixels.Append('-');
    }
}
