using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Engine.Caching;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Generation;
using Muninn.Engine.Model;
using Muninn.Engine.Recurrence;
using Xunit;

namespace Muninn.Tests.Engine.Generation;

/// <summary>States and logits that are no finite numbers end their own request, and touch no bit of another.</summary>
public sealed class NotFiniteTests : IDisposable
{
    const int Vocabulary = 128;

    readonly GenerationSubject _subject = new("tiny-trainlike");

    public void Dispose() => _subject.Dispose();

    /// <summary>A start that is not finite at one position.</summary>
    GenerationRequest Spoiled(float value, int position, GenerationRequest request)
    {
        int width = _subject.Model.Config.Width;
        float[] start = new float[Math.Min(64, request.Prompt.Length + request.TokensMax) * width];
        start[position * width + 3] = value;
        return request with { Start = InitialState.Given(start) };
    }

    GenerationRequest Simple => new() { Prompt = _subject.Prompt.AsMemory(0, 6), Limit = 6, TokensMax = 7 };

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void A_start_that_is_no_number_ends_its_request_and_disturbs_no_other(float value)
    {
        GenerationRequest[] others = [.. Enumerable.Range(0, 40).Select(i => RequestMixes.Of(300 + i, Vocabulary))];
        List<GeneratedToken>[] alone = [.. others.Select(request => _subject.Generate(request).Tokens)];
        // Six at a time: panels of the spoiled requests are the next ones' at once.
        using var scheduler = new DepthScheduler(
            _subject.Model, _subject.Pool,
            new SchedulerSettings { RowsMax = 24, HeadRowsMax = 8, RequestsMax = 6, Store = new StoreCapacity(6, 14, 90) });
        List<GeneratedToken>[] together = [.. others.Select(_ => new List<GeneratedToken>())];
        List<RequestTicket> spoiled = [];
        for (int i = 0; i < others.Length; i++)
        {
            if (i % 3 == 0)
                spoiled.Add(scheduler.Submit(Spoiled(value, i % 6, Simple with { Exit = RequestMixes.Exits[i / 3 % 10], PromptChunk = 3 })));
            var tokens = together[i];
            scheduler.Submit(others[i], (in GeneratedToken token) =>
            {
                tokens.Add(token);
                return true;
            });
        }

        while (scheduler.Step())
        {
        }

        Assert.All(spoiled, ticket => Assert.Equal((GenerationEnd.NotFinite, 0), (ticket.End, ticket.Generated)));
        Assert.Equal(alone, together);
        Assert.Equal(0, scheduler.StoreBytesInUse);
    }

    public static TheoryData<int> Modes { get; } = [0, 1, 2, 3];

    static GenerationRequest In(int mode, GenerationRequest request) => mode switch
    {
        0 => request,
        1 => request with { Mode = new SpeculativeMode { DraftIterations = 2, DraftTokens = 4 } },
        2 => request with { Mode = new SpeculativeMode { DraftIterations = 1, ContinuesDrafts = false } },
        _ => request with { Mode = new WavefrontMode { WaveMax = 4, Threshold = 1e-4 }, Cache = CachePolicy.LatestOnly, Limit = 40 },
    };

    [Theory]
    [MemberData(nameof(Modes))]
    public void Tokens_before_the_first_bad_position_are_those_of_a_good_start(int mode)
    {
        var request = In(mode, Simple);
        var good = _subject.Generate(request).Tokens;
        for (int position = 6; position < 12; position++)
        {
            var (ticket, tokens) = _subject.Generate(Spoiled(float.NaN, position, request));
            Assert.Equal(GenerationEnd.NotFinite, ticket.End);
            // The row at position p gives the token behind it.
            Assert.Equal(good.Take(position - 5).Select(token => token.Token), tokens.Select(token => token.Token));
            if (mode < 3)
                Assert.Equal(good.Take(position - 5), tokens);
        }
    }

    /// <summary>
    /// Whatever plain decoding does not meet is no number in this model: drafts and guesses meet it, and must get over it.
    /// </summary>
    [Theory]
    [MemberData(nameof(Modes))]
    public void A_draft_or_guess_that_is_no_number_does_not_end_a_text_that_plain_decoding_would_go_on_with(int mode)
    {
        using var folder = new TemporaryFolder();
        var request = In(mode, Simple with { Prompt = _subject.Prompt, TokensMax = 20 });
        if (mode == 3)
            request = request with { Limit = 64, Mode = (WavefrontMode)request.Mode with { Inner = 2, Threshold = 1e-5, WaveMax = 8 } };
        int[] tokens = [.. _subject.Generate(request with { Mode = DecodingMode.Plain }).Tokens.Select(token => token.Token)];
        int[] known = [.. tokens, .. _subject.Prompt];
        using var checkpoint = Checkpoint.Open(Spoiled(folder, [.. Enumerable.Range(0, Vocabulary).Except(known)]));
        using var model = RecurrentModel.Load(checkpoint, new ModelOptions());
        using var scheduler = new DepthScheduler(model, _subject.Pool, SchedulerSettings.For(request, model.Config));
        List<int> actual = [];
        var ticket = scheduler.Submit(request, (in GeneratedToken token) =>
        {
            actual.Add(token.Token);
            return true;
        });
        while (scheduler.Step())
        {
        }

        Assert.Equal(tokens, actual);
        Assert.Equal(GenerationEnd.TokensMax, ticket.End);
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void A_token_without_a_number_ends_the_text_behind_it(int mode)
    {
        using var folder = new TemporaryFolder();
        var request = In(mode, Simple with { Prompt = _subject.Prompt, TokensMax = 20, Limit = 40 });
        int[] tokens = [.. _subject.Generate(request).Tokens.Select(token => token.Token)];
        int bad = tokens.First(token => !_subject.Prompt.Contains(token));
        using var checkpoint = Checkpoint.Open(Spoiled(folder, [bad]));
        using var model = RecurrentModel.Load(checkpoint, new ModelOptions());
        using var scheduler = new DepthScheduler(model, _subject.Pool, SchedulerSettings.For(request, model.Config));
        List<int> actual = [];
        var ticket = scheduler.Submit(request, (in GeneratedToken token) =>
        {
            actual.Add(token.Token);
            return true;
        });
        while (scheduler.Step())
        {
        }

        Assert.Equal(tokens[..(Array.IndexOf(tokens, bad) + 1)], actual);
        Assert.Equal(GenerationEnd.NotFinite, ticket.End);
    }

    /// <summary>A copy of the model in which the embedding of some tokens is no number.</summary>
    string Spoiled(TemporaryFolder folder, int[] tokens)
    {
        using var source = Checkpoint.Open(_subject.Golden.Folder);
        folder.Write("config.json", System.IO.File.ReadAllText(System.IO.Path.Combine(_subject.Golden.Folder, "config.json")));
        TensorSource[] tensors = [.. source.Tensors.Select(tensor => tensor.Name == source.Embedding.Name
            ? TensorSource.Float32(tensor.Name, tensor.Shape, Spoiled(tensor.ToFloat32(), tokens))
            : TensorSource.Copy(tensor))];
        SafetensorsWriter.Write(folder.At("model.safetensors"), tensors, new Dictionary<string, string>());
        return folder.Root;
    }

    float[] Spoiled(float[] embedding, int[] tokens)
    {
        int width = _subject.Model.Config.Width;
        foreach (int token in tokens)
            embedding.AsSpan(token * width, width).Fill(float.NaN);
        return embedding;
    }
}
