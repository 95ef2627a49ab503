using System;
using System.Collections.Generic;
using Muninn.Cli.Frame;

namespace Muninn.Cli.Commands;

/// <summary>All commands, in the order of the overview; each is built when it is called.</summary>
static class Catalogue
{
    /// <summary>The words that call a command, and how it is built.</summary>
    public static IReadOnlyList<(string Name, Func<Verb> Create)> Verbs { get; } =
    [
        ("generate", static () => new GenerateCommand()),
        ("chat", static () => new ChatCommand()),
        ("kv", static () => new KvCommand()),
        ("heatmap", static () => new HeatmapCommand()),
        ("report", static () => new ReportCommand()),
        ("lens", static () => new LensCommand()),
        ("exits", static () => new ExitsCommand()),
        ("record", static () => new RecordCommand()),
        ("show", static () => new ShowCommand()),
        ("compare", static () => new CompareCommand()),
        ("trace", static () => new TraceCommand()),
        ("solve", static () => new SolveCommand()),
        ("eval", static () => new EvalCommand()),
        ("inspect", static () => new InspectCommand()),
        ("patch", static () => new PatchCommand()),
        ("dynamics", static () => new DynamicsCommand()),
        ("trajectories", static () => new TrajectoriesCommand()),
        ("tokenize", static () => new TokenizeCommand()),
        ("detokenize", static () => new DetokenizeCommand()),
        ("tokenizer train", static () => new TokenizerTrainCommand()),
        ("data build", static () => new DataBuildCommand()),
        ("data show", static () => new DataShowCommand()),
        ("models list", static () => new ModelsListCommand()),
        ("models show", static () => new ModelsShowCommand()),
        ("train", static () => new TrainCommand()),
        ("init", static () => new InitCommand()),
        ("quantize", static () => new QuantizeCommand()),
        ("doctor", static () => new DoctorCommand()),
        ("bench", static () => new BenchCommand()),
        ("completion", static () => new CompletionCommand()),
    ];
}
