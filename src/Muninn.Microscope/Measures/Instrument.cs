namespace Muninn.Microscope.Measures;

/// <summary>A measure of a prompt, as findings over several of them name it.</summary>
public enum Instrument
{
    /// <summary>Distances from s*, their rates and certificates.</summary>
    Distances,

    /// <summary>Eigenvalues of the Jacobian at s*.</summary>
    Spectrum,

    /// <summary>Steps in the full space, tested against surrogates.</summary>
    Motion,

    /// <summary>Where runs from other starts end.</summary>
    Starts,

    /// <summary>What would be said at every iteration.</summary>
    Answers,
}
