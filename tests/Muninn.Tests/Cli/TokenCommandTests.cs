using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;
using System.Threading.Tasks;
using Xunit;

namespace Muninn.Tests.Cli;

public class TokenCommandTests
{
    static async Task<int[]> Ids(params string[] arguments)
    {
        var answer = await MuninnProcess.Run(["tokenize", "--json", .. arguments]);
        Assert.Equal("", answer.Error);
        using var json = JsonDocument.Parse(answer.Output);
        return [.. json.RootElement.GetProperty("ids").EnumerateArray().Select(e => e.GetInt32())];
    }

    [Fact]
    public async Task Tokenize_lists_position_id_and_piece()
    {
        var answer = await MuninnProcess.Run("tokenize", "The raven.");
        Assert.Equal(0, answer.ExitCode);
        var lines = answer.Output.TrimEnd('\n').Split('\n');
        Assert.Equal("     0      762  <|begin_text|>", lines[0]);
        Assert.Equal("     1      295  The", lines[1]);
        Assert.EndsWith("  .", lines[^1]);
    }

    [Fact]
    public async Task No_special_leaves_the_begin_token_out()
    {
        var with = await Ids("The raven.");
        var without = await Ids("The raven.", "--no-special");
        Assert.Equal(with.Skip(1), without);
    }

    [Theory]
    [InlineData("The raven remembers.")]
    [InlineData("  two  spaces\r\n\tand lines\n")]
    [InlineData("乌鸦 𝒳 👩‍🚀 é")]
    [InlineData("- a text with a dash")]
    [InlineData("@file is no response file")]
    [InlineData("a:b=c")]
    public async Task Text_comes_back_from_its_tokens(string text)
    {
        var ids = await Ids(text);
        var answer = await MuninnProcess.Run(["detokenize", "--no-special", .. ids.Select(i => $"{i}")]);
        Assert.Equal(text, answer.Output);
    }

    [Fact]
    public async Task Text_after_two_dashes_may_look_like_an_option()
    {
        var ids = await Ids("--no-special", "--", "--iterations");
        var answer = await MuninnProcess.Run("detokenize", string.Join(',', ids));
        Assert.Equal("--iterations", answer.Output);
    }

    [Fact]
    public async Task Text_file_and_standard_input_are_the_same()
    {
        using var folder = new TemporaryFolder();
        var text = "A line\nand another ⇒ line\n";
        await File.WriteAllTextAsync(folder.At("text.txt"), text);
        var typed = await MuninnProcess.Run("tokenize", text);
        var file = await MuninnProcess.Run("tokenize", "--file", folder.At("text.txt"));
        var piped = await MuninnProcess.Run(new Call { Arguments = ["tokenize"], Input = Encoding.UTF8.GetBytes(text) });
        Assert.Equal(typed.Output, file.Output);
        Assert.Equal(typed.Output, piped.Output);
    }

    [Fact]
    public async Task Null_device_gives_the_example_sentence()
    {
        var answer = await MuninnProcess.Run(new Call { Arguments = ["tokenize"], Redirection = "< /dev/null" });
        Assert.Equal(0, answer.ExitCode);
        Assert.Contains("       89  Y\n", answer.Output);
    }

    [Fact]
    public async Task Chat_puts_the_text_into_the_template()
    {
        var ids = await Ids("Hello", "--chat", "--system", "Be brief.");
        var answer = await MuninnProcess.Run("detokenize", string.Join(' ', ids));
        Assert.Contains("Be brief.", answer.Output);
        Assert.Contains("Hello", answer.Output);
        Assert.StartsWith("<|begin_text|>", answer.Output);
    }

