using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.AI;
using Muninn.Engine.Caching;
using Muninn.Engine.Chat;
using Muninn.Engine.Generation;
using Muninn.Engine.Recurrence;
using Muninn.Engine.Text;
using Xunit;
using ChatMessage = Microsoft.Extensions.AI.ChatMessage;

namespace Muninn.Tests.Engine.Chat;

public sealed class RecurrentChatClientTests : IDisposable
{
    const int Timeout = 60_000;

    readonly SeedlingBench _bench = new();

    [Fact(Timeout = Timeout)]
    public async Task Answers_what_the_request_gives_alone()
    {
        var (ticket, tokens) = _bench.Alone(_bench.Question("Who are you?"));
        var response = await _bench.Client.GetResponseAsync("Who are you?");
        int[] shown = [.. tokens.Select(static token => token.Token).Where(id => !_bench.Text.Tokenizer.IsSpecial(id))];
        Assert.Equal(_bench.Text.Tokenizer.Decode(shown), response.Text);
        Assert.Equal(ChatRole.Assistant, Assert.Single(response.Messages).Role);
        Assert.Equal(tokens, Assert.IsType<List<GeneratedToken>>(response.RawRepresentation));
        Assert.Equal(ticket.End == GenerationEnd.StopToken ? ChatFinishReason.Stop : ChatFinishReason.Length, response.FinishReason);
        Assert.Equal(ticket.End.ToString(), response.AdditionalProperties![RecurrentChatClient.EndKey]);
        Assert.Equal("seedling", response.ModelId);
        var usage = response.Usage!;
        Assert.Equal((ticket.Request.Prompt.Length, tokens.Count), (usage.InputTokenCount, usage.OutputTokenCount));
        Assert.Equal(usage.InputTokenCount + usage.OutputTokenCount, usage.TotalTokenCount);
        Assert.Equal(tokens.Sum(static token => token.Iterations), usage.AdditionalCounts![RecurrentChatClient.IterationsKey]);
        Assert.Equal(ticket.BlockPasses, usage.AdditionalCounts[RecurrentChatClient.BlockPassesKey]);
    }

    [Fact(Timeout = Timeout)]
    public async Task Streams_an_update_for_each_token_and_the_same_answer()
    {
        var options = new ChatOptions { AdditionalProperties = new() { ["exit"] = new ResidualExit(0.1), ["iterations"] = 12 } };
        var whole = await _bench.Client.GetResponseAsync("Tell me a story.", options);
        List<ChatResponseUpdate> updates = [];
        await foreach (var update in _bench.Client.GetStreamingResponseAsync("Tell me a story.", options))
            updates.Add(update);
        Assert.Equal(whole.Text, string.Concat(updates.Select(static update => update.Text)));
        var tokens = (List<GeneratedToken>)whole.RawRepresentation!;
        var ofTokens = updates.Where(static update => update.RawRepresentation is not null).ToArray();
        Assert.Equal(tokens, ofTokens.Select(static update => (GeneratedToken)update.RawRepresentation!));
        for (int i = 0; i < tokens.Count; i++)
        {
            var properties = ofTokens[i].AdditionalProperties!;
            Assert.Equal(tokens[i].Token, properties["token"]);
            Assert.Equal(tokens[i].Iterations, properties["iterations"]);
            Assert.Equal(tokens[i].Reason.ToString(), properties["exit_reason"]);
            Assert.Equal(tokens[i].ExitValue, properties["exit_value"]);
        }

        Assert.Contains(tokens, static token => token.Reason == ExitReason.RuleMet);
        Assert.All(updates[..^1], static update => Assert.Null(update.FinishReason));
        Assert.Equal(whole.FinishReason, updates[^1].FinishReason);
        Assert.Single(updates.Select(static update => (update.ResponseId, update.MessageId, update.ModelId, update.Role)).Distinct());

        // What consumers of the interface make of updates.
        var gathered = updates.ToChatResponse();
        Assert.Equal(whole.Text, Assert.Single(gathered.Messages).Text);
        Assert.Equal(whole.FinishReason, gathered.FinishReason);
        Assert.Equal(Counts(whole), Counts(gathered));

        static (long?, long?, long?, long) Counts(ChatResponse response) => (response.Usage!.InputTokenCount,
            response.Usage.OutputTokenCount, response.Usage.TotalTokenCount, response.Usage.AdditionalCounts!["iterations"]);
    }

