using System;
using Muninn.Cli.Frame;
using Muninn.Engine.Model;
using Muninn.Kernels;
using Muninn.Microscope.Measures.Dynamics;
using Muninn.Microscope.Measures.Motion;
using Muninn.Microscope.Trajectories;

namespace Muninn.Cli.Results;

/// <summary>Measures that take long on long texts, with a line on the terminal that says how far they are.</summary>
static class LongMeasures
{
    /// <summary>What the map itself does at rest.</summary>
    public static PromptDynamics Dynamics(TangentPass pass, Trajectory trajectory, DynamicsSettings settings, Shell shell)
    {
        using var progress = new Progress(shell, "eigenvalues and pulls: product with the Jacobian");
        return PromptDynamics.Measure(pass, trajectory, settings, done => progress.Report(done, 0), shell.Stopping);
    }

    /// <summary>How tokens move, tested against noise.</summary>
    public static Motions Motion(Trajectory trajectory, MotionSettings settings, int? threads, Shell shell)
    {
        using var pool = new WorkerPool(threads ?? Math.Min(WorkerPool.ThreadsMax, Environment.ProcessorCount));
        using var progress = new Progress(shell, "motion against noise: token");
        return Motions.Measure(trajectory, settings, pool, progress.Report, shell.Stopping);
    }
}
