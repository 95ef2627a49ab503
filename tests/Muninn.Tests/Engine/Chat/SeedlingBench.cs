using System;
using System.Collections.Generic;
using Muninn.Engine.Caching;
using Muninn.Engine.Chat;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Generation;
using Muninn.Engine.Model;
using Muninn.Engine.Text;
using Muninn.Kernels;
using Muninn.Tests.Engine.Text;

namespace Muninn.Tests.Engine.Chat;

/// <summary>The default model, a generator and a chat client.</summary>
sealed class SeedlingBench : IDisposable
{
    readonly Checkpoint _checkpoint = Checkpoint.Open(TextGoldens.SeedlingFolder);
    readonly RecurrentModel _model;

    public SeedlingBench()
    {
        _model = RecurrentModel.Load(_checkpoint, new ModelOptions());
        Generator = new Generator(_model, new SchedulerSettings
        {
            Store = StoreCapacity.For(CachePolicy.PerIteration, 16, 256, _model.Config.CoreBlocks, 4),
        }, threads: 2);
        Client = new RecurrentChatClient(Generator, Text, Defaults, "seedling");
    }

    public ModelText Text { get; } = ModelText.Open(TextGoldens.SeedlingFolder)!;

    public Generator Generator { get; }

    public RecurrentChatClient Client { get; }

    public static GenerationRequest Defaults { get; } = new() { Prompt = default, Limit = 8, TokensMax = 20 };

    /// <summary>Alone, in a scheduler of its own.</summary>
    public (RequestTicket Ticket, List<GeneratedToken> Tokens) Alone(GenerationRequest request)
    {
        using var pool = new WorkerPool(1);
        using var scheduler = new DepthScheduler(_model, pool, SchedulerSettings.For(request, _model.Config));
        List<GeneratedToken> tokens = [];
        var ticket = scheduler.Submit(request, (in GeneratedToken token) =>
        {
            tokens.Add(token);
            return true;
        });
        while (scheduler.Step())
        {
        }

        return (ticket, tokens);
    }

    public GenerationRequest Question(string question) => Defaults with
    {
        Prompt = Text.EncodeChat([new("user", question)]),
        StopTokens = AnswerForm.Of(Text).EndTokens,
    };

    public void Dispose()
    {
        Client.Dispose();
        Generator.Dispose();
        _model.Dispose();
        _checkpoint.Dispose();
    }
}
