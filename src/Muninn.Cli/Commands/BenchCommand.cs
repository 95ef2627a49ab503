using System.Collections.Generic;
using System.Linq;
using Muninn.Cli.Benches;
using Muninn.Cli.Frame;
using Muninn.Cli.Input;
using Muninn.Cli.Results;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Files;

namespace Muninn.Cli.Commands;

/// <summary>Measures this machine and what the engine makes of it.</summary>
sealed class BenchCommand : Verb
{
    const int WidthStep = 64;
    const int WidthMost = 8192;
    const int PromptTokensMost = 1024;
    const int ModelTokens = 64;

    readonly Flag _quick = new() { Name = "--quick", Description = "Look at everything for a moment, on small models: some seconds, and figures that say little." };

    readonly RepeatedSetting<string> _only = new(Reads.Path)
    {
        Name = "--only",
        ValueName = "NAME",
        Description =
            "Measure only this: a group (limits, products, threads, attention, prompt, row, start, passes, decode, depth; model with --model), " +
            "or every figure whose name holds NAME, e.g. int4. May be given several times.",
    };

    readonly Setting<int?> _width = new(Width, null)
    {
        Name = "--width",
        ValueName = "N",
        Description = "Width of the fresh model that a prompt is measured on, a multiple of 64.",
        FallbackText = "1024",
    };

    readonly Setting<int?> _tokens = new(static text => Reads.Number(1, ModelConfig.ContextMax)(text), null)
    {
        Name = "--prompt-tokens",
        ValueName = "N",
        Description = "Tokens of that prompt; one row is measured beside.",
        FallbackText = "128, of a given model 64",
    };

    readonly Setting<int?> _iterations = new(static text => Reads.Number(1, InputSettings.MostIterations)(text), null)
    {
        Name = "--iterations",
        ShortName = "-n",
        ValueName = "N",
        Description = "Iterations of that prompt, and of one row.",
        FallbackText = "32",
    };

    readonly Setting<int?> _threads = InputSettings.ThreadsSetting("1");

    readonly Setting<string?> _model = new(Reads.Path, null)
    {
        Name = "--model",
        ShortName = "-m",
        ValueName = "MODEL",
        Description = "Measure this model in place of all else: loading, a prompt, memory, one row. What heatmap takes.",
        TakesFile = true,
    };

    readonly Flag _json = new() { Name = "--json", Description = "Print JSON." };

    readonly RepeatedSetting<OutputFile> _out = new(OutputFile.Read(".json", ".md"))
    {
        Name = "--out",
        ShortName = "-o",
        ValueName = "FILE",
        Description = "Write the figures to FILE too, as JSON or as a Markdown table, by its ending. May be given several times.",
        TakesFile = true,
    };

    /// <inheritdoc/>
    public override string Name => "bench";

    /// <inheritdoc/>
    public override string Summary => "Measure this machine's limits and how close the engine comes.";

    /// <inheritdoc/>
    public override string Description =>
        "Every figure stands beside its share of a limit that is probed right before and behind it, round after round; medians. Absolute " +
        "figures move with the machine and its neighbours, ratios hold, unless 'disturbed' stands behind them: then the limit was below " +
        "0.85 of the most it was in this run. Generation is held against plain decoding of the same text. One thread, if --threads does " +
        "not say otherwise; depth takes all. It takes some five minutes, less than 2 GB of memory and 1 GB of temporary files; a larger " +
        "--width takes more.";

    /// <inheritdoc/>
    public override IReadOnlyList<SettingGroup> Groups =>
    [
        new("What is measured", [_quick, _only, _width, _tokens, _iterations, _threads, _model]),
        new("Output", [_json, _out]),
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<(string Purpose, string Line)> Examples =>
    [
        ("what ways to generate save", "muninn bench --only passes --only decode --only depth"),
        ("products with 4-bit weights", "muninn bench --only int4"),
        ("a prompt at width 2048", "muninn bench --only prompt --width 2048"),
        ("a model of your own", "muninn bench --model fresh-huginn --prompt-tokens 64 --iterations 128"),
    ];

    /// <inheritdoc/>
    public override int Run(Invocation invocation)
    {
        var shell = invocation.Shell;
        var plan = Plan(invocation);
        var files = invocation.Values(_out);
        OutputFile.Check(files);
        using var bench = new Bench(plan, shell);
        bool json = invocation.IsSet(_json);
        var rows = new List<BenchRow>();
        foreach (var row in bench.Run())
        {
            rows.Add(row);
            if (json) continue;
            shell.Output.WriteLine(BenchReport.Line(row));
            shell.Output.Flush();
        }

        if (json) JsonOutput.Print(shell, writer => BenchReport.WriteJson(writer, plan, rows));
        foreach (var file in files)
        {
            file.Write(shell, target => FileOutput.Write(target, stream =>
            {
                if (file.Type == ".md") BenchReport.WriteMarkdown(stream, plan, rows);
                else JsonOutput.Write(stream, writer => BenchReport.WriteJson(writer, plan, rows));
            }));
        }

        return ExitCode.Success;
    }

    BenchPlan Plan(Invocation invocation)
    {
        bool quick = invocation.IsSet(_quick);
        var model = invocation.Value(_model) is { } name ? new ModelLocator(ModelPlaces.FromProcess()).Find(name) : null;
        var (width, widthSource) = invocation.Resolve(_width);
        if (model is not null && width is not null)
        {
            throw new UsageException(
                $"{widthSource} is {width}, but {invocation.Resolve(_model).Source} names a model, which has a width of its own. Leave one out.");
        }

        var depth = quick ? BenchDepth.Quick : BenchDepth.Full;
        var (tokens, tokensSource) = invocation.Resolve(_tokens);
        if (model is null && tokens > PromptTokensMost)
            throw new UsageException($"{tokensSource} is {tokens}; a fresh model reads at most {PromptTokensMost}. Give fewer, or a --model.");
        return new BenchPlan
        {
            Depth = depth with
            {
                Width = width ?? depth.Width,
                Tokens = tokens ?? (model is null ? depth.Tokens : System.Math.Min(depth.Tokens, ModelTokens)),
                Iterations = invocation.Value(_iterations) ?? depth.Iterations,
            },
            Quick = quick,
            Threads = invocation.Value(_threads) ?? 1,
            Only = [.. invocation.Values(_only).Distinct()],
            ModelName = model?.Name,
            ModelFolder = model?.Folder,
        };
    }

    static int? Width(string text)
    {
        int width = Reads.Number(WidthStep, WidthMost)(text);
        return width % WidthStep == 0
            ? width
            : throw new System.FormatException($"{width} is no multiple of {WidthStep}, the width of a head; give e.g. {width / WidthStep * WidthStep}.");
    }
}
