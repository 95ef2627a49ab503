using System.Collections.Generic;
using System.Text.Json;
using System.Threading.Tasks;
using Xunit;

namespace Muninn.Tests.Cli;

/// <summary>The environment twins of the options.</summary>
public class SettingTests
{
    static Task<Answer> Run(Dictionary<string, string> environment, params string[] arguments) =>
        MuninnProcess.Run(new Call { Arguments = arguments, Environment = environment, Redirection = "< /dev/null" });

    static int Count(Answer answer) => JsonDocument.Parse(answer.Output).RootElement.GetProperty("ids").GetArrayLength();

    [Fact]
    public async Task Variable_stands_in_for_the_option()
    {
        var answer = await Run(new() { ["MUNINN_TOKENS"] = "1,2,3", ["MUNINN_JSON"] = "1" }, "tokenize");
        Assert.Equal(0, answer.ExitCode);
        Assert.Equal(3, Count(answer));
    }

    [Fact]
    public async Task Command_line_wins_over_the_variable()
    {
        var answer = await Run(new() { ["MUNINN_TOKENS"] = "1,2,3", ["MUNINN_MODEL"] = "nowhere" },
            "tokenize", "--json", "--tokens", "4,5", "--model", "seedling");
        Assert.Equal(2, Count(answer));
    }

    [Fact]
    public async Task Typed_text_wins_over_a_file_in_the_environment()
    {
        var answer = await Run(new() { ["MUNINN_FILE"] = "nowhere.txt" }, "tokenize", "--json", "--no-special", "a");
        Assert.Equal(1, Count(answer));
    }

    [Theory]
    [InlineData("MUNINN_TOKENS", "1,x", "MUNINN_TOKENS: 'x' is no token id")]
    [InlineData("MUNINN_JSON", "maybe", "MUNINN_JSON: 'maybe' is neither yes nor no")]
    [InlineData("MUNINN_CHAT", "2", "MUNINN_CHAT: '2' is neither yes nor no")]
    public async Task Bad_variable_is_a_usage_error_that_names_it(string name, string value, string expected)
    {
        var answer = await Run(new() { [name] = value }, "tokenize");
        Assert.Equal(2, answer.ExitCode);
        Assert.Contains(expected, answer.Error);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("no")]
    [InlineData("False")]
    [InlineData("")]
    public async Task Flag_can_be_off_in_the_environment(string value)
    {
        var answer = await Run(new() { ["MUNINN_JSON"] = value }, "tokenize", "a");
        Assert.StartsWith("     0 ", answer.Output);
    }

    [Fact]
    public async Task Two_texts_in_the_environment_are_a_usage_error()
    {
        var answer = await Run(new() { ["MUNINN_FILE"] = "a.txt", ["MUNINN_TOKENS"] = "5" }, "tokenize");
        Assert.Equal(2, answer.ExitCode);
        Assert.Contains("MUNINN_FILE and MUNINN_TOKENS are both set", answer.Error);
    }
}
