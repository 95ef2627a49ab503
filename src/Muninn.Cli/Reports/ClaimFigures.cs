using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Microscope.Measures;
using Muninn.Microscope.Measures.Joint;

namespace Muninn.Cli.Reports;

/// <summary>The figures of a report that show what a claim or an answer says, as far as they could be drawn.</summary>
static class ClaimFigures
{
    /// <summary>The figures of an answer: those of the measures that it was read from.</summary>
    public static IReadOnlyList<ReportFigure> Of(Report report, Answer answer) => Drawn(report, answer.From.SelectMany(NamesOf)) is [_, ..] figures
        ? figures : Drawn(report, NamesOf(Instrument.Distances));

    /// <summary>The figures of a claim: of the measures that it joins, or of what it is about; where none is of that alone, all of its section.</summary>
    public static IReadOnlyList<ReportFigure> Of(Report report, ReportSection section, Finding finding)
    {
        var figures = Drawn(report, finding.Joins.Count > 0 ? finding.Joins.SelectMany(NamesOf) : NamesOf(finding.Kind));
        return figures.Count > 0 ? figures : section.Figures.Count > 0 ? section.Figures : Drawn(report, NamesOf(Instrument.Distances));
    }

    static IReadOnlyList<ReportFigure> Drawn(Report report, IEnumerable<string> names) =>
        [.. names.Distinct().SelectMany(name => report.Figures.Where(figure => figure.Name == name))];

    static string[] NamesOf(Instrument instrument) => instrument switch
    {
        Instrument.Distances => ["heatmap", "waterfall"],
        Instrument.Spectrum => ["spectrum"],
        Instrument.Motion => ["panels"],
        Instrument.Starts => ["starts"],
        Instrument.Answers => ["entropy", "divergence"],
        _ => throw new ArgumentOutOfRangeException(nameof(instrument), instrument, "There is no such instrument."),
    };

    static string[] NamesOf(FindingKind kind) => kind switch
    {
        FindingKind.Speed or FindingKind.Rise => ["heatmap", "waterfall"],
        FindingKind.Contraction => ["waterfall", "spectrum"],
        FindingKind.Eigenvalue or FindingKind.Turn or FindingKind.Lyapunov => ["spectrum"],
        FindingKind.Pull => ["pulls"],
        FindingKind.Motion => ["panels", "waterfall"],
        FindingKind.Basis => ["panels"],
        FindingKind.PathIndependence => ["starts"],
        FindingKind.Commitment or FindingKind.LateAnswer or FindingKind.Margin => ["entropy"],
        FindingKind.Settling => ["divergence"],
        _ => [],
    };
}
