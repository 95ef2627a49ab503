using System;

namespace Muninn.Microscope.Writers;

/// <summary>How a terminal can show a picture, from least to most.</summary>
public enum TerminalGraphics
{
    /// <summary>No picture.</summary>
    None,

    /// <summary>Characters of 7 bits, no colour, no escape sequence.</summary>
    Ascii,

    /// <summary>Coloured half-block characters.</summary>
    Blocks,

    /// <summary>DEC sixel graphics.</summary>
    Sixel,

    /// <summary>The kitty graphics protocol.</summary>
    Kitty,
}

/// <summary>How many colours a terminal knows.</summary>
public enum TerminalColors { None, Indexed256, Full }

/// <summary>What the surroundings say about the terminal. Null: the variable is not set.</summary>
public sealed record TerminalSurroundings
{
    /// <summary>Whether standard output is a terminal.</summary>
    public required bool IsTerminal { get; init; }

    /// <summary>TERM.</summary>
    public string? Term { get; init; }

    /// <summary>COLORTERM.</summary>
    public string? ColorTerm { get; init; }

    /// <summary>TERM_PROGRAM.</summary>
    public string? TermProgram { get; init; }

    /// <summary>KITTY_WINDOW_ID.</summary>
    public string? KittyWindowId { get; init; }

    /// <summary>WT_SESSION (Windows Terminal).</summary>
    public string? WindowsTerminalSession { get; init; }

    /// <summary>TMUX.</summary>
    public string? Tmux { get; init; }

    /// <summary>NO_COLOR.</summary>
    public string? NoColor { get; init; }

    /// <summary>LC_ALL, else LC_CTYPE, else LANG.</summary>
    public string? Locale { get; init; }

    /// <summary>Reads the variables with the function given.</summary>
    public static TerminalSurroundings Read(Func<string, string?> variable, Func<bool> isTerminal) => new()
    {
        IsTerminal = isTerminal(),
        Term = variable("TERM"),
        ColorTerm = variable("COLORTERM"),
        TermProgram = variable("TERM_PROGRAM"),
        KittyWindowId = variable("KITTY_WINDOW_ID"),
        WindowsTerminalSession = variable("WT_SESSION"),
        Tmux = variable("TMUX"),
        NoColor = variable("NO_COLOR"),
        Locale = Set(variable("LC_ALL")) ?? Set(variable("LC_CTYPE")) ?? Set(variable("LANG")),
    };

    static string? Set(string? text) => string.IsNullOrEmpty(text) ? null : text;
}

/// <summary>How a terminal is to be drawn on.</summary>
/// <param name="Graphics">The best kind of picture.</param>
/// <param name="Colors">The colours of half-blocks.</param>
public sealed record TerminalCapability(TerminalGraphics Graphics, TerminalColors Colors)
{
    /// <summary>Plain text: what a pipe or a file gets.</summary>
    public static TerminalCapability Plain { get; } = new(TerminalGraphics.Ascii, TerminalColors.None);

    /// <summary>
    /// What the surroundings promise. Graphics protocols are named only where the terminal is known to have them, and
    /// never inside tmux, which swallows them; NO_COLOR and anything that is no terminal give plain text.
    /// </summary>
    public static TerminalCapability Detect(TerminalSurroundings surroundings)
    {
        string term = surroundings.Term ?? "", program = surroundings.TermProgram ?? "";
        if (!surroundings.IsTerminal || !string.IsNullOrEmpty(surroundings.NoColor) || term == "dumb" || !HasUnicode(surroundings))
            return Plain;
        bool multiplexed = !string.IsNullOrEmpty(surroundings.Tmux) || term.StartsWith("tmux") || term.StartsWith("screen");
        var colors = ColorsOf(surroundings, term, program);
        if (!multiplexed && (surroundings.KittyWindowId is not null || term is "xterm-kitty" or "xterm-ghostty" || program is "ghostty" or "WezTerm"))
            return new TerminalCapability(TerminalGraphics.Kitty, TerminalColors.Full);
        if (!multiplexed && (term is "foot" or "foot-extra" or "mlterm" or "yaft-256color" || term.StartsWith("contour")))
            return new TerminalCapability(TerminalGraphics.Sixel, TerminalColors.Full);
        return colors == TerminalColors.None ? Plain : new TerminalCapability(TerminalGraphics.Blocks, colors);
    }

    static TerminalColors ColorsOf(TerminalSurroundings surroundings, string term, string program) =>
        surroundings.ColorTerm is "truecolor" or "24bit" || surroundings.WindowsTerminalSession is not null
        || term.EndsWith("-direct") || term is "xterm-kitty" or "foot" || program is "iTerm.app" or "vscode" or "ghostty" or "WezTerm"
            ? TerminalColors.Full
            : term.Contains("256color") || program == "Apple_Terminal" ? TerminalColors.Indexed256 : TerminalColors.None;

    // No locale at all is common in containers and services, whose terminals read UTF-8 all the same.
    static bool HasUnicode(TerminalSurroundings surroundings) =>
        surroundings.Locale is not { } locale || locale is "C" or "POSIX" == false
            && (locale.Contains("UTF-8", StringComparison.OrdinalIgnoreCase) || locale.Contains("utf8", StringComparison.OrdinalIgnoreCase) || !locale.Contains('.'));
}
