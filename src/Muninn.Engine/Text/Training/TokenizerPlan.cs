using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Muninn.Engine.Text.Patterns;

namespace Muninn.Engine.Text.Training;

/// <summary>What a byte-level tokenizer that is to be learnt looks like.</summary>
public sealed record TokenizerPlan
{
    /// <summary>Bytes have a token each.</summary>
    const int ByteCount = 256;

    /// <summary>GPT-2's cut into pieces: contractions, words, numbers, other signs, spaces.</summary>
    public static string Gpt2Pattern => PreTokenizer.Gpt2Pattern;

    /// <summary>The cut of the <c>seedling</c>: as GPT-2's, but words are of ASCII letters, and each ASCII digit stands alone.</summary>
    public const string SeedlingPattern = @"'(?:s|t|re|ve|m|ll|d)| ?[A-Za-z]+|[0-9]| ?[^\sA-Za-z0-9]+|\s+(?!\S)|\s+";

    /// <summary>All tokens together: 256 bytes, what is learnt, and the special tokens, which come last.</summary>
    public required int Vocabulary { get; init; }

    /// <summary>Cuts a text into the pieces that no learnt token crosses; each match is a piece, and what lies between.</summary>
    public string Pattern { get; init; } = Gpt2Pattern;

    /// <summary>Whether every digit is a piece of its own, so that numbers are read digit by digit.</summary>
    public bool DigitsApart { get; init; } = true;

    /// <summary>A pair that occurs less often is not learnt.</summary>
    public int LeastCount { get; init; } = 2;

    /// <summary>The special token that begins a text.</summary>
    public string BeginText { get; init; } = "<|begin_text|>";

    /// <summary>The special token that ends a text.</summary>
    public string EndText { get; init; } = "<|end_text|>";

    /// <summary>The special tokens between these two and <see cref="Padding"/>: those of the built-in chat template.</summary>
    public IReadOnlyList<string> OtherSpecial { get; init; } = ["<|begin_header|>", "<|end_header|>", "<|end_turn|>"];

    /// <summary>The special token that fills up shorter texts; it comes last.</summary>
    public string Padding { get; init; } = "<|pad|>";

    /// <summary>The chat template; null for the built-in one where <see cref="OtherSpecial"/> are its tokens, else for none.</summary>
    public string? ChatTemplate { get; init; }

    /// <summary>All special tokens in the order of their ids.</summary>
    public IReadOnlyList<string> SpecialTokens => [BeginText, EndText, .. OtherSpecial, Padding];

    /// <summary>How many tokens are learnt at most.</summary>
    internal int MostLearnt => Vocabulary - ByteCount - SpecialTokens.Count;

    /// <summary>The template that is written: the given one, else the one of Huginn where its tokens are there.</summary>
    internal string? WrittenTemplate => ChatTemplate ?? (OtherSpecial is ["<|begin_header|>", "<|end_header|>", "<|end_turn|>"]
        ? "{% for message in messages %}{% set content = '<|begin_header|>' + message['role'] + '<|end_header|>\\n\\n' + message['content'] | trim "
            + "+ '<|end_turn|>' %}{% if loop.index0 == 0 %}{% set content = bos_token + content %}{% endif %}{{ content }}{% endfor %}"
            + "{% if add_generation_prompt %}{{ '<|begin_header|>Huginn<|end_header|>\\n\\n' }}{% endif %}"
        : null);

    /// <summary>The cut as the trained tokenizer makes it.</summary>
    internal PreTokenizer Cut()
    {
        PreTokenizer split = new PreTokenizer.Split(TextPattern.Parse(Pattern), SplitBehavior.Isolated, Inverted: false);
        PreTokenizer bytes = new PreTokenizer.ByteLevel(SpaceInFront.Kept, Gpt2Cut.Skipped);
        return new PreTokenizer.Sequence(DigitsApart ? [new PreTokenizer.Digits(SplitBehavior.Isolated), split, bytes] : [split, bytes]);
    }

    /// <summary>This plan, if it can be followed.</summary>
    /// <exception cref="InvalidDataException">A number is out of range, a special token is empty or there twice, or the pattern or the template is wrong.</exception>
    public TokenizerPlan Validated()
    {
        int least = ByteCount + SpecialTokens.Count;
        if (Vocabulary < least || Vocabulary > TokenizerReader.MaxVocabulary)
            throw new InvalidDataException(
                $"A vocabulary of {Vocabulary} is asked for; 256 bytes and {SpecialTokens.Count} special tokens take {least}, and {TokenizerReader.MaxVocabulary} are the most. "
                + $"Give a number from {least} to {TokenizerReader.MaxVocabulary}.");
        if (LeastCount < 1)
            throw new InvalidDataException($"Pairs are to occur at least {LeastCount} times; give 1 or more, such as 2.");
        if (SpecialTokens.FirstOrDefault(static name => name.Length == 0 || ByteAlphabet.BytesOf(name) is { Length: 1 }) is { } bad)
            throw new InvalidDataException($"'{bad}' is no name for a special token: a byte has it already, or it is empty. Give one such as <|end_text|>.");
        if (SpecialTokens.GroupBy(static name => name, StringComparer.Ordinal).FirstOrDefault(static names => names.Count() > 1) is { } twice)
            throw new InvalidDataException($"The special token '{twice.Key}' is named {twice.Count()} times; give each its own name.");
        _ = Cut();
        if (ChatTemplate is not null) _ = Text.ChatTemplate.Parse(ChatTemplate, "the chat template");
        return this;
    }
}