    [Fact(Timeout = Timeout)]
    public async Task Responses_and_updates_can_be_written_as_json()
    {
        var response = await _bench.Client.GetResponseAsync("Hello");
        Assert.Contains("\"block_passes\"", JsonSerializer.Serialize(response, AIJsonUtilities.DefaultOptions), StringComparison.Ordinal);
        await foreach (var update in _bench.Client.GetStreamingResponseAsync("Hello"))
            Assert.Contains("seedling", JsonSerializer.Serialize(update, AIJsonUtilities.DefaultOptions), StringComparison.Ordinal);
    }

    [Fact(Timeout = Timeout)]
    public async Task Renders_the_conversation_by_the_models_template()
    {
        ChatMessage[] messages =
        [
            new(ChatRole.User, "Hi"),
            new(ChatRole.Assistant, [new TextContent("Hel"), new TextContent("lo")]),
            new(ChatRole.User, "And?"),
        ];
        int[] prompt = _bench.Text.EncodeChat([new("system", "Be kind."), new("user", "Hi"), new("Huginn", "Hello"), new("user", "And?")]);
        var expected = _bench.Alone(_bench.Question("") with { Prompt = prompt });
        var response = await _bench.Client.GetResponseAsync(messages, new ChatOptions { Instructions = "Be kind." });
        Assert.Equal(prompt.Length, response.Usage!.InputTokenCount);
        Assert.Equal(expected.Tokens, (List<GeneratedToken>)response.RawRepresentation!);
    }

    [Fact(Timeout = Timeout)]
    public async Task A_seed_reproduces_an_answer_and_another_changes_it()
    {
        var options = new ChatOptions { Temperature = 1.2f, TopK = 50, TopP = 0.9f, Seed = 3 };
        var first = await _bench.Client.GetResponseAsync("Sing!", options);
        var second = await _bench.Client.GetResponseAsync("Sing!", options);
        options.Seed = -4;
        var other = await _bench.Client.GetResponseAsync("Sing!", options);
        Assert.Equal(first.Text, second.Text);
        Assert.NotEqual(first.Text, other.Text);
        var expected = _bench.Alone(_bench.Question("Sing!") with
        {
            Sampler = new FilteredSampler { Temperature = 1.2f, TopK = 50, TopP = 0.9, Seed = 3 },
        });
        Assert.Equal(expected.Tokens, (List<GeneratedToken>)first.RawRepresentation!);
    }

    [Fact(Timeout = Timeout)]
    public async Task Options_mean_what_they_say()
    {
        var greedy = await Tokens(null);
        Assert.Equal(greedy, await Tokens(new ChatOptions { Temperature = 0, TopK = 5, Seed = 9 }));
        Assert.Equal(greedy, await Tokens(new ChatOptions { TopK = 1 }));
        Assert.Equal(greedy, await Tokens(new ChatOptions
        {
            FrequencyPenalty = 0,
            PresencePenalty = 0,
            ModelId = "seedling",
            ResponseFormat = ChatResponseFormat.Text,
            ToolMode = ChatToolMode.None,
            Tools = [],
        }));
        Assert.Equal(greedy[..3], await Tokens(new ChatOptions { MaxOutputTokens = 3 }));
        Assert.NotEqual(greedy, await Tokens(new ChatOptions { TopP = 0.99f }));
        var few = await Tokens(new ChatOptions { AdditionalProperties = new() { ["iterations"] = 2L, ["exit"] = null } });
        Assert.All(few, static token => Assert.Equal(2, token.Iterations));
        var given = SeedlingBench.Defaults with { Limit = 3, TokensMax = 4, Cache = CachePolicy.LatestOnly };
        var raw = await Tokens(new ChatOptions { RawRepresentationFactory = _ => given, MaxOutputTokens = 5 });
        Assert.Equal(_bench.Alone(_bench.Question("Go!") with { Limit = 3, TokensMax = 5, Cache = CachePolicy.LatestOnly }).Tokens, raw);

        async Task<List<GeneratedToken>> Tokens(ChatOptions? options) =>
            (List<GeneratedToken>)(await _bench.Client.GetResponseAsync("Go!", options)).RawRepresentation!;
    }

