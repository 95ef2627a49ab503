using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.Json;
using Muninn.Cli.Frame;
using Muninn.Cli.Input;
using Muninn.Cli.Results;
using Muninn.Engine.Caching;
using Muninn.Engine.Checkpoints;

namespace Muninn.Cli.Commands;

/// <summary>Shows the memory of keys and values before anything is allocated.</summary>
sealed class KvCommand : Verb
{
    static readonly CachePolicy[] _policies =
    [
        CachePolicy.PerIteration, CachePolicy.Anchored(8, 1), CachePolicy.Anchored(4, 2), CachePolicy.Shared(8), CachePolicy.Shared(4),
        CachePolicy.LatestOnly,
    ];

    readonly Setting<string> _model = InputSettings.ModelSetting();

    readonly Setting<int?> _context = new(static text => Reads.Number(1, ModelConfig.ContextMax)(text), null)
    {
        Name = "--context",
        ValueName = "N",
        Description = "Tokens of prompt and continuation together.",
        FallbackText = "the context of the model",
    };

    readonly Setting<int?> _iterations = new(static text => Reads.Number(1, InputSettings.MostIterations)(text), null)
    {
        Name = "--iterations",
        ShortName = "-n",
        ValueName = "N",
        Description = "Most iterations of a token.",
        FallbackText = "the mean with which the model was trained",
    };

    readonly RepeatedSetting<CachePolicy> _cache = new(CachePolicies.Parse)
    {
        Name = "--cache",
        ValueName = "POLICY",
        Description = $"Show this policy: {CachePolicies.Valid}. May be given several times.",
        FallbackText = "a choice of them",
    };

    readonly Flag _json = new() { Name = "--json", Description = "Print JSON." };

    /// <inheritdoc/>
    public override string Name => "kv";

    /// <inheritdoc/>
    public override string Summary => "Show the memory that keys and values take, by cache policy.";

    /// <inheritdoc/>
    public override string Description =>
        "What 'muninn generate --cache' would set aside for one text, in both formats. Only the configuration of the model is read, so " +
        "that a published shape will do, such as huginn-0125. Memory is set aside for 16 positions at a time; weights are not counted.";

    /// <inheritdoc/>
    public override Positional Positional => new("MODEL", "The model or a published shape; instead of --model.", 0, 1);

    /// <inheritdoc/>
    public override IReadOnlyList<SettingGroup> Groups => [new("Options", [_model, _context, _iterations, _cache, _json])];

    /// <inheritdoc/>
    public override IReadOnlyList<(string Purpose, string Line)> Examples =>
    [
        ("a long text with the published model", "muninn kv huginn-0125 --context 4096 --iterations 64"),
        ("one policy", "muninn kv --cache anchored:4,2"),
    ];

    /// <inheritdoc/>
    public override bool RunsAnywhere => true;

    /// <summary>The memory of one policy.</summary>
    /// <param name="Policy">The policy.</param>
    /// <param name="Slots">Slots of a sequence.</param>
    /// <param name="Token">Bytes of a position, float32 and bfloat16.</param>
    /// <param name="All">Bytes of all positions, float32 and bfloat16.</param>
    readonly record struct Row(CachePolicy Policy, int Slots, (double Float32, double BrainFloat16) Token, (long Float32, long BrainFloat16) All);

    /// <inheritdoc/>
    public override int Run(Invocation invocation)
    {
        if (invocation.Words.Count > 0 && invocation.IsTyped(_model))
            throw new UsageException("MODEL and --model are both given. Leave one out.");
        var (name, option) = invocation.Words is [var word] ? (word, "MODEL") : (invocation.Value(_model), _model.Name);
        var shape = ModelShape.Like(name, option, remedy: "");
        var (context, source) = invocation.Resolve(_context);
        if (context > shape.Config.Context)
            throw new UsageException($"{source} is {context}, but {shape.Name} reads at most {shape.Config.Context} tokens. Give 1 to {shape.Config.Context}.");
        int positions = context ?? shape.Config.Context;
        int limit = invocation.Value(_iterations) ?? shape.Config.MeanRecurrence;
        var given = invocation.Values(_cache);
        var rows = (given.Count > 0 ? given : _policies).Select(policy => RowOf(policy, limit, positions, shape.Config)).ToList();
        if (invocation.IsSet(_json)) JsonOutput.Print(invocation.Shell, json => WriteJson(json, shape, positions, limit, rows));
        else WriteTable(invocation.Shell, shape, positions, limit, rows);
        return ExitCode.Success;
    }

    static Row RowOf(CachePolicy policy, int limit, int positions, ModelConfig config)
    {
        const int Together = 16;
        try
        {
            var panel = StoreCapacity.For(policy, limit, Together, config.CoreBlocks);
            var all = StoreCapacity.For(policy, limit, positions, config.CoreBlocks);
            return new Row(policy, policy.Slots(limit),
                ((double)panel.Bytes(config) / Together, (double)panel.Bytes(config, KeyValueFormat.BrainFloat16) / Together),
                (all.Bytes(config), all.Bytes(config, KeyValueFormat.BrainFloat16)));
        }
        catch (OverflowException)
        {
            throw new UsageException(
                $"{positions} tokens with {policy} and {limit} iterations are more than a store can address. Give fewer tokens or iterations.");
        }
    }

    static void WriteTable(Shell shell, ModelShape shape, int positions, int limit, List<Row> rows)
    {
        var config = shape.Config;
        var output = shell.Output;
        output.WriteLine($"Keys and values of {shape.Name}: {positions} tokens, at most {limit} iterations of {config.CoreBlocks} blocks, " +
            $"{config.PreludeBlocks + config.CodaBlocks} blocks outside");
        output.WriteLine();
        output.WriteLine($"{"cache",-14} {"slots",6}  {"float32",10} {"a token",11}  {"bfloat16",10} {"a token",11}");
        foreach (var row in rows)
        {
            var slots = row.Slots.ToString(CultureInfo.InvariantCulture);
            output.WriteLine(
                $"{row.Policy,-14} {slots,6}  {Amount.Bytes(row.All.Float32),10} {Amount.Bytes(row.Token.Float32),11}  " +
                $"{Amount.Bytes(row.All.BrainFloat16),10} {Amount.Bytes(row.Token.BrainFloat16),11}");
        }
    }

    static void WriteJson(Utf8JsonWriter json, ModelShape shape, int positions, int limit, List<Row> rows)
    {
        json.WriteString("model", shape.Name);
        json.WriteNumber("context", positions);
        json.WriteNumber("iterations", limit);
        json.WriteStartArray("caches");
        foreach (var row in rows)
        {
            json.WriteStartObject();
            json.WriteString("cache", row.Policy.ToString());
            json.WriteNumber("slots", row.Slots);
            json.WriteNumber("float32_bytes", row.All.Float32);
            json.WriteNumber("float32_bytes_per_token", row.Token.Float32);
            json.WriteNumber("bfloat16_bytes", row.All.BrainFloat16);
            json.WriteNumber("bfloat16_bytes_per_token", row.Token.BrainFloat16);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
