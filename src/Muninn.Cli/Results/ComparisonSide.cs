using System.Collections.Generic;
using System.Linq;
using Muninn.Cli.Frame;
using Muninn.Cli.Input;
using Muninn.Microscope.Measures;
using Muninn.Microscope.Measures.Comparisons;

namespace Muninn.Cli.Results;

/// <summary>One side of a comparison, when its model is closed again.</summary>
/// <param name="Model">What the model is called.</param>
/// <param name="Fingerprint">Identifies its configuration and weights.</param>
/// <param name="Start">Where the run started, in words.</param>
/// <param name="Labels">What to call each token, <c>[T]</c>.</param>
/// <param name="Run">What was measured.</param>
/// <param name="Notes">What a person should know besides.</param>
sealed record ComparisonSide(
    string Model, string Fingerprint, string Start, IReadOnlyList<string> Labels, ComparedRun Run, IReadOnlyList<string> Notes)
{
    /// <summary>Runs one side. Only one model is in memory at a time.</summary>
    /// <param name="plan">What is read; its states are held, and the logits after the last.</param>
    /// <param name="shell">Where progress is shown, and who may stop it.</param>
    public static ComparisonSide Of(RunPlan plan, Shell shell)
    {
        using var reading = Reading.Of(plan, shell);
        var logits = new float[checked(reading.Tokens.Ids.Length * reading.Config.Vocabulary)];
        reading.Logits(plan.StatesWanted.Max(), logits);
        return new ComparisonSide(
            reading.ModelName, reading.Fingerprint, plan.StartText, reading.Tokens.Labels,
            new ComparedRun(reading.Tokens.Ids, reading.Convergence, new PromptOutcome(reading.Trajectory, logits)), reading.Notes);
    }
}