    [Fact(Timeout = Timeout)]
    public async Task A_stop_sequence_ends_the_answer_before_it()
    {
        var whole = await _bench.Client.GetResponseAsync("Who are you?");
        string stop = whole.Text.Substring(whole.Text.Length / 2, 2);
        var cut = await _bench.Client.GetResponseAsync("Who are you?", new ChatOptions { StopSequences = [stop] });
        Assert.Equal(whole.Text[..whole.Text.IndexOf(stop, StringComparison.Ordinal)], cut.Text);
        Assert.Equal(ChatFinishReason.Stop, cut.FinishReason);
        Assert.True(cut.Usage!.OutputTokenCount < whole.Usage!.OutputTokenCount);
    }

    public static TheoryData<string, ChatOptions> Unsupported { get; } = new()
    {
        { "ChatOptions.FrequencyPenalty is 0.5", new ChatOptions { FrequencyPenalty = 0.5f } },
        { "ChatOptions.PresencePenalty is -1", new ChatOptions { PresencePenalty = -1 } },
        { "ChatOptions.ResponseFormat is ChatResponseFormatJson", new ChatOptions { ResponseFormat = ChatResponseFormat.Json } },
        { "ChatOptions.Tools is a list of 1", new ChatOptions { Tools = [AIFunctionFactory.Create(() => 1, "one")] } },
        { "ChatOptions.ToolMode is to require a tool", new ChatOptions { ToolMode = ChatToolMode.RequireAny } },
        { "ChatOptions.ConversationId is c", new ChatOptions { ConversationId = "c" } },
        { "ChatOptions.Reasoning is set", new ChatOptions { Reasoning = new ReasoningOptions { Effort = ReasoningEffort.High } } },
        { "ChatOptions.ModelId is gpt, which this client does not support; this client has seedling.", new ChatOptions { ModelId = "gpt" } },
        { "gives a String, which this client does not support", new ChatOptions { RawRepresentationFactory = static _ => "x" } },
        { "The additional property 'min_p' is not known to this client; it knows 'iterations' and 'exit'.",
            new ChatOptions { AdditionalProperties = new() { ["min_p"] = 0.1 } } },
    };

    [Theory(Timeout = Timeout)]
    [MemberData(nameof(Unsupported), DisableDiscoveryEnumeration = true)]
    public async Task Refuses_an_option_that_it_does_not_have(string message, ChatOptions options)
    {
        var error = await Assert.ThrowsAsync<NotSupportedException>(() => _bench.Client.GetResponseAsync("Hi", options));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<NotSupportedException>(() => _bench.Client.GetStreamingResponseAsync("Hi", options).ToChatResponseAsync());
    }

    public static TheoryData<string, ChatOptions> Wrong { get; } = new()
    {
        { "'iterations' is many (String); give a whole number", new ChatOptions { AdditionalProperties = new() { ["iterations"] = "many" } } },
        { "'iterations' is null; give a whole number", new ChatOptions { AdditionalProperties = new() { ["iterations"] = null } } },
        { "'exit' is residual (String); give an ExitRule", new ChatOptions { AdditionalProperties = new() { ["exit"] = "residual" } } },
        { "The limit is 0 iterations", new ChatOptions { AdditionalProperties = new() { ["iterations"] = 0 } } },
        { "0 tokens were asked for; ask for at least 1.", new ChatOptions { MaxOutputTokens = 0 } },
        { "Temperature is -1; give a finite number above 0", new ChatOptions { Temperature = -1 } },
        { "TopK is -1; give a number of tokens", new ChatOptions { TopK = -1 } },
        { "TopP is 2; give a probability", new ChatOptions { TopP = 2 } },
        { "A stop string is empty", new ChatOptions { StopSequences = [""] } },
    };

