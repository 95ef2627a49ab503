using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using Muninn.Microscope.Figures;
using Muninn.Microscope.Pictures;

namespace Muninn.Microscope.Writers;

/// <summary>
/// A heatmap in characters. With room, a row takes a line; else a line shows two rows as half-blocks; with still more
/// rows, neighbours share a half and the largest distance of them is shown, which the caption says.
/// </summary>
sealed class TerminalHeatmap
{
    const int Chrome = 9, LabelMin = 6, LabelMax = 24, BarLength = 52;
    const string Ramp = ".:-=+*#%@";

    /// <summary>As long as the longest note, to reckon with before the notes are known.</summary>
    const string NoteSample = "each row: the largest distance of 999 tokens (choose some with --positions)";
    const char FloorCharacter = '_', NotFiniteCharacter = '?';

    readonly Heatmap _figure;
    readonly TerminalSize _size;
    readonly TerminalColors _colors;
    readonly MergedCells _merged;
    readonly int _labelWidth, _rowsPerLine;

    internal TerminalHeatmap(Heatmap figure, TerminalSize size, TerminalCapability capability)
    {
        _figure = figure;
        _size = size;
        _colors = capability.Graphics == TerminalGraphics.Blocks ? capability.Colors : TerminalColors.None;
        // Chrome has a line for each sentence; in a narrow window the sentences take more.
        int broken = Wrapped(figure.Subtitle, 0).Count + Wrapped(NoteSample, 3).Count + 2 * Wrapped(NoteSample, 0).Count - 4;
        int lines = Math.Max(3, size.Lines - Chrome - Math.Max(0, broken));
        bool halves = Colored && figure.Rows > lines;
        int rowsPerCell = Math.Max(1, (int)Math.Ceiling(figure.Rows / (halves ? 2.0 * lines : lines)));
        _rowsPerLine = halves ? 2 * rowsPerCell : rowsPerCell;
        int wanted = Enumerable.Range(0, LineCount).Max(line => CharacterWidth.Of(Printable(Label(line))));
        int room = size.Columns - 1;
        // Labels give way first, so that at 80 columns 65 iterations keep a character each.
        int labelMost = Math.Clamp(room - 1 - figure.Columns, LabelMin, LabelMax);
        _labelWidth = Math.Clamp(wanted, 1, labelMost);
        int cells = room - _labelWidth - 1;
        int factor = Math.Clamp(cells / figure.Columns, 1, 4);
        _merged = new MergedCells(figure, Math.Min(cells, factor * figure.Columns), rowsPerCell);
    }

    bool Colored => _colors != TerminalColors.None;

    int LineCount => (_figure.Rows + _rowsPerLine - 1) / _rowsPerLine;

    internal void Write(TextWriter destination)
    {
        var text = new StringBuilder();
        AppendLine(text, Bold(Fitted(_figure.Title)));
        foreach (string line in Wrapped(_figure.Subtitle, 0))
            AppendLine(text, Faint(line));
        for (int line = 0; line < LineCount; line++)
        {
            text.Append(Printable(CharacterWidth.Fit(Printable(Label(line)), _labelWidth))).Append(' ');
            AppendCells(text, line);
            text.Append('\n');
        }
        AppendAxis(text);
        AppendColorBar(text);
        AppendNotes(text);
        destination.Write(text.ToString());
    }

    static void AppendLine(StringBuilder text, string line) => text.Append(line).Append('\n');

    // Text that shares a line is one stretch of the prompt, so its tokens simply follow each other.
    string Label(int line)
    {
        int first = line * _rowsPerLine;
        if (_rowsPerLine > 4)
            return string.Create(CultureInfo.InvariantCulture, $"{_figure.PositionOf(first)} {TextMetrics.Shown(_figure.RowLabels[first])}");
        return string.Concat(Enumerable.Range(first, Math.Min(_rowsPerLine, _figure.Rows - first))
            .Select(row => TextMetrics.Shown(_figure.RowLabels[row])));
    }

    void AppendCells(StringBuilder text, int line)
    {
        bool halves = Colored && _rowsPerLine == 2 * _merged.RowsPerCell;
        int top = halves ? 2 * line : line;
        string last = "";
        for (int x = 0; x < _merged.Across; x++)
        {
            var (kind, fraction) = _merged.At(top, x);
            if (!Colored)
            {
                text.Append(Character(kind, fraction));
                continue;
            }
            var upper = CellColors.Of(kind, fraction);
            string paint;
            if (!halves)
                paint = TerminalPaint.Background(_colors, upper);
            else if (top + 1 < _merged.Down)
            {
                var (lowerKind, lowerFraction) = _merged.At(top + 1, x);
                paint = TerminalPaint.Foreground(_colors, upper) + TerminalPaint.Background(_colors, CellColors.Of(lowerKind, lowerFraction));
            }
            else
                paint = "\e[49m" + TerminalPaint.Foreground(_colors, upper);
            if (paint != last)
                text.Append(last = paint);
            text.Append(halves ? '▀' : ' ');
        }
        if (Colored)
            text.Append("\e[0m");
    }

    static char Character(CellKind kind, double fraction) => kind switch
    {
        CellKind.Value => Ramp[Math.Min(Ramp.Length - 1, (int)(fraction * Ramp.Length))],
        CellKind.BelowFloor => FloorCharacter,
        _ => NotFiniteCharacter,
    };

