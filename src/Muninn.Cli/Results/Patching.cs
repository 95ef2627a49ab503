using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Cli.Frame;
using Muninn.Cli.Input;
using Muninn.Engine.Recurrence;
using Muninn.Microscope.Addresses;
using Muninn.Microscope.Interventions;

namespace Muninn.Cli.Results;

/// <summary>The runs behind <c>muninn patch</c>: the other prompt, the unedited run, each edit alone, all of them.</summary>
sealed class Patching
{
    readonly OpenPrompt _prompt;
    readonly IReadOnlyList<EditRequest> _requests;
    readonly GivenValues?[] _given;
    readonly Address?[] _donorAddresses;

    /// <summary>Looks up all addresses and reads all files; nothing is run, and no weights are loaded.</summary>
    /// <param name="prompt">What is run.</param>
    /// <param name="requests">What to change, in order.</param>
    /// <param name="other">The other prompt, within a frame; null where no edit swaps.</param>
    /// <param name="map">Which of its positions stands for which one here.</param>
    /// <exception cref="UsageException">An address matches nothing, or an edit cannot be made there.</exception>
    public Patching(OpenPrompt prompt, IReadOnlyList<EditRequest> requests, Func<PromptFrame, Prompt>? other, PositionMap map)
    {
        _prompt = prompt;
        _requests = requests;
        Map = map;
        Donor = other is null ? null : prompt.TokensOf(other(prompt.Plan.Prompt.Frame));
        _given = new GivenValues?[requests.Count];
        _donorAddresses = new Address?[requests.Count];
        double donorValues = 0;
        for (int i = 0; i < requests.Count; i++)
        {
            var request = requests[i];
            try
            {
                var selection = request.At.In(prompt.Shape);
                if (request.File is { } file) _given[i] = EditFile.Read(file, selection);
                if (request.Operation == EditOperation.Swap && Donor is not null)
                {
                    _donorAddresses[i] = SwapEdit.DonorAddress(request.At, map, prompt.Shape, prompt.ShapeOf(Donor));
                    donorValues += _donorAddresses[i]!.In(prompt.ShapeOf(Donor)).Count;
                }
                else
                {
                    _ = new Intervention(prompt.Shape, [EditOf(i, null)]);
                }
            }
            catch (AddressException e)
            {
                throw new UsageException($"--edit: {e.Message}");
            }
        }

        prompt.RequireMemory(
            Baseline.BytesFor(prompt.Config, prompt.Shape.Positions, prompt.Limit)
                + sizeof(float) * (donorValues + (Donor is null ? 0 : (double)Donor.Ids.Length * prompt.Config.Vocabulary)),
            "states and logits to compare", prompt.Shape.Positions + (Donor?.Ids.Length ?? 0));
    }

    /// <summary>The other prompt; null where no edit swaps.</summary>
    public PromptTokens? Donor { get; }

    /// <summary>Which of its positions stands for which one here.</summary>
    public PositionMap Map { get; }

    /// <summary>Runs everything.</summary>
    /// <returns>Each edit alone where there are several, then all of them.</returns>
    public IReadOnlyList<InterventionEffect> Go(Shell shell)
    {
        int alone = _requests.Count > 1 ? _requests.Count : 0;
        int runs = (Donor is null ? 0 : 1) + 1 + alone + 1;
        using var progress = new Progress(shell, "iteration", runs * (_prompt.Limit + 1));
        int done = 0;
        IterationObserver observer = (in IterationView _) => progress.Report(++done);
        var donated = TakeDonated(observer, shell);
        Edit[] edits = [.. Enumerable.Range(0, _requests.Count).Select(i => EditOf(i, donated))];
        var run = _prompt.RunOf(_prompt.Tokens);
        var baseline = Baseline.Of(
            run, _prompt.Model, _prompt.SettingsFor(_prompt.Shape.Positions), null, observer, shell.Stopping);
        var effects = new List<InterventionEffect>();
        try
        {
            for (int i = 0; i < alone; i++)
                effects.Add(baseline.Measure([edits[i]], new EffectSettings(), null, observer, shell.Stopping));
            effects.Add(baseline.Measure(edits, new EffectSettings(), null, observer, shell.Stopping));
        }
        catch (AddressException e)
        {
            // A pattern of the other prompt that looks at places which are not there shows only in the run.
            throw new UsageException($"--edit: {e.Message}");
        }

        return effects;
    }

    /// <summary>The other prompt's values, by their address.</summary>
    Dictionary<string, CapturedValues> TakeDonated(IterationObserver observer, Shell shell)
    {
        if (Donor is null) return [];
        Address[] addresses = [.. _donorAddresses.OfType<Address>().DistinctBy(static address => address.ToString(), StringComparer.Ordinal)];
        var capture = new Capture(_prompt.ShapeOf(Donor), addresses);
        float[] logits = new float[checked(Donor.Ids.Length * _prompt.Config.Vocabulary)];
        AddressedRun.Run(_prompt.RunOf(Donor), _prompt.SettingsFor(Donor.Ids.Length), logits, null, capture, observer, shell.Stopping);
        return capture.Values.ToDictionary(static values => values.Selection.Address.ToString(), StringComparer.Ordinal);
    }

    Edit EditOf(int number, Dictionary<string, CapturedValues>? donated)
    {
        var request = _requests[number];
        return (request.Operation, _given[number]) switch
        {
            (EditOperation.Zero, _) => new ZeroEdit(request.At),
            (EditOperation.Mean, _) => new MeanEdit(request.At),
            (EditOperation.Scale, _) => new ScaleEdit(request.At, request.Factor),
            (EditOperation.Add, { } given) => new AddEdit(request.At, given, request.Factor),
            (EditOperation.Replace, { } given) => new ReplaceEdit(request.At, given),
            (EditOperation.Swap, _) when donated is not null && _donorAddresses[number] is { } address =>
                new SwapEdit(request.At, Map, donated[address.ToString()]),
            _ => throw new InvalidOperationException($"{request} lacks its values."),
        };
    }
}
