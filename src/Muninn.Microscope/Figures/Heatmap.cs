using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Muninn.Microscope.Pictures;

namespace Muninn.Microscope.Figures;

/// <summary>
/// The latent-state convergence heatmap: one row a token, one column an iteration, colour for the distance that the
/// state still has to go. Data and wording only; <see cref="ToPicture"/> lays it out.
/// </summary>
public sealed record Heatmap
{
    /// <summary>The line above the picture.</summary>
    public string Title { get; init; } = "Latent State Convergence ‖s − s*‖";

    /// <summary>The smaller line under the title: model, prompt, the iteration at which s* was taken.</summary>
    public string Subtitle { get; init; } = "";

    /// <summary>What a column is.</summary>
    public string ColumnTitle { get; init; } = "Iterations at Test Time";

    /// <summary>What a colour is.</summary>
    public string ColorTitle { get; init; } = "Log Distance";

    /// <summary>The text of each row's token, as it is to be shown, <c>[rows]</c>.</summary>
    public required IReadOnlyList<string> RowLabels { get; init; }

    /// <summary>Each row's place in the whole text, <c>[rows]</c>; empty for 0, 1, 2 ….</summary>
    public IReadOnlyList<int> Positions { get; init; } = [];

    /// <summary>The distances, <c>[rows, columns]</c>; column i is iteration i. NaN and infinities are shown as such.</summary>
    public required float[] Values { get; init; }

    /// <summary>The value under which a distance cannot be told from rounding; null where none is known.</summary>
    public float? Floor { get; init; }

    /// <summary>Logarithmic or linear colours.</summary>
    public ColorScale Scale { get; init; }

    /// <summary>How many rows there are.</summary>
    public int Rows => RowLabels.Count;

    /// <summary>How many columns there are: iterations plus one.</summary>
    public int Columns => Rows == 0 ? 0 : Values.Length / Rows;

    /// <summary>The place of a row in the whole text.</summary>
    public int PositionOf(int row) => Positions.Count == 0 ? row : Positions[row];

    /// <summary>The range of the colours, over all rows.</summary>
    public ColorRange Range => ColorRange.Of(Values, Scale, Floor);

    /// <summary>This figure, checked.</summary>
    /// <exception cref="ArgumentException">No row, no column, or a count that does not fit.</exception>
    public Heatmap Validated()
    {
        if (Rows == 0)
            throw new ArgumentException("A heatmap needs at least one row; this one has no row label.", nameof(RowLabels));
        if (Values.Length == 0 || Values.Length % Rows != 0)
        {
            throw new ArgumentException(
                $"A heatmap of {Rows} rows needs a positive multiple of {Rows} values; it has {Values.Length}. Hand over [rows, columns] values, row by row.",
                nameof(Values));
        }
        if (Positions.Count != 0 && Positions.Count != Rows)
            throw new ArgumentException($"{Positions.Count} positions for {Rows} rows; give one for each row, or none.", nameof(Positions));
        if (Floor is { } floor && !(float.IsFinite(floor) && floor > 0))
            throw new ArgumentException($"The floor is {floor}; it must be a positive number, or null.", nameof(Floor));
        return this;
    }

    /// <summary>The same figure with only these rows, in this order. Row numbers, not positions.</summary>
    public Heatmap Select(IReadOnlyList<int> rows)
    {
        var values = new float[rows.Count * Columns];
        for (int i = 0; i < rows.Count; i++)
        {
            if (rows[i] < 0 || rows[i] >= Rows)
                throw new ArgumentOutOfRangeException(nameof(rows), $"Row {rows[i]} is not one of the {Rows} rows 0 … {Rows - 1}.");
            Values.AsSpan(rows[i] * Columns, Columns).CopyTo(values.AsSpan(i * Columns));
        }
        return this with
        {
            RowLabels = [.. rows.Select(row => RowLabels[row])],
            Positions = [.. rows.Select(PositionOf)],
            Values = values,
        };
    }

    /// <summary>The drawing.</summary>
    /// <exception cref="ArgumentException">The figure has no rows, no columns, or counts that do not fit.</exception>
    public Picture ToPicture(PictureSize size) => HeatmapLayout.Draw(Validated(), size);

    /// <summary>
    /// The drawing for a window of this many pixels. Tokens or iterations that find no pixel of their own share one,
    /// which shows the largest distance among them, and the legend says so.
    /// </summary>
    /// <returns>A picture no larger than the window; null where not even labels, axes and a few cells fit.</returns>
    /// <exception cref="ArgumentException">The figure has no rows, no columns, or counts that do not fit.</exception>
    public Picture? ToPictureWithin(int width, int height) => HeatmapLayout.DrawWithin(Validated(), width, height);

    /// <summary>What the picture shows, in one sentence, for a reader who cannot see it.</summary>
    public string Describe()
    {
        var range = Range;
        return string.Create(CultureInfo.InvariantCulture,
            $"Heatmap of {Rows} tokens, top to bottom, over {Columns - 1} iterations, left to right. Colours run from {ColorRange.NumberText(range.Low)} to {ColorRange.NumberText(range.High)} on a {(Scale == ColorScale.Linear ? "linear" : "logarithmic")} scale.");
    }
}

/// <summary>How large a drawing is to be, in CSS pixels.</summary>
public sealed record PictureSize
{
    /// <summary>The width that the cells should fill; each gets a whole number of pixels, at least one.</summary>
    public int CellsWidth { get; init; } = 650;

    /// <summary>
    /// The height that the cells should fill. Rows shrink to fit it, down to one pixel; with more rows than pixels the
    /// drawing grows.
    /// </summary>
    public int CellsHeight { get; init; } = 1000;

    /// <summary>The tallest row.</summary>
    public int RowHeightMax { get; init; } = 18;

    /// <summary>The widest row label before it is shortened.</summary>
    public int LabelWidthMax { get; init; } = 150;
}
