using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;

namespace Muninn.Microscope.Writers;

/// <summary>Writes any table as comma-separated text (RFC 4180, with a header line), UTF-8 without a byte order mark, row by row.</summary>
public static class CsvTable
{
    /// <summary>Writes a header and rows.</summary>
    /// <param name="header">Names of the columns.</param>
    /// <param name="rows">
    /// Cells: numbers are written so that they read back as the same, null leaves a cell empty, text is quoted where it must be.
    /// </param>
    /// <param name="destination">Stream to write to; stays open.</param>
    /// <exception cref="ArgumentException">A row has not one cell for each column.</exception>
    public static void Write(IReadOnlyList<string> header, IEnumerable<IReadOnlyList<object?>> rows, Stream destination)
    {
        ArgumentNullException.ThrowIfNull(header);
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(destination);
        using var writer = new StreamWriter(destination, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), 1 << 16, leaveOpen: true);
        // RFC 4180 ends lines with CR LF on every system.
        writer.NewLine = "\r\n";
        WriteRow(writer, header);
        foreach (var row in rows)
        {
            if (row.Count != header.Count)
                throw new ArgumentException($"A row has {row.Count} cells for {header.Count} columns; give one for each.", nameof(rows));
            WriteRow(writer, row);
        }
    }

    static void WriteRow(StreamWriter writer, IReadOnlyList<object?> cells)
    {
        for (int i = 0; i < cells.Count; i++)
        {
            if (i > 0)
                writer.Write(',');
            writer.Write(Text(cells[i]));
        }

        writer.WriteLine();
    }

    static string Text(object? cell) => cell switch
    {
        null => "",
        float value => value.ToString("R", CultureInfo.InvariantCulture),
        double value => value.ToString("R", CultureInfo.InvariantCulture),
        IFormattable value => value.ToString(null, CultureInfo.InvariantCulture),
        _ => CsvWriter.Quote(cell.ToString() ?? ""),
    };
}
