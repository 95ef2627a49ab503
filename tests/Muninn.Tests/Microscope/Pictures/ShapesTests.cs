using System;
using System.Linq;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Muninn.Microscope.Pictures;
using Muninn.Microscope.Writers;
using Xunit;

namespace Muninn.Tests.Microscope.Pictures;

/// <summary>Every kind of layer, on the canvas (PNG, sixel, kitty) and as SVG.</summary>
public sealed class ShapesTests
{
    static readonly Color _red = Color.Of(0xff0000), _blue = Color.Of(0x0000ff), _white = Color.Of(0xffffff);

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_curve_colours_its_own_pixels_and_no_others(int scale)
    {
        var pixels = Painted(scale, new CurveLayer("curve", [new(4, 10), new(20, 10), new(20, 30)], new LineStyle { Color = _red, Thickness = 4 }));
        Assert.Equal(_red, pixels(10, 10));
        Assert.Equal(_red, pixels(20, 10));
        Assert.Equal(_red, pixels(20, 25));
        Assert.Equal(_white, pixels(12, 16));
        Assert.Equal(_white, pixels(20, 35));
    }

    [Fact]
    public void A_transparent_curve_gets_no_darker_where_it_crosses_itself()
    {
        var pixels = Painted(2, new CurveLayer("curve", [new(5, 5), new(35, 35), new(35, 5), new(5, 35)],
            new LineStyle { Color = _red, Thickness = 6, Opacity = 0.5 }));
        Assert.Equal(pixels(10, 10), pixels(20, 20));
        Assert.NotEqual(_red, pixels(20, 20));
    }

    [Fact]
    public void Each_stretch_has_its_colour()
    {
        var layer = new CurveLayer("curve", [new(2, 10), new(20, 10), new(38, 10)], new LineStyle { Thickness = 4 }) { Colors = [_red, _blue] };
        var pixels = Painted(1, layer);
        Assert.Equal((_red, _blue), (pixels(8, 10), pixels(32, 10)));
        Assert.Matches("#ff0000.*#0000ff", Svg(layer).ReplaceLineEndings(""));
        var wrong = Assert.Throws<ArgumentException>(() => Painted(1, layer with { Colors = [_red] }));
        Assert.Contains("2 stretches, but 1 colours", wrong.Message);
    }

    [Fact]
    public void Dashes_leave_gaps_and_go_on_behind_corners()
    {
        var layer = new CurveLayer("curve", [new(0, 10), new(20, 10), new(20, 40)], new LineStyle { Color = _red, Thickness = 2, Dashes = [8, 8] });
        var pixels = Painted(2, layer);
        Assert.Equal(_red, pixels(4, 10));
        Assert.Equal(_white, pixels(12, 10));
        Assert.Equal(_red, pixels(18, 10));
        Assert.Equal(_red, pixels(20, 13));
        Assert.Equal(_white, pixels(20, 20));
        Assert.Contains("stroke-dasharray=\"8 8\"", Svg(layer));
    }

    [Fact]
    public void A_circle_is_an_outline()
    {
        var layer = new CircleLayer("circle", new Point(20, 20), 12, new LineStyle { Color = _red, Thickness = 3 });
        var pixels = Painted(2, layer);
        Assert.Equal((_red, _red), (pixels(32, 20), pixels(20, 8)));
        Assert.Equal((_white, _white), (pixels(20, 20), pixels(36, 20)));
        Assert.Contains("<circle cx=\"20\" cy=\"20\" r=\"12\"", Svg(layer));
    }

    [Fact]
    public void An_area_is_filled_even_odd()
    {
        Point[] square = [new(5, 5), new(35, 5), new(35, 35), new(5, 35), new(5, 5), new(15, 15), new(15, 25), new(25, 25), new(25, 15), new(15, 15)];
        var layer = new AreaLayer("area", square, _red, 1);
        var pixels = Painted(1, layer);
        Assert.Equal((_red, _white, _white), (pixels(10, 20), pixels(20, 20), pixels(37, 20)));
        Assert.Contains("fill-rule=\"evenodd\"", Svg(layer));
        Assert.Equal(new Color(255, 128, 128), Painted(1, layer with { Opacity = 0.5 })(10, 20));
    }

