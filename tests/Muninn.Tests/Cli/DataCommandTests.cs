using System;
using System.IO;
using System.Text.Json;
using System.Threading.Tasks;
using Xunit;

namespace Muninn.Tests.Cli;

public sealed class DataCommandTests
{
    [Fact]
    public async Task Data_is_built_once_and_shown()
    {
        using var folder = new TemporaryFolder();
        folder.Write("notes.txt", "The raven remembers.\n\nThe door is open.");
        folder.Write("chats.jsonl", """{"messages": [{"role": "user", "content": "Who?"}, {"role": "assistant", "content": "Ann."}]}""");
        string[] line = ["data", "build", "notes.txt", "chats.jsonl", "--documents", "blank-lines", "--out", "corpus.safetensors"];
        var first = await MuninnProcess.Run(new Call { Arguments = line, Folder = folder.Root });
        Assert.Equal((0, ""), (first.ExitCode, first.Error));
        Assert.StartsWith("corpus.safetensors: 3 documents, ", first.Output, StringComparison.Ordinal);
        Assert.Contains("made of notes.txt, chats.jsonl with the tokenizer ", first.Output, StringComparison.Ordinal);
        var bytes = await File.ReadAllBytesAsync(folder.At("corpus.safetensors"));
        var second = await MuninnProcess.Run(new Call { Arguments = line, Folder = folder.Root });
        Assert.Equal(first.Output + "  was there already: the same texts, cut in the same way\n", second.Output);
        Assert.Equal(bytes, await File.ReadAllBytesAsync(folder.At("corpus.safetensors")));
        var shown = await MuninnProcess.Run(new Call { Arguments = ["data", "show", "corpus.safetensors"], Folder = folder.Root });
        Assert.Equal(first.Output, shown.Output);
        var json = await MuninnProcess.Run(new Call { Arguments = ["data", "show", "corpus.safetensors", "--json"], Folder = folder.Root });
        using var document = JsonDocument.Parse(json.Output);
        Assert.Equal(3, document.RootElement.GetProperty("documents").GetInt32());
        Assert.Equal(45, document.RootElement.GetProperty("text_bytes").GetInt32());
        Assert.InRange(document.RootElement.GetProperty("label_share").GetDouble(), 0.5, 0.9);
    }

    [Theory]
    [InlineData("build a.txt", 2, "--out is missing")]
    [InlineData("build --out x.safetensors", 2, "FILE is missing")]
    [InlineData("build a.txt --out x.bin", 2, "the name must end in .safetensors")]
    [InlineData("build a.txt --out x.safetensors --prompt-weight -1", 2, "--prompt-weight")]
    [InlineData("build a.txt --out x.safetensors --documents words", 2, "none of file, blank-lines, lines")]
    [InlineData("build nowhere.txt --out x.safetensors", 3, "there is no file 'nowhere.txt'")]
    [InlineData("build a.txt --out x.safetensors --model nowhere", 3, "No model 'nowhere'")]
    [InlineData("build bad.jsonl --out x.safetensors", 1, "bad.jsonl:2: not valid JSON")]
    [InlineData("build a.txt --out no/x.safetensors", 1, "there is no folder")]
    [InlineData("show nowhere", 3, "there is no file 'nowhere'")]
    [InlineData("show a.txt", 1, "a.txt")]
    public async Task What_cannot_be_done_is_said(string line, int exitCode, string expected)
    {
        using var folder = new TemporaryFolder();
        folder.Write("a.txt", "text enough");
        folder.Write("bad.jsonl", "{\"text\": \"fine\"}\n{\"text\"\n");
        var answer = await MuninnProcess.Run(new Call { Arguments = ["data", .. line.Split(' ')], Folder = folder.Root });
        Assert.Contains(expected, answer.Error, StringComparison.Ordinal);
        Assert.Equal(exitCode, answer.ExitCode);
        Assert.Equal(2, Directory.GetFileSystemEntries(folder.Root).Length);
    }
}
