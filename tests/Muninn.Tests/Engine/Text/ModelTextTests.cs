using System;
using System.IO;
using System.Text;
using Muninn.Engine.Text;
using Xunit;

namespace Muninn.Tests.Engine.Text;

public sealed class ModelTextTests
{
    [Fact]
    public void Puts_the_begin_token_in_front_where_the_config_says_so()
    {
        var text = ModelText.Open(TextGoldens.SeedlingFolder)!;
        var plain = text.Tokenizer.Encode("Hello");
        Assert.Equal([762, .. plain], text.EncodePrompt("Hello"));
        Assert.Equal(plain, text.EncodePrompt("Hello", AddSpecial.No));
        Assert.Equal([762], text.EncodePrompt(""));
    }

    [Fact]
    public void A_rendered_chat_begins_once()
    {
        var text = ModelText.Open(TextGoldens.SeedlingFolder)!;
        var ids = text.EncodeChat([new("user", " Hi ")]);
        Assert.Equal("<|begin_text|><|begin_header|>user<|end_header|>\n\nHi<|end_turn|><|begin_header|>Huginn<|end_header|>\n\n",
            text.Tokenizer.Decode(ids));
        Assert.Single(ids, 762);
        Assert.Equal(762, ids[0]);
    }

    [Fact]
    public void A_folder_without_a_tokenizer_has_no_text() =>
        WithFolder(folder => Assert.Null(ModelText.Open(folder)));

    [Fact]
    public void The_post_processor_goes_before_the_config() => WithFolder(folder =>
    {
        File.Copy(TextGoldens.PathOf("tokenizers", "llama3-style.tokenizer.json"), Path.Combine(folder, "tokenizer.json"));
        File.WriteAllText(Path.Combine(folder, "tokenizer_config.json"), """{"add_bos_token": false, "add_eos_token": true}""");
        var text = ModelText.Open(folder)!;
        Assert.Equal([text.Tokenizer.IdOf("<|begin_text|>")!.Value], text.EncodePrompt(""));
        Assert.Null(text.ChatTemplate);
        Assert.Contains("no chat template", Assert.Throws<InvalidOperationException>(() => text.EncodeChat([])).Message, StringComparison.Ordinal);
    });

    [Fact]
    public void A_template_file_goes_before_the_config() => WithFolder(folder =>
    {
        File.Copy(TextGoldens.PathOf("tokenizers", "gpt2-style.tokenizer.json"), Path.Combine(folder, "tokenizer.json"));
        File.WriteAllText(Path.Combine(folder, "tokenizer_config.json"), """{"chat_template": "no"}""");
        Assert.Equal("no", ModelText.Open(folder)!.RenderChat([]));
        File.WriteAllText(Path.Combine(folder, "chat_template.jinja"), "yes\n");
        Assert.Equal("yes", ModelText.Open(folder)!.RenderChat([]));
        File.WriteAllText(Path.Combine(folder, "tokenizer_config.json"), """{"add_bos_token": true, "bos_token": "<none>"}""");
        var error = Assert.Throws<InvalidDataException>(() => ModelText.Open(folder));
        Assert.Contains("bos_token: expected a token of the tokenizer, because add_bos_token is true; found <none>", error.Message, StringComparison.Ordinal);
    });

    [Fact]
    public void Reads_every_form_of_the_config()
    {
        var config = TokenizerConfig.Parse("""
            {"bos_token": {"content": "<s>", "lstrip": false}, "eos_token": "</s>", "pad_token": null, "unk_token": "<unk>",
             "add_bos_token": true, "model_max_length": 1000000000000000019884624838656,
             "chat_template": [{"name": "default", "template": "D"}, {"name": "tool_use", "template": "T"}]}
            """u8, "c");
        Assert.Equal("<s>", config.BosToken);
        Assert.Equal("</s>", config.EosToken);
        Assert.Null(config.PadToken);
        Assert.Equal("<unk>", config.UnknownToken);
        Assert.True(config.AddsBos);
        Assert.Null(config.AddsEos);
        Assert.Equal("D", config.ChatTemplates["default"]);
        Assert.Equal("T", config.ChatTemplates["tool_use"]);
    }

    [Theory]
    [InlineData("[]", "expected an object, found a list")]
    [InlineData("""{"bos_token": 1}""", "bos_token: expected a string, found a number")]
    [InlineData("""{"bos_token": {}}""", "bos_token: expected the key 'content'")]
    [InlineData("""{"add_bos_token": "yes"}""", "add_bos_token: expected true or false, found a string")]
    [InlineData("""{"chat_template": {}}""", "chat_template: expected a list, found an object")]
    [InlineData("""{"chat_template": [{"name": "a", "template": "x"}, {"name": "a", "template": "y"}]}""", "a second 'a'")]
    public void Refuses_a_wrong_config(string json, string message)
    {
        var error = Assert.Throws<InvalidDataException>(() => TokenizerConfig.Parse(Encoding.UTF8.GetBytes(json), "c"));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    static void WithFolder(Action<string> test)
    {
        var folder = Directory.CreateTempSubdirectory("muninn-text-");
        try
        {
            test(folder.FullName);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
