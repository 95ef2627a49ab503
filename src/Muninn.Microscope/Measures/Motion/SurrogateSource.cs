using System;
using Muninn.Engine.Randomness;

namespace Muninn.Microscope.Measures.Motion;

/// <summary>The trivial explanations that a claim about motion must beat.</summary>
public enum NullModel
{
    /// <summary>
    /// Random phases, the same for all coordinates: the amplitude spectrum of the steps is kept, and how coordinates go with
    /// each other, but no frequency keeps step with itself. Shrinking is tested against the spectrum of the whole window; a
    /// beat and a direction against that of <see cref="MotionSettings.PhaseBlocks"/> blocks.
    /// </summary>
    PhaseRandomised = 0,

    /// <summary>Stationary noise in which a step remembers the one before.</summary>
    Autoregressive1 = 1,

    /// <summary>Stationary noise in which a step remembers the two before; it may swing, but loses its beat.</summary>
    Autoregressive2 = 2,

    /// <summary>
    /// The same with a memory of its own along each principal axis of the steps: noise that swings in one plane and is quick or
    /// slow elsewhere passes for an orbit or a drift where one memory is fitted to all.
    /// </summary>
    AutoregressiveByAxis = 3,
}

/// <summary>Makes series that share with a given one what is trivial, and nothing else.</summary>
abstract class SurrogateSource
{
    /// <summary>Draws surrogate <paramref name="number"/>; the same number gives the same series.</summary>
    /// <param name="number">From 0.</param>
    /// <param name="destination">Coordinates, <c>[count, columns]</c>, overwritten.</param>
    public abstract void Draw(int number, Span<double> destination);

    /// <summary>A source for one series.</summary>
    /// <param name="model">What is kept.</param>
    /// <param name="series">The series.</param>
    /// <param name="blocks">Blocks of the phase-randomised model, at least 1.</param>
    /// <param name="seed">The user's seed.</param>
    /// <param name="stream">Different for every series and model of one seed.</param>
    public static SurrogateSource Of(NullModel model, StepSeries series, int blocks, ulong seed, int stream) => model == NullModel.PhaseRandomised
        ? new PhaseSurrogates(series, blocks, seed, stream)
        : new AutoregressiveSurrogates(series, model == NullModel.Autoregressive1 ? 1 : 2, model == NullModel.AutoregressiveByAxis, seed, stream);
}

/// <summary>Uniform numbers of one surrogate, one after the other.</summary>
/// <param name="seed">The user's seed.</param>
/// <param name="stream">Different for every source.</param>
/// <param name="first">Index of the first number.</param>
ref struct SurrogateDraws(ulong seed, int stream, int first)
{
    int _index = first;

    /// <summary>The next number in (0, 1).</summary>
    public double Next() => CounterRandom.Uniform(seed, RandomStream.Surrogates, stream, _index++);
}
