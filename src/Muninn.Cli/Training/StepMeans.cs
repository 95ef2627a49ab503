using System.Collections.Generic;
using System.Linq;
using Muninn.Engine.Training.Runs;

namespace Muninn.Cli.Training;

/// <summary>Some updates in one line: means over them.</summary>
/// <param name="Loss">In nats.</param>
/// <param name="Rate">η.</param>
/// <param name="Iterations">n + k.</param>
/// <param name="GradientNorm">Before clipping.</param>
readonly record struct StepMeans(double Loss, double Rate, double Iterations, double GradientNorm)
{
    /// <summary>The means of at least one update.</summary>
    public static StepMeans Of(IReadOnlyList<TrainingStep> steps) => new(
        steps.Average(static step => step.Loss),
        steps.Average(static step => step.Rate),
        steps.Average(static step => step.Depths.Average(static depth => depth.Total)),
        steps.Average(static step => step.Update.GradientNorm));
}
