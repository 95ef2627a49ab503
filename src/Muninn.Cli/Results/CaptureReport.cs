using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text.Json;
using Muninn.Cli.Frame;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Files;
using Muninn.Engine.Recurrence;
using Muninn.Microscope.Addresses;
using Muninn.Microscope.Interventions;
using Muninn.Microscope.Writers;

namespace Muninn.Cli.Results;

/// <summary>Captured values as text, JSON and files.</summary>
/// <param name="prompt">What was run.</param>
/// <param name="captured">What was kept.</param>
sealed class CaptureReport(OpenPrompt prompt, IReadOnlyList<CapturedValues> captured)
{
    readonly CaptureSummary[] _summaries = [.. captured.Select(static values => new CaptureSummary(values))];

    /// <summary>What was run.</summary>
    public OpenPrompt Prompt => prompt;

    /// <summary>What was kept, in the order of the addresses.</summary>
    public IReadOnlyList<CapturedValues> Captured => captured;

    /// <summary>The numbers of every row of one of <see cref="Captured"/>.</summary>
    public CaptureSummary SummaryOf(CapturedValues values) => _summaries[Enumerable.Range(0, captured.Count).First(number => ReferenceEquals(captured[number], values))];

    /// <summary>The endings of files that values are written to, pictures not counted.</summary>
    public static IReadOnlyList<string> Types { get; } = [".npz", ".safetensors", ".json"];

