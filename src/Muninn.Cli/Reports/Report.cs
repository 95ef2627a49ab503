using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Cli.Input;
using Muninn.Microscope.Measures;
using Muninn.Microscope.Measures.Joint;
using Muninn.Microscope.Pictures;
using Muninn.Microscope.Recordings;

namespace Muninn.Cli.Reports;

/// <summary>A picture of a report.</summary>
/// <param name="Name">Its file, without the ending.</param>
/// <param name="Title">What it is called.</param>
/// <param name="Description">What it shows, for a reader who cannot see it.</param>
/// <param name="Picture">The drawing.</param>
sealed record ReportFigure(string Name, string Title, string Description, Picture Picture)
{
    /// <summary>How it was computed and what it does not prove, where the drawing itself does not say so.</summary>
    public string Caption { get; init; } = "";
}

/// <summary>One question of a report: its pictures, and what the numbers say.</summary>
/// <param name="Question">The heading.</param>
/// <param name="Command">The command that measures this alone.</param>
/// <param name="Figures">Its pictures.</param>
/// <param name="Findings">What the numbers say.</param>
sealed record ReportSection(string Question, string Command, IReadOnlyList<ReportFigure> Figures, IReadOnlyList<Finding> Findings);

/// <summary>A claim of a report.</summary>
/// <param name="Number">Of its section, and in it: <c>8.2</c>.</param>
/// <param name="Finding">What it says.</param>
/// <param name="Command">The command that measures it alone.</param>
/// <param name="Figures">The pictures that show it.</param>
sealed record ReportClaim(string Number, Finding Finding, string Command, IReadOnlyList<ReportFigure> Figures);

/// <summary>All that the microscope can say of one text, in words and pictures.</summary>
sealed record Report
{
    /// <summary>What was read, by which model, and how.</summary>
    public required RecordingHeader Header { get; init; }

    /// <summary>The tokens.</summary>
    public required PromptTokens Tokens { get; init; }

    /// <summary>Iterations plotted, and the horizon.</summary>
    public required ConvergenceSettings Measure { get; init; }

    /// <summary>The answers to what a reader asks first.</summary>
    public required IReadOnlyList<Answer> Answers { get; init; }

    /// <summary>The questions, in order.</summary>
    public required IReadOnlyList<ReportSection> Sections { get; init; }

    /// <summary>What cannot be told.</summary>
    public required IReadOnlyList<Finding> Open { get; init; }

    /// <summary>Facts of how it was made, beside those of the header.</summary>
    public required IReadOnlyList<(string Name, string Value)> Facts { get; init; }

    /// <summary>What a person should know of the model besides.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>All pictures.</summary>
    public IEnumerable<ReportFigure> Figures => Sections.SelectMany(static section => section.Figures);

    /// <summary>The heading: model and number of tokens.</summary>
    public string Title => FormattableString.Invariant($"{Header.Model} on {Tokens.Labels.Count} token{(Tokens.Labels.Count == 1 ? "" : "s")}");
}
