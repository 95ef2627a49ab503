namespace Muninn.Kernels;

/// <summary>Whose keys and values move when the states of a prompt do.</summary>
public enum TangentReach
{
    /// <summary>Every position's: the whole Jacobian, lower triangular over positions, since attention is causal.</summary>
    Whole,

    /// <summary>Each position's own alone, as if all others stood still: the blocks on the diagonal of the whole.</summary>
    Own,
}
