using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.AI;
using Muninn.Engine.Generation;
using Muninn.Engine.Text;
using ChatMessage = Microsoft.Extensions.AI.ChatMessage;

namespace Muninn.Engine.Chat;

/// <summary>
/// Chats with a recurrent-depth model through the usual interface: <see cref="IChatClient"/>. Conversations are rendered by the
/// model's own chat template.
/// </summary>
/// <remarks>
/// <para>From the options: <c>MaxOutputTokens</c>, <c>Temperature</c> (0: the most likely token), <c>TopK</c>, <c>TopP</c> (either
/// one draws at temperature 1 if there is none), <c>Seed</c> (without one that of the defaults: the same answer each time),
/// <c>StopSequences</c>, <c>Instructions</c> (a system message in front), and the additional properties
/// <see cref="IterationsKey"/> and <see cref="ExitKey"/>. <c>RawRepresentationFactory</c> may give a
/// <see cref="GenerationRequest"/> in place of the defaults; its prompt is not looked at. What else would change the answer is
/// refused with a <see cref="NotSupportedException"/>.</para>
/// <para>An update for each token carries <see cref="TokenKey"/>, <see cref="IterationsKey"/>, <see cref="ExitReasonKey"/> and, where
/// there is one, <see cref="ExitValueKey"/>, and the <see cref="GeneratedToken"/> itself as <c>RawRepresentation</c>; its text may be
/// empty. The last one carries the usage, the finish reason and <see cref="EndKey"/>. A whole response has the list of tokens as
/// <c>RawRepresentation</c> and <see cref="EndKey"/>. The usage counts iterations and block passes, too.</para>
/// <para>Answers of the history are rendered under the role under which the template opens the model's turn.</para>
/// </remarks>
public sealed class RecurrentChatClient : IChatClient
{
    /// <summary>In options: most iterations of a row, an integer. In updates: iterations of the row that chose the token. In the usage: their sum.</summary>
    public const string IterationsKey = "iterations";

    /// <summary>In options: an <see cref="Recurrence.ExitRule"/>, or null for none.</summary>
    public const string ExitKey = "exit";

    /// <summary>In updates: id of the token.</summary>
    public const string TokenKey = "token";

    /// <summary>In updates: why the row stopped, a name of <see cref="Recurrence.ExitReason"/>.</summary>
    public const string ExitReasonKey = "exit_reason";

    /// <summary>In updates: value of the exit rule at its last check; absent where there is none.</summary>
    public const string ExitValueKey = "exit_value";

    /// <summary>In the last update and in responses: why the answer ended, a name of <see cref="GenerationEnd"/>.</summary>
    public const string EndKey = "end";

    /// <summary>In the usage: <see cref="GenerationStream.BlockPasses"/>.</summary>
    public const string BlockPassesKey = "block_passes";

    readonly Generator _generator;
    readonly ModelText _text;
    readonly GenerationRequest _defaults;
    readonly ChatClientMetadata _metadata;
    readonly AnswerForm _form;
    long _responses;
    bool _isDisposed;

    /// <summary>Reads the chat template.</summary>
    /// <param name="generator">Runs the requests; other clients may share it. Not disposed of with this client.</param>
    /// <param name="text">Tokenizer and chat template of the same model.</param>
    /// <param name="defaults">What holds where options say nothing; its prompt is not looked at.</param>
    /// <param name="modelId">Name of the model, for responses; null: none.</param>
    /// <exception cref="InvalidOperationException">The model has no chat template.</exception>
    /// <exception cref="System.IO.InvalidDataException">The template is wrong or not supported.</exception>
    public RecurrentChatClient(Generator generator, ModelText text, GenerationRequest defaults, string? modelId = null)
    {
        ArgumentNullException.ThrowIfNull(generator);
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(defaults);
        (_generator, _text, _defaults) = (generator, text, defaults);
        _form = AnswerForm.Of(text);
        _metadata = new ChatClientMetadata("muninn", defaultModelId: modelId);
    }

