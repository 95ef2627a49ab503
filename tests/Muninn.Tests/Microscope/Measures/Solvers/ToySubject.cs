using System.Linq;
using Muninn.Engine.Model;
using Muninn.Engine.Recurrence;
using Muninn.Engine.Recurrence.Solvers;
using Muninn.Microscope.Measures.Solvers;
using Muninn.Tests.Engine.Recurrence;

namespace Muninn.Tests.Microscope.Measures.Solvers;

/// <summary>Toy cores as prompts: what a state predicts is the state.</summary>
static class ToySubject
{
    public static SolverSubject Of(CoreStep core, params float[] injected)
    {
        int positions = injected.Length / ToyCores.Width;
        var run = new SolverRun(core, ToyCores.Width, positions);
        return new SolverSubject
        {
            Positions = positions,
            Vocabulary = ToyCores.Width,
            Norm = new FinalNorm([1, 1], 1e-6f),
            Logits = static (state, logits) => state.CopyTo(logits),
            Run = (settings, observer) =>
            {
                run.Run(RowBatch.ForPrompt(positions), injected, settings, new float[injected.Length], new SolveEnding[positions], observer);
                return run.Tally;
            },
        };
    }

    public static SolverComparison Compare(
        SolverSubject subject, SolverComparisonSettings? settings = null, params (string Name, Solver Solver)[] solvers) =>
        SolverComparison.Of(subject, settings ?? new SolverComparisonSettings(), solvers);

    public static SolveReport Report(params SolverComparison[] prompts) => SolveReport.Of([.. prompts]);

    public static SolverVerdict[] Verdicts(this SolverTrial trial) => [.. trial.Certificate.Verdict.AsEnumerable()];
}
