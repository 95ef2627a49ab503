using System.Linq;
using Muninn.Microscope.Figures;
using Xunit;

namespace Muninn.Tests.Microscope.Figures;

public sealed class ColorRangeTests
{
    [Fact]
    public void Spans_the_finite_positive_values()
    {
        var range = ColorRange.Of([100, 1e-3f, float.NaN, float.PositiveInfinity, 0, -1], ColorScale.Logarithmic, null);
        Assert.Equal(1e-3, range.Low, 9);
        Assert.Equal(100, range.High);
        Assert.Equal(0.5, range.FractionOf(System.Math.Sqrt(0.1)), 6);
        Assert.Equal(CellKind.NotFinite, range.KindOf(-1));
        Assert.Equal(CellKind.BelowFloor, range.KindOf(0));
    }

    [Fact]
    public void Starts_at_the_floor_only_where_a_value_lies_below_it()
    {
        Assert.Equal(1e-4, ColorRange.Of([1, 1e-6f], ColorScale.Logarithmic, 1e-4f).Low, 9);
        Assert.Equal(0.01, ColorRange.Of([1, 0.01f], ColorScale.Logarithmic, 1e-4f).Low, 6);
    }

    [Fact]
    public void Is_never_empty()
    {
        foreach (float[] values in new float[][] { [2, 2, 2], [0, 0], [float.NaN], [float.PositiveInfinity], [1e-7f] })
        {
            foreach (var scale in new[] { ColorScale.Linear, ColorScale.Logarithmic })
            {
                foreach (float? floor in new float?[] { null, 1e-4f })
                {
                    var range = ColorRange.Of(values, scale, floor);
                    Assert.True(range.Low < range.High, $"{range}");
                    Assert.All(range.Ticks(), tick => Assert.InRange(tick.Fraction, 0, 1));
                }
            }
        }
    }

    [Fact]
    public void Marks_powers_of_ten_with_eight_minor_marks_between()
    {
        var ticks = new ColorRange(ColorScale.Logarithmic, 1, 100, null).Ticks();
        Assert.Equal(["10⁰", "10¹", "10²"], ticks.Where(tick => tick.Text.Length > 0).Select(tick => tick.Text));
        Assert.Equal(16, ticks.Count(tick => tick.Text.Length == 0));
    }

    [Fact]
    public void Labels_at_least_two_marks_however_narrow_or_wide_it_is()
    {
        foreach (var (low, high) in new[] { (2.0, 3.0), (1.1, 1.9), (40, 90), (1e-30, 1e30), (9, 11), (0.5, 5) })
            Assert.InRange(new ColorRange(ColorScale.Logarithmic, low, high, null).Ticks().Count(tick => tick.Text.Length > 0), 2, 12);
    }

    [Theory]
    [InlineData(0, "0")]
    [InlineData(1e-5, "10⁻⁵")]
    [InlineData(3.14159e-5, "3.14 × 10⁻⁵")]
    [InlineData(9.9999e-7, "10⁻⁶")]
    [InlineData(0.05, "0.05")]
    [InlineData(12.345, "12.3")]
    [InlineData(123456, "1.23 × 10⁵")]
    [InlineData(double.NaN, "not a number")]
    public void Writes_numbers_for_readers(double value, string text) => Assert.Equal(text, ColorRange.NumberText(value));
}
