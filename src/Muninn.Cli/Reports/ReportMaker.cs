using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Muninn.Cli.Figures;
using Muninn.Cli.Frame;
using Muninn.Cli.Input;
using Muninn.Cli.Results;
using Muninn.Microscope.Figures;
using Muninn.Microscope.Measures;
using Muninn.Microscope.Measures.Dynamics;
using Muninn.Microscope.Measures.Geometry;
using Muninn.Microscope.Measures.Joint;
using Muninn.Microscope.Measures.Lenses;
using Muninn.Microscope.Measures.Solvers;
using Muninn.Microscope.Recordings;

namespace Muninn.Cli.Reports;

/// <summary>Measures a text with every instrument in turn and gathers what they say.</summary>
sealed class ReportMaker(ReportPlan plan, Shell shell)
{
    readonly List<ReportSection> _sections = [];

    /// <summary>Measures all.</summary>
    /// <param name="finish">Called with the words and pictures, and the numbers behind them.</param>
    /// <exception cref="UsageException">Options that do not fit the text or the model.</exception>
    /// <exception cref="System.IO.IOException">The memory of the machine does not suffice; the message has the figures.</exception>
    /// <exception cref="OperationCanceledException">The process shall end.</exception>
    public void Make(Action<Report, Recording> finish)
    {
        var sections = new SectionRecorder(new SectionPlan { Attention = plan.Doubling, Lens = SectionPlan.AllLens(plan.Run.Measure.Iterations, ReportPlan.LensTop) });
        using var reading = Reading.Of(sections.Needs(plan.Whole, shell.Stopping), shell);
        var labels = reading.Tokens.Labels;
        var dynamics = MeasureDynamics(reading);
        var trajectories = TrajectoriesReport.Of(reading, plan.Motion, new PathSettings(), new BasisSettings(), shell);
        var recording = sections.Complete(reading.Recording, reading, shell) with
        {
            Dynamics = RecordedDynamics.Of(dynamics, plan.Dynamics, labels),
            Classes = RecordedClasses.Of(trajectories.Motions, labels),
        };
        AddConvergence(recording);
        Add("What does the map itself do at rest?", "dynamics --pulls",
            Drawn(DynamicsFigures.Names, new DynamicsOutput(reading, dynamics, plan.Dynamics), DynamicsFigures.Of),
            DynamicsFindings.Describe(dynamics, labels));
        Add("How do states move, and does the end depend on the start?", "trajectories --seeds " + plan.Seeds.ToString(CultureInfo.InvariantCulture),
            Drawn(TrajectoryFigures.Names, trajectories, TrajectoryFigures.Of), trajectories.Findings);
        var lens = AddLens(Math.Min(ReportPlan.LensTop, reading.Config.Vocabulary));
        AddAttention();
        recording = recording with { Exits = AddExits() };
        AddSolvers();
        var measures = new JointMeasures
        {
            Labels = labels,
            Convergence = reading.Convergence,
            Dynamics = dynamics,
            Motions = trajectories.Motions,
            Paths = trajectories.Paths,
            Lens = lens,
            IntegerWeights = reading.IntegerWeights,
        };
        Add("Do the measures agree?", "report", [], JointFindings.Describe(measures));
        finish(
            new Report
            {
                Header = recording.Header,
                Tokens = reading.Tokens,
                Measure = plan.Run.Measure,
                Answers = JointSummary.Of(measures),
                Sections = _sections,
                Open = OpenQuestions.Of(measures),
                Facts = [.. Facts(trajectories)],
                Notes = reading.Notes,
            },
            recording);
    }

    PromptDynamics MeasureDynamics(Reading reading)
    {
        using var pass = reading.Tangents();
        var measure = plan.Run.Measure;
        var trajectory = reading.Trajectory.Only(Enumerable.Range(0, measure.Iterations + 1).Append(measure.Horizon));
        return LongMeasures.Dynamics(pass, trajectory, plan.Dynamics, shell);
    }

