using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Muninn.Engine.Text;
using Xunit;

namespace Muninn.Tests.Engine.Text;

public sealed class ChatTemplateGoldenTests
{
    [Fact]
    public void Renders_conversations_as_the_oracle_does()
    {
        var goldens = TextGoldens.Read<ChatGoldens>("chats.json");
        var config = new TokenizerConfig { BosToken = goldens.Tokens["bos_token"], EosToken = goldens.Tokens["eos_token"] };
        var wrong = new List<string>();
        foreach (var expected in goldens.Cases)
        {
            var template = ChatTemplate.Parse(goldens.Templates[expected.Template]);
            var messages = goldens.Conversations[expected.Conversation];
            var prompt = expected.Prompt ? GenerationPrompt.Added : GenerationPrompt.Left;
            var (text, error) = Try(() => template.Render(messages, config, prompt));
            if (text != expected.Text || (error is not null && !error.Contains(expected.Error!, StringComparison.Ordinal)))
                wrong.Add($"{expected.Template} {expected.Conversation} {expected.Prompt}: {text ?? error}\n   expected {expected.Text ?? expected.Error}");
        }

        Assert.True(wrong.Count == 0, $"{wrong.Count} differ:\n{string.Join('\n', wrong.Take(20))}");
    }

    [Fact]
    public void Renders_small_templates_as_the_original_does()
    {
        var goldens = TextGoldens.Read<TemplateGoldens>("templates.json");
        var config = new TokenizerConfig { BosToken = "<s>", EosToken = "</s>" };
        var wrong = new List<string>();
        foreach (var expected in goldens.Cases)
        {
            var (text, error) = Try(() => ChatTemplate.Parse(expected.Template).Render(goldens.Variables.Messages, config));
            var right = expected.Refused ? null : expected.Original ?? expected.Text;
            if (text != right)
                wrong.Add($"{expected.Template}\n   gives    {text ?? error}\n   expected {right ?? "an error"}");
        }

        Assert.True(wrong.Count == 0, $"{wrong.Count} differ:\n{string.Join('\n', wrong.Take(60))}");
    }

    static (string? Text, string? Error) Try(Func<string> render)
    {
        try
        {
            return (render(), null);
        }
        catch (InvalidDataException error)
        {
            return (null, error.Message);
        }
    }

    sealed record ChatGoldens(
        Dictionary<string, string> Tokens, Dictionary<string, string> Templates, ChatMessage[][] Conversations, ChatCase[] Cases);

    sealed record ChatCase(string Template, int Conversation, bool Prompt, string? Text, string? Error);

    sealed record TemplateGoldens(Variables Variables, TemplateCase[] Cases);

    sealed record Variables(ChatMessage[] Messages);

    sealed record TemplateCase(string Template, string? Text, string? Original, string? Error, bool Refused);
}
