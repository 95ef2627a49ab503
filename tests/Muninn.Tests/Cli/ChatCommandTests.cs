using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;
using System.Threading.Tasks;
using Xunit;

namespace Muninn.Tests.Cli;

public sealed class ChatCommandTests
{
    static Task<Answer> Chat(string input, string? folder = null, params string[] options) => MuninnProcess.Run(new Call
    {
        Arguments = ["chat", "--max-tokens", "12", .. options],
        Input = Encoding.UTF8.GetBytes(input),
        Folder = folder,
        // Colours would come here if a pipe counted as a terminal.
        Environment = new Dictionary<string, string> { ["TERM"] = "xterm-256color", ["COLORTERM"] = "truecolor" },
    });

    static (string Role, string Content)[] Saved(string path) =>
    [
        .. JsonDocument.Parse(File.ReadAllText(path)).RootElement.GetProperty("messages").EnumerateArray()
            .Select(turn => (turn.GetProperty("role").GetString()!, turn.GetProperty("content").GetString()!)),
    ];

    [Fact]
    public async Task Answers_are_those_of_generate_behind_the_template()
    {
        var chat = await Chat("Who has the key?\n");
        var generate = await MuninnProcess.Run("generate", "--chat", "Who has the key?", "--max-tokens", "12");
        Assert.Equal(0, chat.ExitCode);
        Assert.Equal("", chat.Error);
        Assert.Equal(generate.Output + "\n", chat.Output);
        var system = await Chat("Who has the key?\n", null, "--system", "Ann has it.", "--logit-bias", "763=-inf");
        var systemGenerate = await MuninnProcess.Run(
            "generate", "--chat", "Who has the key?", "--max-tokens", "12", "--system", "Ann has it.", "--logit-bias", "763=-inf");
        Assert.Equal(systemGenerate.Output + "\n", system.Output);
    }

    [Fact]
    public async Task History_is_kept_saved_and_forgotten()
    {
        using var folder = new TemporaryFolder();
        var chat = await Chat(
            "first\n\nsecond \\\nline\n/save a.json\n/system Be brief.\n//third\n/save b.json\n/reset\n/save c.json\n/system\n/save d.json\n", folder.Root);
        Assert.Equal(0, chat.ExitCode);
        string[] answers = chat.Output.Split('\n');
        Assert.Equal(4, answers.Length);
        var first = Saved(folder.At("a.json"));
        Assert.Equal(
            [("user", "first"), ("Huginn", answers[0]), ("user", "second \nline"), ("Huginn", answers[1])], first);
        Assert.Equal([("system", "Be brief."), .. first, ("user", "/third"), ("Huginn", answers[2])], Saved(folder.At("b.json")));
        Assert.Equal([("system", "Be brief.")], Saved(folder.At("c.json")));
        Assert.Empty(Saved(folder.At("d.json")));
        Assert.Contains("system turn set", chat.Error);
        Assert.Equal(4, Directory.GetFiles(folder.Root).Length);
    }

    [Fact]
    public async Task Iterations_hold_from_there_on()
    {
        var chat = await Chat("Hello\n/iterations 3\nHello\n/quit\nnever read\n", null, "--stats");
        Assert.Contains("limit 8\n", chat.Error);
        Assert.Contains("iterations: 3\n", chat.Error);
        Assert.Contains("limit 3\n", chat.Error);
        Assert.Equal(2, chat.Output.TrimEnd('\n').Split('\n').Length);
    }

    [Theory]
    [InlineData("/iteration 3", "'/iteration' is no command; did you mean /iterations?")]
    [InlineData("/iterations many", "/iterations: 'many' is no whole number from 1 to 10000")]
    [InlineData("/save", "/save wants the name of a file")]
    [InlineData("/save talk.txt", "the name must end in .json")]
    [InlineData("/reset all", "/reset takes nothing behind it")]
    public async Task A_script_with_a_wrong_command_ends_there(string command, string message)
    {
        var answer = await Chat($"{command}\nHello\n");
        Assert.Equal(2, answer.ExitCode);
        Assert.Contains(message, answer.Error);
        Assert.Equal("", answer.Output);
    }

    [Fact]
    public async Task Too_long_a_conversation_is_refused_with_the_remedy()
    {
        var answer = await Chat(string.Join(' ', Enumerable.Repeat("key", 2000)) + "\n");
        Assert.Equal(2, answer.ExitCode);
        Assert.Matches("the conversation has [0-9]+ tokens, and seedling reads at most 1024.*Begin anew with /reset", answer.Error);
    }

    [Fact]
    public async Task Input_that_is_not_UTF_8_is_a_failure()
    {
        var answer = await MuninnProcess.Run(new Call { Arguments = ["chat"], Input = [0x48, 0xFF, 0x0A] });
        Assert.Equal(1, answer.ExitCode);
        Assert.Contains("not UTF-8", answer.Error);
    }

    [Fact]
    public async Task A_model_without_a_template_cannot_talk()
    {
        var answer = await Chat("Hello\n", null, "--model", Path.Combine(AppContext.BaseDirectory, "reference", "tiny-f32"));
        Assert.Equal(2, answer.ExitCode);
        Assert.Contains("has no tokenizer.json, so it cannot talk", answer.Error);
    }
}
