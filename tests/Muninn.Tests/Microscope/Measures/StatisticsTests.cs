using Muninn.Microscope.Measures;
using Xunit;

namespace Muninn.Tests.Microscope.Measures;

public sealed class StatisticsTests
{
    [Fact]
    public void Medians_are_of_finite_values_only()
    {
        Assert.Equal(2, Statistics.Median([3, 1, float.NaN, 2, float.PositiveInfinity]));
        Assert.Equal(2.5, Statistics.Median([1f, 2, 3, 4]));
        Assert.True(double.IsNaN(Statistics.Median([float.NaN])));
    }

    [Fact]
    public void The_robust_deviation_does_not_see_an_outlier() =>
        Assert.Equal(1.4826, Statistics.RobustDeviation([1, 2, 3, 4, 100]), 1e-12);

    [Fact]
    public void A_line_has_its_slope_and_no_error()
    {
        (double slope, double error) = Statistics.Line([1, 3, 5, 7]);
        Assert.Equal(2, slope, 1e-12);
        Assert.Equal(0, error, 1e-12);
    }
}
