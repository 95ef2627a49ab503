using System;
using System.IO;
using System.Text;
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

/// <summary>Writes a <see cref="Heatmap"/> or another <see cref="Figure"/> for a terminal, fitted to its width.</summary>
public static class TerminalWriter
{
    const int DrawnColumnsLeast = 48, RowLines = 56;

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

    /// <summary>
    /// Writes the figure and a closing line break; nothing where there are to be no graphics. With pixels where the figure
    /// fits the window; else in characters, as wide as the window and as high as need be; without colour, or in a narrow
    /// window, as a table of its numbers.
    /// </summary>
    /// <param name="figure">What to show.</param>
    /// <param name="size">The room; fewer than 24 columns or 8 lines are treated as that many.</param>
    /// <param name="capability">What the terminal can do.</param>
    /// <param name="destination">Is left open.</param>
    /// <exception cref="ArgumentException">The figure holds no data, or counts that do not fit.</exception>
    public static void Write(Figure figure, TerminalSize size, TerminalCapability capability, TextWriter destination)
    {
        size = size with { Columns = Math.Max(24, size.Columns), Lines = Math.Max(8, size.Lines) };
        if (capability.Graphics == TerminalGraphics.None)
            return;
        if (capability.Graphics is TerminalGraphics.Kitty or TerminalGraphics.Sixel
            && figure.ToPictureWithin(size.Columns * size.CharacterWidth, (size.Lines - 1) * size.CharacterHeight) is { } pixels)
        {
            var canvas = Canvas.Paint(pixels, 1);
            if (capability.Graphics == TerminalGraphics.Kitty)
                KittyGraphics.Write(canvas, destination);
            else
                SixelGraphics.Write(canvas, destination);
            return;
        }
        var text = new StringBuilder();
        if (capability.Graphics == TerminalGraphics.Ascii || capability.Colors == TerminalColors.None || size.Columns < DrawnColumnsLeast)
            TerminalTable.Append(figure, size.Columns, text);
        else
            AppendDrawn(figure, size, capability.Colors, text);
        destination.Write(text.ToString());
    }

    /// <summary>The picture alone is drawn; its title and footnote are text as wide as the window.</summary>
    static void AppendDrawn(Figure figure, TerminalSize size, TerminalColors colors, StringBuilder text)
    {
        var picture = (figure with { Title = "", Subtitle = "", Caption = "" }).ToPicture(InCharacters(size));
        text.Append("\e[1m");
        AppendWrapped(figure.Title, size.Columns - 1, text);
        text.Append("\e[0;2m");
        AppendWrapped(figure.Subtitle, size.Columns - 1, text);
        text.Append(TerminalPaint.End);
        new TerminalPicture(picture, colors, size.Columns - 1).Append(text);
        text.Append("\e[2m");
        AppendWrapped(figure.Caption, size.Columns - 1, text);
        text.Append(TerminalPaint.End);
    }

    static void AppendWrapped(string sentence, int columns, StringBuilder text)
    {
        string line = "";
        foreach (string word in TextMetrics.Shown(sentence).Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            string longer = line.Length == 0 ? word : $"{line} {word}";
            if (line.Length > 0 && CharacterWidth.Of(longer) > columns)
            {
                text.Append(line).Append('\n');
                longer = word;
            }
            line = CharacterWidth.Of(longer) > columns ? CharacterWidth.Fit(longer, columns).TrimStart() : longer;
        }
        if (line.Length > 0)
            text.Append(line).Append('\n');
    }

    /// <summary>The size of a picture whose characters, without its margin, fill the window's width.</summary>
    static FigureSize InCharacters(TerminalSize size)
    {
        // Title, axis, legend and footnote take about twelve lines.
        int plotHeight = (int)(Math.Max(12, size.Lines - 12) * TerminalPicture.CellHeight);
        return new FigureSize
        {
            Width = (int)((size.Columns - 1 + 2 * TerminalPicture.CroppedColumns) * TerminalPicture.CellWidth),
            PlotHeight = Math.Min(plotHeight, 340),
            // Rows and panels may go on below the window's edge: text scrolls, and a token without its line is lost.
            RowsHeight = Math.Max(plotHeight, (int)(RowLines * TerminalPicture.CellHeight)),
            TextRowHeight = (int)TerminalPicture.CellHeight,
            SnapsToRows = true,
        };
    }
}
