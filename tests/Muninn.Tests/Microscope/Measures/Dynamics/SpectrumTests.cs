using System;
using System.Linq;
using MathNet.Numerics.LinearAlgebra;
using Muninn.Microscope.Measures.Dynamics;
using Muninn.Tests.Oracle;
using Xunit;

namespace Muninn.Tests.Microscope.Measures.Dynamics;

public sealed class SpectrumTests
{
    static readonly SpectrumSettings _settings = new();

    [Fact]
    public void Finds_the_rate_of_a_contraction_and_says_that_it_is_certain()
    {
        var spectrum = Spectrum.Of(ToyMaps.Of(new[,] { { 0.7, 0, 0 }, { 0, 0.7, 0 }, { 0, 0, 0.7 } }), 3, _settings);
        Assert.Equal(0.7, spectrum.Radius, 1e-12);
        Assert.Equal(0, spectrum.Angle);
        Assert.InRange(spectrum.Residual, 0, 1e-12);
        Assert.True(spectrum.IsConverged);
        Assert.Single(spectrum.Leading);
    }

    [Theory]
    [InlineData(1, 0.3)]
    [InlineData(0.9, 2.5)]
    [InlineData(1.1, Math.PI / 2)]
    public void Finds_modulus_and_angle_of_a_rotation(double rate, double angle)
    {
        var spectrum = Spectrum.Of(ToyMaps.Of(ToyMaps.Turn(rate, angle)), 2, _settings);
        Assert.Equal(rate, spectrum.Radius, 1e-10);
        Assert.Equal(angle, spectrum.Angle, 1e-10);
        Assert.InRange(spectrum.Residual, 0, 1e-10);
    }

    [Fact]
    public void A_cycle_of_two_has_angle_pi()
    {
        var spectrum = Spectrum.Of(ToyMaps.Of(new[,] { { -1.0, 0 }, { 0, -0.5 } }), 2, _settings);
        Assert.Equal(1, spectrum.Radius, 1e-12);
        Assert.Equal(Math.PI, spectrum.Angle, 1e-12);
        Assert.Equal([1, 0.5], spectrum.Leading.Select(pair => Math.Round(pair.Modulus, 9)));
    }

    [Fact]
    public void A_shear_has_the_radius_of_its_diagonal_and_the_stretch_of_the_whole()
    {
        double[,] shear = { { 0.9, 10 }, { 0, 0.8 } };
        var spectrum = Spectrum.Of(ToyMaps.Of(shear), 2, _settings);
        Assert.Equal(0.9, spectrum.Radius, 1e-9);
        var stretch = Stretch.Of(ToyMaps.Of(shear), ToyMaps.Of(ToyMaps.Transposed(shear)), 2, new StretchSettings());
        // σ₁² is the larger root of x² − (0.81 + 100 + 0.64) x + 0.72².
        double expected = Math.Sqrt((101.45 + Math.Sqrt(101.45 * 101.45 - 4 * 0.5184)) / 2);
        Assert.Equal(expected, stretch.Largest, 1e-9);
        Assert.True(stretch.IsConverged);
        Assert.InRange(stretch.Residual, 0, 1e-9);
    }

    [Theory]
    [InlineData(40, 64)]
    [InlineData(150, 24)]
    public void Equals_a_dense_solver_on_a_matrix_without_structure_with_and_without_restarts(int n, int subspace)
    {
        var matrix = new double[n, n];
        for (var i = 0; i < n * n; i++) matrix[i / n, i % n] = Noise.At(7, i) / Math.Sqrt(n);
        // One pair stands apart: in a disc of eigenvalues none leads.
        for (var i = 0; i < n; i++) matrix[i, (i + 1) % n] += 1.2;
        var expected = Matrix<double>.Build.DenseOfArray(matrix).Evd().EigenValues.OrderByDescending(x => x.Magnitude).ToArray();
        var spectrum = Spectrum.Of(ToyMaps.Of(matrix), n, _settings with { SubspaceMax = subspace, RestartsMax = 30 });
        Assert.True(spectrum.IsConverged, $"residual {spectrum.Residual}, modulus {spectrum.Radius}, dense {expected[0].Magnitude}");
        Assert.Equal(expected[0].Magnitude, spectrum.Radius, 1e-4);
        Assert.InRange(spectrum.Residual, 0, 2e-5);
        var stretch = Stretch.Of(ToyMaps.Of(matrix), ToyMaps.Of(ToyMaps.Transposed(matrix)), n, new StretchSettings());
        Assert.Equal(Matrix<double>.Build.DenseOfArray(matrix).Svd().S[0], stretch.Largest, 1e-3);
    }

