using System;
using Muninn.Microscope.Pictures;

namespace Muninn.Microscope.Writers;

/// <summary>The nearest of xterm's 256 colours: the 6 × 6 × 6 cube from 16 on, and 24 greys from 232 on.</summary>
static class IndexedColor
{
    static ReadOnlySpan<byte> Levels => [0, 95, 135, 175, 215, 255];

    internal static int Of(Color color)
    {
        int red = NearestLevel(color.Red), green = NearestLevel(color.Green), blue = NearestLevel(color.Blue);
        int cube = Distance(color, Levels[red], Levels[green], Levels[blue]);
        int shade = Math.Clamp(((color.Red + color.Green + color.Blue) / 3 - 3) / 10, 0, 23);
        int level = 8 + 10 * shade;
        return Distance(color, level, level, level) < cube ? 232 + shade : 16 + 36 * red + 6 * green + blue;
    }

    static int NearestLevel(int channel)
    {
        int best = 0;
        for (int i = 1; i < Levels.Length; i++)
        {
            if (Math.Abs(Levels[i] - channel) < Math.Abs(Levels[best] - channel))
                best = i;
        }
        return best;
    }

    static int Distance(Color color, int red, int green, int blue) =>
        (color.Red - red) * (color.Red - red) + (color.Green - green) * (color.Green - green) + (color.Blue - blue) * (color.Blue - blue);
}
