using System;

namespace Muninn.Engine.Randomness;

/// <summary>What a stream of random numbers is used for; part of every counter, so that uses never share numbers.</summary>
public enum RandomStream
{
    /// <summary>Entries of a start state s₀.</summary>
    InitialState = 1,

    /// <summary>Elements of a weight tensor at the start of training; see <see cref="WeightNoise"/>.</summary>
    Weights = 2,

    /// <summary>Tokens of a prompt that means nothing.</summary>
    Tokens = 3,

    /// <summary>Choices of the next token; see <see cref="Generation.DrawPurpose"/> for the indices at a position.</summary>
    Sampling = 4,

    /// <summary>Noise on the states of a wave of open positions.</summary>
    WaveNoise = 5,

    /// <summary>Start vectors and probes of what is measured of a Jacobian.</summary>
    Tangents = 11,

    /// <summary>Directions in which a state at rest is pushed to measure its rounding floor.</summary>
    Perturbation = 20,

    /// <summary>Surrogate series of a null test: motion that means nothing.</summary>
    Surrogates = 9,

    /// <summary>How many iterations a training step takes.</summary>
    Depths = 30,

    /// <summary>Questions and prose of the generated worlds.</summary>
    Worlds = 31,

    /// <summary>Which documents a training run reads; positions are their numbers.</summary>
    TrainingData = 32,

    /// <summary>The order in which documents of a file are gone through.</summary>
    Documents = 33,
}

/// <summary>
/// Random numbers as pure functions of (seed, stream, position, index): Philox4x32-10. The same arguments give the same
/// number in any order, on any thread and in any batch.
/// </summary>
/// <remarks>Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011.</remarks>
public static class CounterRandom
{
    const uint Multiplier0 = 0xD2511F53;
    const uint Multiplier1 = 0xCD9E8D57;
    const uint Weyl0 = 0x9E3779B9;
    const uint Weyl1 = 0xBB67AE85;
    const int Rounds = 10;

    /// <summary>Φ(−3): the share of a normal distribution below −3 deviations.</summary>
    internal const double TailBelowThree = 0.0013498980316300946;

    /// <summary>A number uniform in (0, 1), never 0 or 1, with 52 bits.</summary>
    /// <param name="seed">The user's seed.</param>
    /// <param name="stream">What the number is for.</param>
    /// <param name="position">Position in the sequence, at least 0.</param>
    /// <param name="index">Index at that position, at least 0.</param>
    public static double Uniform(ulong seed, RandomStream stream, int position, int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        (uint x0, uint x1, _, _) = Philox(seed, (uint)index, (uint)position, (uint)stream, 0);
        // 52 bits and a half: with 53 the largest number would round to 1.
        ulong bits = ((ulong)x0 << 20) | (x1 >> 12);
        return (bits + 0.5) * (1.0 / (1UL << 52));
    }

    /// <summary>A standard normal number cut at ±3 deviations (deviation about 0.98658).</summary>
    /// <inheritdoc cref="Uniform"/>
    public static double TruncatedNormal(ulong seed, RandomStream stream, int position, int index)
    {
        double uniform = Uniform(seed, stream, position, index);
        return NormalQuantile(TailBelowThree + uniform * (1 - 2 * TailBelowThree));
    }

    /// <summary>Φ⁻¹(p), the normal quantile, to about 1e-15 for p in [1e-10, 1 − 1e-10].</summary>
    /// <param name="p">A probability in (0, 1).</param>
    /// <remarks>Source: Wichura, "Algorithm AS 241: the percentage points of the normal distribution", 1988.</remarks>
    public static double NormalQuantile(double p)
    {
        double q = p - 0.5;
        if (Math.Abs(q) <= 0.425)
        {
            double r = 0.180625 - q * q;
            return q * Polynomial(r, CentreNumerator) / Polynomial(r, CentreDenominator);
        }

        double tail = Math.Sqrt(-Math.Log(q < 0 ? p : 1 - p)) - 1.6;
        double value = Polynomial(tail, TailNumerator) / Polynomial(tail, TailDenominator);
        return q < 0 ? -value : value;
    }

    /// <summary>The four words of one Philox4x32-10 block.</summary>
    internal static (uint X0, uint X1, uint X2, uint X3) Philox(ulong key, uint c0, uint c1, uint c2, uint c3)
    {
        uint k0 = (uint)key;
        uint k1 = (uint)(key >> 32);
        for (int round = 0; round < Rounds; round++)
        {
            ulong product0 = (ulong)Multiplier0 * c0;
            ulong product1 = (ulong)Multiplier1 * c2;
            (c0, c1, c2, c3) = (
                (uint)(product1 >> 32) ^ c1 ^ k0, (uint)product1,
                (uint)(product0 >> 32) ^ c3 ^ k1, (uint)product0);
            k0 += Weyl0;
            k1 += Weyl1;
        }

        return (c0, c1, c2, c3);
    }

    static double Polynomial(double x, ReadOnlySpan<double> coefficients)
    {
        double sum = 0;
        for (int i = coefficients.Length - 1; i >= 0; i--)
            sum = sum * x + coefficients[i];
        return sum;
    }

    static ReadOnlySpan<double> CentreNumerator =>
    [
        3.3871328727963666080, 1.3314166789178437745e+2, 1.9715909503065514427e+3, 1.3731693765509461125e+4,
        4.5921953931549871457e+4, 6.7265770927008700853e+4, 3.3430575583588128105e+4, 2.5090809287301226727e+3,
    ];

    static ReadOnlySpan<double> CentreDenominator =>
    [
        1.0, 4.2313330701600911252e+1, 6.8718700749205790830e+2, 5.3941960214247511077e+3,
        2.1213794301586595867e+4, 3.9307895800092710610e+4, 2.8729085735721942674e+4, 5.2264952788528545610e+3,
    ];

    static ReadOnlySpan<double> TailNumerator =>
    [
        1.42343711074968357734, 4.63033784615654529590, 5.76949722146069140550, 3.64784832476320460504,
        1.27045825245236838258, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4,
    ];

    static ReadOnlySpan<double> TailDenominator =>
    [
        1.0, 2.05319162663775882187, 1.67638483018380384940, 6.89767334985100004550e-1,
        1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9,
    ];
}
