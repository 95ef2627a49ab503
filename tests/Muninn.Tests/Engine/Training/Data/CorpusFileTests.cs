using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using Muninn.Engine.Text;
using Muninn.Engine.Training.Data.Corpus;
using Muninn.Tests.Engine.Text;
using Xunit;

namespace Muninn.Tests.Engine.Training.Data;

public sealed class CorpusFileTests
{
    static List<CorpusDocument> Read(TemporaryFolder folder, string name, byte[] bytes, DocumentSplit split = DocumentSplit.File) =>
        [.. CorpusFile.Of(folder.Write(name, bytes)).Documents(split)];

    static string[] Texts(string text, DocumentSplit split)
    {
        using var folder = new TemporaryFolder();
        return [.. Read(folder, "a.txt", Encoding.UTF8.GetBytes(text), split).Cast<CorpusDocument.Plain>().Select(static document => document.Part)];
    }

    static string Refusal(string name, string text, DocumentSplit split = DocumentSplit.File) => Refusal(name, Encoding.UTF8.GetBytes(text), split);

    static string Refusal(string name, byte[] bytes, DocumentSplit split = DocumentSplit.File)
    {
        using var folder = new TemporaryFolder();
        return Assert.Throws<InvalidDataException>(() => Read(folder, name, bytes, split)).Message.Replace(folder.Root, "", StringComparison.Ordinal);
    }

    [Fact]
    public void A_text_file_is_a_document_unless_said_otherwise()
    {
        const string text = "\uFEFFone\ntwo\r\n\r\n \nthree\n\n";
        Assert.Equal(["one\ntwo\r\n\r\n \nthree\n\n"], Texts(text, DocumentSplit.File));
        Assert.Equal(["one\ntwo", "three"], Texts(text, DocumentSplit.BlankLines));
        Assert.Equal(["one", "two", "three"], Texts(text, DocumentSplit.Lines));
        Assert.Equal(["a\nb"], Texts("\n\na\nb", DocumentSplit.BlankLines));
    }

    /// <summary>Words, lines and characters of several bytes across the borders of blocks.</summary>
    [Theory]
    [InlineData("raven rememberß 12, ünd\n\n it's\t乌鸦 x ")]
    [InlineData("乌鸦乌鸦乌鸦\n")]
    [InlineData("𝒳𝒴")]
    public void A_long_text_comes_in_parts_that_are_cut_into_the_same_tokens(string piece)
    {
        string text = string.Concat(Enumerable.Repeat(piece, 2_200_000 / Encoding.UTF8.GetByteCount(piece)));
        using var folder = new TemporaryFolder();
        var parts = Read(folder, "a.txt", Encoding.UTF8.GetBytes(text)).Cast<CorpusDocument.Plain>().ToList();
        Assert.Equal(text, string.Concat(parts.Select(static part => part.Part)));
        Assert.InRange(parts.Count, 2, 6);
        Assert.Equal([true, .. Enumerable.Repeat(false, parts.Count - 1)], parts.Select(static part => part.Begins));
        Assert.Equal([.. Enumerable.Repeat(false, parts.Count - 1), true], parts.Select(static part => part.Ends));
        if (!piece.Contains('\n', StringComparison.Ordinal)) return;
        var tokenizer = ModelText.Open(TextGoldens.SeedlingFolder)!.Tokenizer;
        string near = parts[0].Part[^2000..] + parts[1].Part[..2000];
        int[] apart = [.. tokenizer.Encode(parts[0].Part[^2000..]), .. tokenizer.Encode(parts[1].Part[..2000])];
        Assert.Equal(tokenizer.Encode(near), apart);
    }

