using System;
using Muninn.Engine.Text;

namespace Muninn.Engine.Training.Data;

/// <summary>How questions and answers stand in what a model reads, as plain text and as a turn of a conversation.</summary>
/// <remarks>
/// Plain: the question framed as every prompt is, then a space, the answer, a full stop and the token that ends a text. In a conversation:
/// as the chat template puts it, then the answer, a full stop and the token that ends a turn. Prompt and answer are cut into tokens
/// apart, since a running model has the prompt before there is an answer.
/// </remarks>
public sealed class QuestionTokens
{
    readonly ModelText _text;
    readonly int _endOfText;
    readonly int? _endOfTurn;

    /// <summary>Looks up the special tokens of a model.</summary>
    /// <param name="text">The model's tokenizer, special tokens and chat template.</param>
    /// <exception cref="ArgumentException">The tokenizer names no token that ends a text.</exception>
    public QuestionTokens(ModelText text)
    {
        ArgumentNullException.ThrowIfNull(text);
        _text = text;
        _endOfText = (text.Config.EosToken is { } name ? text.Tokenizer.IdOf(name) : null) ?? throw new ArgumentException(
            $"The tokenizer has no token that ends a text (eos_token is '{text.Config.EosToken}'); name one in tokenizer_config.json.", nameof(text));
        _endOfTurn = text.ChatTemplate is null ? null : AnswerForm.Of(text).EndTokens[0];
    }

    /// <summary>Whether the model has a chat template.</summary>
    public bool HasChat => _endOfTurn is not null;

    /// <summary>The token that ends a text.</summary>
    public int EndOfText => _endOfText;

    /// <summary>What a model reads before it answers.</summary>
    /// <param name="question">The question.</param>
    /// <param name="chat">As a turn of a conversation.</param>
    public int[] Prompt(string question, bool chat = false) => chat
        ? _text.EncodeChat([new ChatMessage("user", question)])
        : [.. _text.Frame.Before, .. _text.Tokenizer.Encode(question, SpecialTokens.AsText)];

    /// <summary>What it answers, the token that ends the answer included.</summary>
    /// <param name="answer">The answer without a full stop.</param>
    /// <param name="chat">As a turn of a conversation.</param>
    public int[] Answer(string answer, bool chat = false) => chat
        ? [.. _text.Tokenizer.Encode($"{answer}.", SpecialTokens.AsText), _endOfTurn ?? throw new InvalidOperationException("the model has no chat template")]
        : [.. _text.Tokenizer.Encode($" {answer}.", SpecialTokens.AsText), _endOfText];

    /// <summary>A text that asks for nothing, whole.</summary>
    /// <param name="text">The text.</param>
    public int[] Text(string text) => [.. _text.Frame.Before, .. _text.Tokenizer.Encode(text, SpecialTokens.AsText), _endOfText];
}
