using System;

namespace Muninn.Engine.Training.Data;

/// <summary>
/// Documents by number: the same number gives the same document, whatever was asked for before, so that the position in the data is one
/// number, and a run that is taken up again reads on as if nothing had happened.
/// </summary>
/// <remarks>
/// A source may choose by what was learnt: then the document depends on what it remembers, too, which is a list of numbers that is
/// kept with the position.
/// </remarks>
public abstract class ExampleSource
{
    /// <summary>The document of a number.</summary>
    /// <param name="number">From 0; there is no last one: a source of finitely many goes through them again in another order.</param>
    public abstract TrainingExample At(long number);

    /// <summary>How hard the generated worlds are asked, where they are among what it gives; else null.</summary>
    public virtual WorldLevels? Levels => null;

    /// <summary>Hears how a document that it gave was learnt; called in the order of their numbers, after the update.</summary>
    /// <param name="number">The document's number.</param>
    /// <param name="example">The document.</param>
    /// <param name="right">Whether every token of its answer was the likeliest.</param>
    public virtual void Heard(long number, TrainingExample example, bool right)
    {
    }

    /// <summary>What it remembers, for a checkpoint.</summary>
    public virtual long[] Memory() => [];

    /// <summary>Puts back what a checkpoint kept.</summary>
    /// <param name="memory">What <see cref="Memory"/> gave.</param>
    /// <exception cref="ArgumentException">It is not of this source.</exception>
    public virtual void Restore(ReadOnlySpan<long> memory)
    {
        if (memory.Length > 0)
            throw new ArgumentException($"The checkpoint keeps {memory.Length} numbers of the data's memory, and this data has none; train on the same data.");
    }
}
