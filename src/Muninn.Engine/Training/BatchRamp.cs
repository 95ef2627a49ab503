using System;

namespace Muninn.Engine.Training;

/// <summary>How many micro-batches make one update while the batch grows.</summary>
/// <param name="Rows">B, rows of a whole batch; above 0.</param>
/// <param name="MicroRows">b, rows of a micro-batch; from 1 to B.</param>
/// <param name="Steps">R, micro-batch steps over which the batch grows; 0: it is whole from the start.</param>
public sealed record BatchRamp(int Rows, int MicroRows, long Steps = 0)
{
    /// <summary>⌈s / R · B / b⌉ up to step R, then ⌊B / b⌋; at least 1.</summary>
    /// <param name="step">s, the micro-batch step, from 0.</param>
    /// <exception cref="ArgumentException">The ramp's numbers are out of range.</exception>
    public int MicroBatchesAt(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        if (MicroRows < 1 || Rows < MicroRows || Steps < 0)
            throw new ArgumentException(
                $"A batch of {Rows} rows in micro-batches of {MicroRows}, grown over {Steps} steps, cannot be made; give at least 1 row to a "
                + "micro-batch, at least as many to the batch, and steps from 0.");
        if (step > Steps || Steps == 0)
            return Rows / MicroRows;
        Int128 whole = (Int128)step * Rows;
        Int128 share = (Int128)Steps * MicroRows;
        return Math.Max(1, (int)((whole + share - 1) / share));
    }
}
