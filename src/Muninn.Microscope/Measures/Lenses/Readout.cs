using System;
using Muninn.Engine.Model;

namespace Muninn.Microscope.Measures.Lenses;

/// <summary>How a state is turned into logits.</summary>
public enum LensKind
{
    /// <summary>head · ln_f(coda(ln_f(s))): what the model would say if it stopped here.</summary>
    Coda,

    /// <summary>head · ln_f(s): the logit lens, without the coda, for which the head was never trained.</summary>
    Raw,
}

/// <summary>What the head reads of all positions of a prompt.</summary>
/// <param name="state">Raw states, <c>[positions, width]</c>.</param>
/// <param name="x"><c>[positions, width]</c>, overwritten.</param>
public delegate void StateReading(ReadOnlySpan<float> state, Span<float> x);

/// <summary>logits = head · x.</summary>
/// <param name="x"><c>[rows, width]</c>.</param>
/// <param name="rows">How many rows.</param>
/// <param name="logits"><c>[rows, vocabulary]</c>, overwritten.</param>
public delegate void HeadProduct(ReadOnlySpan<float> x, int rows, Span<float> logits);

/// <summary>A lens in two steps: <see cref="Read"/> makes of states what the head reads, <see cref="Head"/> makes logits of that.</summary>
/// <remarks>
/// Two steps, because what the head reads is width numbers and what it gives is vocabulary numbers, ten times as many and more:
/// the first are kept, the second are made a few rows at a time and reduced at once.
/// </remarks>
public sealed record Readout
{
    /// <summary>Which lens.</summary>
    public required LensKind Kind { get; init; }

    /// <summary>Width of a state and of what the head reads.</summary>
    public required int Width { get; init; }

    /// <summary>Logits of a row.</summary>
    public required int Vocabulary { get; init; }

    /// <summary>What the head reads of all positions.</summary>
    public required StateReading Read { get; init; }

    /// <summary>Logits of any rows; a row's bits must not depend on which others come with it.</summary>
    public required HeadProduct Head { get; init; }

    /// <summary>A lens on a prompt that is being run; may be used while that run observes.</summary>
    /// <param name="kind">Which lens.</param>
    /// <param name="run">The prompt; must outlive the lens.</param>
    /// <param name="model">Its model.</param>
    public static Readout Of(LensKind kind, PromptRun run, RecurrentModel model)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(model);
        int positions = run.Positions;
        var norm = model.FinalNorm;
        return new Readout
        {
            Kind = kind,
            Width = model.Config.Width,
            Vocabulary = model.Config.Vocabulary,
            Read = kind == LensKind.Coda ? run.Coda : (state, x) => norm.Apply(state, positions, x),
            Head = run.Head,
        };
    }
}
