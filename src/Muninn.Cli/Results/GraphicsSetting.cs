using System;
using Muninn.Cli.Frame;
using Muninn.Microscope.Figures;
using Muninn.Microscope.Writers;

namespace Muninn.Cli.Results;

/// <summary>How a terminal shows pictures: the option, and what follows from it and the surroundings.</summary>
sealed class GraphicsSetting
{
    /// <summary>The option.</summary>
    public Setting<TerminalGraphics?> Setting { get; } = new(
        Reads.Word<TerminalGraphics?>(
            ("auto", null), ("kitty", TerminalGraphics.Kitty), ("sixel", TerminalGraphics.Sixel),
            ("blocks", TerminalGraphics.Blocks), ("ascii", TerminalGraphics.Ascii), ("none", TerminalGraphics.None)), null)
    {
        Name = "--graphics",
        ValueName = "KIND",
        Description = "How the terminal shows the picture; auto asks the environment; with NO_COLOR or in a pipe heatmaps are drawn in ascii, other figures not: their tables say it.",
        Choices = ["auto", "kitty", "sixel", "blocks", "ascii", "none"],
        FallbackText = "auto",
    };

    /// <summary>What the terminal shall be taken for.</summary>
    public TerminalCapability Capability(Invocation invocation)
    {
        var shell = invocation.Shell;
        var capability = TerminalCapability.Detect(TerminalSurroundings.Read(shell.Variable, () => !shell.OutputRedirected));
        if (invocation.Value(Setting) is not { } forced) return capability;
        // Asked for by name, blocks come in colour even where none was detected.
        var colors = capability.Colors == TerminalColors.None ? TerminalColors.Full : capability.Colors;
        return new TerminalCapability(forced, colors);
    }

    /// <summary>
    /// Draws a figure that stands above a table of the same numbers: where the terminal draws, or where characters were asked for by name.
    /// </summary>
    /// <returns>Whether anything was drawn.</returns>
    public bool Draw(Invocation invocation, Func<Figure> figure)
    {
        var capability = Capability(invocation);
        bool isDrawn = capability.Graphics is TerminalGraphics.Kitty or TerminalGraphics.Sixel or TerminalGraphics.Blocks
            || (capability.Graphics == TerminalGraphics.Ascii && invocation.Value(Setting) is not null);
        if (!isDrawn) return false;
        var shell = invocation.Shell;
        var (columns, rows) = shell.WindowSize();
        // Room for the prompt line under the picture.
        TerminalWriter.Write(figure(), new TerminalSize { Columns = columns, Lines = rows - 1 }, capability, shell.Output);
        shell.Output.WriteLine();
        return true;
    }
}