    void AddConvergence(Recording recording)
    {
        var heatmap = HeatmapOutput.HeatmapOf(recording, [.. Enumerable.Range(0, recording.Tokens.Ids.Length)]);
        Add("Does every token come to rest, and how fast?", "heatmap --measure-floor",
            [
                new ReportFigure("heatmap", heatmap.Title, heatmap.Describe(), heatmap.ToPicture(new PictureSize()))
                {
                    Caption = "‖ln_f(s_i) − ln_f(s*)‖₂ of every token at every iteration, s* the state at the horizon. Below the floor a distance is rounding. "
                        + "It does not prove that s* is at rest, nor the only rest: the certificates and the other starts below speak of that.",
                },
            ], recording.Findings);
    }

    LensTable AddLens(int top)
    {
        var settings = new LensSettings { Horizon = plan.Run.Measure.Horizon, TopCount = top };
        using var lens = LensReading.Of(plan.Run, LensKind.Coda, blocks: false, LensAlignment.Token, settings, shell);
        Add("What would the model say on the way?", "lens",
            Drawn(LensFigures.Names, lens, (name, reading) => LensFigures.Of(name, reading, plan.Run.Measure.Iterations)), lens.Findings);
        return lens.Table;
    }

    void AddAttention()
    {
        using var prompt = OpenPrompt.Of(plan.Run);
        string iterations = string.Join(',', plan.Doubling);
        string address = string.Create(CultureInfo.InvariantCulture, $"core[{iterations}].block[{prompt.Config.CoreBlocks - 1}].pattern");
        var report = CaptureReport.Of(prompt, [AddressReader.Read(address)], shell);
        Add("Where does each token look?", $"inspect --figure means --at '{address}'", Drawn([CaptureFigures.Means], report, CaptureFigures.Of), []);
    }

    RecordedExits AddExits()
    {
        using var exits = ExitReading.Of(
            plan.Run, [plan.Run.Prompt], SectionPlan.AllExits(plan.Run.Measure.Iterations), static _ => false, shell);
        Add("What would an early exit save?", "exits", Drawn(ExitFigures.Names, exits, ExitFigures.Of), exits.Findings);
        return RecordedExits.Of(exits.Table, ExitReading.NameOf);
    }

    void AddSolvers()
    {
        var solve = SolveReading.Of(
            new SolvePlan { Run = plan.Run, Solvers = Solvers.Parse(Solvers.Standard), Tolerance = SolvePlan.StandardTolerance, Questions = null }, shell);
        Add("Do solvers get there sooner?", "solve", Drawn(SolveFigures.Names, solve, SolveFigures.Of), SolverFindings.Describe(solve.Report));
    }

    void Add(string question, string command, IReadOnlyList<ReportFigure> figures, IReadOnlyList<Finding> findings) =>
        _sections.Add(new ReportSection(question, command, figures, findings));

    /// <summary>The figures that what was measured has; the others are left out.</summary>
    static List<ReportFigure> Drawn<T>(IReadOnlyList<string> names, T measured, Func<string, T, Figure> make)
    {
        var figures = new List<ReportFigure>();
        foreach (string name in names)
        {
            try
            {
                var figure = make(name, measured);
                figures.Add(new ReportFigure(name, figure.Title, figure.Describe(), figure.ToPicture(new FigureSize())));
            }
            catch (UsageException)
            {
                // Nothing to draw of states that are not finite, or of one token: the section stands without it.
            }
        }

        return figures;
    }

    IEnumerable<(string Name, string Value)> Facts(TrajectoriesReport trajectories)
    {
        yield return ("surrogates", string.Create(CultureInfo.InvariantCulture, $"{plan.Surrogates} of each of four kinds and test; more, at most {trajectories.Motions.SurrogatesMost}, where none of them came up to what was observed"));
        yield return ("starts", plan.Seeds > 0
            ? string.Create(CultureInfo.InvariantCulture, $"{plan.Seeds} random ones, seeds {plan.Run.Seed} to {unchecked(plan.Run.Seed + (ulong)plan.Seeds - 1)}") : "one");
    }
}
