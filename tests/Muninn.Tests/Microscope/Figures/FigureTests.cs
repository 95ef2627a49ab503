using System;
using System.Collections.Generic;
using System.Linq;
using System.Xml.Linq;
using Muninn.Microscope.Figures;
using Muninn.Microscope.Pictures;
using Muninn.Microscope.Writers;
using Xunit;

namespace Muninn.Tests.Microscope.Figures;

/// <summary>What holds for every figure, whatever its data.</summary>
public sealed class FigureTests
{
    [Theory]
    [InlineData(420)]
    [InlineData(720)]
    [InlineData(1100)]
    public void Everything_is_finite_and_inside_the_picture(int width)
    {
        foreach (var (name, figure) in SampleBorders.All().Concat(SampleAll.Figures().Select(figure => ("sample", figure))))
        {
            var picture = figure.ToPicture(new FigureSize { Width = width });
            string what = $"{figure.GetType().Name}, {name}, width {width}";
            string svg = SvgWriter.Text(picture);
            XDocument.Parse(svg);
            Assert.False(svg.Contains("\"NaN", StringComparison.Ordinal) || svg.Contains("MNaN", StringComparison.Ordinal) || svg.Contains("∞\"", StringComparison.Ordinal), what);
            foreach (var text in picture.Layers.OfType<TextLayer>())
                AssertInside(Extent(text), picture, $"{what}: \"{text.Text}\" ({text.Name})");
            foreach (var point in picture.Layers.SelectMany(PointsOf))
                AssertInside(new Box(point.X, point.Y, 0, 0), picture, what);
        }
    }

