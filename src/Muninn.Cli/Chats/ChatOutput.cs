using System;
using Muninn.Cli.Frame;
using Muninn.Microscope.Pictures;
using Muninn.Microscope.Writers;

namespace Muninn.Cli.Chats;

/// <summary>Answers as they come: on a terminal with colours, each token on the colour of its iterations; else plain.</summary>
sealed class ChatOutput
{
    readonly Shell _shell;
    readonly TerminalColors _colors;

    /// <summary>Looks at the terminal.</summary>
    public ChatOutput(Shell shell)
    {
        _shell = shell;
        _colors = TerminalCapability.Detect(TerminalSurroundings.Read(shell.Variable, () => !shell.OutputRedirected)).Colors;
    }

    /// <summary>Shows what a token released.</summary>
    /// <param name="text">Its text.</param>
    /// <param name="iterations">Its iterations.</param>
    /// <param name="limit">The most it could have had.</param>
    public void Write(string text, int iterations, int limit)
    {
        if (text.Length == 0) return;
        _shell.Output.Write(Painted(_shell.Harmless(text), limit > 1 ? (iterations - 1.0) / (limit - 1) : 1));
        _shell.Output.Flush();
    }

    /// <summary>The scale, or nothing without colours.</summary>
    /// <param name="limit">Iterations at its end.</param>
    public string Scale(int limit)
    {
        if (_colors == TerminalColors.None) return "";
        var scale = "";
        for (int step = 0; step < 24; step++) scale += Painted(" ", step / 23.0);
        return $"iterations 1 {scale} {limit}";
    }

    /// <summary>A text on the colour of a fraction of the scale. A line end stays uncoloured: the rest of its line would be filled.</summary>
    internal string Painted(string text, double fraction)
    {
        if (_colors == TerminalColors.None) return text;
        var color = Viridis.At(fraction);
        var ink = color.Lightness < 0.5 ? new Color(255, 255, 255) : new Color(0, 0, 0);
        var paint = TerminalPaint.Background(_colors, color) + TerminalPaint.Foreground(_colors, ink);
        return paint + text.Replace("\n", $"{TerminalPaint.End}\n{paint}", StringComparison.Ordinal) + TerminalPaint.End;
    }
}
