using Muninn.Microscope.Writers;
using Xunit;

namespace Muninn.Tests.Microscope.Writers;

public sealed class TerminalCapabilityTests
{
    static readonly TerminalSurroundings _modern = new() { IsTerminal = true, Term = "xterm-256color", ColorTerm = "truecolor", Locale = "en_GB.UTF-8" };

    [Fact]
    public void Full_colour_where_it_is_promised() => Expect(_modern, TerminalGraphics.Blocks, TerminalColors.Full);

    [Fact]
    public void Indexed_colours_where_only_those_are_promised() =>
        Expect(_modern with { ColorTerm = null }, TerminalGraphics.Blocks, TerminalColors.Indexed256);

    [Fact]
    public void Plain_text_for_pipes_dumb_terminals_NO_COLOR_and_locales_without_Unicode()
    {
        foreach (var plain in new[]
        {
            _modern with { IsTerminal = false }, _modern with { Term = "dumb" }, _modern with { NoColor = "1" },
            _modern with { Locale = "C" }, _modern with { Locale = "de_DE.ISO-8859-1" }, _modern with { Term = "vt100", ColorTerm = null },
        })
        {
            Expect(plain, TerminalGraphics.Ascii, TerminalColors.None);
        }
        Expect(_modern with { NoColor = "" }, TerminalGraphics.Blocks, TerminalColors.Full);
    }

    [Fact]
    public void Graphics_protocols_where_they_are_known_but_not_inside_tmux()
    {
        Expect(_modern with { KittyWindowId = "1" }, TerminalGraphics.Kitty, TerminalColors.Full);
        Expect(_modern with { TermProgram = "ghostty" }, TerminalGraphics.Kitty, TerminalColors.Full);
        Expect(_modern with { Term = "foot" }, TerminalGraphics.Sixel, TerminalColors.Full);
        Expect(_modern with { KittyWindowId = "1", Tmux = "/tmp/x" }, TerminalGraphics.Blocks, TerminalColors.Full);
    }

    [Fact]
    public void Windows_Terminal_and_C_UTF_8_have_full_colour()
    {
        Expect(new() { IsTerminal = true, WindowsTerminalSession = "id" }, TerminalGraphics.Blocks, TerminalColors.Full);
        Expect(_modern with { Locale = "C.UTF-8" }, TerminalGraphics.Blocks, TerminalColors.Full);
    }

    static void Expect(TerminalSurroundings surroundings, TerminalGraphics graphics, TerminalColors colors) =>
        Assert.Equal(new TerminalCapability(graphics, colors), TerminalCapability.Detect(surroundings));
}
