using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;

namespace Muninn.Microscope.Writers;

/// <summary>
/// Writes distances and residuals as comma-separated text (RFC 4180, with a header line): one line for each token and
/// iteration, UTF-8 without a byte order mark.
/// </summary>
public static class CsvWriter
{
    /// <summary>Writes the columns <c>position,token,iteration,distance,residual</c>; iteration 0 has no residual and leaves it empty.</summary>
    /// <param name="positions">Position of each token in its text, <c>[T]</c>; empty for 0, 1, 2 ….</param>
    /// <param name="tokens">Token texts, <c>[T]</c>; quoted where they hold a comma, a quote or a line end.</param>
    /// <param name="distance">Distances, <c>[T, N + 1]</c>, column i for iteration i; written so that they read back as the same float.</param>
    /// <param name="residual">Residuals, <c>[T, N]</c>, column i − 1 for iteration i.</param>
    /// <param name="destination">Stream to write to; stays open.</param>
    /// <exception cref="ArgumentException">The counts do not fit each other.</exception>
    public static void Write(
        IReadOnlyList<int> positions,
        IReadOnlyList<string> tokens,
        ReadOnlySpan<float> distance,
        ReadOnlySpan<float> residual,
        Stream destination)
    {
        ArgumentNullException.ThrowIfNull(positions);
        ArgumentNullException.ThrowIfNull(tokens);
        ArgumentNullException.ThrowIfNull(destination);
        if (positions.Count != 0 && positions.Count != tokens.Count)
        {
            throw new ArgumentException(
                $"{positions.Count} positions were given for {tokens.Count} tokens; give one for each, or none.", nameof(positions));
        }

        if (tokens.Count == 0 || distance.Length == 0 || distance.Length % tokens.Count != 0)
            throw new ArgumentException(
                $"{distance.Length} distances are not whole rows of {tokens.Count} tokens; give [tokens, iterations + 1] values.",
                nameof(distance));
        if (residual.Length != distance.Length - tokens.Count)
            throw new ArgumentException(
                $"{distance.Length} distances of {tokens.Count} tokens go with {distance.Length - tokens.Count} residuals " +
                $"(none at iteration 0), but {residual.Length} were given.", nameof(residual));
        int columns = distance.Length / tokens.Count;
        using var writer = new StreamWriter(destination, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), 1 << 16, leaveOpen: true);
        // RFC 4180 ends lines with CR LF on every system.
        writer.NewLine = "\r\n";
        writer.WriteLine("position,token,iteration,distance,residual");
        for (int row = 0; row < tokens.Count; row++)
        {
            int position = positions.Count == 0 ? row : positions[row];
            string start = $"{position.ToString(CultureInfo.InvariantCulture)},{Quote(tokens[row])},";
            for (int iteration = 0; iteration < columns; iteration++)
            {
                writer.Write(start);
                writer.Write(iteration.ToString(CultureInfo.InvariantCulture));
                writer.Write(',');
                writer.Write(Number(distance[row * columns + iteration]));
                writer.Write(',');
                if (iteration > 0)
                    writer.Write(Number(residual[row * (columns - 1) + iteration - 1]));
                writer.WriteLine();
            }
        }
    }

    /// <summary>Shortest decimal that reads back as the same float; NaN, Infinity and -Infinity by name.</summary>
    static string Number(float value) => value.ToString("R", CultureInfo.InvariantCulture);

    /// <summary>A text as one field: in quotes where it holds a comma, a quote or a line end (RFC 4180).</summary>
    public static string Quote(string text) =>
        text.AsSpan().ContainsAny("\",\r\n") ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
}
