namespace Muninn.Engine.Training.Data;

/// <summary>
/// Documents by number: the same number gives the same document, whatever was asked for before, so that the position in the data is one
/// number, and a run that is taken up again reads on as if nothing had happened.
/// </summary>
public abstract class ExampleSource
{
    /// <summary>The document of a number.</summary>
    /// <param name="number">From 0; there is no last one: a source of finitely many goes through them again in another order.</param>
    public abstract TrainingExample At(long number);
}
