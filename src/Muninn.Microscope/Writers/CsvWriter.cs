using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;

namespace Muninn.Microscope.Writers;

/// <summary>
/// Writes distances as CSV (RFC 4180, UTF-8, CRLF): one line for each token and iteration, numbers in the shortest form
/// that reads back to the same float, whatever the culture.
/// </summary>
public static class CsvWriter
{
    /// <summary>Writes the columns position, token, iteration, distance and, where residuals are given, residual.</summary>
    /// <param name="positions">Each row's place in the text, <c>[rows]</c>.</param>
    /// <param name="tokens">Each row's token, <c>[rows]</c>.</param>
    /// <param name="distance"><c>[rows, iterations + 1]</c>, iteration 0 first.</param>
    /// <param name="residual"><c>[rows, iterations]</c>, iteration 1 first; or empty for none.</param>
    /// <param name="destination">Is left open.</param>
    public static void Write(
        IReadOnlyList<int> positions, IReadOnlyList<string> tokens,
        ReadOnlySpan<float> distance, ReadOnlySpan<float> residual, TextWriter destination)
    {
        int rows = tokens.Count;
        if (rows == 0 || positions.Count != rows || distance.Length == 0 || distance.Length % rows != 0)
            throw new ArgumentException($"{rows} tokens, {positions.Count} positions and {distance.Length} distances do not make a table; give [rows], [rows] and [rows, iterations + 1].", nameof(distance));
        int columns = distance.Length / rows;
        if (residual.Length != 0 && residual.Length != rows * (columns - 1))
            throw new ArgumentException($"{residual.Length} residuals for {rows} rows of {columns - 1} iterations; give {rows * (columns - 1)}, or none.", nameof(residual));
        bool withResidual = residual.Length != 0;
        destination.Write(withResidual ? "position,token,iteration,distance,residual\r\n" : "position,token,iteration,distance\r\n");
        for (int row = 0; row < rows; row++)
        {
            string start = positions[row].ToString(CultureInfo.InvariantCulture) + "," + Quoted(tokens[row]) + ",";
            for (int i = 0; i < columns; i++)
            {
                destination.Write(start);
                destination.Write(i.ToString(CultureInfo.InvariantCulture));
                destination.Write(',');
                destination.Write(Number(distance[row * columns + i]));
                if (withResidual)
                {
                    destination.Write(',');
                    // Nothing comes before the initial state, so it has no residual.
                    destination.Write(i == 0 ? "" : Number(residual[row * (columns - 1) + i - 1]));
                }
                destination.Write("\r\n");
            }
        }
    }

    static string Number(float value) => value.ToString("R", CultureInfo.InvariantCulture);

    static string Quoted(string text) =>
        text.AsSpan().IndexOfAny(",\"\r\n") < 0 && text.Trim() == text
            ? text
            : "\"" + text.Replace("\"", "\"\"") + "\"";
}
