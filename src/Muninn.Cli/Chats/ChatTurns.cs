using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using Muninn.Engine.Text;

namespace Muninn.Cli.Chats;

/// <summary>
/// What a chat template says of the model's own turns, found by letting it render some: templates name neither the role nor the
/// token that ends a turn.
/// </summary>
static class ChatTurns
{
    const string Usual = "assistant";
    const string Question = "question";
    const string Reply = "reply";

    /// <summary>The role of the model: the one whose turn begins as the template opens it.</summary>
    /// <param name="text">The model's tokenizer and template.</param>
    public static string RoleOf(ModelText text)
    {
        ChatMessage[] asked = [new("user", Question)];
        if (Render(text, asked, GenerationPrompt.Added) is not { } opened || Render(text, asked, GenerationPrompt.Left) is not { } closed) return Usual;
        var opening = opened.StartsWith(closed, StringComparison.Ordinal) ? opened[closed.Length..] : opened;
        var names = Regex.Matches(opening, @"\w+", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1)).Select(static match => match.Value);
        return names.Prepend(Usual).Distinct(StringComparer.Ordinal).FirstOrDefault(
            role => Render(text, [.. asked, new(role, Reply)], GenerationPrompt.Left)?.StartsWith(opened + Reply, StringComparison.Ordinal) == true) ?? Usual;
    }

    /// <summary>Tokens that end a turn of the model: the first special one behind its words.</summary>
    /// <param name="text">The model's tokenizer and template.</param>
    public static IReadOnlyList<int> EndsOf(ModelText text)
    {
        var rendered = Render(text, [new("user", Question), new(RoleOf(text), Reply)], GenerationPrompt.Left);
        int end = rendered?.LastIndexOf(Reply, StringComparison.Ordinal) ?? -1;
        return end < 0 ? [] : [.. text.Tokenizer.Encode(rendered![(end + Reply.Length)..]).Where(text.Tokenizer.IsSpecial).Take(1)];
    }

    static string? Render(ModelText text, IReadOnlyList<ChatMessage> messages, GenerationPrompt prompt)
    {
        try
        {
            return text.ChatTemplate is null ? null : text.RenderChat(messages, prompt);
        }
        catch (InvalidDataException)
        {
            // A template that refuses such a conversation says nothing about it.
            return null;
        }
    }
}