    [Theory]
    [InlineData("", "TEXT is empty")]
    [InlineData("--system S hi", "give --chat too")]
    [InlineData("--chat --no-special hi", "exclude each other")]
    [InlineData("--tokens 5 --chat", "--chat wants a text")]
    [InlineData("--tokens 5 hi", "TEXT and --tokens are both given")]
    [InlineData("--tokens 5 --file x", "--file and --tokens are both given")]
    [InlineData("--tokens 768", "token id 768 is outside the tokenizer's vocabulary, 0 to 767")]
    [InlineData("--tokens -1", "token id -1 is outside")]
    [InlineData("--tokens 1,x", "--tokens: 'x' is no token id")]
    [InlineData("two words", "put a text with spaces in quotes")]
    [InlineData("--sytem S hi", "unknown option '--sytem'; did you mean --system?")]
    [InlineData("--model", "--model wants a value")]
    public async Task Tokenize_refuses_with_the_reason(string line, string expected)
    {
        var answer = await MuninnProcess.Run(["tokenize", .. line.Split(' ')]);
        Assert.Equal(2, answer.ExitCode);
        Assert.Empty(answer.Output);
        Assert.Contains(expected, answer.Error, System.StringComparison.OrdinalIgnoreCase);
        Assert.Contains("Usage: muninn tokenize [TEXT] [options]", answer.Error);
    }

    [Fact]
    public async Task Empty_pipe_is_an_error()
    {
        var answer = await MuninnProcess.Run(new Call { Arguments = ["tokenize"], Input = [] });
        Assert.Equal(2, answer.ExitCode);
        Assert.Contains("standard input is empty", answer.Error);
    }

    [Theory]
    [InlineData(new byte[] { (byte)'a', 0xFF }, "byte 0xFF at offset 1")]
    [InlineData(new byte[] { 0xE2, 0x82 }, "byte 0xE2 at offset 0")]
    [InlineData(new byte[] { 0xED, 0xA0, 0x80 }, "byte 0xED at offset 0")]
    public async Task Invalid_utf8_is_named_by_its_place(byte[] input, string expected)
    {
        var answer = await MuninnProcess.Run(new Call { Arguments = ["tokenize"], Input = input });
        Assert.Equal(1, answer.ExitCode);
        Assert.Contains("standard input is not UTF-8: " + expected, answer.Error);
    }

    [Theory]
    [InlineData("--file", "nowhere.txt", "there is no file 'nowhere.txt'")]
    [InlineData("--file", ".", "'.' is a folder")]
    [InlineData("--model", "nowhere", "No model 'nowhere'")]
    public async Task What_is_not_there_is_exit_code_3(string option, string value, string expected)
    {
        List<string> line = ["tokenize", option, value];
        if (option == "--model") line.Add("text");
        var answer = await MuninnProcess.Run([.. line]);
        Assert.Equal(3, answer.ExitCode);
        Assert.Contains(expected, answer.Error);
    }

    [Theory]
    [InlineData("", "no token id")]
    [InlineData("5 x", "'x' is no token id")]
    [InlineData("5 1000", "token id 1000 is outside the tokenizer's vocabulary, 0 to 767")]
    public async Task Detokenize_refuses_with_the_reason(string line, string expected)
    {
        var answer = await MuninnProcess.Run(["detokenize", .. line.Split(' ')]);
        Assert.Equal(2, answer.ExitCode);
        Assert.Contains(expected, answer.Error);
    }

    [Fact]
    public async Task Detokenize_reads_standard_input()
    {
        var answer = await MuninnProcess.Run(new Call { Arguments = ["detokenize", "--json"], Input = "295\n46"u8.ToArray() });
        Assert.Equal("The.", JsonDocument.Parse(answer.Output).RootElement.GetProperty("text").GetString());
    }

    [Fact]
    public async Task Model_without_tokenizer_takes_only_ids()
    {
        var model = Path.Combine(System.AppContext.BaseDirectory, "reference", "tiny-f32");
        var text = await MuninnProcess.Run("tokenize", "text", "--model", model);
        Assert.Equal(2, text.ExitCode);
        Assert.Contains("no tokenizer.json", text.Error);
        var ids = await MuninnProcess.Run("tokenize", "--tokens", "5,5", "--model", model);
        Assert.Equal("     0        5  #5\n     1        5  #5\n", ids.Output);
    }
}
