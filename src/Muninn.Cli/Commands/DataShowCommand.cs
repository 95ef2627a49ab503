using System.Collections.Generic;
using System.IO;
using Muninn.Cli.Frame;
using Muninn.Cli.Results;
using Muninn.Engine.Training.Data.Shards;

namespace Muninn.Cli.Commands;

/// <summary>Checks a shard and says what is in it.</summary>
sealed class DataShowCommand : Verb
{
    readonly Flag _json = new() { Name = "--json", Description = "Print JSON." };

    /// <inheritdoc/>
    public override string Name => "data show";

    /// <inheritdoc/>
    public override string Summary => "Check a file of training data to its last byte and say what is in it.";

    /// <inheritdoc/>
    public override Positional Positional => new("FILE", "A file that 'muninn data build' wrote.", 1, 1);

    /// <inheritdoc/>
    public override IReadOnlyList<SettingGroup> Groups => [new("Options", [_json])];

    /// <inheritdoc/>
    public override IReadOnlyList<(string Purpose, string Line)> Examples => [("what is in it", "muninn data show corpus.safetensors")];

    /// <inheritdoc/>
    public override bool RunsAnywhere => true;

    /// <inheritdoc/>
    public override int Run(Invocation invocation)
    {
        var shell = invocation.Shell;
        var name = invocation.Words[0];
        if (!File.Exists(name)) throw new FileNotFoundException($"there is no file '{name}' (looked in {Directory.GetCurrentDirectory()}). Check the name.");
        using var shard = TokenShard.Open(name);
        if (invocation.IsSet(_json)) JsonOutput.Print(shell, json => ShardFacts.Write(shard, json));
        else ShardFacts.Print(shard, name, shell);
        return ExitCode.Success;
    }
}
