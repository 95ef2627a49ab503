using Muninn.Microscope.Measures;
using Xunit;

namespace Muninn.Tests.Microscope.Measures;

public sealed class QuartilesTests
{
    [Fact]
    public void Between_two_values_they_lie_on_the_line()
    {
        Assert.Equal(new Quartiles(2, 3, 4, 5), Quartiles.Of([5, 1, 4, 2, 3]));
        Assert.Equal(new Quartiles(1.75, 2.5, 3.25, 4), Quartiles.Of([4, 3, 2, 1]));
        Assert.Equal(new Quartiles(7, 7, 7, 1), Quartiles.Of([7]));
    }

    [Fact]
    public void What_is_not_finite_is_left_out()
    {
        Assert.Equal(new Quartiles(2, 2, 2, 1), Quartiles.Of([double.NaN, 2, double.PositiveInfinity]));
        var none = Quartiles.Of([double.NegativeInfinity]);
        Assert.Equal(0, none.Count);
        Assert.True(double.IsNaN(none.Low) && double.IsNaN(none.Median) && double.IsNaN(none.High));
    }
}
