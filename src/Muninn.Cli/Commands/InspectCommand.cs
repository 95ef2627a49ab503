using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Muninn.Cli.Frame;
using Muninn.Cli.Input;
using Muninn.Cli.Results;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Recurrence;
using Muninn.Microscope.Addresses;
using Muninn.Microscope.Interventions;

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

    readonly RepeatedSetting<OutputFile> _out = new(OutputFile.Read(CaptureReport.Types))
    {
        Name = "--out",
        ShortName = "-o",
        ValueName = "FILE",
        Description =
            $"Write the values to FILE, whose ending says how: {string.Join(", ", CaptureReport.Types)}. May be given several times.",
        TakesFile = true,
    };

    readonly Flag _json = new() { Name = "--json", Description = "Print the numbers of every row as JSON." };

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
    public override IReadOnlyList<SettingGroup> Groups => [.. _input.GroupsWithoutHorizon, new("Output", [_at, _out, _json])];

    /// <inheritdoc/>
    public override IReadOnlyList<(string Purpose, string Line)> Examples =>
    [
        ("the size of every branch in one block, iteration by iteration",
            "muninn inspect \"The raven.\" --at 'core[*].block[1].attention' --at 'core[*].block[1].mlp'"),
        ("where the last token looks, as an array for NumPy",
            "muninn inspect \"The raven.\" --at 'core[1,64].block[*].pattern@last' --out patterns.npz"),
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
        var files = invocation.Values(_out);
        OutputFile.Check(files);
        using var prompt = OpenPrompt.Of(RunPlan.Of(invocation, _input));
        var capture = CaptureOf(prompt, addresses);
        Go(prompt, capture, addresses, shell);

        var report = new CaptureReport(prompt, capture.Values);
        if (invocation.IsSet(_json)) JsonOutput.Print(shell, json => report.Write(json, withValues: false));
        else report.Print(shell.Output);
        foreach (var file in files)
        {
            shell.Stopping.ThrowIfCancellationRequested();
            report.Write(file, shell);
            if (!invocation.IsSet(_json)) shell.Output.WriteLine($"{file.Name}: {Amount.Bytes(new FileInfo(file.Path).Length)}");
        }

        foreach (var note in prompt.Notes) shell.Error.WriteLine("note: " + note);
        return ExitCode.Success;
    }

    static Capture CaptureOf(OpenPrompt prompt, IReadOnlyList<Address> addresses)
    {
        try
        {
            double values = addresses.Sum(address => (double)address.In(prompt.Shape).Count);
            prompt.RequireMemory(sizeof(float) * (values + LogitsOf(prompt, addresses)), "the values asked for", prompt.Shape.Positions);
            return new Capture(prompt.Shape, addresses);
        }
        catch (AddressException e)
        {
            throw new UsageException($"--at: {e.Message}");
        }
    }

    // The coda is run where something in it is asked for, and nowhere else.
    static long LogitsOf(OpenPrompt prompt, IReadOnlyList<Address> addresses) =>
        addresses.Any(static address => address is BlockAddress { Part: ModelPart.Coda })
            ? (long)prompt.Shape.Positions * prompt.Config.Vocabulary
            : 0;

    static void Go(OpenPrompt prompt, Capture capture, IReadOnlyList<Address> addresses, Shell shell)
    {
        using var progress = new Progress(shell, "iteration", prompt.Limit);
        float[] logits = new float[checked((int)LogitsOf(prompt, addresses))];
        AddressedRun.Run(
            prompt.RunOf(prompt.Tokens), prompt.SettingsFor(prompt.Shape.Positions), logits, null, capture,
            (in IterationView iteration) => progress.Report(iteration.Iteration), shell.Stopping);
    }
}
