using System;
using System.Collections.Generic;
using System.IO;
using Muninn.Cli.Frame;
using Muninn.Cli.Input;
using Muninn.Cli.Reports;
using Muninn.Cli.Results;
using Muninn.Microscope.Measures.Geometry;
using Muninn.Microscope.Measures.Motion;

namespace Muninn.Cli.Commands;

/// <summary>Measures a text with every instrument and writes down what they say, with all pictures.</summary>
sealed class ReportCommand : Verb
{
    static readonly int _standardSeeds = new PathSettings().RunsMin;

    readonly InputSettings _input = new();

    readonly Setting<int> _seeds = new(Reads.Number(0, InputSettings.MostIterations), _standardSeeds)
    {
        Name = "--seeds",
        ValueName = "N",
        Description = "Run the text from N random starts, to see whether its end depends on the start; 0: not at all.",
        FallbackText = FormattableString.Invariant($"{_standardSeeds}, the fewest for the equivalence test"),
    };

    readonly Setting<int> _surrogates = new(Reads.Number(99, 25_600), new MotionSettings().Surrogates)
    {
        Name = "--surrogates",
        ValueName = "N",
        Description = "Surrogates of each kind that the class of a motion is tested against.",
        FallbackText = FormattableString.Invariant($"{new MotionSettings().Surrogates}"),
    };

    readonly Setting<string?> _out = new(Reads.Path, null)
    {
        Name = "--out",
        ShortName = "-o",
        ValueName = "DIR",
        Description =
            "Write a new folder: report.html (one file with all pictures), report.md, figures as .svg and .png, page.html to explore, " +
            "recording.muninn with all numbers, report.json.",
        TakesFile = true,
    };

    readonly Flag _json = new() { Name = "--json", Description = "Print every claim with its kind, tokens, figures and test as JSON, and nothing else." };

    /// <inheritdoc/>
    public override string Name => "report";

    /// <inheritdoc/>
    public override string Summary => "Measure a text with every instrument and write down what they say.";

    /// <inheritdoc/>
    public override string Description =>
        "Reads a text and measures all that the microscope can: convergence with measured rounding floors, the Jacobian at rest, motion tested " +
        "against noise, other starts, what would be said at every iteration, attention, exits and solvers. The report answers what a reader of " +
        "the pictures asks, gives every claim its figure and its test, and says what cannot be told from this data.";

    /// <inheritdoc/>
    public override Positional Positional => InputSettings.Text;

    /// <inheritdoc/>
    public override IReadOnlyList<SettingGroup> Groups =>
        [.. _input.Groups, new("Tests", [_seeds, _surrogates]), new("Output", [_out, _json])];

    /// <inheritdoc/>
    public override IReadOnlyList<(string Purpose, string Line)> Examples =>
    [
        ("in words", "muninn report \"The raven remembers.\""),
        ("with every picture, as a folder", "muninn report \"The raven remembers.\" --out raven"),
        ("one of the prompts of the gallery", "muninn report --file docs/gallery/prompts/faust.txt --chat --out faust"),
    ];

    /// <inheritdoc/>
    public override int Run(Invocation invocation)
    {
        var shell = invocation.Shell;
        var target = invocation.Value(_out) is { } name ? OutputFolder.Target(Folder(name)) : null;
        var plan = Plan(invocation);
        new ReportMaker(plan, shell).Make((report, recording) =>
        {
            if (invocation.IsSet(_json)) JsonOutput.Print(shell, json => ReportJson.Write(json, report));
            else ReportText.Write(report, shell.WindowSize().Columns, shell.Output);
            if (target is null) return;
            OutputFolder.Write(target, shell, () => target.Write(folder => ReportFolder.Write(folder, report, recording, shell)));
            if (!invocation.IsSet(_json)) shell.Output.WriteLine($"{target.Name}: {string.Join(", ", ReportFolder.FilesOf(report))}");
        });
        return ExitCode.Success;
    }

    static string Folder(string name) => Path.GetExtension(name).ToLowerInvariant() is ".html" or ".md" or ".json" or ".svg" or ".png" or ".muninn"
        ? throw new UsageException($"--out {name}: a report is a folder of several files. Give the name of a new folder, e.g. {Path.GetFileNameWithoutExtension(name)}.")
        : name;

    ReportPlan Plan(Invocation invocation)
    {
        var run = RunPlan.Of(invocation, _input);
        var (seeds, source) = invocation.Resolve(_seeds);
        if (seeds == 1)
            throw new UsageException($"{source} is 1, but whether the end depends on the start takes several runs. Give 0, or {_standardSeeds} for the equivalence test.");
        if (seeds > 0 && source is not null && run.Start != StartChoice.Random)
            throw new UsageException($"{source} starts at random, and --initial-state is {run.Start.Name}. Leave one of them out.");
        if (run.Measure.Horizon > Motions.IterationsMax)
            throw new UsageException(
                $"the horizon is {run.Measure.Horizon}, but motion is read from at most {Motions.IterationsMax} iterations. Give a smaller --horizon.");
        var (iterations, iterationsSource) = invocation.Resolve(_input.Iterations);
        DynamicsPlan.RequireSteps(iterations, iterationsSource ?? _input.Iterations.Name);
        return new ReportPlan
        {
            Run = run,
            // Other starts are random ones: a given start has no others.
            Seeds = run.Start == StartChoice.Random ? seeds : 0,
            Surrogates = invocation.Value(_surrogates),
        };
    }
}