    [Fact]
    public void Blocks_side_by_side_get_what_they_get_alone_and_together_they_are_the_whole()
    {
        double[][,] blocks =
        [
            ToyMaps.Hidden(ToyMaps.Blocks(0, ToyMaps.Turn(0.5, 1), ToyMaps.Turn(0.3, 2), ToyMaps.Turn(0.2, 0.5))),
            ToyMaps.Hidden(ToyMaps.Blocks(0, ToyMaps.Turn(0.8, 0.25), ToyMaps.Turn(0.6, 2), ToyMaps.Turn(0.1, 3))),
            ToyMaps.Hidden(ToyMaps.Blocks(0, ToyMaps.Turn(0.7, 3), ToyMaps.Turn(0.4, 2), ToyMaps.Turn(0.35, 1))),
        ];
        var diagonal = Spectrum.OfBlocks(ToyMaps.Of(ToyMaps.Blocks(0, blocks)), 3, 6, _settings);
        Assert.Equal([0.5, 0.8, 0.7], diagonal.Select(spectrum => Math.Round(spectrum.Radius, 8)));
        Assert.Equal([1, 0.25, 3], diagonal.Select(spectrum => Math.Round(spectrum.Angle, 8)));
        // Whatever stands below the diagonal, the eigenvalues are those of the blocks.
        var whole = Spectrum.Of(ToyMaps.Of(ToyMaps.Blocks(0.3, blocks)), 18, _settings);
        Assert.Equal([0.8, 0.7, 0.6], whole.Leading.Select(pair => Math.Round(pair.Modulus, 6)));
        var stretches = Stretch.OfBlocks(
            ToyMaps.Of(ToyMaps.Blocks(0, blocks)), ToyMaps.Of(ToyMaps.Transposed(ToyMaps.Blocks(0, blocks))), 3, 6, new StretchSettings());
        Assert.Equal([0.5, 0.8, 0.7], stretches.Select(stretch => Math.Round(stretch.Largest, 6)));
    }

    [Fact]
    public void A_map_to_nothing_has_radius_zero_and_one_that_is_not_finite_has_none()
    {
        Assert.Equal(0, Spectrum.Of(ToyMaps.Of(new double[3, 3]), 3, _settings).Radius);
        Assert.Equal(0, Stretch.Of(ToyMaps.Of(new double[3, 3]), ToyMaps.Of(new double[3, 3]), 3, new StretchSettings()).Largest);
        double[,] lost = { { 0.5, 0 }, { 0, double.NaN } };
        var spectrum = Spectrum.Of(ToyMaps.Of(lost), 2, _settings);
        Assert.True(double.IsNaN(spectrum.Radius));
        Assert.False(spectrum.IsConverged);
        Assert.True(double.IsNaN(Stretch.Of(ToyMaps.Of(lost), ToyMaps.Of(lost), 2, new StretchSettings()).Largest));
    }

    [Fact]
    public void What_was_not_found_says_so()
    {
        // A disc of eigenvalues in which none leads, and too few steps.
        const int N = 100;
        var matrix = new double[N, N];
        for (var i = 0; i < N; i++) matrix[i, (i + 1) % N] = 1;
        var spectrum = Spectrum.Of(ToyMaps.Of(matrix), N, _settings with { SubspaceMax = 12, RestartsMax = 1 });
        Assert.False(spectrum.IsConverged);
        Assert.InRange(spectrum.Residual, 1e-3, 1);
    }

    /// <summary>A map that answers otherwise from a product on.</summary>
    static TangentStep Fickle(int from)
    {
        int products = 0;
        var (first, then) = (ToyMaps.Of(ToyMaps.Turn(0.5, 0)), ToyMaps.Of(ToyMaps.Turn(0.9, 0)));
        return (tangents, directions, results) => (products++ < from ? first : then)(tangents, directions, results);
    }

    [Fact]
    public void The_whole_space_is_no_certificate_where_the_measured_residual_is_large()
    {
        // One product closes the space; those that certify it say otherwise.
        var spectrum = Spectrum.Of(Fickle(1), 2, _settings);
        Assert.Equal((1, 0.5), (spectrum.Products, Math.Round(spectrum.Radius, 9)));
        Assert.Equal(0.4, spectrum.Residual, 1e-9);
        Assert.False(spectrum.IsConverged);
        var stretch = Stretch.Of(Fickle(1), Fickle(0), 2, new StretchSettings());
        Assert.InRange(stretch.Residual, 0, 1e-9);
        Assert.True(stretch.IsConverged);
        var vague = Stretch.Of(Fickle(9), Fickle(1), 2, new StretchSettings());
        Assert.InRange(vague.Residual, 0.1, 1);
        Assert.False(vague.IsConverged);
    }

    [Fact]
    public void An_eigenvalue_of_many_directions_is_found_once()
    {
        var spectrum = Spectrum.Of(ToyMaps.Of(ToyMaps.Blocks(0, ToyMaps.Turn(0.7, 0), new[,] { { 0.7, 0 }, { 0, 0.2 } })), 4, _settings);
        Assert.Equal([0.7, 0.2], spectrum.Leading.Select(pair => Math.Round(pair.Modulus, 9)));
    }

    [Fact]
    public void Settings_that_make_no_sense_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Spectrum.Of(ToyMaps.Of(new double[2, 2]), 2, _settings with { Count = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => Spectrum.Of(ToyMaps.Of(new double[2, 2]), 2, _settings with { SubspaceMax = 5 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => Spectrum.Of(ToyMaps.Of(new double[2, 2]), 0, _settings));
    }
}