    [Fact]
    public void Texts_do_not_cover_each_other()
    {
        var found = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, figure) in SampleBorders.All().Concat(SampleAll.Figures().Select(figure => ("sample", figure))))
        {
            if (name is not ("hard labels" or "sample" or "15 tokens, 65 iterations" or "256 tokens, 65 iterations" or "1 tokens, 1 iterations" or "some NaN" or "wide range"))
                continue;
            var texts = figure.ToPicture(new FigureSize()).Layers.OfType<TextLayer>().Where(text => text.Text.Length > 0).ToList();
            var boxes = texts.ConvertAll(Extent);
            for (int i = 0; i < boxes.Count; i++)
            {
                for (int j = i + 1; j < boxes.Count; j++)
                {
                    if (Overlap(boxes[i], boxes[j]))
                        found.TryAdd($"{figure.GetType().Name}, {name}: {texts[i].Name} and {texts[j].Name}", $"\"{texts[i].Text}\" and \"{texts[j].Text}\"");
                }
            }
        }
        Assert.True(found.Count == 0, string.Join('\n', found.Take(40)));
    }

    [Theory]
    [InlineData(520, 420)]
    [InlineData(900, 700)]
    [InlineData(240, 200)]
    public void A_picture_for_a_window_is_no_larger_than_it(int width, int height)
    {
        foreach (var (name, figure) in SampleBorders.All())
        {
            if (figure.ToPictureWithin(width, height) is not { } picture)
                continue;
            Assert.True(picture.Width <= width && picture.Height <= height, $"{figure.GetType().Name}, {name}: {picture.Width} × {picture.Height}");
        }
        Assert.NotNull(SampleCurves.Fidelity().ToPictureWithin(520, 420));
        Assert.Null(SampleCurves.Fidelity().ToPictureWithin(100, 60));
    }

    [Fact]
    public void Borders_are_painted_and_written_to_terminals()
    {
        foreach (var (name, figure) in SampleBorders.All())
        {
            if (name.StartsWith("256", StringComparison.Ordinal) && !name.Contains("65", StringComparison.Ordinal))
                continue;
            foreach (var capability in new[] { new TerminalCapability(TerminalGraphics.Blocks, TerminalColors.Full), TerminalCapability.Plain })
            {
                using var text = new System.IO.StringWriter();
                TerminalWriter.Write(figure, new TerminalSize { Columns = 60 }, capability, text);
                Assert.NotEmpty(text.ToString());
            }
            Assert.NotEmpty(figure.Describe());
        }
    }

    [Fact]
    public void A_table_has_a_cell_for_each_header()
    {
        foreach (var (name, figure) in SampleBorders.All())
        {
            var table = figure.ToTable();
            Assert.All(table.Rows, row => Assert.True(row.Count == table.Headers.Count, $"{figure.GetType().Name}, {name}"));
            Assert.InRange(table.Rows.Count, figure is ParetoPlot ? 0 : 1, 256 * 12);
        }
    }

    [Fact]
    public void A_large_value_among_more_cells_than_pixels_is_seen()
    {
        float[] ones = [.. Enumerable.Repeat(1f, 3000)];
        float[] other = [.. ones];
        other[777] = 100;
        var picture = new DifferenceMap
        {
            Labels = ["only"],
            Iterations = [.. Enumerable.Range(0, 3000)],
            FirstName = "a",
            SecondName = "b",
            First = ones,
            Second = other,
        }.ToPicture(new FigureSize());
        var differences = picture.Layers.OfType<RasterLayer>().Single(layer => layer.Name == "differences");
        Assert.InRange(differences.Columns, 10, 720);
        Assert.Equal(777 * differences.Columns / 3000, differences.Colors.ToList().IndexOf(Diverging.At(1)));
        Assert.Contains(picture.Layers.OfType<TextLayer>(), text => text.Text.StartsWith("more cells than pixels", StringComparison.Ordinal));
    }

    [Fact]
    public void Every_footnote_says_how_and_what_is_not_proven()
    {
        foreach (var figure in SampleAll.Figures().Append(SampleCurves.Cosine()))
        {
            Assert.Contains('.', figure.Caption);
            Assert.Matches(" not | nor |must be tried|another picture|nothing|alone", figure.Caption);
        }
    }

    [Fact]
    public void Data_that_do_not_fit_are_refused_with_both_counts()
    {
        Refused("Series(\"bf16\").Values holds 64, but must hold 63", SampleCurves.Fidelity() with { Iterations = [.. Enumerable.Range(1, 63)] });
        Refused("needs at least one of Series", SampleCurves.Fidelity() with { Series = [] });
        Refused("goes from 3 to 3", SampleCurves.Waterfall() with { Iterations = [.. Enumerable.Range(0, 65).Select(i => Math.Min(i, 3))] });
        Refused("Floor is -1", SampleCurves.Waterfall() with { Floor = -1 });
        Refused("needs at least one of Labels", SampleCurves.Waterfall() with { Labels = [] });
        Refused("Distances holds 4, but must hold 2340", SampleCurves.Waterfall() with { Distances = new float[4] });
        Refused("a plane needs at least 2", SamplePaths.Trajectories() with { Components = 1 });
        Refused("Component 3 is not one of the 3 components", SamplePaths.Trajectories() with { Vertical = 3 });
        Refused("InPlane holds 1, but must hold 8", SamplePaths.Trajectories() with { InPlane = [0.5] });
        Refused("Token 9 is not one of the 4 tokens", SamplePaths.Spectrum() with { Tokens = [.. SamplePaths.Spectrum().Tokens.Select(_ => 9)] });
        Refused("ResidualMax is 0", SamplePaths.Spectrum() with { ResidualMax = 0 });
        Refused("Iteration 99 is to be shown", SampleGrids.Lens() with { Shown = [0, 99] });
        Refused("Texts holds 1,", SampleGrids.Lens() with { Texts = ["a"] });
        Refused("has the count -2", new ExitHistogram { Rules = [new ExitCounts { Rule = "r", Counts = [1, -2] }] });
        Refused("has 3 tokens at the limit, but 2", new ExitHistogram { Rules = [new ExitCounts { Rule = "r", Counts = [1, 2], AtLimit = 3 }] });
        Refused("has the cost -1", new ParetoPlot { Series = [new ParetoSeries { Rule = "r", Thresholds = ["a"], Iterations = [1], Costs = [-1] }] });
        Refused("RealCosts holds 1, but must hold 2", SamplePaths.RealRuns() with { Series = [Series([1, 2], [1, 2], [1, 2], [1])] });
        Refused("has the cost -3", SamplePaths.RealRuns() with { Series = [Series([1, 2], [1, 2], [1, 2], [1, -3])] });
        Refused("has 0 iterations; a logarithmic axis needs more than 0", SamplePaths.RealRuns() with { Series = [Series([0, 2], [1, 2], [], [])] });
        Refused("Difference holds 2, but must hold 2340", SampleGrids.Difference() with { Difference = new float[2] });
        Refused("asks for iteration 5; the figure holds 1, 4, 16, 64", SampleGrids.Pattern() with { Difference = (1, 5) });
        Refused("Norms holds 224, but must hold 225", SampleGrids.Pulls() with { Norms = SampleGrids.Pulls().Norms[1..] });
        Refused("Values holds 3, but must hold 4800", SampleGrids.Sites() with { Values = new double[3] });
        Refused("holds 64 iterations of places that are not iterated", SampleGrids.Sites() with { IsIterated = false });
        Refused("MapTitles holds 1, but must hold 4", SampleGrids.Pattern() with { MapTitles = ["a"] });
        Refused("ResidualShareMax is 0", SamplePaths.Spectrum() with { ResidualShareMax = 0 });
        Refused("Panels(\"relay\").Accuracy holds 3, but must hold 40", Panels("relay", new double[3]));
        Refused("has the accuracy 1.5; accuracies are 0 to 1", Panels("sum", [.. Enumerable.Repeat(1.5, 40)]));
        Refused("begins at 0; a logarithmic axis begins at 1", SampleCurves.Accuracy() with { Iterations = [0, 1, 2, 3, 4, 5, 6, 7] });
        Refused("Second holds 3, but must hold 2340", SampleGrids.Difference() with { Second = new float[3] });
    }

    [Fact]
    public void Real_runs_stand_beside_their_replays_and_are_no_candidates_for_the_front()
    {
        // Of the real runs one would beat everything.
        var figure = new ParetoPlot { Series = [Series([4, 8], [0.5, 0.1], [double.NaN, 1], [double.NaN, 0])] };
        Assert.Equal(
            [["r", "a", "4", "0.5", "yes", "", ""], ["r", "b", "8", "0.1", "yes", "1", "0"]], figure.ToTable().Rows.Select(row => row.ToArray()));
        var layers = figure.ToPicture(new FigureSize()).Layers;
        var ring = Assert.Single(layers.OfType<MarkLayer>().Single(layer => layer.Name == "real runs").Marks);
        Assert.False(ring.Filled);
        var line = Assert.Single(layers, layer => layer.Name == "real run");
        Assert.Equal(new Point(ring.X, ring.Y), ((CurveLayer)line).Points[1]);
        Assert.Contains(layers.OfType<TextLayer>(), text => text.Text == "outline: run for real");
    }

    [Fact]
    public void Differences_that_were_measured_are_shown_as_they_are()
    {
        var figure = new DifferenceMap
        {
            Labels = ["a"],
            Iterations = [0, 1],
            FirstName = "left",
            SecondName = "right",
            First = [1, 1e-9f],
            Second = [10, 1e-3f],
            Difference = [0.25f, -2],
            Floor = 1e-6,
        };
        Assert.Equal(["a", "+0.25", "-2"], figure.ToTable().Rows[0]);
        // Computed, the second cannot be told: one side lies below the floor.
        Assert.Equal(["a", "+1", "-"], (figure with { Difference = [] }).ToTable().Rows[0]);
    }

    [Fact]
    public void Accuracies_are_drawn_on_an_axis_that_doubles()
    {
        var layers = SampleCurves.Accuracy().ToPicture(new FigureSize()).Layers;
        var line = layers.OfType<CurveLayer>().First(static layer => layer.Name == "accuracy");
        double[] steps = [.. line.Points.Zip(line.Points.Skip(1), static (a, b) => b.X - a.X)];
        Assert.All(steps, step => Assert.Equal(steps[0], step, 1e-9));
        // Guessing is drawn where it is one share: for chains and toggles.
        Assert.Equal(2, layers.Count(static layer => layer.Name == "guessing"));
        string[] row = [.. SampleCurves.Accuracy().ToTable().Rows[0]];
        Assert.Equal(["relay", "1"], row[..2]);
        Assert.EndsWith(" %", row[^1], StringComparison.Ordinal);
    }

    static AccuracyPanels Panels(string task, double[] accuracy) =>
        SampleCurves.Accuracy() with { Panels = [new AccuracyPanel { Task = task, Accuracy = accuracy }] };

    static ParetoSeries Series(double[] iterations, double[] costs, double[] realIterations, double[] realCosts) => new()
    {
        Rule = "r",
        Thresholds = ["a", "b"],
        Iterations = iterations,
        Costs = costs,
        RealIterations = realIterations,
        RealCosts = realCosts,
    };

    static void Refused(string part, Figure figure)
    {
        Assert.Contains(part, Assert.ThrowsAny<ArgumentException>(() => figure.ToPicture(new FigureSize())).Message);
        Assert.ThrowsAny<ArgumentException>(figure.ToTable);
    }

    static void AssertInside(Box box, Picture picture, string what) => Assert.True(
        box.X >= -0.5 && box.Y >= -0.5 && box.Right <= picture.Width + 0.5 && box.Bottom <= picture.Height + 0.5,
        $"{what}: {box} in {picture.Width} × {picture.Height}");

    static IEnumerable<Point> PointsOf(Layer layer) => layer switch
    {
        CurveLayer curve => curve.Points,
        AreaLayer area => area.Points,
        MarkLayer marks => marks.Marks.Select(mark => new Point(mark.X, mark.Y)),
        BoxLayer box => [new(box.Area.X, box.Area.Y), new(box.Area.Right, box.Area.Bottom)],
        RasterLayer raster => [new(raster.Area.X, raster.Area.Y), new(raster.Area.Right, raster.Area.Bottom)],
        StrokeLayer strokes => strokes.Segments.SelectMany(s => new[] { new Point(s.X1, s.Y1), new Point(s.X2, s.Y2) }),
        _ => [],
    };

    /// <summary>Where a text stands: from a little above its small letters to its base line.</summary>
    static Box Extent(TextLayer text)
    {
        double width = TextMetrics.Width(text.Text, text.Style.Size), height = text.Style.Size * 0.62;
        double before = text.Style.Anchor switch { TextAnchor.Start => 0, TextAnchor.Middle => width / 2, _ => width };
        return text.Style.Direction == TextDirection.Right
            ? new Box(text.X - before, text.Y - height, width, height)
            : new Box(text.X - height, text.Y - width + before, height, width);
    }

    static bool Overlap(Box a, Box b) =>
        a.X < b.Right - 0.5 && b.X < a.Right - 0.5 && a.Y < b.Bottom - 0.5 && b.Y < a.Bottom - 0.5;
}
