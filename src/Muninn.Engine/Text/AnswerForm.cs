using System;
using System.Collections.Generic;
using System.IO;

namespace Muninn.Engine.Text;

/// <summary>How a model's answers stand in a conversation, as its chat template frames them.</summary>
/// <param name="Role">
/// Under which role earlier answers are to be rendered, so that they look like the one that the template opens for the model.
/// </param>
/// <param name="EndTokens">Tokens that end an answer: the one that closes a turn, and the end of a text.</param>
public sealed record AnswerForm(string Role, IReadOnlyList<int> EndTokens)
{
    const string Assistant = "assistant";
    const string SomeRole = "muninn-role";
    const string SomeText = "muninn-answer";

    static readonly ChatMessage _question = new("user", "muninn-question");

    /// <summary>Finds out by rendering a conversation; nothing about a template is known beforehand.</summary>
    /// <param name="text">The model's texts.</param>
    /// <exception cref="InvalidOperationException">The model has no chat template.</exception>
    /// <exception cref="InvalidDataException">The template is wrong, not supported, or refuses a question.</exception>
    public static AnswerForm Of(ModelText text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string asked = text.RenderChat([_question], GenerationPrompt.Left);
        string opened = text.RenderChat([_question]);
        string? answered = Rendered(text, Assistant);
        List<int> ends = [];
        if (answered is not null && EndOf(text, answered) is { } end)
            ends.Add(end);
        if (text.Config.EosToken is { } name && text.Tokenizer.IdOf(name) is { } endOfText && !ends.Contains(endOfText))
            ends.Add(endOfText);
        return new AnswerForm(RoleOf(text, asked, opened, answered), ends);
    }

    /// <summary>A question and an answer; null where the template does not know the role.</summary>
    static string? Rendered(ModelText text, string role)
    {
        try
        {
            return text.RenderChat([_question, new ChatMessage(role, SomeText)], GenerationPrompt.Left);
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    /// <summary>The special token right behind an answer.</summary>
    static int? EndOf(ModelText text, string answered)
    {
        int at = answered.LastIndexOf(SomeText, StringComparison.Ordinal);
        if (at < 0)
            return null;
        int[] behind = text.Tokenizer.Encode(answered[(at + SomeText.Length)..]);
        return behind.Length > 0 && text.Tokenizer.IsSpecial(behind[0]) ? behind[0] : null;
    }

    /// <summary>"assistant" where that opens as the model's turn is opened; else the name that stands in its place there.</summary>
    static string RoleOf(ModelText text, string asked, string opened, string? answered)
    {
        if (answered is not null && answered.StartsWith(opened, StringComparison.Ordinal))
            return Assistant;
        if (!opened.StartsWith(asked, StringComparison.Ordinal)
            || Rendered(text, SomeRole) is not { } other || !other.StartsWith(asked, StringComparison.Ordinal))
            return Assistant;
        string turn = other[asked.Length..];
        int role = turn.IndexOf(SomeRole, StringComparison.Ordinal);
        int content = turn.IndexOf(SomeText, StringComparison.Ordinal);
        if (role < 0 || content < role)
            return Assistant;
        string opening = opened[asked.Length..];
        string before = turn[..role];
        string behind = turn[(role + SomeRole.Length)..content];
        bool isAlike = opening.Length > before.Length + behind.Length
            && opening.StartsWith(before, StringComparison.Ordinal) && opening.EndsWith(behind, StringComparison.Ordinal);
        return isAlike ? opening[before.Length..^behind.Length] : Assistant;
    }
}
