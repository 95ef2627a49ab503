using System;
using Muninn.Engine.Randomness;

namespace Muninn.Microscope.Measures.Dynamics;

/// <summary>How token-block norms are taken.</summary>
public sealed record PullSettings
{
    /// <summary>Random directions for each token; as many as a state is wide, or more: exact, by unit vectors.</summary>
    public int Probes { get; init; } = 32;

    /// <summary>Directions that are multiplied together; changes memory and speed, and no number.</summary>
    public int Together { get; init; } = 64;

    /// <summary>Seed of the directions.</summary>
    public ulong Seed { get; init; }
}

/// <summary>
/// Which tokens pull which: ‖J_{t,u}‖ (Frobenius), by how much the next state of token t answers to a change of the state of
/// token u. Zero for u &gt; t, since attention is causal.
/// </summary>
/// <remarks>With z of independent signs, the mean of ‖J_{t,u} z‖² is ‖J_{t,u}‖²: Hutchinson's estimator.</remarks>
public sealed class TokenPulls
{
    TokenPulls(int positions, int probes, bool isExact)
    {
        Positions = positions;
        Probes = probes;
        IsExact = isExact;
        Norm = new double[positions * positions];
        StandardError = new double[positions * positions];
    }

    /// <summary>Tokens (T).</summary>
    public int Positions { get; }

    /// <summary>Directions taken for each token.</summary>
    public int Probes { get; }

    /// <summary>Whether the norms are those of all unit vectors, without chance.</summary>
    public bool IsExact { get; }

    /// <summary>‖J_{t,u}‖, <c>[T, T]</c>, row t, column u.</summary>
    public double[] Norm { get; }

    /// <summary>Standard error of each norm, <c>[T, T]</c>; 0 where exact.</summary>
    public double[] StandardError { get; }

    /// <summary>Measures all blocks.</summary>
    /// <param name="step">The whole J, <c>[positions · width]</c>.</param>
    /// <param name="positions">Tokens, at least 1.</param>
    /// <param name="width">Numbers of a state, at least 1.</param>
    /// <param name="settings">Probes.</param>
    public static TokenPulls Of(TangentStep step, int positions, int width, PullSettings settings)
    {
        ArgumentNullException.ThrowIfNull(step);
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentOutOfRangeException.ThrowIfLessThan(positions, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.Probes, 2, nameof(settings));
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.Together, 1, nameof(settings));
        bool isExact = settings.Probes >= width;
        var pulls = new TokenPulls(positions, isExact ? width : settings.Probes, isExact);
        var squares = new double[positions * pulls.Probes];
        int together = Math.Min(settings.Together, pulls.Probes);
        var tangents = new double[checked(together * positions * width)];
        var products = new double[tangents.Length];
        for (int u = 0; u < positions; u++)
        {
            for (int first = 0; first < pulls.Probes; first += together)
            {
                int count = Math.Min(together, pulls.Probes - first);
                Array.Clear(tangents);
                for (int probe = 0; probe < count; probe++)
                    Fill(tangents.AsSpan((probe * positions + u) * width, width), u * pulls.Probes + first + probe, first + probe, isExact, settings.Seed);
                step(tangents, count, products);
                for (int probe = 0; probe < count; probe++)
                {
                    for (int t = u; t < positions; t++)
                    {
                        var product = products.AsSpan((probe * positions + t) * width, width);
                        squares[t * pulls.Probes + first + probe] = Vectors.Dot(product, product);
                    }
                }
            }

            for (int t = u; t < positions; t++)
                pulls.Set(t, u, squares.AsSpan(t * pulls.Probes, pulls.Probes));
        }

        return pulls;
    }

    void Set(int t, int u, ReadOnlySpan<double> squares)
    {
        double sum = 0;
        foreach (double square in squares)
            sum += square;
        if (IsExact)
        {
            Norm[t * Positions + u] = Math.Sqrt(sum);
            return;
        }

        double mean = sum / squares.Length;
        double spread = 0;
        foreach (double square in squares)
            spread += (square - mean) * (square - mean);
        double error = Math.Sqrt(spread / (squares.Length - 1) / squares.Length);
        Norm[t * Positions + u] = Math.Sqrt(mean);
        StandardError[t * Positions + u] = mean > 0 ? error / (2 * Math.Sqrt(mean)) : 0;
    }

    static void Fill(Span<double> direction, int number, int unit, bool isExact, ulong seed)
    {
        if (isExact)
        {
            direction[unit] = 1;
            return;
        }

        for (int i = 0; i < direction.Length; i++)
            direction[i] = CounterRandom.Uniform(seed, RandomStream.Tangents, number, i) < 0.5 ? -1 : 1;
    }
}