    /// <summary>The whole answer.</summary>
    /// <param name="messages">The conversation, texts only.</param>
    /// <param name="options">See the remarks of the class.</param>
    /// <param name="cancellationToken">Ends the request within one pass.</param>
    /// <exception cref="NotSupportedException">An option or a content that this client does not support.</exception>
    /// <exception cref="ArgumentException">No message, or an option that cannot be read.</exception>
    /// <exception cref="InvalidOperationException">The request was refused, for a value out of its range for one, or the model gave no finite logits.</exception>
    /// <exception cref="OperationCanceledException">Cancelled, or the generator was disposed of meanwhile.</exception>
    public async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        var stream = Start(messages, options, cancellationToken);
        var text = new StringBuilder();
        List<GeneratedToken> tokens = [];
        await foreach (var piece in stream.WithCancellation(cancellationToken))
        {
            text.Append(piece.Text);
            if (piece.Token is { } token)
                tokens.Add(token);
        }

        string id = NextId();
        return new ChatResponse(new ChatMessage(ChatRole.Assistant, text.ToString()) { MessageId = id })
        {
            ResponseId = id,
            ModelId = _metadata.DefaultModelId,
            FinishReason = FinishOf(stream.Generation),
            Usage = UsageOf(stream.Generation, tokens.Sum(static token => (long)token.Iterations)),
            RawRepresentation = tokens,
            AdditionalProperties = new() { [EndKey] = stream.Generation.End.ToString() },
        };
    }

    /// <summary>The answer as it comes: an update for each token, and a last one.</summary>
    /// <param name="messages">The conversation, texts only.</param>
    /// <param name="options">See the remarks of the class.</param>
    /// <param name="cancellationToken">Ends the request within one pass; so does leaving the enumeration.</param>
    /// <exception cref="NotSupportedException">An option or a content that this client does not support.</exception>
    /// <exception cref="ArgumentException">No message, or an option that cannot be read.</exception>
    /// <exception cref="InvalidOperationException">The request was refused, for a value out of its range for one, or the model gave no finite logits.</exception>
    /// <exception cref="OperationCanceledException">Cancelled, or the generator was disposed of meanwhile.</exception>
    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var stream = Start(messages, options, cancellationToken);
        string id = NextId();
        long iterations = 0;
        await foreach (var piece in stream.WithCancellation(cancellationToken))
        {
            iterations += piece.Token?.Iterations ?? 0;
            var update = Update(id, piece.Text.Length > 0 ? [new TextContent(piece.Text)] : []);
            update.RawRepresentation = piece.Token;
            update.AdditionalProperties = piece.Token is { } token ? PropertiesOf(token) : null;
            yield return update;
        }

        var last = Update(id, [new UsageContent(UsageOf(stream.Generation, iterations))]);
        last.FinishReason = FinishOf(stream.Generation);
        last.AdditionalProperties = new() { [EndKey] = stream.Generation.End.ToString() };
        yield return last;
    }

    /// <summary>This client, its <see cref="ChatClientMetadata"/>, the <see cref="Generator"/> or the <see cref="ModelText"/>; null for else.</summary>
    /// <param name="serviceType">What is wanted.</param>
    /// <param name="serviceKey">Anything but null finds nothing.</param>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        if (serviceKey is not null)
            return null;
        object[] services = [this, _metadata, _generator, _text];
        return services.FirstOrDefault(serviceType.IsInstanceOfType);
    }

    /// <summary>Takes no more requests. The generator goes on.</summary>
    public void Dispose() => _isDisposed = true;

    TextStream Start(IEnumerable<ChatMessage> messages, ChatOptions? options, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(messages);
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        cancellation.ThrowIfCancellationRequested();
        var request = ChatSettings.Apply(options, BaseOf(options), _metadata.DefaultModelId);
        var conversation = ConversationOf(messages, options?.Instructions);
        request = request with
        {
            Prompt = _text.EncodeChat(conversation),
            StopTokens = [.. request.StopTokens.Union(_form.EndTokens)],
        };
        var stops = options?.StopSequences is { } texts ? new StopStrings(texts) : null;
        var stream = _generator.StartText(request, _text.Tokenizer, stops, cancellation);
        return stream.Generation.End == GenerationEnd.Refused
            ? throw new InvalidOperationException($"The request was refused: {stream.Generation.Explanation}")
            : stream;
    }

    GenerationRequest BaseOf(ChatOptions? options) => options?.RawRepresentationFactory?.Invoke(this) switch
    {
        null => _defaults,
        GenerationRequest request => request,
        var other => throw new NotSupportedException(
            $"{nameof(ChatOptions)}.{nameof(ChatOptions.RawRepresentationFactory)} gives a {other.GetType().Name}, which this client does "
            + $"not support; give a {nameof(GenerationRequest)}, or null."),
    };

    List<Text.ChatMessage> ConversationOf(IEnumerable<ChatMessage> messages, string? instructions)
    {
        List<Text.ChatMessage> conversation = [];
        foreach (var message in messages)
        {
            foreach (var content in message.Contents)
            {
                if (content is not TextContent)
                {
                    throw new NotSupportedException(
                        $"Message {conversation.Count} holds {content.GetType().Name}, which this client does not support; send texts only.");
                }
            }

            string role = message.Role == ChatRole.Assistant ? _form.Role : message.Role.Value;
            conversation.Add(new Text.ChatMessage(role, message.Text));
        }

        if (conversation.Count == 0)
            throw new ArgumentException("There is no message; send at least one.", nameof(messages));
        if (!string.IsNullOrEmpty(instructions))
            conversation.Insert(0, new Text.ChatMessage(ChatRole.System.Value, instructions));
        return conversation;
    }

    ChatResponseUpdate Update(string id, IList<AIContent> contents) =>
        new(ChatRole.Assistant, contents) { ResponseId = id, MessageId = id, ModelId = _metadata.DefaultModelId };

    string NextId() => $"muninn-{Interlocked.Increment(ref _responses)}";

    static AdditionalPropertiesDictionary PropertiesOf(in GeneratedToken token)
    {
        var properties = new AdditionalPropertiesDictionary
        {
            [TokenKey] = token.Token,
            [IterationsKey] = token.Iterations,
            [ExitReasonKey] = token.Reason.ToString(),
        };
        if (!double.IsNaN(token.ExitValue))
            properties[ExitValueKey] = token.ExitValue;
        return properties;
    }

    static UsageDetails UsageOf(GenerationStream stream, long iterations) => new()
    {
        InputTokenCount = stream.Request.Prompt.Length,
        OutputTokenCount = stream.Generated,
        TotalTokenCount = (long)stream.Request.Prompt.Length + stream.Generated,
        AdditionalCounts = new() { [IterationsKey] = iterations, [BlockPassesKey] = stream.BlockPasses },
    };

    static ChatFinishReason FinishOf(GenerationStream stream) => stream.End switch
    {
        GenerationEnd.StopToken or GenerationEnd.StopText => ChatFinishReason.Stop,
        GenerationEnd.TokensMax or GenerationEnd.ContextFull => ChatFinishReason.Length,
        GenerationEnd.Cancelled => throw new OperationCanceledException("The answer was cancelled before its end, with its generator."),
        GenerationEnd.NotFinite => throw new InvalidOperationException(
            $"The model gave logits that are no finite numbers, after {stream.Generated} tokens; check its weights."),
        GenerationEnd.EveryTokenBanned => throw new InvalidOperationException(
            $"The logit bias bans every token that the model could give, after {stream.Generated} tokens; ban fewer."),
        _ => throw new InvalidOperationException($"The answer ended with {stream.End}."),
    };
}
