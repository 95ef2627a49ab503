using System;
using System.IO;

namespace Muninn.Engine.Checkpoints;

/// <summary>The folders in which models are looked for.</summary>
public sealed record ModelPlaces
{
    /// <summary>Holds one folder per alias, named like it.</summary>
    public required string AliasFolder { get; init; }

    /// <summary>The Hugging Face cache: holds <c>models--org--name</c> folders.</summary>
    public required string HubCache { get; init; }

    /// <summary>Relative paths start here.</summary>
    public required string WorkingFolder { get; init; }

    /// <summary>The places of this process: <c>models</c> beside the program, and the cache that its environment names.</summary>
    public static ModelPlaces FromProcess() => new()
    {
        AliasFolder = Path.Combine(AppContext.BaseDirectory, "models"),
        HubCache = HubCacheOf(
            Environment.GetEnvironmentVariable,
            Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify)),
        WorkingFolder = Environment.CurrentDirectory,
    };

    /// <summary>
    /// HF_HUB_CACHE, or its older name HUGGINGFACE_HUB_CACHE, or HF_HOME/hub, or XDG_CACHE_HOME/huggingface/hub, or
    /// ~/.cache/huggingface/hub: the first that is set. An empty variable counts as not set.
    /// </summary>
    /// <param name="home">The user's home folder, which also stands for a leading <c>~</c>.</param>
    /// <param name="variable">The environment: value by name, null where not set.</param>
    public static string HubCacheOf(Func<string, string?> variable, string home)
    {
        ArgumentNullException.ThrowIfNull(variable);
        if ((Folder("HF_HUB_CACHE") ?? Folder("HUGGINGFACE_HUB_CACHE")) is { } cache)
            return cache;
        if (Folder("HF_HOME") is { } huggingFace)
            return Path.Combine(huggingFace, "hub");
        return Path.Combine(Folder("XDG_CACHE_HOME") ?? Path.Combine(home, ".cache"), "huggingface", "hub");

        string? Folder(string name) => variable(name) switch
        {
            null or "" => null,
            "~" => home,
            ['~', '/' or '\\', .. var rest] => Path.Combine(home, rest),
            var value => value,
        };
    }
}
