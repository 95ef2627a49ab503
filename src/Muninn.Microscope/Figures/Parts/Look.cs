using Muninn.Microscope.Pictures;

namespace Muninn.Microscope.Figures.Parts;

/// <summary>The type sizes, colours and distances that all figures share, in CSS pixels.</summary>
static class Look
{
    internal const double TitleSize = 17, SubtitleSize = 12, LabelSize = 12, TickSize = 12, AxisTitleSize = 13, SmallSize = 11;
    internal const int Margin = 20, Gap = 8, BarWidth = 14, BarGap = 18;

    /// <summary>
    /// Room for other fonts: where an SVG is shown in DejaVu Sans, the widest of the usual ones, texts are about a tenth
    /// wider than they are reckoned.
    /// </summary>
    internal const double FontRoom = 1.12;

    internal static Color Ink { get; } = Color.Of(0x1f2328);

    internal static Color Faint { get; } = Color.Of(0x59636e);

    internal static Color Grid { get; } = Color.Of(0xe6e9ed);

    /// <summary>Under panels that hold curves.</summary>
    internal static Color Panel { get; } = Color.Of(0xf6f8fa);

    /// <summary>For what cannot be told: below the floor, masked, unknown.</summary>
    internal static Color Muted { get; } = Color.Of(0xa3a9b0);

    internal static TextStyle Label { get; } = new() { Size = LabelSize };

    internal static TextStyle FaintLabel { get; } = new() { Size = SubtitleSize, Color = Faint };

    internal static TextStyle Small { get; } = new() { Size = SmallSize, Color = Faint };
}
