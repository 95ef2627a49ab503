using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Muninn.Engine.Text.Templates;

namespace Muninn.Engine.Text;

/// <summary>One turn of a conversation.</summary>
/// <param name="Role">Who speaks: <c>system</c>, <c>user</c>, <c>assistant</c> or what else the template knows.</param>
/// <param name="Content">What is said.</param>
public sealed record ChatMessage(string Role, string Content);

/// <summary>Whether a rendered conversation ends with the opening of the model's next turn.</summary>
public enum GenerationPrompt
{
    /// <summary>It does: the model is to answer.</summary>
    Added,

    /// <summary>It does not.</summary>
    Left,
}

/// <summary>A chat template in the part of Jinja that such templates use.</summary>
/// <remarks>
/// Known are the tags for, if, set, macro, break, continue and generation, the operators but <c>**</c>, and the filters,
/// tests, string methods and functions that published templates use. Everything else is an error that says what and
/// where. White space is treated as Hugging Face sets Jinja up (trim_blocks, lstrip_blocks). Rendering is bounded:
/// a template cannot hang or fill the memory.
/// </remarks>
public sealed class ChatTemplate
{
    readonly TemplateSource _source;
    readonly IReadOnlyList<Statement> _body;

    ChatTemplate(TemplateSource source, IReadOnlyList<Statement> body)
    {
        _source = source;
        _body = body;
    }

    /// <summary>Reads a template.</summary>
    /// <param name="source">The template's text.</param>
    /// <param name="path">The file that it comes from, for messages.</param>
    /// <exception cref="InvalidDataException">It is wrong, or has something that is not supported.</exception>
    public static ChatTemplate Parse(string source, string path = "(no file)")
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentException.ThrowIfNullOrEmpty(path);
        var lines = source.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        var template = new TemplateSource(lines, path);
        return new(template, TemplateParser.Parse(template));
    }

    /// <summary>The text of a conversation.</summary>
    /// <param name="messages">The turns, in order.</param>
    /// <param name="config">Names the special tokens; those that it does not name are undefined.</param>
    /// <param name="prompt">Whether the model's next turn is opened.</param>
    /// <exception cref="InvalidDataException">The template refuses the conversation, or fails on it.</exception>
    public string Render(
        IReadOnlyList<ChatMessage> messages, TokenizerConfig config, GenerationPrompt prompt = GenerationPrompt.Added)
    {
        ArgumentNullException.ThrowIfNull(messages);
        ArgumentNullException.ThrowIfNull(config);
        var variables = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["messages"] = messages.Select(MapOf).ToList(),
            ["add_generation_prompt"] = prompt == GenerationPrompt.Added,
            // As Hugging Face passes them where there are none: defined, and none.
            ["tools"] = null,
            ["documents"] = null,
        };
        AddToken(variables, "bos_token", config.BosToken);
        AddToken(variables, "eos_token", config.EosToken);
        AddToken(variables, "pad_token", config.PadToken);
        AddToken(variables, "unk_token", config.UnknownToken);
        return TemplateRenderer.Render(_source, _body, variables);
    }

    static object? MapOf(ChatMessage message)
    {
        ArgumentNullException.ThrowIfNull(message, "messages");
        var map = new TemplateMap
        {
            ["role"] = message.Role,
            ["content"] = message.Content,
        };
        return map;
    }

    static void AddToken(Dictionary<string, object?> variables, string name, string? token)
    {
        if (token is not null)
            variables[name] = token;
    }
}
