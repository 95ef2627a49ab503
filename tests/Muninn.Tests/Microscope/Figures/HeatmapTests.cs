using System;
using System.Linq;
using Muninn.Microscope.Figures;
using Muninn.Microscope.Pictures;
using Xunit;

namespace Muninn.Tests.Microscope.Figures;

public sealed class HeatmapTests
{
    [Fact]
    public void Rejects_a_figure_without_rows_or_columns()
    {
        Assert.Throws<ArgumentException>(() => new Heatmap { RowLabels = [], Values = [] }.ToPicture(new PictureSize()));
        Assert.Throws<ArgumentException>(() => new Heatmap { RowLabels = ["a"], Values = [] }.ToPicture(new PictureSize()));
        Assert.Throws<ArgumentException>(() => new Heatmap { RowLabels = ["a", "b"], Values = [1, 2, 3] }.ToPicture(new PictureSize()));
        Assert.Throws<ArgumentException>(() => new Heatmap { RowLabels = ["a"], Values = [1], Floor = float.NaN }.Validated());
    }

    [Fact]
    public void Selects_rows_with_their_positions()
    {
        var figure = SampleFigures.Sentence().Select([3, 1]);
        Assert.Equal([":", "␣responses"], figure.RowLabels);
        Assert.Equal([3, 1], figure.Positions);
        Assert.Equal(SampleFigures.Sentence().Values.AsSpan(3 * 65, 65), figure.Values.AsSpan(0, 65));
        Assert.Equal([1], figure.Select([1]).Positions);
        Assert.Throws<ArgumentOutOfRangeException>(() => figure.Select([2]));
    }

    [Fact]
    public void Every_cell_has_whole_pixels_and_long_inputs_shrink_to_one()
    {
        foreach (var figure in new[] { SampleFigures.Typical(), SampleFigures.LongInput(), SampleFigures.OneIteration() })
        {
            var cells = Cells(figure);
            Assert.Equal(0, cells.Area.Width % cells.Columns);
            Assert.Equal(0, cells.Area.Height % cells.Rows);
        }
        Assert.Equal(700, Cells(SampleFigures.LongInput()).Area.Height);
    }

    [Fact]
    public void Labels_never_overlap_and_stay_inside_the_picture()
    {
        foreach (var figure in new[] { SampleFigures.Typical(), SampleFigures.LongInput(), SampleFigures.HardLabels(), SampleFigures.OneToken() })
        {
            var picture = figure.ToPicture(new PictureSize());
            var labels = picture.Layers.OfType<TextLayer>().Where(text => text.Name == "row label").ToArray();
            Assert.NotEmpty(labels);
            Assert.All(labels.Zip(labels.Skip(1)), pair => Assert.True(pair.Second.Y - pair.First.Y >= 12));
            Assert.All(labels, label => Assert.True(label.X - TextMetrics.Width(label.Text, label.Style.Size) >= 0));
            Assert.All(picture.Layers.OfType<TextLayer>(), text => Assert.InRange(text.Y, 0, picture.Height));
        }
    }

    [Fact]
    public void Explains_only_the_marks_that_are_there()
    {
        Assert.Empty(Legend(SampleFigures.Sentence()));
        Assert.Contains("rounding floor", Assert.Single(Legend(SampleFigures.Typical())));
        Assert.Contains("diverged", Assert.Single(Legend(SampleFigures.Diverged())));
    }

    [Fact]
    public void Zeros_without_a_floor_are_drawn_below_the_bar()
    {
        var figure = new Heatmap { RowLabels = ["a"], Values = [10, 1, 0.1f, 0] };
        Assert.Equal(CellColors.BelowFloor, Cells(figure).Colors[3]);
        Assert.Equal(0.1, figure.Range.Low, 6);
        Assert.Contains("exactly at s*", Legend(figure));
    }

    [Theory]
    [InlineData(64, 650, 10)]
    [InlineData(9, 650, 1)]
    [InlineData(15, 650, 5)]
    [InlineData(128, 650, 10)]
    [InlineData(1000, 1000, 50)]
    public void Ticks_stand_at_tens_and_thin_out(int last, double width, int step) =>
        Assert.Equal(step, HeatmapLayout.ColumnStep(last, width));

    [Fact]
    public void Cells_that_share_a_pixel_show_the_largest_distance_and_the_legend_says_so()
    {
        var figure = SampleFigures.LongInput() with { Values = [.. SampleFigures.LongInput().Values] };
        figure.Values[333 * 65 + 64] = 5;
        figure.Values[500 * 65 + 10] = float.NaN;
        var picture = figure.ToPictureWithin(720, 400);
        Assert.NotNull(picture);
        var cells = picture.Layers.OfType<RasterLayer>().Single(layer => layer.Name == "cells");
        int rowsPerCell = (700 + cells.Rows - 1) / cells.Rows;
        Assert.InRange(rowsPerCell, 2, 7);
        Assert.Equal(65, cells.Columns);
        for (int row = 0; row < cells.Rows; row++)
        {
            for (int column = 0; column < 65; column++)
            {
                float[] group = [.. Enumerable.Range(0, 700).Where(r => r / rowsPerCell == row).Select(r => figure.Values[r * 65 + column])];
                var expected = group.Any(float.IsNaN) ? CellColors.NotFinite
                    : CellColors.Of(figure.Range.KindOf(group.Max()), figure.Range.FractionOf(group.Max()));
                Assert.Equal(expected, cells.Colors[row * 65 + column]);
            }
        }
        Assert.Contains(picture.Layers.OfType<TextLayer>(), text => text.Text.StartsWith($"each row: the largest distance of {rowsPerCell} tokens"));
    }

    [Fact]
    public void A_window_with_room_merges_nothing_and_one_without_gives_no_picture()
    {
        var picture = SampleFigures.Typical().ToPictureWithin(1200, 900);
        Assert.NotNull(picture);
        var cells = picture.Layers.OfType<RasterLayer>().Single(layer => layer.Name == "cells");
        Assert.Equal((65, 36), (cells.Columns, cells.Rows));
        Assert.DoesNotContain(picture.Layers.OfType<TextLayer>(), text => text.Text.Contains("the largest distance"));
        Assert.Null(SampleFigures.Typical().ToPictureWithin(200, 900));
        Assert.Null(SampleFigures.Typical().ToPictureWithin(1200, 100));
    }

    static RasterLayer Cells(Heatmap figure) =>
        figure.ToPicture(new PictureSize()).Layers.OfType<RasterLayer>().Single(layer => layer.Name == "cells");

    static string[] Legend(Heatmap figure) =>
        [.. figure.ToPicture(new PictureSize()).Layers.OfType<TextLayer>().Where(text => text.Name == "legend").Select(text => text.Text)];
}
