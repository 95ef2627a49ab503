using System.IO;
using System.Threading.Tasks;
using Xunit;

namespace Muninn.Tests.Cli;

public sealed class TokenizerTrainCommandTests
{
    [Fact]
    public async Task What_is_learnt_is_a_model_that_tokenize_takes()
    {
        using var folder = new TemporaryFolder();
        folder.Write("a.txt", "the raven remembers the raven\nthe raven remembers");
        folder.Write("b.jsonl", """{"messages": [{"role": "user", "content": "the raven"}, {"role": "assistant", "content": "remembers"}]}""");
        string[] line = ["tokenizer", "train", "a.txt", "b.jsonl", "--worlds", "50", "--vocabulary", "320", "--out"];
        var answer = await MuninnProcess.Run(new Call { Arguments = [.. line, "learnt"], Folder = folder.Root });
        Assert.Equal("", answer.Error);
        Assert.Contains("320 tokens: 256 bytes, 58 learnt, 6 special\n", answer.Output);
        Assert.Equal(["tokenizer.json", "tokenizer_config.json"], Names(folder.At("learnt")));
        var tokens = await MuninnProcess.Run(new Call { Arguments = ["tokenize", "the raven", "--model", "./learnt"], Folder = folder.Root });
        Assert.StartsWith("     0      314  <|begin_text|>\n", tokens.Output, System.StringComparison.Ordinal);
        var again = await MuninnProcess.Run(new Call { Arguments = [.. line, "again"], Folder = folder.Root });
        Assert.Equal(0, again.ExitCode);
        Assert.Equal(await File.ReadAllBytesAsync(folder.At("learnt", "tokenizer.json")), await File.ReadAllBytesAsync(folder.At("again", "tokenizer.json")));
    }

    static string[] Names(string folder)
    {
        string[] names = System.Array.ConvertAll(Directory.GetFiles(folder), static path => Path.GetFileName(path));
        System.Array.Sort(names, System.StringComparer.Ordinal);
        return names;
    }

    [Fact]
    public async Task Fewer_tokens_than_asked_for_are_told()
    {
        using var folder = new TemporaryFolder();
        folder.Write("a.txt", "ab ab");
        var answer = await MuninnProcess.Run(new Call { Arguments = ["tokenizer", "train", "a.txt", "--vocabulary", "400", "--out", "learnt"], Folder = folder.Root });
        Assert.Equal(0, answer.ExitCode);
        Assert.Contains("note: 400 tokens are asked for; no more pairs occur 2 times.", answer.Error);
    }

    [Theory]
    [InlineData("", 2, "nothing to learn from")]
    [InlineData("--worlds 5 --out x", 2, "--vocabulary is missing")]
    [InlineData("--worlds 5 --vocabulary 300", 2, "--out is missing")]
    [InlineData("--worlds 5 --vocabulary 100 --out x", 2, "Give a number from 262")]
    [InlineData("--worlds 5 --vocabulary 300 --out x --pattern (", 2, "(")]
    [InlineData("--worlds 5 --vocabulary 300 --out x --special-token <|pad|>", 2, "'<|pad|>' is named 2 times")]
    [InlineData("nowhere.txt --vocabulary 300 --out x", 3, "there is no file 'nowhere.txt'")]
    [InlineData(". --vocabulary 300 --out x", 3, "'.' is a folder")]
    [InlineData("bad.jsonl --vocabulary 300 --out x", 1, "bad.jsonl:2: expected the key 'text'")]
    [InlineData("good.txt --vocabulary 300 --out no/where", 1, "there is no folder")]
    public async Task What_cannot_be_done_is_said(string line, int exitCode, string expected)
    {
        using var folder = new TemporaryFolder();
        folder.Write("good.txt", "some text");
        folder.Write("bad.jsonl", "{\"text\": \"fine\"}\n{\"txt\": \"bad\"}\n");
        var answer = await MuninnProcess.Run(new Call { Arguments = ["tokenizer", "train", .. line.Split(' ', System.StringSplitOptions.RemoveEmptyEntries)], Folder = folder.Root });
        Assert.Contains(expected, answer.Error.Replace("the document: ", "", System.StringComparison.Ordinal));
        Assert.Equal(exitCode, answer.ExitCode);
        Assert.False(Directory.Exists(folder.At("x")));
    }

    [Fact]
    public async Task The_group_has_a_page()
    {
        var answer = await MuninnProcess.Run("tokenizer", "--help");
        Assert.Contains("muninn tokenizer train - learn a byte-level tokenizer from texts.", answer.Output);
    }
}