    [Fact]
    public void Json_lines_have_three_forms()
    {
        using var folder = new TemporaryFolder();
        const string lines = """
            {"text": "a\nb", "id": 7}

            {"prompt": "", "completion": "c"}
            {"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "é"}], "text": null}
            """;
        var documents = Read(folder, "a.jsonl", Encoding.UTF8.GetBytes(lines.ReplaceLineEndings("\r\n")));
        Assert.Equal(new CorpusDocument.Plain(folder.At("a.jsonl") + ":1", "a\nb"), documents[0]);
        Assert.Equal(new CorpusDocument.Completion(folder.At("a.jsonl") + ":3", "", "c"), documents[1]);
        var chat = Assert.IsType<CorpusDocument.Chat>(documents[2]);
        Assert.Equal([new("user", "q"), new("assistant", "é")], chat.Messages);
        Assert.Equal(["q", "é"], chat.Texts);
        Assert.Equal(3, documents.Count);
    }

    [Theory]
    [InlineData("{\"txt\": 1}", "expected the key 'text', the keys 'prompt' and 'completion', or the key 'messages', found none of these")]
    [InlineData("{\"text\": \"a\", \"prompt\": \"b\"}", "found the keys text and prompt")]
    [InlineData("{\"text\": \"\"}", "text: expected some text, found an empty one")]
    [InlineData("{\"text\": 7}", "text: expected a string, found a number")]
    [InlineData("{\"prompt\": \"a\"}", "expected the key 'completion'")]
    [InlineData("{\"messages\": []}", "messages: expected some messages, found none")]
    [InlineData("{\"messages\": [{\"role\": \"user\"}]}", "messages[0]: expected the key 'content'")]
    [InlineData("{\"messages\": [{\"role\": \"user\", \"content\": \"a\", \"weight\": 0}]}", "messages[0]: expected only the keys role, content, found 'weight'")]
    [InlineData("{\"text\": \"a\"", "not valid JSON")]
    [InlineData("[1]", "expected a JSON object")]
    [InlineData("{\"text\": \"\\ud800\"}", "half a character")]
    [InlineData("{\"text\": \"a\", \"text\": \"b\"}", "not valid JSON")]
    public void A_bad_line_is_named(string line, string expected)
    {
        var message = Refusal("a.jsonl", "{\"text\": \"fine\"}\n\n" + line + "\n");
        Assert.StartsWith("/a.jsonl:3: ", message, StringComparison.Ordinal);
        Assert.Contains(expected, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(DocumentSplit.File)]
    [InlineData(DocumentSplit.Lines)]
    public void Bytes_that_are_no_utf8_are_named_by_line(DocumentSplit split) =>
        Assert.StartsWith("/a.txt:3: not UTF-8: byte 0xFF begins no valid character.", Refusal("a.txt", [.. "a\nb\nc"u8, 0xFF, (byte)'d'], split), StringComparison.Ordinal);

    [Fact]
    public void A_character_cut_off_at_the_end_is_named() =>
        Assert.StartsWith("/a.txt:1: not UTF-8: byte 0xE4", Refusal("a.txt", [(byte)'a', 0xE4, 0xB9]), StringComparison.Ordinal);

    [Theory]
    [InlineData("a.txt", "", DocumentSplit.File)]
    [InlineData("a.txt", " \n\n", DocumentSplit.Lines)]
    [InlineData("a.jsonl", "\n \r\n", DocumentSplit.File)]
    public void A_file_without_text_is_refused(string name, string text, DocumentSplit split) =>
        Assert.Contains("has no text in it", Refusal(name, text, split), StringComparison.Ordinal);

    [Fact]
    public void Long_lines_are_read_whole_and_their_hash_is_the_files()
    {
        using var folder = new TemporaryFolder();
        string line = "{\"text\": \"" + new string('x', 3_000_000) + "\"}";
        var file = CorpusFile.Of(folder.Write("a.ndjson", line + "\n" + line));
        string? hash = null;
        Assert.Equal(2, file.Documents(ended: read => hash = read).Count(document => document is CorpusDocument.Plain { Part.Length: 3_000_000 }));
        Assert.Equal(file.Sha256(), hash);
    }
}
