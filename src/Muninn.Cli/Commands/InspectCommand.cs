using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Cli.Figures;
using Muninn.Cli.Frame;
using Muninn.Cli.Input;
using Muninn.Cli.Results;
using Muninn.Microscope.Addresses;

namespace Muninn.Cli.Commands;

/// <summary>Shows what a model computes at chosen places of a run.</summary>
sealed class InspectCommand : Verb
{
    readonly InputSettings _input = new();

    readonly RepeatedSetting<Address> _at = new(AddressReader.Read)
    {
        Name = "--at",
        ValueName = "ADDRESS",
        Description = "Look at ADDRESS, e.g. core[4-8].block[1].mlp@3,5 or state[12]@last. May be given several times.",
    };

    readonly OutputSettings _output = new(CaptureReport.Types, CaptureFigures.Names, "norms; patterns where no --at names anything else");

    /// <inheritdoc/>
    public override string Name => "inspect";

    /// <inheritdoc/>
    public override string Summary => "Show what the model computes at chosen places of a run.";

    /// <inheritdoc/>
    public override string Description =>
        "Reads a text, iterates the core, and keeps the values of the addresses given: state[i], prelude[b].SITE, core[i].block[b].SITE and " +
        "coda[b].SITE, where SITE is input, q, k, v, pattern, attention, afterAttention, mlp or output, q, k, v and pattern with heads in " +
        "brackets, and any of them with positions behind @. Numbers are 3, 0-9,15, last, last-2 or *. States count from 0, iterations of the core " +
        "from 1: core[i] computes state[i]. Prints norms; for a pattern, entropy in nats and the weight on the token itself and on the first.";

    /// <inheritdoc/>
    public override Positional Positional => InputSettings.Text;

    /// <inheritdoc/>
    public override IReadOnlyList<SettingGroup> Groups => [.. _input.GroupsWithoutHorizon, new("Places", [_at]), new("Output", _output.Settings)];

    /// <inheritdoc/>
    public override IReadOnlyList<(string Purpose, string Line)> Examples =>
    [
        ("the size of every branch in one block, iteration by iteration",
            "muninn inspect \"The raven.\" --at 'core[*].block[1].attention' --at 'core[*].block[1].mlp'"),
        ("where the last token looks, as an array for NumPy",
            "muninn inspect \"The raven.\" --at 'core[1,64].block[*].pattern@last' --out patterns.npz"),
        ("attention at several iterations, and what changes",
            "muninn inspect \"The raven remembers.\" --at 'core[1,4,16,64].block[0].pattern' --out attention.svg"),
    ];

    /// <inheritdoc/>
    public override int Run(Invocation invocation)
    {
        var shell = invocation.Shell;
        var addresses = invocation.Values(_at);
        if (addresses.Count == 0)
            throw new UsageException("--at is missing: say what to look at, e.g. --at 'state[*]' or --at 'core[4-8].block[1].mlp@last'.");
        if (addresses.GroupBy(static a => a.ToString(), StringComparer.Ordinal).FirstOrDefault(static g => g.Skip(1).Any()) is { } twice)
            throw new UsageException($"--at {twice.Key} is given twice; give it once.");
        var files = _output.Files(invocation);
        using var prompt = OpenPrompt.Of(RunPlan.Of(invocation, _input));
        var report = CaptureReport.Of(prompt, addresses, shell);
        _output.Deliver(invocation, files, new CommandResult
        {
            Json = json => report.Write(json, withValues: false),
            JsonFile = json => report.Write(json, withValues: true),
            Arrays = report.Arrays,
            Other = (_, target) => report.WriteTensors(target),
            Figure = name => CaptureFigures.Of(name, report),
            FittingFigure = CaptureFigures.Fitting(report),
            Print = _ => report.Print(shell.Output),
        });
        foreach (var note in prompt.Notes) shell.Error.WriteLine("note: " + note);
        return ExitCode.Success;
    }
}
