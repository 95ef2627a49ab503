using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Cli.Input;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Model;
using Muninn.Engine.Recurrence;
using Muninn.Kernels;
using Muninn.Microscope.Addresses;
using Muninn.Tests.Reference;

namespace Muninn.Tests.Microscope.Addresses;

/// <summary>A small prompt through a reference model.</summary>
sealed class SmallRun : IDisposable
{
    readonly WorkerPool _pool = new(1);
    readonly Checkpoint _checkpoint;

    public SmallRun(string name = "tiny-f32", int limit = 6, params int[] tokens)
    {
        _checkpoint = Checkpoint.Open(GoldenFile.FolderOf(name));
        Model = RecurrentModel.Load(_checkpoint, new ModelOptions());
        Tokens = tokens.Length > 0 ? tokens : [5, 17, 100, 2, 127, 8, 8];
        Settings = new RunSettings { Limit = limit, Start = InitialState.Random(4) };
        Shape = RunShape.Of(Model.Config, Tokens.Length, limit);
        Run = new PromptRun(Model, _pool, Tokens);
    }

    public RecurrentModel Model { get; }

    public int[] Tokens { get; }

    public RunSettings Settings { get; init; }

    public RunShape Shape { get; }

    public PromptRun Run { get; }

    public static Address[] Addresses(params string[] texts) => [.. texts.Select(AddressReader.Read)];

    /// <summary>Final states and logits of a run with whatever is set on it.</summary>
    public (float[] Final, float[] Logits) Go(StateEdit? edit = null, IterationObserver? observer = null)
    {
        float[] logits = new float[Tokens.Length * Model.Config.Vocabulary];
        float[] final = Run.Run(Settings, edit, observer).ToArray();
        Run.Logits(final, logits);
        return (final, logits);
    }

    /// <summary>Every site of every pass, and every state under <c>(null, iteration)</c>.</summary>
    public Dictionary<(SitePlace? Place, int Iteration), float[]> Everything()
    {
        var seen = new Dictionary<(SitePlace?, int), float[]>();
        Run.SiteWatch = new SiteWatch(static (_, _) => true, (in SiteView view) =>
            seen.Add((view.Place, SiteView.IterationOf(view.Place, view.Rows, 0)), view.Values.ToArray()));
        Go(null, (in IterationView view) => seen.Add((null, view.Iteration), view.State.ToArray()));
        Run.SiteWatch = null;
        return seen;
    }

    public void Dispose()
    {
        Run.Dispose();
        Model.Dispose();
        _checkpoint.Dispose();
        _pool.Dispose();
    }
}
