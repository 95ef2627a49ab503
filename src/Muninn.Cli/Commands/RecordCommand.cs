using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Muninn.Cli.Frame;
using Muninn.Cli.Input;
using Muninn.Cli.Results;
using Muninn.Engine.Checkpoints;
using Muninn.Microscope.Measures.Lenses;
using Muninn.Microscope.Measures.Motion;
using Muninn.Microscope.Recordings;

namespace Muninn.Cli.Commands;

/// <summary>Reads a text and keeps what was measured, and the states themselves, in a file that opens without the model.</summary>
sealed class RecordCommand : Verb
{
    /// <summary>How a recording's name ends.</summary>
    public const string FileType = ".muninn";

    readonly InputSettings _input = new();

    readonly RepeatedSetting<OutputFile> _out = new(OutputFile.Read(FileType))
    {
        Name = "--out",
        ShortName = "-o",
        ValueName = "FILE",
        Description = "The file to write, a name that ends in .muninn.",
        TakesFile = true,
    };

    readonly Setting<int[]?> _states = new(ReadStates, null)
    {
        Name = "--states",
        ValueName = "LIST",
        Description = "Keep the raw states of these iterations, e.g. 0-4,64; all: those measured; none: only s*.",
        FallbackText = "all",
    };

    readonly Setting<int[]?> _positions = new(Reads.Indices, null)
    {
        Name = "--positions",
        ValueName = "LIST",
        Description = "Keep the states of these tokens only, e.g. 0-9,15. All tokens are measured.",
        FallbackText = "all",
    };

    readonly Setting<DType> _statesAs = new(Reads.Word(("f32", DType.F32), ("f16", DType.F16), ("bf16", DType.BF16)), DType.F32)
    {
        Name = "--states-as",
        ValueName = "TYPE",
        Description = "Store states in half the space; the file says what that moves. s* is always f32.",
        Choices = ["f32", "f16", "bf16"],
        FallbackText = "f32",
    };

    readonly Setting<int[]?> _lens = new(Reads.Indices, null)
    {
        Name = "--lens",
        ValueName = "LIST",
        Description = "Also record what the coda reads after these iterations, e.g. 1,2,4,64: likeliest tokens, entropy, divergence from the last.",
    };

    readonly Setting<int> _top = new(Reads.Number(1, RecordedLens.TopMax), 5)
    {
        Name = "--top",
        ValueName = "K",
        Description = "How many of the likeliest tokens --lens lists at a place.",
        FallbackText = "5",
    };

    readonly Flag _dynamics = new()
    {
        Name = "--dynamics",
        Description = "Also record each token's rate, eigenvalues and Lyapunov exponent, as 'muninn dynamics' measures them.",
    };

    readonly Flag _stretch = new() { Name = "--stretch", Description = "With --dynamics: the largest singular values, too." };

    readonly Flag _classes = new()
    {
        Name = "--classes",
        Description = "Also record each token's class of motion and its tests, as 'muninn trajectories' finds them.",
    };

    readonly Flag _exits = new()
    {
        Name = "--exits",
        Description = "Also record what every exit rule would have done, as 'muninn exits' replays them.",
    };

    readonly Setting<int[]?> _attention = new(Reads.Indices, null)
    {
        Name = "--attention",
        ValueName = "LIST",
        Description = "Also record where tokens look in the core's last block in these iterations, e.g. 1,2,4,64: the mean over heads.",
    };

    readonly Flag _all = new()
    {
        Name = "--all",
        Description = "Record all of it: the lens at every iteration shown, and attention at 1, 2, 4, 8, … and the last.",
    };

    readonly Flag _json = new() { Name = "--json", Description = "Print all numbers and findings as JSON." };

    /// <inheritdoc/>
    public override string Name => "record";

    /// <inheritdoc/>
    public override string Summary => "Keep a text's states and measures in a file that opens without the model.";

    /// <inheritdoc/>
    public override string Description =>
        "Reads a text as 'heatmap' does and writes a recording: tokens, distances, residuals, contraction ratios and bounds on what s* still " +
        "lacks, the rounding floor of every token as measured by restarts beside s* (for which the run takes up to twice as long), " +
        "s* itself, and the states. 'muninn show' opens it; docs/recordings.md describes the file, which is a safetensors file.";

    /// <inheritdoc/>
    public override Positional Positional => InputSettings.Text;

