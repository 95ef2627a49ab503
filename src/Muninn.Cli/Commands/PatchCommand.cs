using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Cli.Frame;
using Muninn.Cli.Input;
using Muninn.Cli.Results;
using Muninn.Microscope.Interventions;

namespace Muninn.Cli.Commands;

/// <summary>Changes what a model computes on its way, and shows what comes of it.</summary>
sealed class PatchCommand : Verb
{
    readonly InputSettings _input = new();

    readonly RepeatedSetting<EditRequest> _edit = new(EditReader.Read)
    {
        Name = "--edit",
        ShortName = "-e",
        ValueName = "ADDRESS=OP",
        Description =
            $"Change what ADDRESS names, as 'muninn inspect' does; OP is one of {EditReader.Operations}. May be given several times: edits of the " +
            "same values are made in the order given.",
    };

    readonly Setting<string?> _from = new(Reads.Text, null)
    {
        Name = "--from",
        ValueName = "TEXT",
        Description = "The other prompt, from which swap takes its values; framed like TEXT.",
    };

    readonly Setting<int[]?> _fromTokens = new(Reads.TokenIds, null)
    {
        Name = "--from-tokens",
        ValueName = "IDS",
        Description = "The other prompt as token ids.",
    };

    readonly Setting<PositionMap> _align = new(EditReader.ReadMap, PositionMap.Start)
    {
        Name = "--align",
        ValueName = "MAP",
        Description = "Which position of the other prompt stands for which one here: start, end (counted from the last), or HERE=THERE pairs such as 3=5,4=6.",
        FallbackText = "start",
    };

    readonly OutputSettings _output = new(PatchReport.Types);

    /// <inheritdoc/>
    public override string Name => "patch";

    /// <inheritdoc/>
    public override string Summary => "Change what the model computes on its way, and see what comes of it.";

    /// <inheritdoc/>
    public override string Description =>
        "Runs a text without edits, with each edit alone and with all of them, and compares: the distribution of the next token behind every " +
        "token (KL divergence, likeliest token, log-probability), and the distance of every state to the unedited run at every iteration: does it " +
        "come back to the same s*? Values for add and replace come from a safetensors file, such as 'muninn inspect --out' writes: one row " +
        "for all, or all rows.";

    /// <inheritdoc/>
    public override Positional Positional => InputSettings.Text;

    /// <inheritdoc/>
    public override IReadOnlyList<SettingGroup> Groups =>
        [new("Edits", [_edit, _from, _fromTokens, _align]), .. _input.GroupsWithoutHorizon, new("Output", _output.Settings)];

    /// <inheritdoc/>
    public override IReadOnlyList<(string Purpose, string Line)> Examples =>
    [
        ("without one MLP for five iterations", "muninn patch \"The raven.\" --edit 'core[4-8].block[1].mlp=zero'"),
        ("one head at half its weight, at the last token", "muninn patch \"The raven.\" --edit 'core[*].block[0].pattern[2]@last=scale(0.5)'"),
        ("the state of another text, half way",
            "muninn patch \"The raven.\" --edit 'state[32]=swap' --from \"The eagle.\" --align end"),
    ];

    /// <inheritdoc/>
    public override int Run(Invocation invocation)
    {
        var shell = invocation.Shell;
        var requests = invocation.Values(_edit);
        if (requests.Count == 0)
            throw new UsageException("--edit is missing: say what to change, e.g. --edit 'core[4-8].block[1].mlp=zero'.");
        var other = OtherOf(invocation, requests);
        var files = _output.Files(invocation);
        using var prompt = OpenPrompt.Of(RunPlan.Of(invocation, _input));
        var patching = new Patching(prompt, requests, other, invocation.Value(_align));
        var report = new PatchReport(prompt, patching.Donor, patching.Map, patching.Go(shell));
        _output.Deliver(invocation, files, new CommandResult
        {
            Json = report.Write,
            Arrays = report.Arrays,
            Print = _ => report.Print(shell.Output, shell.WindowSize().Columns),
        });
        foreach (var note in prompt.Notes) shell.Error.WriteLine("note: " + note);
        return ExitCode.Success;
    }

    /// <summary>The other prompt, its frame still to come; null where no edit swaps.</summary>
    Func<PromptFrame, Prompt>? OtherOf(Invocation invocation, IReadOnlyList<EditRequest> requests)
    {
        var text = invocation.Resolve(_from);
        var ids = invocation.Resolve(_fromTokens);
        bool swaps = requests.Any(static request => request.Operation == EditOperation.Swap);
        if (text.Value is not null && ids.Value is not null)
            throw new UsageException($"{text.Source} and {ids.Source} are both given; there is one other prompt. Leave one out.");
        var source = text.Source ?? ids.Source;
        if (swaps && source is null)
            throw new UsageException("swap takes its values from another prompt: give it with --from TEXT or --from-tokens IDS.");
        if (!swaps && new Setting[] { _from, _fromTokens, _align }.FirstOrDefault(invocation.IsTyped) is { } idle)
            throw new UsageException($"{idle.Name} is given, but no edit swaps; add one, e.g. --edit 'state[4]=swap', or leave it out.");
        if (text.Value is { Length: 0 })
            throw new UsageException($"{source} is empty: there is no token to take anything from.");
        return swaps ? frame => new Prompt(text.Value, ids.Value, source ?? "", frame) : null;
    }
}
