using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using System.Text;
using Muninn.Engine.Files;
using Muninn.Engine.Text;
using Muninn.Engine.Training.Data.Corpus;
using F = Muninn.Engine.Training.Data.Shards.ShardFormat;

namespace Muninn.Engine.Training.Data.Shards;

/// <summary>What a shard is to be made of: files, cut into tokens once.</summary>
public sealed record ShardDraft
{
    readonly Lazy<string[]> _hashes;

    /// <summary>A draft; the files' hashes are taken when they are first needed.</summary>
    /// <param name="files">Texts, in their order.</param>
    /// <param name="folder">A folder with a <c>tokenizer.json</c>.</param>
    /// <param name="text">What was read from it.</param>
    public ShardDraft(IReadOnlyList<CorpusFile> files, string folder, ModelText text)
    {
        ArgumentNullException.ThrowIfNull(files);
        if (files.Count == 0) throw new ArgumentException("There is no file to make a shard of; give at least one.", nameof(files));
        (Files, Text) = (files, text);
        Tokenizer = TokenizerFingerprint.Of(folder, text);
        _hashes = new(() => [.. files.Select(static file => file.Sha256())]);
    }

    /// <summary>Texts, in their order.</summary>
    public IReadOnlyList<CorpusFile> Files { get; }

    /// <summary>Cuts them into tokens.</summary>
    public ModelText Text { get; }

    /// <summary>The tokenizer's fingerprint.</summary>
    public string Tokenizer { get; }

    /// <summary>What of a text file is a document.</summary>
    public DocumentSplit Split { get; init; }

    /// <summary>How much what is given counts, prompts and all turns but the model's: finite, at least 0.</summary>
    public float PromptWeight { get; init; }

    /// <summary>
    /// The same for two drafts only where their shards are the same: a hash of the format, the tokenizer, the settings, and every file's kind and
    /// bytes. Reads the files once.
    /// </summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public string Key()
    {
        string facts = FormattableString.Invariant($"{F.Name} {Tokenizer} {Split} {PromptWeight:R}");
        string sources = string.Concat(Files.Zip(_hashes.Value, static (file, hash) => $"\n{hash} {file.Form}"));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(facts + sources)).AsSpan(0, 16));
    }

    /// <summary>Opens the shard at a path where it is the one of this draft; else makes it there first.</summary>
    /// <param name="path">The shard's file; another one there is replaced.</param>
    /// <param name="each">Told of each document before it is cut into tokens; its exception ends the work and leaves the old file.</param>
    /// <exception cref="InvalidDataException">A line of a file is not what it should be.</exception>
    /// <exception cref="IOException">A file cannot be read or written.</exception>
    public TokenShard OpenOrMake(string path, Action<CorpusDocument>? each = null)
    {
        if (OpenMade(path) is { } made) return made;
        Make(FileTarget.Of(path), each);
        return TokenShard.Open(path, Tokenizer);
    }

    /// <summary>The shard at a path where it is the one of this draft, whole and undamaged; else null.</summary>
    /// <param name="path">The file; it need not be there.</param>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public TokenShard? OpenMade(string path)
    {
        if (!File.Exists(path)) return null;
        TokenShard? shard = null;
        try
        {
            shard = TokenShard.Open(path);
            if (shard.Key == Key()) return shard;
        }
        catch (InvalidDataException)
        {
            // Damaged, or something else: it is made anew.
        }

        shard?.Dispose();
        return null;
    }

    /// <summary>Makes the shard.</summary>
    /// <param name="target">Where; an older file is replaced once the new one is complete.</param>
    /// <param name="each">Told of each document before it is cut into tokens; its exception ends the work and leaves the old file.</param>
    /// <exception cref="InvalidDataException">A line of a file is not what it should be, or the tokenizer names no token that ends a text.</exception>
    /// <exception cref="IOException">A file cannot be read or written, or was changed meanwhile.</exception>
    public void Make(FileTarget target, Action<CorpusDocument>? each = null)
    {
        ArgumentNullException.ThrowIfNull(target);
        if (!(PromptWeight >= 0 && float.IsFinite(PromptWeight)))
            throw new InvalidDataException($"Prompts are to count {PromptWeight}; give a number from 0 on.");
        if (Text.Config.EosToken is not { } name || Text.Tokenizer.IdOf(name) is null)
            throw new InvalidDataException($"The tokenizer has no token that ends a text (eos_token is '{Text.Config.EosToken}'). Name one in {ModelText.ConfigFile}.");
        using var writer = new ShardWriter(target, Text.Tokenizer.VocabularySize);
        var metadata = new Dictionary<string, string> { [F.Tokenizer] = Tokenizer, [F.Key] = Key(), [F.Sources] = Sources() };
        try
        {
            long bytes = Read(new DocumentTokens(Text, PromptWeight, writer), each);
            metadata[F.TextBytes] = FormattableString.Invariant($"{bytes}");
            writer.Complete(metadata);
        }
        catch (IOException error) when (writer.IsOwn(error))
        {
            throw target.Explain(error);
        }
    }

    string Sources() => string.Join('\n', Files.Zip(_hashes.Value, static (file, hash) =>
        FormattableString.Invariant($"{hash} {file.Length} {Path.GetFileName(file.Path).ReplaceLineEndings(" ")}")));

    long Read(DocumentTokens tokens, Action<CorpusDocument>? each)
    {
        long bytes = 0;
        foreach (var (file, hash) in Files.Zip(_hashes.Value))
        {
            foreach (var document in file.Documents(Split, read => RequireUnchanged(file, hash, read)))
            {
                each?.Invoke(document);
                tokens.Add(document);
                bytes += document.Texts.Sum(static part => (long)Encoding.UTF8.GetByteCount(part));
            }
        }

        return bytes;
    }

    static void RequireUnchanged(CorpusFile file, string hash, string read)
    {
        if (read != hash) throw new IOException($"{file.Path} was changed while it was read. Start again once nobody writes to it.");
    }
}
