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
    /// <summary>Writes the picture and a closing line break; nothing where there are to be no graphics.</summary>
    /// <param name="figure">What to show.</param>
    /// <param name="size">The room; fewer than 24 columns or 8 lines are treated as that many.</param>
    /// <param name="capability">What the terminal can do.</param>
    /// <param name="destination">Is left open; the console is none of this class's business.</param>
    public static void Write(Heatmap figure, TerminalSize size, TerminalCapability capability, TextWriter destination)
    {
        figure.Validated();
        size = size with { Columns = Math.Max(24, size.Columns), Lines = Math.Max(8, size.Lines) };
        switch (capability.Graphics)
        {
            case TerminalGraphics.None:
                break;
            case TerminalGraphics.Kitty:
                KittyGraphics.Write(Painted(figure, size), destination);
                break;
            case TerminalGraphics.Sixel:
                SixelGraphics.Write(Painted(figure, size), destination);
                break;
            default:
                new TerminalHeatmap(figure, size, capability).Write(destination);
                break;
        }
    }

    static Canvas Painted(Heatmap figure, TerminalSize size)
    {
        int width = size.Columns * size.CharacterWidth;
        // Labels, colour bar and margins take about 230 pixels; the drawing must not be wider than the window.
        var picture = figure.ToPicture(new PictureSize
        {
            CellsWidth = Math.Max(figure.Columns, Math.Min(900, width - 290)),
            CellsHeight = Math.Max(120, (size.Lines - 2) * size.CharacterHeight - 130),
        });
        return Canvas.Paint(picture, 1);
    }
}
