using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Muninn.Engine.Text;
using Muninn.Engine.Training.Data.Corpus;

namespace Muninn.Engine.Training.Data.Shards;

/// <summary>From documents to tokens and how much each counts.</summary>
/// <param name="text">The model's tokenizer, special tokens and chat template.</param>
/// <param name="promptWeight">How much what is given counts: prompts, and all turns but the model's.</param>
/// <param name="writer">Takes the tokens.</param>
sealed class DocumentTokens(ModelText text, float promptWeight, ShardWriter writer)
{
    readonly QuestionTokens _questions = new(text);
    readonly Lazy<AnswerForm> _form = new(() => AnswerForm.Of(text));

    /// <summary>Appends a document, or a part of one.</summary>
    /// <exception cref="InvalidDataException">The chat template refuses it, or it has nothing to learn.</exception>
    public void Add(CorpusDocument document)
    {
        switch (document)
        {
            case CorpusDocument.Plain plain:
                if (plain.Begins) writer.Add([.. text.Frame.Before], 1);
                writer.Add(text.Tokenizer.Encode(plain.Part, SpecialTokens.AsText), 1);
                if (!plain.Ends) return;
                writer.Add([_questions.EndOfText], 1);
                break;
            case CorpusDocument.Completion completion:
                writer.Add(_questions.Prompt(completion.Prompt), promptWeight);
                writer.Add([.. text.Tokenizer.Encode(completion.Answer, SpecialTokens.AsText), _questions.EndOfText], 1);
                break;
            case CorpusDocument.Chat chat:
                Add(chat);
                break;
        }

        writer.EndDocument(document.Place);
    }

    void Add(CorpusDocument.Chat chat)
    {
        if (text.ChatTemplate is null)
            throw new InvalidDataException($"{chat.Place}: 'messages' need a chat template, and the tokenizer has none. Take another --model, or give 'text'.");
        try
        {
            AddTurns([.. chat.Messages.Select(message => message.Role == "assistant" ? message with { Role = _form.Value.Role } : message)], chat.Place);
        }
        catch (InvalidDataException error) when (!error.Message.StartsWith(chat.Place, StringComparison.Ordinal))
        {
            throw new InvalidDataException($"{chat.Place}: {error.Message}", error);
        }
    }

    /// <summary>
    /// Prompt and answer are cut into tokens apart, as a running model has one before the other. The model's turn is what the template adds
    /// behind the opening of that turn.
    /// </summary>
    void AddTurns(List<ChatMessage> messages, string place)
    {
        string done = "";
        for (int turn = 0; turn < messages.Count; turn++)
        {
            if (messages[turn].Role != _form.Value.Role) continue;
            string opened = text.RenderChat(messages[..turn]);
            string closed = text.RenderChat(messages[..(turn + 1)], GenerationPrompt.Left);
            if (!opened.StartsWith(done, StringComparison.Ordinal) || !closed.StartsWith(opened, StringComparison.Ordinal))
                throw new InvalidDataException(
                    $"{place}: turn {turn + 1}: the chat template does not put this turn of the model behind what it opens for an answer, so that no label can be told. "
                    + "Begin with another turn, or give 'prompt' and 'completion'.");
            writer.Add(text.Tokenizer.Encode(opened[done.Length..]), promptWeight);
            writer.Add(text.Tokenizer.Encode(closed[opened.Length..]), 1);
            done = closed;
        }

        if (done.Length == 0)
            throw new InvalidDataException($"{place}: no message has the role 'assistant', so that there is nothing to learn. Leave the line out.");
        if (messages[^1].Role == _form.Value.Role) return;
        string whole = text.RenderChat(messages, GenerationPrompt.Left);
        if (whole.StartsWith(done, StringComparison.Ordinal)) writer.Add(text.Tokenizer.Encode(whole[done.Length..]), promptWeight);
    }
}
