using System;
using System.IO;
using Muninn.Microscope.Figures;
using Muninn.Microscope.Pictures;

namespace Muninn.Microscope.Writers;

/// <summary>The room on a terminal, in characters, and how many pixels a character takes.</summary>
public sealed record TerminalSize
{
    /// <summary>Characters in a line.</summary>
    public int Columns { get; init; } = 80;

    /// <summary>Lines.</summary>
    public int Lines { get; init; } = 24;

    /// <summary>Width of a character in pixels; for sixel and kitty.</summary>
    public int CharacterWidth { get; init; } = 9;

    /// <summary>Height of a character in pixels; for sixel and kitty.</summary>
    public int CharacterHeight { get; init; } = 18;
}

/// <summary>Writes a <see cref="Heatmap"/> for a terminal, fitted to its width and height.</summary>
public static class TerminalWriter
{
    /// <summary>
    /// Writes the picture and a closing line break; nothing where there are to be no graphics. Pixels are never wider or
    /// higher than the window: where it is too small for them, half-blocks stand in.
    /// </summary>
    /// <param name="figure">What to show.</param>
    /// <param name="size">The room; fewer than 24 columns or 8 lines are treated as that many.</param>
    /// <param name="capability">What the terminal can do.</param>
    /// <param name="destination">Is left open; the console is none of this class's business.</param>
    public static void Write(Heatmap figure, TerminalSize size, TerminalCapability capability, TextWriter destination)
    {
        figure.Validated();
        size = size with { Columns = Math.Max(24, size.Columns), Lines = Math.Max(8, size.Lines) };
        if (capability.Graphics == TerminalGraphics.None)
            return;
        if (capability.Graphics is TerminalGraphics.Kitty or TerminalGraphics.Sixel)
        {
            // The line break behind the pixels takes a line of its own.
            if (figure.ToPictureWithin(size.Columns * size.CharacterWidth, (size.Lines - 1) * size.CharacterHeight) is { } picture)
            {
                var canvas = Canvas.Paint(picture, 1);
                if (capability.Graphics == TerminalGraphics.Kitty)
                    KittyGraphics.Write(canvas, destination);
                else
                    SixelGraphics.Write(canvas, destination);
                return;
            }
            capability = capability with { Graphics = TerminalGraphics.Blocks };
        }
        new TerminalHeatmap(figure, size, capability).Write(destination);
    }
}
