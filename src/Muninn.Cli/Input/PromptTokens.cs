using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Muninn.Cli.Frame;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Text;

namespace Muninn.Cli.Input;

/// <summary>A prompt as the model sees it.</summary>
/// <param name="Ids">Token ids, <c>[T]</c>, T ≥ 1.</param>
/// <param name="Labels">What to call each token in a picture, <c>[T]</c>.</param>
sealed record PromptTokens(int[] Ids, IReadOnlyList<string> Labels)
{
    /// <summary>The bytes that each token stands for, <c>[T]</c>; none where the model has no tokenizer or no such token.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Pieces { get; init; } = new ReadOnlyMemory<byte>[Ids.Length];

    /// <summary>Encodes a prompt.</summary>
    /// <param name="prompt">The text or the ids.</param>
    /// <param name="text">The model's tokenizer and template, or null when it has none.</param>
    /// <param name="model">The name of the model, for messages.</param>
    /// <exception cref="UsageException">The model cannot read such a prompt.</exception>
    public static PromptTokens Of(Prompt prompt, ModelText? text, string model)
    {
        if (prompt.Ids is { } given) return new PromptTokens(given, [.. given.Select(id => LabelOf(id, text))]) { Pieces = PiecesOf(given, text) };
        if (text is null)
        {
            throw new UsageException(
                $"the model '{model}' has no tokenizer.json, so no text can be read. Give token ids with --tokens, e.g. --tokens 5,17,3.");
        }

        var words = prompt.Text ?? "";
        int[] ids = prompt.Frame switch
        {
            PromptFrame.Chat chat => Converse(words, chat.System, text, model),
            PromptFrame.Bare => text.EncodePrompt(words, AddSpecial.No),
            _ => text.EncodePrompt(words, AddSpecial.Yes),
        };
        return ids.Length > 0
            ? new PromptTokens(ids, text.Tokenizer.DisplayTexts(ids)) { Pieces = PiecesOf(ids, text) }
            : throw new UsageException($"{prompt.Origin} has no token at all. Give a text with at least one letter.");
    }

    /// <summary>Checks that a tokenizer has these ids.</summary>
    /// <exception cref="UsageException">It lacks one; the message has the id and what there is.</exception>
    public static void CheckKnown(int[] ids, string origin, Tokenizer tokenizer)
    {
        foreach (int id in ids)
        {
            if (id >= 0 && tokenizer.Contains(id)) continue;
            throw new UsageException(id >= 0 && id < tokenizer.VocabularySize
                ? $"{origin}: the tokenizer has no token {id}, though its ids go up to {tokenizer.VocabularySize - 1}."
                : $"{origin}: token id {id} is outside the tokenizer's vocabulary, 0 to {tokenizer.VocabularySize - 1}.");
        }
    }

    /// <summary>Checks that <paramref name="config"/> can take these tokens.</summary>
    /// <exception cref="UsageException">There are too many, or an id is out of range; the message has both values.</exception>
    public void Check(ModelConfig config, Prompt prompt)
    {
        for (int position = 0; position < Ids.Length; position++)
        {
            int id = Ids[position];
            if (id >= 0 && id < config.Vocabulary) continue;
            var where = $"token id {id} at position {position} is outside the model's vocabulary, 0 to {config.Vocabulary - 1}";
            if (prompt.Ids is not null) throw new UsageException($"{prompt.Origin}: {where}.");
            throw new InvalidDataException($"{where}: tokenizer.json does not belong to this model.");
        }

        if (Ids.Length > config.Context)
        {
            throw new UsageException(
                $"{prompt.Origin} has {Ids.Length} tokens, the model's context {config.Context}. " +
                $"Shorten it by {Ids.Length - config.Context} tokens or take a model with a longer context.");
        }
    }

    static int[] Converse(string words, string? system, ModelText text, string model)
    {
        if (text.ChatTemplate is null)
            throw new UsageException($"the model '{model}' has no chat template. Leave --chat out.");
        var turns = new List<ChatMessage>();
        if (system is not null) turns.Add(new ChatMessage("system", system));
        turns.Add(new ChatMessage("user", words));
        return text.EncodeChat(turns);
    }

    static ReadOnlyMemory<byte>[] PiecesOf(int[] ids, ModelText? text) =>
        [.. ids.Select(id => text is not null && id >= 0 && text.Tokenizer.Contains(id) ? text.Tokenizer.BytesOf(id) : default)];

    /// <summary>What to call a token in a picture.</summary>
    public static string LabelOf(int id, ModelText? text) =>
        text is not null && id >= 0 && text.Tokenizer.Contains(id) ? text.Tokenizer.DisplayText(id) : FormattableString.Invariant($"#{id}");
}
