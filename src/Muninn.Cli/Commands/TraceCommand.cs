using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using Muninn.Cli.Frame;
using Muninn.Cli.Input;
using Muninn.Cli.Results;
using Muninn.Engine.Checkpoints;

namespace Muninn.Cli.Commands;

/// <summary>Writes the numbers behind the heatmap, and on request states and logits, to a safetensors file.</summary>
sealed class TraceCommand : Verb
{
    readonly InputSettings _input = new();

    readonly RepeatedSetting<OutputFile> _out = new(OutputFile.Read(".safetensors"))
    {
        Name = "--out",
        ShortName = "-o",
        ValueName = "FILE",
        Description = "The file to write, a name that ends in .safetensors.",
        TakesFile = true,
    };

    readonly Setting<int[]?> _states = new(Reads.Indices, null)
    {
        Name = "--states",
        ValueName = "LIST",
        Description = "Also write the raw states s_i (states) and ln_f(s_i) (normalized_states) of these iterations, e.g. 0-4,64.",
    };

    readonly Setting<int[]?> _logits = new(Reads.Indices, null)
    {
        Name = "--logits",
        ValueName = "LIST",
        Description = "Also write the logits after these iterations, e.g. 1,4,8.",
    };

    /// <inheritdoc/>
    public override string Name => "trace";

    /// <inheritdoc/>
    public override string Summary => "Write distances, residuals, states and logits to a safetensors file.";

    /// <inheritdoc/>
    public override string Description =>
        "Tensors: tokens I32 [T], distance F32 [T, iterations + 1], residual F32 [T, iterations], horizon_residual F32 [T]; " +
        "with --states: states and normalized_states F32 [n, T, width]; with --logits: logits F32 [n, T, vocabulary]. " +
        "T is the number of tokens, n the number of iterations listed, in the order listed. The metadata hold the model's fingerprint, " +
        "every option that bears on the numbers, and the version. The same input gives the same bytes on any number of threads. " +
        "Only the states listed are held in memory; where the plotted ones exceed 64 MiB and a sixteenth of the weights, the " +
        "distances take a second run of the first of them, and the bytes are the same.";

    /// <inheritdoc/>
    public override Positional Positional => InputSettings.Text;

    /// <inheritdoc/>
    public override IReadOnlyList<SettingGroup> Groups => [.. _input.Groups, new("Output", [_out, _states, _logits])];

    /// <inheritdoc/>
    public override IReadOnlyList<(string Purpose, string Line)> Examples =>
    [
        ("the numbers behind the picture", "muninn trace \"The raven remembers.\" --out raven.safetensors"),
        ("every state on the way, and three sets of logits",
            "muninn trace \"The raven remembers.\" --states 0-64 --logits 1,4,64 --out raven.safetensors"),
    ];

    /// <inheritdoc/>
    public override int Run(Invocation invocation)
    {
        var files = invocation.Values(_out);
        if (files.Count == 0)
            throw new UsageException("--out is missing: give the name of the file to write, e.g. --out trace.safetensors.");
        OutputFile.Check(files);
        if (files.Count > 1) throw new UsageException($"--out is given {files.Count} times; one trace is one file. Give one name.");
        int[] states = Listed(invocation, _states);
        int[] logits = Listed(invocation, _logits);
        var plan = RunPlan.Of(invocation, _input) with { StatesWanted = [.. states, .. logits], LogitsWanted = logits.Length > 0 };
        using var reading = Reading.Of(plan, invocation.Shell);
        var tensors = TraceTensors.Of(reading, states, logits, invocation.Shell.Stopping);
        files[0].Write(invocation.Shell, target => SafetensorsWriter.Write(target, tensors, TraceTensors.Metadata(reading, states, logits)));

        var output = invocation.Shell.Output;
        foreach (var tensor in tensors.OrderBy(t => t.Name, System.StringComparer.Ordinal))
            output.WriteLine($"{tensor.Name,-18} {tensor.DType,-4} {TensorEntry.Describe(tensor.Shape)}");
        output.WriteLine($"{Amount.Bytes(new FileInfo(files[0].Path).Length)} in {files[0].Name}");
        foreach (var note in reading.Notes) invocation.Shell.Error.WriteLine("note: " + note);
        return ExitCode.Success;
    }

    static int[] Listed(Invocation invocation, Setting<int[]?> setting)
    {
        var (list, source) = invocation.Resolve(setting);
        int above = (list ?? []).FirstOrDefault(i => i > InputSettings.MostIterations);
        if (above == 0) return list ?? [];
        throw new UsageException(
            $"{source}: iteration {above.ToString(CultureInfo.InvariantCulture)} is above the largest allowed, {InputSettings.MostIterations}.");
    }
}