    void AppendAxis(StringBuilder text)
    {
        var ticks = new char[_merged.Across];
        Array.Fill(ticks, Colored ? '─' : '-');
        var labels = new StringBuilder(new string(' ', _merged.Across + 6));
        int last = _figure.Columns - 1;
        int step = HeatmapLayout.ColumnStep(last, _merged.Across * 8.0);
        int free = 0;
        for (int column = 0; column <= last; column += step)
        {
            int x = (int)Math.Min(_merged.Across - 1, (long)column * _merged.Across / _figure.Columns);
            ticks[x] = Colored ? '┬' : '+';
            string label = column.ToString(CultureInfo.InvariantCulture);
            int start = Math.Max(0, x - (label.Length - 1) / 2);
            if (start < free || start + label.Length > _size.Columns - _labelWidth - 2)
                continue;
            for (int i = 0; i < label.Length; i++)
                labels[start + i] = label[i];
            free = start + label.Length + 1;
        }
        string indent = new(' ', _labelWidth + 1);
        AppendLine(text, indent + Faint(new string(ticks)));
        AppendLine(text, indent + labels.ToString().TrimEnd());
        string title = Fitted(_figure.ColumnTitle);
        int middle = _labelWidth + 1 + Math.Max(0, (_merged.Across - title.Length) / 2);
        AppendLine(text, new string(' ', Math.Min(middle, Math.Max(0, _size.Columns - 1 - CharacterWidth.Of(title)))) + title);
    }

    void AppendColorBar(StringBuilder text)
    {
        string title = Printable(_figure.Scale == ColorScale.Linear ? _figure.ColorTitle.Replace("Log ", "") : _figure.ColorTitle) + "  ";
        int length = Math.Min(BarLength, _size.Columns - title.Length - 6);
        text.Append(title);
        for (int x = 0; x < length; x++)
        {
            double fraction = x / (length - 1.0);
            if (Colored)
                text.Append(TerminalPaint.Background(_colors, Viridis.At(fraction))).Append(' ');
            else
                text.Append(Character(CellKind.Value, fraction));
        }
        text.Append(Colored ? "\e[0m\n" : "\n");
        var marks = new StringBuilder(new string(' ', length + 12));
        int free = 0;
        foreach (var tick in _merged.Range.Ticks().Where(tick => tick.Text.Length > 0))
        {
            string label = Printable(tick.Text);
            int start = Math.Max(0, (int)Math.Round(tick.Fraction * (length - 1)) - label.Length / 2);
            if (start < free || start + label.Length > length + 6)
                continue;
            for (int i = 0; i < label.Length; i++)
                marks[start + i] = label[i];
            free = start + label.Length + 1;
        }
        AppendLine(text, new string(' ', title.Length) + marks.ToString().TrimEnd());
    }

    void AppendNotes(StringBuilder text)
    {
        if (Holds(CellKind.BelowFloor))
        {
            string what = _figure.Floor is { } floor ? $"below the rounding floor {ColorRange.NumberText(floor)}" : "exactly at s*";
            AppendMarked(text, CellKind.BelowFloor, what);
        }
        if (Holds(CellKind.NotFinite))
            AppendMarked(text, CellKind.NotFinite, "not a finite number: the state diverged");
        foreach (string? note in new[] { _merged.RowNote, _merged.ColumnNote })
        {
            foreach (string line in Wrapped(note ?? "", 0))
                AppendLine(text, Faint(line));
        }
    }

    bool Holds(CellKind kind) => Array.Exists(_figure.Values, value => _merged.Range.KindOf(value) == kind);

    void AppendMarked(StringBuilder text, CellKind kind, string what)
    {
        string mark = Swatch(kind);
        foreach (string line in Wrapped(what, 3))
        {
            AppendLine(text, mark + Faint(line));
            mark = "   ";
        }
    }

    /// <summary>The lines of a sentence that must not lose its end; none where it is empty.</summary>
    List<string> Wrapped(string sentence, int taken)
    {
        var lines = new List<string>();
        int room = _size.Columns - 1 - taken;
        string line = "";
        foreach (string word in sentence.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            string longer = line.Length == 0 ? word : $"{line} {word}";
            if (line.Length > 0 && CharacterWidth.Of(Printable(TextMetrics.Shown(longer))) > room)
            {
                lines.Add(Fitted(line, taken));
                longer = word;
            }

            line = longer;
        }

        if (line.Length > 0)
            lines.Add(Fitted(line, taken));
        return lines;
    }

    string Swatch(CellKind kind) => Colored ? TerminalPaint.Background(_colors, CellColors.Of(kind, 0)) + "  \e[0m " : $"{Character(kind, 0)}  ";

    string Bold(string text) => Colored ? $"\e[1m{text}\e[0m" : text;

    string Faint(string text) => Colored ? $"\e[2m{text}\e[0m" : text;

    string Fitted(string text, int taken = 0)
    {
        text = Printable(TextMetrics.Shown(text));
        int room = _size.Columns - 1 - taken;
        return CharacterWidth.Of(text) <= room ? text : Printable(CharacterWidth.Fit(text, room)).TrimStart();
    }

    /// <summary>Without colour everything is 7-bit text: superscripts become 1e-5, other characters their nearest or “?”.</summary>
    string Printable(string text) => Colored ? text : PlainText.Of(text);
}
