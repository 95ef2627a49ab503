using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using System.Text;
using Muninn.Engine.Files;
using Muninn.Microscope.Figures;
using Muninn.Microscope.Writers;

namespace Muninn.Cli.Training;

/// <summary>The picture of a run, from its log alone: one HTML file that needs nothing else.</summary>
static class TrainingDashboard
{
    const string Style = """
        :root { color-scheme: light dark; }
        body { font: 16px/1.5 system-ui, sans-serif; max-width: 96rem; margin: 1.5rem auto; padding: 0 1rem; }
        main { display: grid; grid-template-columns: repeat(auto-fit, minmax(24rem, 1fr)); gap: 1rem; }
        figure { margin: 0; } figure svg { width: 100%; height: auto; background: #fff; border-radius: 4px; }
        figcaption { font-size: .85em; opacity: .8; }
        """;

    /// <summary>Writes it anew.</summary>
    /// <param name="log">The log of the run.</param>
    /// <param name="path">The HTML file.</param>
    /// <param name="title">What is trained.</param>
    /// <param name="updates">Updates of the whole run.</param>
    public static void Write(string log, string path, string title, long updates)
    {
        var run = LoggedRun.Read(log);
        if (run.IsEmpty) return;
        FileOutput.Write(path, stream =>
        {
            using var output = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\n" };
            output.WriteLine("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">");
            output.WriteLine($"<title>{Text(title)}</title>\n<style>\n{Style}\n</style></head><body>\n<h1>{Text(title)}</h1>");
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"<p>{run.Updates} of {updates} updates, {run.Tokens / 1e6:F2} million tokens, {run.Skipped} updates skipped.</p>"));
            WriteAlarms(run, output);
            output.WriteLine("<main>");
            foreach (var figure in Figures(run))
                output.WriteLine($"<figure>{SvgWriter.Text(figure.ToPicture(figure.PageSize))}<figcaption>{Text(figure.Caption)}</figcaption></figure>");
            output.WriteLine("</main></body></html>");
        });
    }

    /// <summary>The figures of a run that has at least one update.</summary>
    public static IReadOnlyList<LineFigure> Figures(LoggedRun run)
    {
        var figures = new List<LineFigure>
        {
            Steps(run, "Loss", "nats", ColorScale.Logarithmic, "Cross-entropy of training batches before they are learnt; labels count by their weights.", ("loss", "loss")),
        };
        if (run.ProbeUpdates.Length > 0)
        {
            figures.Add(Probes(
                run, "Loss by Iterations", "nats", ColorScale.Logarithmic,
                "The next batch, not yet learnt, after one, the mean and twice the mean of iterations. Curves that are one: the recurrence is ignored.",
                ("one iteration", "loss_at_1"), ("mean", "loss_at_mean"), ("twice the mean", "loss_at_twice")));
        }

        if (run.Tasks.Count > 0)
        {
            figures.Add(Levels(run, "Hardest Questions Asked", "serial steps", "Raised when enough of the hardest are answered.", "steps"));
            figures.Add(Levels(run, "Answered Rightly at the Hardest", "share", "Of the last questions with the most steps, counted anew for every so many.", "right"));
        }

        if (run.ProbeUpdates.Length > 0)
        {
            figures.Add(Probes(
                run, "States", "", ColorScale.Logarithmic,
                "Scale √ mean s²; residual ‖s − s'‖ / ‖s‖ at twice the mean; by what a step shrinks in an iteration (at 1 states do not come to rest).",
                ("scale", "state_scale"), ("residual", "residual"), ("contraction", "contraction")));
            figures.Add(Probes(
                run, "Token Correlation", "cosine", ColorScale.Linear, "Mean cosine between states of two tokens of a document. At 1 they have collapsed.",
                ("correlation", "token_correlation")));
        }

        figures.Add(Steps(run, "Gradient Norm", "", ColorScale.Logarithmic, "Over all weights, before clipping.", ("norm", "gradient_norm")));
        figures.Add(Steps(run, "Learning Rate", "", ColorScale.Linear, "Of the schedule.", ("rate", "rate")));
        figures.Add(Steps(run, "Iterations", "", ColorScale.Linear, "n + k of the batches, as drawn.", ("iterations", "iterations")));
        return figures;
    }

    static LineFigure Steps(LoggedRun run, string title, string unit, ColorScale scale, string caption, params (string Name, string Key)[] curves) =>
        Lines(run.StepUpdates, title, unit, scale, caption, curves.Select(curve => (curve.Name, run.OfSteps(curve.Key))));

    static LineFigure Probes(LoggedRun run, string title, string unit, ColorScale scale, string caption, params (string Name, string Key)[] curves) =>
        Lines(run.ProbeUpdates, title, unit, scale, caption, curves.Select(curve => (curve.Name, run.OfProbes(curve.Key))));

    static LineFigure Levels(LoggedRun run, string title, string unit, string caption, string key) =>
        Lines(run.StepUpdates, title, unit, ColorScale.Linear, caption, run.Tasks.Select(task => (task, run.OfSteps("levels", task, key))));

    static LineFigure Lines(int[] updates, string title, string unit, ColorScale scale, string caption, IEnumerable<(string Name, double[] Values)> curves) => new()
    {
        Title = title,
        Caption = caption,
        ColumnTitle = "Update",
        ValueTitle = unit,
        Scale = scale,
        Iterations = updates,
        Series = [.. curves.Select(static curve => new LineSeries { Name = curve.Name, Values = curve.Values })],
    };

    static void WriteAlarms(LoggedRun run, StreamWriter output)
    {
        var alarms = run.Alarms.ToList();
        if (alarms.Count == 0) return;
        output.WriteLine($"<details><summary>{alarms.Count} alarms, the last at update {alarms[^1].Update}</summary><ul>");
        foreach (var (update, text) in alarms.TakeLast(20))
            output.WriteLine($"<li>update {update}: {Text(text)}</li>");
        output.WriteLine("</ul></details>");
    }

    static string Text(string text) => WebUtility.HtmlEncode(text);
}
