using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using System.Text;
using Muninn.Engine.Text;

namespace Muninn.Engine.Training.Data.Shards;

/// <summary>A short name that two tokenizers share only where they cut every document alike.</summary>
/// <remarks>
/// SHA-256 over the bytes of <c>tokenizer.json</c>, what frames a text, the token that ends one, and the chat template; the first 16 hexadecimal
/// digits. The same tokenizer written in another way has another name.
/// </remarks>
public static class TokenizerFingerprint
{
    /// <summary>The fingerprint of a folder's tokenizer.</summary>
    /// <param name="folder">A folder with a <c>tokenizer.json</c>.</param>
    /// <param name="text">What was read from it.</param>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static string Of(string folder, ModelText text)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(text);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(SHA256.HashData(File.ReadAllBytes(Path.Combine(folder, ModelText.TokenizerFile))));
        string template = Path.Combine(folder, ModelText.TemplateFile);
        string facts = string.Join('\0', Ids(text.Frame.Before), Ids(text.Frame.After), text.Config.EosToken,
            File.Exists(template) ? File.ReadAllText(template) : text.Config.ChatTemplates.GetValueOrDefault("default"));
        hash.AppendData(Encoding.UTF8.GetBytes(facts));
        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 8));

        static string Ids(IReadOnlyList<int> ids) => string.Join(' ', ids.Select(static id => FormattableString.Invariant($"{id}")));
    }
}
