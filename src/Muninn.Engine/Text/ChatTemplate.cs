using System;
using System.Collections.Generic;

namespace Muninn.Engine.Text;

/// <summary>One turn of a conversation.</summary>
/// <param name="Role">Who speaks: <c>system</c>, <c>user</c>, <c>assistant</c> or what the template knows.</param>
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

/// <summary>A chat template.</summary>
public sealed class ChatTemplate
{
    readonly string _source;
    readonly string _path;

    ChatTemplate(string source, string path) => (_source, _path) = (source, path);

    /// <summary>Reads a template.</summary>
    public static ChatTemplate Parse(string source, string path = "chat template") => new(source, path);

    /// <summary>The text of a conversation.</summary>
    public string Render(IReadOnlyList<ChatMessage> messages, TokenizerConfig config, GenerationPrompt prompt) =>
        throw new NotSupportedException($"{_path}: chat templates cannot be rendered yet: {_source.Length} characters");
}
