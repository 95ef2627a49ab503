using System;
using Muninn.Engine.Model;
using Muninn.Kernels;

namespace Muninn.Microscope.Measures.Dynamics;

/// <summary>
/// A linear map of <c>dimension</c> numbers, applied to several directions at once: products = J · tangents, or, where a measure
/// asks for it, Jᵀ · tangents. All that the measures of dynamics know of a model.
/// </summary>
/// <param name="tangents">Directions, <c>[directions, dimension]</c>.</param>
/// <param name="directions">How many, at least 1.</param>
/// <param name="products">Overwritten, <c>[directions, dimension]</c>; never the same memory as <paramref name="tangents"/>.</param>
public delegate void TangentStep(ReadOnlySpan<double> tangents, int directions, Span<double> products);

/// <summary>
/// The Jacobian of one iteration of a prompt as a <see cref="TangentStep"/>: measures count in double, the pass in float32, whose
/// rounding (about 1e-6 of a product's length) is the floor of every residual.
/// </summary>
/// <param name="pass">The pass; <see cref="TangentPass.At"/> says where J is taken.</param>
/// <param name="reach">The whole of J, or its blocks on the diagonal.</param>
public sealed class PromptTangents(TangentPass pass, TangentReach reach)
{
    float[] _tangents = [];
    float[] _products = [];

    /// <summary>J · v.</summary>
    /// <inheritdoc cref="TangentStep"/>
    public void Apply(ReadOnlySpan<double> tangents, int directions, Span<double> products)
    {
        Read(tangents, directions);
        pass.Apply(_tangents, directions, reach, _products);
        Write(products, directions);
    }

    /// <summary>Jᵀ · u.</summary>
    /// <inheritdoc cref="TangentStep"/>
    public void ApplyTransposed(ReadOnlySpan<double> tangents, int directions, Span<double> products)
    {
        Read(tangents, directions);
        pass.ApplyTransposed(_tangents, directions, reach, _products);
        Write(products, directions);
    }

    void Read(ReadOnlySpan<double> tangents, int directions)
    {
        int length = checked(directions * pass.Dimension);
        if (_tangents.Length < length)
        {
            _tangents = new float[length];
            _products = new float[length];
        }

        for (int i = 0; i < length; i++)
            _tangents[i] = (float)tangents[i];
    }

    void Write(Span<double> products, int directions)
    {
        int length = directions * pass.Dimension;
        for (int i = 0; i < length; i++)
            products[i] = _products[i];
    }
}
