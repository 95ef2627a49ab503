using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using Muninn.Cli.Frame;
using Muninn.Cli.Input;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Model;
using Muninn.Engine.Recurrence;
using Muninn.Engine.Text;
using Muninn.Kernels;

namespace Muninn.Cli.Benches;

/// <summary>
/// Whole processes, from start to end. What is not model time: the process less the same run in this process, warm and by as many
/// threads, taken right behind it.
/// </summary>
sealed class StartUp(BenchDepth depth, Shell shell) : BenchGroup
{
    const string Model = "seedling";
    const int Horizon = 128;

    readonly List<double> _processes = [];
    readonly List<double> _runs = [];

    /// <inheritdoc/>
    public override string Name => "start";

    /// <inheritdoc/>
    public override IEnumerable<BenchCase> Cases =>
    [
        Of("heatmap, from process start to picture", new(350, AtMost: true), () =>
        {
            MeasureHeatmaps();
            return Figure.Median(_processes);
        }),
        Of("heatmap, what is not model time", new(250, AtMost: true), () =>
        {
            MeasureHeatmaps();
            return Figure.Median(_processes.Zip(_runs, static (process, run) => process - run));
        }),
        Of("muninn --version, from process start to end", null, () =>
            Figure.Median(Enumerable.Range(0, depth.Starts).Select(_ => SecondsOf("--version")))),
    ];

    /// <inheritdoc/>
    public override void Dispose()
    {
    }

    BenchCase Of(string name, Goal? goal, Func<double> seconds) => new(name, () => new(Name, name, seconds() * 1000, "ms", Goal: goal));

    void MeasureHeatmaps()
    {
        if (_processes.Count > 0) return;
        var folder = new ModelLocator(ModelPlaces.FromProcess()).Find(Model).Folder;
        using var checkpoint = Checkpoint.Open(folder);
        using var model = RecurrentModel.Load(checkpoint, new ModelOptions());
        // As heatmap decides it for so small a model.
        using var pool = new WorkerPool(1);
        var prompt = new Prompt(InputSettings.ExampleSentence, null, "TEXT", new PromptFrame.Special());
        var ids = PromptTokens.Of(prompt, ModelText.Open(folder), Model).Ids;
        using var run = new PromptRun(model, pool, ids);
        var settings = new RunSettings { Limit = Horizon, Start = InitialState.Random(0) };
        _ = Yardstick.RepeatsOf(() => run.Run(settings, cancellation: shell.Stopping), depth.RoundSeconds);
        while (_processes.Count < depth.Starts)
        {
            _processes.Add(SecondsOf("heatmap", "--graphics", "blocks", InputSettings.ExampleSentence));
            long start = Stopwatch.GetTimestamp();
            run.Run(settings, cancellation: shell.Stopping);
            _runs.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
    }

    double SecondsOf(params string[] arguments)
    {
        shell.Stopping.ThrowIfCancellationRequested();
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "muninn.dll"), .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        // The options of the bench are not those of the process: it runs as it comes.
        foreach (var name in start.Environment.Keys.Where(static name => name.StartsWith(Setting.VariablePrefix, StringComparison.Ordinal)).ToList())
            start.Environment.Remove(name);
        long begin = Stopwatch.GetTimestamp();
        using var process = Process.Start(start) ?? throw new IOException("'dotnet' could not be started. Put it on the PATH.");
        process.StandardInput.Close();
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        double seconds = Stopwatch.GetElapsedTime(begin).TotalSeconds;
        if (process.ExitCode != 0) throw new IOException($"'muninn {arguments[0]}' ended with exit code {process.ExitCode}.");
        return seconds;
    }
}
