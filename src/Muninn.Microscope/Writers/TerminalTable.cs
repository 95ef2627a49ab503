using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Muninn.Microscope.Figures;
using Muninn.Microscope.Pictures;

namespace Muninn.Microscope.Writers;

/// <summary>A figure's numbers in 7-bit text: title, a table, the note and the footnote. Tables too wide for the window go on below.</summary>
static class TerminalTable
{
    const int FirstMost = 26, CellMost = 30;

    internal static void Append(Figure figure, int columns, StringBuilder destination)
    {
        int room = columns - 1;
        AppendText(figure.Title, room, destination);
        AppendText(figure.Subtitle, room, destination);
        destination.Append('\n');
        var table = figure.ToTable();
        int count = table.Headers.Count, next = 1;
        int[] widths = [.. Enumerable.Range(0, count).Select(column => Width(table, column, Math.Min(column == 0 ? FirstMost : CellMost, (room - 2) / 2)))];
        do
        {
            int from = next, used = widths[0];
            while (next < count && (next == from || used + 2 + widths[next] <= room))
                used += 2 + widths[next++];
            if (from > 1)
                destination.Append('\n');
            AppendRows(table, widths, from, next, destination);
        }
        while (next < count);
        if (table.Note is { } note)
            AppendText($"({note})", room, destination);
        destination.Append('\n');
        AppendText(figure.Caption, room, destination);
    }

    static int Width(FigureTable table, int column, int most) => Math.Min(most,
        Math.Max(Plain(table.Headers[column]).Length, table.Rows.Select(row => Plain(row[column]).Length).DefaultIfEmpty(0).Max()));

    static void AppendRows(FigureTable table, int[] widths, int from, int to, StringBuilder destination)
    {
        AppendRow(table.Headers);
        foreach (var row in table.Rows)
            AppendRow(row);

        void AppendRow(IReadOnlyList<string> cells)
        {
            var line = new StringBuilder(Cut(Plain(cells[0]), widths[0]).PadRight(widths[0]));
            for (int column = from; column < to; column++)
                line.Append("  ").Append(Cut(Plain(cells[column]), widths[column]).PadLeft(widths[column]));
            destination.Append(line.ToString().TrimEnd()).Append('\n');
        }
    }

    static string Plain(string text) => PlainText.Of(TextMetrics.Shown(text));

    static string Cut(string text, int width) => text.Length <= width ? text : text[..(width - 1)] + "~";

    static void AppendText(string text, int room, StringBuilder destination)
    {
        string line = "";
        foreach (string word in Plain(text).Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            string longer = line.Length == 0 ? word : $"{line} {word}";
            if (line.Length > 0 && longer.Length > room)
            {
                destination.Append(line).Append('\n');
                longer = word;
            }
            line = Cut(longer, room);
        }
        if (line.Length > 0)
            destination.Append(line).Append('\n');
    }
}