    /// <inheritdoc/>
    public override IReadOnlyList<SettingGroup> Groups =>
    [
        .. _input.Groups, new("Output", [_out, _states, _positions, _statesAs, _lens, _top, _json]),
        new("Measures", [_dynamics, _stretch, _classes, _exits, _attention, _all]),
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<(string Purpose, string Line)> Examples =>
    [
        ("every state on the way", "muninn record \"The raven remembers.\" --out raven.muninn"),
        ("few states, half the space, and what the model would say",
            "muninn record \"The raven remembers.\" --states 0-8,16,32,64 --states-as f16 --lens 1,4,16,64 --out raven.muninn"),
        ("all that can be measured, for its page", "muninn record \"The raven remembers.\" --all --out raven.muninn"),
        ("measures alone", "muninn record --file question.txt --states none --out question.muninn"),
    ];

    /// <inheritdoc/>
    public override int Run(Invocation invocation)
    {
        var shell = invocation.Shell;
        var files = invocation.Values(_out);
        if (files.Count == 0)
            throw new UsageException("--out is missing: give the name of the file to write, e.g. --out raven.muninn.");
        OutputFile.Check(files);
        if (files.Count > 1) throw new UsageException($"--out is given {files.Count} times; one recording is one file. Give one name.");
        var plan = PlanOf(invocation, out var lens);
        var sections = new SectionRecorder(SectionsOf(invocation, plan, lens));
        using var reading = Reading.Of(sections.Needs(plan, shell.Stopping), shell);
        var recording = sections.Complete(reading.Recording, reading, shell);
        if (recording.States is { } states)
            recording = recording with { States = Stored(states, invocation.Value(_statesAs), recording.Header) };
        bool isReplaced = File.Exists(files[0].Path);
        files[0].Write(shell, target => RecordingWriter.Write(target, recording));
        if (invocation.IsSet(_json))
        {
            JsonOutput.Print(shell, json =>
            {
                ReadingJson.Write(json, recording, [.. Enumerable.Range(0, recording.Tokens.Ids.Length)]);
                RecordingFacts.Write(json, recording);
                SectionJson.Write(json, recording);
            });
            return ExitCode.Success;
        }

        int columns = shell.WindowSize().Columns;
        RecordingFacts.Write(recording, columns, shell.Output);
        shell.Output.WriteLine($"{Amount.Bytes(new FileInfo(files[0].Path).Length)} in {files[0].Name}{(isReplaced ? ", in place of an earlier file" : "")}");
        foreach (var note in recording.Header.Notes) shell.Error.WriteLine("note: " + note);
        return ExitCode.Success;
    }

    RunPlan PlanOf(Invocation invocation, out LensSettings? lens)
    {
        var plan = RunPlan.Of(invocation, _input);
        int top = invocation.Value(_top);
        int[] read = [.. (Listed(invocation, _lens) ?? []).Order()];
        lens = read.Length > 0 ? new LensSettings { Iterations = read, Horizon = read[^1], TopCount = top }
            : Listed(invocation, _lens) is null && invocation.IsSet(_all) ? SectionPlan.AllLens(plan.Measure.Iterations, top) : null;
        int[] states = Listed(invocation, _states) ?? [.. Enumerable.Range(0, plan.Measure.Iterations + 1)];
        var (positions, source) = invocation.Resolve(_positions);
        if (positions is not null && states.Length == 0)
            throw new UsageException($"{source} chooses the tokens whose states are kept, and --states none keeps none. Leave one out.");
        return plan with
        {
            KeptStates = states,
            KeptPositions = positions,
            KeptPositionsSource = source,
            LimitLeast = lens?.Horizon ?? 0,
            RestWanted = true,
            FloorMeasured = true,
        };
    }

    SectionPlan SectionsOf(Invocation invocation, RunPlan plan, LensSettings? lens)
    {
        bool isAll = invocation.IsSet(_all);
        bool hasDynamics = isAll || invocation.IsSet(_dynamics);
        if (invocation.IsTyped(_stretch) && !hasDynamics)
            throw new UsageException("--stretch measures the largest singular values along with --dynamics: give --dynamics too, or leave it out.");
        var (iterations, source) = invocation.Resolve(_input.Iterations);
        if (hasDynamics) DynamicsPlan.RequireSteps(iterations, source ?? _input.Iterations.Name);
        int[]? attention = Listed(invocation, _attention);
        return new SectionPlan
        {
            Lens = lens,
            Dynamics = hasDynamics ? DynamicsPlan.Of(plan, hasStretch: isAll || invocation.IsSet(_stretch)) : null,
            Classes = isAll || invocation.IsSet(_classes) ? new MotionSettings { Seed = plan.Seed } : null,
            Exits = isAll || invocation.IsSet(_exits) ? SectionPlan.AllExits(iterations) : [],
            Attention = [.. (attention ?? (isAll ? SectionPlan.Doubling(iterations) : [])).Order()],
        }.Checked(plan, _attention.Name);
    }

    static RecordedStates Stored(RecordedStates states, DType type, RecordingHeader header)
    {
        try
        {
            return states.As(type, header.FinalNorm());
        }
        catch (OverflowException e)
        {
            throw new UsageException($"--states-as f16: {e.Message}");
        }
    }

    static int[]? ReadStates(string text) => text switch
    {
        "all" => null,
        "none" => [],
        _ => Reads.Indices(text),
    };

    static int[]? Listed(Invocation invocation, Setting<int[]?> setting)
    {
        var (list, source) = invocation.Resolve(setting);
        int above = (list ?? []).FirstOrDefault(static i => i > InputSettings.MostIterations);
        return above == 0
            ? list
            : throw new UsageException(FormattableString.Invariant(
                $"{source}: iteration {above} is above the largest allowed, {InputSettings.MostIterations}."));
    }
}
