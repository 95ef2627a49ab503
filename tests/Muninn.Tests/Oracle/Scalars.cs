using System;

namespace Muninn.Tests.Oracle;

/// <summary>Numbers of which the textbook of the core is written: once for values, once for exact derivatives.</summary>
interface IScalar<T> where T : struct, IScalar<T>
{
    static abstract T operator +(T a, T b);

    static abstract T operator -(T a, T b);

    static abstract T operator *(T a, T b);

    static abstract T operator /(T a, T b);

    static abstract T Of(double value);

    static abstract T Sqrt(T x);

    static abstract T Exp(T x);

    /// <summary>The same number, as if it never moved.</summary>
    static abstract T Still(T x);
}

/// <summary>A number and nothing else.</summary>
readonly record struct Real(double Value) : IScalar<Real>
{
    public static Real operator +(Real a, Real b) => new(a.Value + b.Value);

    public static Real operator -(Real a, Real b) => new(a.Value - b.Value);

    public static Real operator *(Real a, Real b) => new(a.Value * b.Value);

    public static Real operator /(Real a, Real b) => new(a.Value / b.Value);

    public static Real Of(double value) => new(value);

    public static Real Sqrt(Real x) => new(Math.Sqrt(x.Value));

    public static Real Exp(Real x) => new(Math.Exp(x.Value));

    public static Real Still(Real x) => x;
}

/// <summary>A number and how fast it changes: dual numbers, whose arithmetic is the rules of differentiation.</summary>
readonly record struct Dual(double Value, double Slope) : IScalar<Dual>
{
    public static Dual operator +(Dual a, Dual b) => new(a.Value + b.Value, a.Slope + b.Slope);

    public static Dual operator -(Dual a, Dual b) => new(a.Value - b.Value, a.Slope - b.Slope);

    public static Dual operator *(Dual a, Dual b) => new(a.Value * b.Value, a.Slope * b.Value + a.Value * b.Slope);

    public static Dual operator /(Dual a, Dual b) =>
        new(a.Value / b.Value, (a.Slope * b.Value - a.Value * b.Slope) / (b.Value * b.Value));

    public static Dual Of(double value) => new(value, 0);

    public static Dual Sqrt(Dual x) => new(Math.Sqrt(x.Value), x.Slope / (2 * Math.Sqrt(x.Value)));

    public static Dual Exp(Dual x) => new(Math.Exp(x.Value), x.Slope * Math.Exp(x.Value));

    public static Dual Still(Dual x) => new(x.Value, 0);

    /// <summary>Values and slopes side by side.</summary>
    public static Dual[] Of(ReadOnlySpan<float> values, ReadOnlySpan<float> slopes)
    {
        var duals = new Dual[values.Length];
        for (var i = 0; i < duals.Length; i++) duals[i] = new Dual(values[i], slopes[i]);
        return duals;
    }

    public static double[] Slopes(Dual[] duals) => Array.ConvertAll(duals, static dual => dual.Slope);
}