    /// <summary>Runs the prompt and keeps what addresses name.</summary>
    /// <param name="prompt">The prompt.</param>
    /// <param name="addresses">What is kept.</param>
    /// <param name="shell">Where progress is shown, and who may stop it.</param>
    /// <exception cref="UsageException">An address names nothing in the run.</exception>
    /// <exception cref="IOException">The memory of the machine does not suffice; the message has the figures.</exception>
    public static CaptureReport Of(OpenPrompt prompt, IReadOnlyList<Address> addresses, Shell shell)
    {
        var capture = CaptureOf(prompt, addresses);
        using var progress = new Progress(shell, "iteration", prompt.Limit);
        float[] logits = new float[checked((int)LogitsOf(prompt, addresses))];
        AddressedRun.Run(
            prompt.RunOf(prompt.Tokens), prompt.SettingsFor(prompt.Shape.Positions), logits, null, capture,
            (in IterationView iteration) => progress.Report(iteration.Iteration), shell.Stopping);
        return new CaptureReport(prompt, capture.Values);
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

    /// <summary>Writes a table for each address.</summary>
    public void Print(TextWriter output)
    {
        for (int number = 0; number < captured.Count; number++)
        {
            var selection = captured[number].Selection;
            if (number > 0) output.WriteLine();
            output.WriteLine($"{selection.Address}  [{string.Join(", ", selection.Sizes)}]");
            if (_summaries[number].Entropy.Length > 0) PrintPattern(selection, _summaries[number], output);
            else PrintNorms(selection, _summaries[number], output);
        }
    }

    /// <summary>Writes what was asked and the numbers of every row.</summary>
    /// <param name="json">Stands inside the object.</param>
    /// <param name="withValues">Whether the values themselves are written, too.</param>
    public void Write(Utf8JsonWriter json, bool withValues)
    {
        PromptJson.Write(json, prompt);
        json.WriteStartArray("addresses");
        for (int number = 0; number < captured.Count; number++)
        {
            var values = captured[number];
            var selection = values.Selection;
            var summary = _summaries[number];
            json.WriteStartObject();
            json.WriteString("address", selection.Address.ToString());
            WriteAxes(json, selection);
            WriteSummary(json, "norm", summary.Norm, selection);
            WriteSummary(json, "entropy", summary.Entropy, selection);
            WriteSummary(json, "on_itself", summary.OnItself, selection);
            WriteSummary(json, "on_first", summary.OnFirst, selection);
            if (withValues) PromptJson.WriteRows(json, "values", values.Values.Span, selection.HeadColumns);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        PromptJson.WriteNotes(json, prompt);
    }

    /// <summary>The arrays of <c>.npz</c>, called like their addresses, their axes address#iterations and so on.</summary>
    public IReadOnlyList<NpzArray> Arrays() =>
    [
        NpzArray.Of("tokens", prompt.Tokens.Ids, prompt.Tokens.Ids.Length),
        .. captured.SelectMany(static values => Axes(values.Selection)
            .Select(static axis => NpzArray.Of(axis.Name, axis.Numbers, axis.Numbers.Length))
            .Prepend(NpzArray.Of(values.Selection.Address.ToString(), ArrayOf(values), [.. values.Selection.Sizes]))),
    ];

    /// <summary>Writes <c>.safetensors</c>; tensors are called like the arrays.</summary>
    public void WriteTensors(FileTarget target) => SafetensorsWriter.Write(
        target,
        [
            TensorSource.Int32("tokens", [prompt.Tokens.Ids.Length], prompt.Tokens.Ids),
            .. captured.SelectMany(static values => Axes(values.Selection)
                .Select(static axis => TensorSource.Int32(axis.Name, [axis.Numbers.Length], axis.Numbers))
                .Prepend(TensorSource.Float32(
                    values.Selection.Address.ToString(), [.. values.Selection.Sizes.Select(static size => (long)size)], values.Values))),
        ], PromptJson.Metadata(prompt, "muninn-capture-1"));

    void PrintNorms(Selection selection, CaptureSummary summary, TextWriter output)
    {
        int room = 4 + Enumerable.Range(0, selection.Groups).Max(group => NameOf(selection, group, 0).Length);
        output.WriteLine($"{"  norm of".PadRight(room)}{"mean",10}{"least",10}{"most",10}");
        foreach (var (group, head) in Lines(selection))
        {
            var (least, most) = summary.EndsOf(summary.Norm, group, head);
            output.WriteLine(
                $"{("  " + NameOf(selection, group, head)).PadRight(room)}{Text(summary.MeanOf(summary.Norm, group, head)),10}" +
                $"{Text(summary.Norm[summary.IndexOf(group, least, head)]),10}{Text(summary.Norm[summary.IndexOf(group, most, head)]),10}" +
                $"  {Place(selection, most)}");
        }
    }

    static void PrintPattern(Selection selection, CaptureSummary summary, TextWriter output)
    {
        int room = 4 + Enumerable.Range(0, selection.Groups).Max(group => NameOf(selection, group, 0).Length);
        output.WriteLine($"{"  mean over positions of".PadRight(room)}{"entropy",10}{"on itself",10}{"on first",10}");
        foreach (var (group, head) in Lines(selection))
        {
            output.WriteLine(
                $"{("  " + NameOf(selection, group, head)).PadRight(room)}{Text(summary.MeanOf(summary.Entropy, group, head)),10}" +
                $"{Text(summary.MeanOf(summary.OnItself, group, head)),10}{Text(summary.MeanOf(summary.OnFirst, group, head)),10}");
        }
    }

    string Place(Selection selection, int row) => $"at {selection.Positions[row]} {prompt.Tokens.Labels[selection.Positions[row]]}";

    static IEnumerable<(int Group, int Head)> Lines(Selection selection)
    {
        int heads = selection.Heads.Length;
        return Enumerable.Range(0, selection.Groups * heads).Select(line => (line / heads, line % heads));
    }

    static string NameOf(Selection selection, int group, int head)
    {
        var address = selection.GroupAddress(group) with { Positions = IndexChoice.All };
        return (address is BlockAddress block && selection.HasHeads ? block with { Heads = IndexChoice.Of(selection.Heads[head]) } : address).ToString();
    }

    static void WriteAxes(Utf8JsonWriter json, Selection selection)
    {
        json.WriteStartArray("shape");
        foreach (int size in selection.Sizes) json.WriteNumberValue(size);
        json.WriteEndArray();
        foreach (var (name, numbers) in Axes(selection))
        {
            json.WriteStartArray(name[(name.LastIndexOf('#') + 1)..]);
            foreach (int number in numbers) json.WriteNumberValue(number);
            json.WriteEndArray();
        }
    }

    static void WriteSummary(Utf8JsonWriter json, string name, double[] numbers, Selection selection)
    {
        if (numbers.Length == 0) return;
        float[] narrow = [.. numbers.Select(static number => (float)number)];
        PromptJson.WriteRows(json, name, narrow, selection.Positions.Length * selection.Heads.Length);
    }

    static IEnumerable<(string Name, int[] Numbers)> Axes(Selection selection)
    {
        string name = selection.Address.ToString();
        if (selection.Address is StateAddress or BlockAddress { Part: ModelPart.Core }) yield return (name + "#iterations", selection.Iterations.ToArray());
        if (selection.Address is BlockAddress) yield return (name + "#blocks", selection.Blocks.ToArray());
        yield return (name + "#positions", selection.Positions.ToArray());
        if (selection.HasHeads) yield return (name + "#heads", selection.Heads.ToArray());
    }

    static float[] ArrayOf(CapturedValues values) =>
        MemoryMarshal.TryGetArray(values.Values, out var segment) && segment.Array is { } array && array.Length == values.Values.Length
            ? array
            : values.Values.ToArray();

    static string Text(double number) => number.ToString("G4", CultureInfo.InvariantCulture);
}
