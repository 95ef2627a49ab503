using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Cli.Frame;
using Muninn.Cli.Results;
using Muninn.Engine.Model;
using Muninn.Microscope.Addresses;
using Muninn.Microscope.Figures;

namespace Muninn.Cli.Figures;

/// <summary>The figures of <c>inspect</c>.</summary>
static class CaptureFigures
{
    /// <summary>Maps, or lines of them, that one page holds.</summary>
    const int MapsMost = 12;

    /// <summary>Iterations of a pattern that stand side by side.</summary>
    const int IterationsMost = 4;

    /// <summary>With more tokens than these weights spread so thin that only their logarithms are seen.</summary>
    const int RowsLinear = 40;

    /// <summary>Their names.</summary>
    public static IReadOnlyList<string> Names { get; } = [Patterns, Means, Norms];

    /// <summary>Attention weights: of all heads together, and of each.</summary>
    public const string Patterns = "patterns";

    /// <summary>Attention weights of all heads together alone.</summary>
    public const string Means = "means";

    /// <summary>Sizes of states and branches.</summary>
    public const string Norms = "norms";

    /// <summary>The figure that fits what was captured: norms, where anything but attention patterns was.</summary>
    public static string Fitting(CaptureReport report) => report.Captured.All(IsPattern) ? Patterns : Norms;

    /// <summary>The figure of a name.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="report">What was captured.</param>
    /// <exception cref="UsageException">Nothing was captured that it could show.</exception>
    public static Figure Of(string name, CaptureReport report)
    {
        bool isPattern = name != Norms;
        CapturedValues[] captured = [.. report.Captured.Where(values => IsPattern(values) == isPattern)];
        if (captured.Length == 0)
        {
            throw new UsageException(isPattern
                ? $"--figure {name} shows attention weights, and no --at names any. Give one such as --at 'core[1,4,16,last].block[*].pattern', or --figure {Norms}."
                : $"--figure {name} shows the sizes of states and branches, and every --at names attention weights. Choose --figure {Patterns}.");
        }

        var shared = SharedAxes.Of(captured);
        return isPattern ? PatternsOf(report, shared, isMean: name == Means) : NormsOf(report, shared);
    }

    static bool IsPattern(CapturedValues values) => values.Selection.Address is BlockAddress { Site: BlockSite.Pattern };

    static PatternFigure PatternsOf(CaptureReport report, SharedAxes shared, bool isMean)
    {
        int[] iterations = Sampled(shared.Iterations);
        var all = new List<PatternLine>();
        foreach (var values in shared.Captured)
        {
            for (int block = 0; block < values.Selection.Blocks.Length; block++)
            {
                PatternLine[] lines = [.. PatternLine.Of(values, block, iterations, shared.Positions)];
                // One head has no mean beside itself.
                all.AddRange(isMean && lines.Any(static line => line.IsMean) ? lines.Where(static line => line.IsMean) : lines);
            }
        }

        // Means first; then the heads that change most, in the order of the model.
        HashSet<PatternLine> kept = [.. all.OrderByDescending(static line => line.IsMean).ThenByDescending(static line => line.Change).Take(MapsMost)];
        PatternLine[] shown = [.. all.Where(kept.Contains)];
        var labels = report.Prompt.Tokens.Labels;
        var figure = new PatternFigure
        {
            // A lone line has no title of its own over its maps.
            Subtitle = shown.Length == 1 ? $"{shown[0].Name} · {Subtitle(report)}" : Subtitle(report),
            RowLabels = [.. shared.Positions.Select(t => labels[t])],
            ColumnLabels = labels,
            Positions = shared.Positions,
            Heads = [.. shown.Select(static line => line.Name)],
            Iterations = iterations,
            Scale = labels.Count > RowsLinear ? ColorScale.Logarithmic : ColorScale.Linear,
            UnknownText = all.Exists(static line => line.HasNoNumbers) ? "masked, or not a number" : "masked",
            MapTitles = shared.IsIterated ? [] : ["weights"],
            Values = [.. Enumerable.Range(0, iterations.Length).SelectMany(i => shown.SelectMany(line => line.Maps[i]))],
            Difference = iterations.Length > 1 ? (iterations[0], iterations[^1]) : null,
        };
        string left = shown.Length == all.Count ? ""
            : $" Of {all.Count} lines {shown.Length} are shown: means, and the heads that change most from the first to the last iteration.";
        string skipped = iterations.Length == shared.Iterations.Length ? "" : $" {iterations.Length} of {shared.Iterations.Length} iterations are shown.";
        return figure with { Title = shared.IsIterated ? figure.Title : "Attention", Caption = figure.Caption + skipped + left + shared.LeftOut };
    }

    static SiteMaps NormsOf(CaptureReport report, SharedAxes shared)
    {
        var places = new List<(string Name, double[] Values)>();
        foreach (var values in shared.Captured)
        {
            var selection = values.Selection;
            var summary = report.SummaryOf(values);
            for (int line = 0; line < selection.Blocks.Length * selection.Heads.Length; line++)
            {
                var (block, head) = (line / selection.Heads.Length, line % selection.Heads.Length);
                places.Add((PatternLine.NameOf(selection, block, head),
                [
                    .. from t in shared.Positions from i in shared.Iterations
                       select summary.Norm[summary.IndexOf(
                           selection.Iterations.IndexOf(i) * selection.Blocks.Length + block, selection.Positions.IndexOf(t), head)],
                ]));
            }
        }

        var shown = places.Take(MapsMost).ToArray();
        var labels = report.Prompt.Tokens.Labels;
        var figure = new SiteMaps
        {
            Subtitle = Subtitle(report),
            Labels = [.. shared.Positions.Select(t => labels[t])],
            Positions = shared.Positions,
            Iterations = shared.Iterations,
            IsIterated = shared.IsIterated,
            Places = [.. shown.Select(static place => place.Name)],
            Values = [.. shown.SelectMany(static place => place.Values)],
        };
        string left = shown.Length == places.Count ? "" : $" The first {shown.Length} of {places.Count} places are shown.";
        return figure with { Title = shared.IsIterated ? figure.Title : "Norms", Caption = figure.Caption + left + shared.LeftOut };
    }

    /// <summary>The first iteration, the last, and those at equal factors between: early ones change most.</summary>
    static int[] Sampled(int[] iterations)
    {
        if (iterations.Length <= IterationsMost) return iterations;
        var chosen = new SortedSet<int>();
        for (int i = 0; i < IterationsMost; i++)
        {
            double wanted = iterations[0] * Math.Pow((double)iterations[^1] / iterations[0], i / (IterationsMost - 1.0));
            chosen.Add(iterations.MinBy(iteration => Math.Abs(iteration - wanted)));
        }

        return [.. chosen];
    }

    static string Subtitle(CaptureReport report)
    {
        int count = report.Prompt.Tokens.Ids.Length;
        return FormattableString.Invariant($"{report.Prompt.Location.Name} · {count} token{(count == 1 ? "" : "s")} · {report.Prompt.Limit} iterations · start {report.Prompt.Plan.StartText}");
    }
}
