using System;
using System.Collections.Generic;
using Muninn.Cli.Benches;
using Muninn.Cli.Frame;
using Muninn.Cli.Results;

namespace Muninn.Cli.Commands;

/// <summary>Measures this machine and what the engine makes of it.</summary>
sealed class BenchCommand : Verb
{
    readonly Flag _quick = new() { Name = "--quick", Description = "Measure less, in well under half a minute." };
    readonly Flag _json = new() { Name = "--json", Description = "Print JSON." };

    /// <inheritdoc/>
    public override string Name => "bench";

    /// <inheritdoc/>
    public override string Summary => "Measure this machine's limits and how close the engine comes.";

    /// <inheritdoc/>
    public override string Description =>
        "Every figure stands beside its share of the limit that was measured in the same run: absolute figures move with the " +
        "machine and its neighbours, ratios hold. One thread.";

    /// <inheritdoc/>
    public override IReadOnlyList<SettingGroup> Groups => [new("Options", [_quick, _json])];

    /// <inheritdoc/>
    public override int Run(Invocation invocation)
    {
        var shell = invocation.Shell;
        var bench = new Bench(invocation.IsSet(_quick) ? BenchDepth.Quick : BenchDepth.Full, shell.Unfinished, shell.Stopping);
        if (invocation.IsSet(_json))
        {
            JsonOutput.Print(shell, json =>
            {
                json.WriteString("version", Product.Version);
                json.WriteStartArray("figures");
                foreach (var row in bench.Run())
                {
                    json.WriteStartObject();
                    json.WriteString("name", row.Name);
                    json.WriteNumber("value", Math.Round(row.Value, 3));
                    json.WriteString("unit", row.Unit);
                    if (row.Ratio is { } ratio) json.WriteNumber("ratio", Math.Round(ratio, 4));
                    if (row.Limit is not null) json.WriteString("limit", row.Limit);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
            });
            return ExitCode.Success;
        }

        foreach (var row in bench.Run())
        {
            var share = row.Ratio is { } ratio ? $"{ratio,6:F2} {row.Limit}" : "";
            shell.Output.WriteLine($"{row.Name,-56} {row.Value,8:F1} {row.Unit,-8}{share}".TrimEnd());
            shell.Output.Flush();
        }

        return ExitCode.Success;
    }
}
