using System.Globalization;
using Muninn.Microscope.Pictures;

namespace Muninn.Microscope.Writers;

/// <summary>Escape sequences that colour what a terminal shows from there on.</summary>
public static class TerminalPaint
{
    /// <summary>Ends all colours.</summary>
    public const string End = "\e[0m";

    /// <summary>Colours the background.</summary>
    /// <param name="colors">How many colours there are; none is no sequence.</param>
    /// <param name="color">The colour, or the nearest that there is.</param>
    public static string Background(TerminalColors colors, Color color) => Layer(48, colors, color);

    /// <summary>Colours the characters.</summary>
    /// <param name="colors">How many colours there are; none is no sequence.</param>
    /// <param name="color">The colour, or the nearest that there is.</param>
    public static string Foreground(TerminalColors colors, Color color) => Layer(38, colors, color);

    static string Layer(int layer, TerminalColors colors, Color color) => colors switch
    {
        TerminalColors.Full => string.Create(CultureInfo.InvariantCulture, $"\e[{layer};2;{color.Red};{color.Green};{color.Blue}m"),
        TerminalColors.Indexed256 => string.Create(CultureInfo.InvariantCulture, $"\e[{layer};5;{IndexedColor.Of(color)}m"),
        _ => "",
    };
}
