using System;
using System.Collections.Generic;

namespace Muninn.Engine.Text;

/// <summary>What special tokens that are spelled out inside a text mean.</summary>
public enum SpecialTokens
{
    /// <summary>
    /// <c>"&lt;|end_turn|&gt;"</c> in the text is the special token: what Hugging Face does by default, and what a
    /// rendered chat template needs.
    /// </summary>
    Recognized,

    /// <summary>Special tokens are spelled like any other text; added tokens that are not special still count.</summary>
    AsText,
}

/// <summary>text ↔ token ids.</summary>
/// <remarks>Instances do not change after construction and may be used from several threads.</remarks>
public abstract class Tokenizer
{
    /// <summary>One more than the largest token id; some ids below it may be unused (see <see cref="Contains"/>).</summary>
    public abstract int VocabularySize { get; }

    /// <summary>The ids of a text, without any token that the text does not contain.</summary>
    /// <param name="text">Any text; a lone surrogate counts as U+FFFD.</param>
    /// <param name="special">What special tokens spelled out in <paramref name="text"/> mean.</param>
    public abstract int[] Encode(string text, SpecialTokens special = SpecialTokens.Recognized);

    /// <summary>The text of some ids, special tokens included. Unused ids add nothing; bytes that are not UTF-8
    /// become U+FFFD.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An id is negative.</exception>
    public abstract string Decode(ReadOnlySpan<int> ids);

    /// <summary>Whether a token has this id.</summary>
    public abstract bool Contains(int id);

    /// <summary>Whether this id is a special token: a sign for the model, not a piece of text.</summary>
    public abstract bool IsSpecial(int id);

    /// <summary>The id of a token by its name in the tokenizer's file, or null.</summary>
    public abstract int? IdOf(string token);

    /// <summary>The token's name in the tokenizer's file (<c>"Ġthe"</c>), or null for an unused id.</summary>
    public abstract string? NameOf(int id);

    /// <summary>The UTF-8 bytes that this token alone stands for; empty for an unused id. They may be a part of a
    /// character.</summary>
    public abstract ReadOnlyMemory<byte> BytesOf(int id);

    /// <summary>
    /// A short text that shows the token and nothing else: spaces as <c>␣</c>, line feeds as <c>↵</c>, tabs as
    /// <c>⇥</c>, bytes that are only a part of a character as <c>⟨E2 96⟩</c>, invisible characters as
    /// <c>⟨U+200D⟩</c>, special tokens by name, unused ids as <c>⟨id 7⟩</c>.
    /// </summary>
    public string DisplayText(int id)
    {
        if (!Contains(id))
            return FormattableString.Invariant($"⟨id {id}⟩");
        if (IsSpecial(id) && NameOf(id) is { } name)
            return VisibleText.Of(name);
        return VisibleText.Of(BytesOf(id).Span);
    }

    /// <summary><see cref="DisplayText"/> of each id, for the labels of an axis.</summary>
    public IReadOnlyList<string> DisplayTexts(ReadOnlySpan<int> ids)
    {
        var texts = new string[ids.Length];
        for (var i = 0; i < ids.Length; i++)
            texts[i] = DisplayText(ids[i]);
        return texts;
    }
}
