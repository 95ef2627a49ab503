using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using Muninn.Engine.Caching;
using Muninn.Engine.Generation;

namespace Muninn.Tests.Engine.Generation;

/// <summary>A reference model with a generator beside it.</summary>
sealed class GeneratorBench : IDisposable
{
    readonly GenerationSubject _subject = new("tiny-f32");

    public GeneratorBench(int requestsMax = 8, int queueMax = 1024)
    {
        var config = _subject.Model.Config;
        Generator = new Generator(_subject.Model, new SchedulerSettings
        {
            RequestsMax = requestsMax,
            QueueMax = queueMax,
            Store = StoreCapacity.For(CachePolicy.PerIteration, 16, config.Context, config.CoreBlocks, 8),
        }, threads: 2);
    }

    public Generator Generator { get; }

    /// <summary>What <see cref="Hold"/> waits for.</summary>
    public ManualResetEventSlim Gate { get; } = new();

    /// <summary>Alone, in a scheduler of its own.</summary>
    public List<GeneratedToken> Alone(GenerationRequest request) => _subject.Generate(request).Tokens;

    /// <summary>A request of some kind; each number another prompt.</summary>
    public GenerationRequest Request(int number, int tokensMax = 24) => new()
    {
        Prompt = _subject.Prompt.AsMemory(number % 5, 6 + number % 7),
        TokensMax = tokensMax,
        Limit = 4 + number % 3,
    };

    /// <summary>Starts a request that runs until its gate opens, or as long as the text can become.</summary>
    /// <param name="observe">Called after each pass of its rows behind the prompt, within the pass.</param>
    public GenerationStream StartObserved(WaveObserver observe) => Generator.Start(
        new GenerationRequest
        {
            Prompt = _subject.Prompt.AsMemory(0, 4),
            TokensMax = int.MaxValue,
            Limit = 8,
            Cache = CachePolicy.LatestOnly,
            Mode = new WavefrontMode { Inner = 1, WaveMax = 2 },
        },
        waveObserver: observe);

    /// <summary>Holds the generator within a pass until the gate opens; at the latest when a test is over.</summary>
    public async Task<GenerationStream> Hold()
    {
        var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var stream = StartObserved((in WaveSweep _) =>
        {
            held.TrySetResult();
            Gate.Wait();
        });
        await await Task.WhenAny(held.Task, stream.Completion);
        return stream;
    }

    public static async Task<List<GeneratedToken>> Read(GenerationStream stream)
    {
        List<GeneratedToken> tokens = [];
        await foreach (var token in stream)
            tokens.Add(token);
        return tokens;
    }

    public void Dispose()
    {
        Gate.Set();
        Generator.Dispose();
        Gate.Dispose();
        _subject.Dispose();
    }
}
