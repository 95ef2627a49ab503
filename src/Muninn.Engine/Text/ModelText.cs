using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using Muninn.Engine.Files;

namespace Muninn.Engine.Text;

/// <summary>Whether the special tokens that frame a text are put around it.</summary>
public enum AddSpecial
{
    /// <summary>As the model was trained: usually the token that begins a text.</summary>
    Yes,

    /// <summary>Only the tokens of the text.</summary>
    No,
}

/// <summary>Everything that a checkpoint's folder says about text.</summary>
public sealed class ModelText
{
    internal const string TokenizerFile = "tokenizer.json";
    internal const string ConfigFile = "tokenizer_config.json";
    internal const string TemplateFile = "chat_template.jinja";

    readonly Lazy<ChatTemplate?> _template;

    ModelText(Tokenizer tokenizer, TokenizerConfig config, SpecialFrame frame, Func<ChatTemplate?> readTemplate)
    {
        Tokenizer = tokenizer;
        Config = config;
        Frame = frame;
        _template = new(readTemplate);
    }

    /// <summary>text ↔ ids.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>Special tokens by name; empty where the folder has no <c>tokenizer_config.json</c>.</summary>
    public TokenizerConfig Config { get; }

    /// <summary>
    /// What <see cref="AddSpecial.Yes"/> puts around a text: what the post-processor of <c>tokenizer.json</c> says if it
    /// is a template, else the begin token where <c>add_bos_token</c> is true and the end token where
    /// <c>add_eos_token</c> is.
    /// </summary>
    public SpecialFrame Frame { get; }

    /// <summary>
    /// The chat template: <c>chat_template.jinja</c>, else the one called <c>default</c> in
    /// <c>tokenizer_config.json</c>; null where there is none. Read on first use.
    /// </summary>
    /// <exception cref="InvalidDataException">The template has something that is not supported.</exception>
    public ChatTemplate? ChatTemplate => _template.Value;

    /// <summary>Reads a checkpoint's text files; null where the folder has no <c>tokenizer.json</c>.</summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="InvalidDataException">A file is not valid, or has something that is not supported.</exception>
    public static ModelText? Open(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        var path = Path.Combine(folder, TokenizerFile);
        if (!File.Exists(path))
            return null;
        var tokenizer = BytePairTokenizer.Read(path);
        var configPath = Path.Combine(folder, ConfigFile);
        var config = File.Exists(configPath) ? TokenizerConfig.Read(configPath) : new();
        var frame = tokenizer.Frame ?? FrameOf(config, tokenizer, configPath);
        return new(tokenizer, config, frame, () => ReadTemplate(folder, config));
    }

    /// <summary>The ids of a plain text, as the model is to see it.</summary>
    public int[] EncodePrompt(string text, AddSpecial add = AddSpecial.Yes)
    {
        var ids = Tokenizer.Encode(text);
        return add == AddSpecial.Yes ? Frame.Around(ids) : ids;
    }

    /// <summary>The ids of a conversation. The template itself spells every special token: none is added.</summary>
    /// <exception cref="InvalidOperationException">The folder has no chat template.</exception>
    /// <exception cref="InvalidDataException">The template is wrong, not supported, or refuses the conversation.</exception>
    public int[] EncodeChat(IReadOnlyList<ChatMessage> messages, GenerationPrompt prompt = GenerationPrompt.Added) =>
        Tokenizer.Encode(RenderChat(messages, prompt));

    /// <summary>The text of a conversation.</summary>
    /// <exception cref="InvalidOperationException">The folder has no chat template.</exception>
    /// <exception cref="InvalidDataException">The template is wrong, not supported, or refuses the conversation.</exception>
    public string RenderChat(IReadOnlyList<ChatMessage> messages, GenerationPrompt prompt = GenerationPrompt.Added)
    {
        var template = ChatTemplate ?? throw new InvalidOperationException(
            $"the model has no chat template: neither {TemplateFile} nor 'chat_template' in {ConfigFile}; give it plain text");
        return template.Render(messages, Config, prompt);
    }

    static SpecialFrame FrameOf(TokenizerConfig config, Tokenizer tokenizer, string path)
    {
        return new(
            config.AddsBos == true ? [Find(config.BosToken, "bos_token")] : [],
            config.AddsEos == true ? [Find(config.EosToken, "eos_token")] : []);

        int Find(string? name, string key) => (name is null ? null : tokenizer.IdOf(name)) ?? throw new InvalidDataException(
            $"{path}: {key}: expected a token of the tokenizer, because add_{key} is true; found {name ?? "none"}");
    }

    static ChatTemplate? ReadTemplate(string folder, TokenizerConfig config)
    {
        var path = Path.Combine(folder, TemplateFile);
        if (File.Exists(path))
            return ChatTemplate.Parse(Encoding.UTF8.GetString(JsonFile.ReadBytes(path, TokenizerReader.FileLengthMax)), path);
        return config.ChatTemplates.TryGetValue("default", out var source)
            ? ChatTemplate.Parse(source, Path.Combine(folder, ConfigFile))
            : null;
    }
}
