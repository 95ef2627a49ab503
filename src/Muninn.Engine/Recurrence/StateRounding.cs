namespace Muninn.Engine.Recurrence;

/// <summary>What float32 rounding does to a state that is iterated, where nobody measured it.</summary>
public static class StateRounding
{
    /// <summary>
    /// Steps below this share of a state are taken for rounding: a few times the largest that models at rest showed
    /// (docs/decisions/0002). The microscope measures it where it is asked to.
    /// </summary>
    public const double AssumedShare = 1e-6;
}
