using System;

namespace Muninn.Engine.Checkpoints;

/// <summary>A model's name on Hugging Face: <c>org/name[@revision]</c>.</summary>
/// <param name="Repository"><c>org/name</c>, or a bare <c>name</c>.</param>
/// <param name="Revision">A branch, a tag, a commit or the start of one.</param>
readonly record struct HubName(string Repository, string Revision)
{
    /// <summary>The branch that is meant where none is named.</summary>
    public const string DefaultRevision = "main";

    const string FolderPrefix = "models--";
    const int LengthMax = 200;

    /// <summary>Name of the cache's folder for it.</summary>
    public string CacheFolder => FolderPrefix + Repository.Replace("/", "--", StringComparison.Ordinal);

    /// <summary>Reads <c>org/name[@revision]</c>.</summary>
    /// <param name="text">What a person wrote.</param>
    /// <returns>Null where it cannot be a name: wrong characters, or parts that would leave the cache's folder.</returns>
    public static HubName? Parse(string text)
    {
        var at = text.IndexOf('@', StringComparison.Ordinal);
        var repository = at < 0 ? text : text[..at];
        var revision = at < 0 ? DefaultRevision : text[(at + 1)..];
        var slash = repository.IndexOf('/', StringComparison.Ordinal);
        var isNamed = slash < 0
            ? IsPart(repository)
            : IsPart(repository.AsSpan(0, slash)) && IsPart(repository.AsSpan(slash + 1));
        return isNamed && IsRevision(revision) ? new HubName(repository, revision) : null;
    }

    /// <summary>The repository that a folder of the cache is for.</summary>
    /// <param name="folder">Name of the folder.</param>
    /// <returns>Null for other folders.</returns>
    public static string? RepositoryOf(string folder)
    {
        if (!folder.StartsWith(FolderPrefix, StringComparison.Ordinal))
            return null;
        var repository = folder[FolderPrefix.Length..].Replace("--", "/", StringComparison.Ordinal);
        return Parse(repository) is null ? null : repository;
    }

    // The hub forbids "--" and ".." in names; here they would also point to other folders.
    static bool IsPart(ReadOnlySpan<char> part) =>
        part.Length is > 0 and <= LengthMax && part[0] is not ('.' or '-') && HasOnlySafe(part, allowSlash: false)
        && part.IndexOf("--") < 0;

    static bool IsRevision(ReadOnlySpan<char> revision) =>
        revision.Length is > 0 and <= LengthMax && revision[0] is not ('.' or '/') && HasOnlySafe(revision, allowSlash: true);

    static bool HasOnlySafe(ReadOnlySpan<char> text, bool allowSlash)
    {
        foreach (var c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('.' or '_' or '-') && !(allowSlash && c is '/'))
                return false;
        }

        return text.IndexOf("..") < 0;
    }
}
