using System.Collections.Generic;
using System.IO;

namespace Muninn.Cli.Frame;

/// <summary>Breaks paragraphs into lines at spaces.</summary>
static class Wrapping
{
    /// <summary>Longer lines are hard to read, however wide the window.</summary>
    public const int WidthMax = 100;

    /// <summary>The lines of <paramref name="text"/>; only a word that is longer is longer than <paramref name="width"/>.</summary>
    public static IEnumerable<string> Lines(string text, int width)
    {
        var line = "";
        foreach (var word in text.Split(' '))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > width)
            {
                yield return line;
                line = "";
            }

            line = line.Length == 0 ? word : line + " " + word;
        }

        yield return line;
    }

    /// <summary>Writes a paragraph; the lines after the first stand under the text behind <paramref name="mark"/>.</summary>
    /// <param name="mark">What stands in front, e.g. a bullet.</param>
    /// <param name="text">The paragraph.</param>
    /// <param name="columns">The room in a line.</param>
    /// <param name="output">Where to.</param>
    public static void Write(string mark, string text, int columns, TextWriter output)
    {
        var front = mark;
        foreach (var line in Lines(text, int.Min(columns, WidthMax) - mark.Length))
        {
            output.WriteLine(front + line);
            front = new string(' ', mark.Length);
        }
    }
}
