using System;
using System.Collections.Generic;
using System.IO;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Generation;
using Muninn.Engine.Model;
using Muninn.Kernels;
using Muninn.Tests.Reference;

namespace Muninn.Tests.Engine.Generation;

/// <summary>A reference model that generates.</summary>
sealed class GenerationSubject : IDisposable
{
    readonly Checkpoint _checkpoint;

    readonly GoldenFile? _golden;

    public GenerationSubject(string name, int threads = 1) : this(GoldenFile.FolderOf(name), GoldenFile.Open(name), threads)
    {
    }

    GenerationSubject(string folder, GoldenFile? golden, int threads)
    {
        _golden = golden;
        _checkpoint = Checkpoint.Open(folder);
        Model = RecurrentModel.Load(_checkpoint, new ModelOptions { Rotary = RotarySource.Stored });
        Pool = new WorkerPool(threads);
    }

    /// <summary>The small trained model, of which there are no golden values.</summary>
    public static GenerationSubject Seedling() => new(Path.Combine(AppContext.BaseDirectory, "models", "seedling"), null, 1);

    public GoldenFile Golden => _golden ?? throw new InvalidOperationException("This model has no golden values.");

    public RecurrentModel Model { get; }

    public WorkerPool Pool { get; }

    public int[] Prompt => Golden.Integers("in.ids");

    public (RequestTicket Ticket, List<GeneratedToken> Tokens) Generate(GenerationRequest request, WaveObserver? waveObserver = null)
    {
        using var scheduler = new DepthScheduler(Model, Pool, SchedulerSettings.For(request, Model.Config));
        List<GeneratedToken> tokens = [];
        var ticket = scheduler.Submit(request, (in GeneratedToken token) =>
        {
            tokens.Add(token);
            return true;
        }, waveObserver);
        while (scheduler.Step())
        {
        }

        return (ticket, tokens);
    }

    public void Dispose()
    {
        Pool.Dispose();
        Model.Dispose();
        _checkpoint.Dispose();
    }
}