    [Fact]
    public void Marks_have_their_shapes()
    {
        foreach (var shape in Enum.GetValues<MarkShape>())
        {
            var layer = new MarkLayer("marks", [new Mark(20, 20, 8, shape, _red)]);
            var pixels = Painted(2, layer);
            Assert.Equal(_red, pixels(20, 20));
            // A corner tells a square and a cross from the rest.
            Assert.Equal(shape is MarkShape.Square or MarkShape.Cross, pixels(27, 27) != _white && pixels(13, 13) != _white);
            XDocument.Parse(SvgWriter.Text(Picture(layer)));
        }
        var hollow = Painted(2, new BoxLayer("ground", new Box(0, 0, 40, 40), _blue), new MarkLayer("marks", [new Mark(20, 20, 8, MarkShape.Circle, _red, Filled: false)]));
        Assert.Equal((_white, _red, _blue), (hollow(20, 20), hollow(28, 20), hollow(35, 35)));
    }

    [Fact]
    public void What_lies_outside_is_cut_off()
    {
        var pixels = Painted(1,
            new CurveLayer("curve", [new(-50, -50), new(90, 90)], new LineStyle { Color = _red, Thickness = 3 }),
            new AreaLayer("area", [new(-9, 30), new(99, 30), new(99, 99), new(-9, 99)], _blue, 1),
            new MarkLayer("marks", [new Mark(-100, 500, 4, MarkShape.Circle, _red), new Mark(40, 0, 4, MarkShape.Square, _red)]),
            new CircleLayer("circle", new Point(20, 20), 500, new LineStyle()));
        Assert.Equal((_red, _blue), (pixels(10, 10), pixels(3, 35)));
    }

    [Fact]
    public void Categories_differ_in_colour_dashes_or_shape()
    {
        var looks = Enumerable.Range(0, 35).Select(i => (Categories.ColorOf(i), Categories.ShapeOf(i), string.Join(' ', Categories.DashesOf(i))));
        Assert.Equal(35, looks.Distinct().Count());
        Assert.Equal(7, Enumerable.Range(0, 7).Select(Categories.ColorOf).Distinct().Count());
    }

    [Fact]
    public void Diverging_colours_meet_in_white_and_end_in_different_greys()
    {
        Assert.True(Diverging.At(0).Lightness > 0.95);
        Assert.True(Diverging.At(1).Lightness - Diverging.At(-1).Lightness > 0.2);
        Assert.Equal(Diverging.At(1), Diverging.At(7));
        for (double value = 0; value < 1; value += 0.01)
        {
            Assert.True(Diverging.At(value + 0.01).Lightness <= Diverging.At(value).Lightness + 0.005);
            Assert.True(Diverging.At(-value - 0.01).Lightness <= Diverging.At(-value).Lightness + 0.005);
        }
    }

    static Picture Picture(params Layer[] layers) => new() { Width = 40, Height = 40, Title = "", Description = "", Layers = layers };

    static Func<int, int, Color> Painted(int scale, params Layer[] layers)
    {
        var canvas = Canvas.Paint(Picture(layers), scale);
        var pixels = canvas.Pixels.ToArray();
        return (x, y) =>
        {
            int at = (y * scale * canvas.Width + x * scale) * 3;
            return new Color(pixels[at], pixels[at + 1], pixels[at + 2]);
        };
    }

    static string Svg(Layer layer) => Regex.Match(SvgWriter.Text(Picture(layer)), "<g class.*</g>", RegexOptions.Singleline, TimeSpan.FromSeconds(5)).Value;
}
