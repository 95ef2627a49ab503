using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using Muninn.Engine.Files;
using Muninn.Engine.Text;

namespace Muninn.Engine.Training.Data.Corpus;

/// <summary>What of a text file is a document.</summary>
public enum DocumentSplit
{
    /// <summary>The whole file.</summary>
    File,

    /// <summary>What stands between lines that are empty or blank.</summary>
    BlankLines,

    /// <summary>Every line that is not blank.</summary>
    Lines,
}

/// <summary>
/// A file of texts: JSON lines where its name ends in <c>.jsonl</c> or <c>.ndjson</c>, else plain text; UTF-8. It is read from its start, in memory
/// that does not grow with it.
/// </summary>
/// <remarks>
/// A JSON line is an object with <c>text</c>, with <c>prompt</c> and <c>completion</c>, or with <c>messages</c> of <c>role</c> and <c>content</c>; its other keys
/// are passed over, as are blank lines. A text file of more than a mebibyte comes in parts, cut in front of a space between two words:
/// there, every usual tokenizer cuts, too.
/// </remarks>
public sealed class CorpusFile
{
    readonly bool _isLines;

    CorpusFile(string path)
    {
        Path = path;
        Length = new FileInfo(path).Length;
        _isLines = System.IO.Path.GetExtension(path).ToLowerInvariant() is ".jsonl" or ".ndjson";
    }

    /// <summary>As given.</summary>
    public string Path { get; }

    /// <summary>Bytes in the file.</summary>
    public long Length { get; }

    /// <summary>How its bytes are read: as text or as JSON lines.</summary>
    internal string Form => _isLines ? "lines" : "text";

    /// <summary>Looks whether there is such a file; reads nothing.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="FileNotFoundException">There is no such file, or it is a folder.</exception>
    /// <exception cref="IOException">It is no regular file.</exception>
    public static CorpusFile Of(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Directory.Exists(path)) throw new FileNotFoundException($"'{path}' is a folder; give the names of the files in it.");
        if (!File.Exists(path)) throw new FileNotFoundException($"there is no file '{path}' (looked in {Directory.GetCurrentDirectory()}). Check the name.");
        Kernels.FileKinds.RequireReadable(path);
        return new CorpusFile(path);
    }

    /// <summary>SHA-256 of the file's bytes.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public string Sha256()
    {
        using var stream = InputFile.Open(Path);
        return Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(stream));
    }

    /// <summary>The documents in their order.</summary>
    /// <param name="split">What of a text file is a document; JSON lines are one each.</param>
    /// <param name="ended">Told the SHA-256 of what was read, once all has been.</param>
    /// <exception cref="InvalidDataException">A line is not what it should be; the message names file and line.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public IEnumerable<CorpusDocument> Documents(DocumentSplit split = DocumentSplit.File, Action<string>? ended = null)
    {
        using var file = new Utf8File(Path);
        bool any = false;
        foreach (var document in _isLines ? JsonLines(file) : split == DocumentSplit.File ? Whole(file) : Paragraphs(file, split))
        {
            any = true;
            yield return document;
        }

        if (!any) throw new InvalidDataException($"{Path} has no text in it. Leave it out.");
        ended?.Invoke(file.Sha256());
    }

    IEnumerable<CorpusDocument> Whole(Utf8File file)
    {
        string place = $"{Path}:1";
        string rest = "";
        bool begins = true;
        for (string? block = file.ReadBlock(), next; block is not null; block = next)
        {
            next = file.ReadBlock();
            string text = rest + block;
            int cut = next is null ? text.Length : PartBorder(text);
            yield return new CorpusDocument.Plain(place, text[..cut], begins, next is null);
            (rest, begins, place) = (text[cut..], false, file.Place);
        }
    }

    /// <summary>A place near the end of a text where no usual tokenizer joins what is before with what is behind.</summary>
    internal static int PartBorder(string text)
    {
        for (int i = text.Length - 2; i > text.Length / 2; i--)
        {
            bool isBorder = text[i] == ' ' && char.IsLetter(text[i - 1]) && char.IsLetter(text[i + 1]);
            if (isBorder) return i;
        }

        // Scripts without spaces: behind a line; in a text without lines, anywhere.
        for (int i = text.Length - 2; i > text.Length / 2; i--)
        {
            if (text[i] == '\n' && !char.IsWhiteSpace(text[i - 1]) && !char.IsWhiteSpace(text[i + 1])) return i + 1;
        }

        return text.Length;
    }

    static IEnumerable<CorpusDocument> Paragraphs(Utf8File file, DocumentSplit split)
    {
        var text = new StringBuilder();
        string place = "";
        while (file.TryReadLine(out var bytes))
        {
            string line = Encoding.UTF8.GetString(bytes.Span);
            bool isBlank = string.IsNullOrWhiteSpace(line);
            if (!isBlank)
            {
                if (text.Length == 0) place = file.Place;
                else text.Append('\n');
                text.Append(line);
            }

            if (text.Length == 0 || !(isBlank || split == DocumentSplit.Lines)) continue;
            yield return new CorpusDocument.Plain(place, text.ToString());
            text.Clear();
        }

        if (text.Length > 0) yield return new CorpusDocument.Plain(place, text.ToString());
    }

    static IEnumerable<CorpusDocument> JsonLines(Utf8File file)
    {
        while (file.TryReadLine(out var line))
        {
            if (!line.Span.ContainsAnyExcept(" \t\r"u8)) continue;
            string place = file.Place;
            yield return JsonFile.ReadObject(line, place, root => Document(new JsonPlace(root, place, ""), place));
        }
    }

    static CorpusDocument Document(JsonPlace root, string place)
    {
        string[] forms = [.. new[] { "text", "prompt", "messages" }.Where(key => root.Optional(key) is not null)];
        if (forms.Length > 1)
            throw root.Wrong("one document", $"the keys {string.Join(" and ", forms)}, which are a document each");
        switch (forms)
        {
            case ["text"]:
                return new CorpusDocument.Plain(place, NotEmpty(root.Required("text")));
            case ["prompt"]:
                return new CorpusDocument.Completion(place, root.Text("prompt"), NotEmpty(root.Required("completion")));
            case ["messages"]:
                var messages = root.Required("messages").Items()
                    .Select(static item => item.Only("role", "content")).Select(static item => new ChatMessage(item.Text("role"), item.Text("content"))).ToList();
                return messages.Count > 0 ? new CorpusDocument.Chat(place, messages) : throw root.Required("messages").Wrong("some messages", "none");
            default:
                throw root.Wrong("the key 'text', the keys 'prompt' and 'completion', or the key 'messages'", "none of these");
        }
    }

    static string NotEmpty(JsonPlace place) => place.Text() is { Length: > 0 } text ? text : throw place.Wrong("some text", "an empty one");
}