    [Theory(Timeout = Timeout)]
    [MemberData(nameof(Wrong), DisableDiscoveryEnumeration = true)]
    public async Task Refuses_an_option_out_of_its_range(string message, ChatOptions options)
    {
        var error = await Assert.ThrowsAnyAsync<Exception>(() => _bench.Client.GetResponseAsync("Hi", options));
        Assert.True(error is ArgumentException or InvalidOperationException, $"{error}");
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = Timeout)]
    public async Task Refuses_contents_other_than_text_and_no_messages()
    {
        ChatMessage picture = new(ChatRole.User, [new TextContent("Look"), new DataContent(new byte[4], "image/png")]);
        var error = await Assert.ThrowsAsync<NotSupportedException>(() => _bench.Client.GetResponseAsync(picture));
        Assert.Equal("Message 0 holds DataContent, which this client does not support; send texts only.", error.Message);
        await Assert.ThrowsAsync<ArgumentException>(() => _bench.Client.GetResponseAsync((IEnumerable<ChatMessage>)[]));
        await Assert.ThrowsAsync<ArgumentNullException>(() => _bench.Client.GetResponseAsync((IEnumerable<ChatMessage>)null!));
        string tooLong = string.Concat(Enumerable.Repeat("The raven. ", 1000));
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => _bench.Client.GetResponseAsync(tooLong));
        Assert.Contains("but this model reads at most 1024", refused.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = Timeout)]
    public async Task Cancelling_or_leaving_frees_everything()
    {
        using var source = new CancellationTokenSource();
        var options = new ChatOptions { MaxOutputTokens = 150 };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in _bench.Client.GetStreamingResponseAsync("Go on and on.", options, source.Token))
                await source.CancelAsync();
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => _bench.Client.GetResponseAsync("Go on and on.", options, new CancellationToken(canceled: true)));
        await foreach (var _ in _bench.Client.GetStreamingResponseAsync("Go on and on.", options))
            break;
        // Behind those two in the queue: what they held is free by then.
        await _bench.Client.GetResponseAsync("Hi", new ChatOptions { MaxOutputTokens = 1 });
        Assert.Equal((0, 0L), (_bench.Generator.Load.Running, _bench.Generator.Load.StoreBytesInUse));
    }

    [Fact(Timeout = Timeout)]
    public async Task Gives_its_services_and_ends_without_its_generator()
    {
        IChatClient client = new DelegatingClient(_bench.Client);
        Assert.Equal(("muninn", "seedling"),
            (client.GetService<ChatClientMetadata>()!.ProviderName, client.GetService<ChatClientMetadata>()!.DefaultModelId));
        Assert.Same(_bench.Client, client.GetService<RecurrentChatClient>());
        Assert.Same(_bench.Generator, client.GetService<Generator>());
        Assert.Same(_bench.Text, client.GetService<ModelText>());
        Assert.Null(client.GetService<string>());
        Assert.Null(client.GetService<Generator>("key"));
        client.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => client.GetResponseAsync("Hi"));
        using var next = new RecurrentChatClient(_bench.Generator, _bench.Text, SeedlingBench.Defaults);
        Assert.NotEmpty((await next.GetResponseAsync("Hi")).Text);
    }

    public void Dispose() => _bench.Dispose();

    /// <summary>The base of every middleware of the interface.</summary>
    sealed class DelegatingClient(IChatClient inner) : DelegatingChatClient(inner);
}
