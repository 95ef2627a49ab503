using System;
using System.Collections.Generic;
using System.IO;
using System.Text.Json;
using Muninn.Engine.Text;

namespace Muninn.Tests.Engine.Text;

/// <summary>The committed tokenizers and what the oracle made of the hard strings (tests/oracles/text).</summary>
static class TextGoldens
{
    static readonly string _folder = Path.Combine(AppContext.BaseDirectory, "oracles", "text");

    public static string SeedlingFolder => Path.Combine(AppContext.BaseDirectory, "models", "seedling");

    public static string PathOf(params ReadOnlySpan<string> parts) => Path.Combine([_folder, .. parts]);

    public static IReadOnlyList<string> Strings { get; } = Read<string[]>("tokenizers", "strings.json");

    public static BytePairTokenizer Tokenizer(string name) => BytePairTokenizer.Read(name == "seedling"
        ? Path.Combine(SeedlingFolder, "tokenizer.json")
        : PathOf("tokenizers", name + ".tokenizer.json"));

    public static T Read<T>(params ReadOnlySpan<string> parts) =>
        JsonSerializer.Deserialize<T>(File.ReadAllBytes(PathOf(parts)), JsonSerializerOptions.Web)!;
}

sealed record TokenizerCase(int Text, int[] Ids, string[] Tokens, string Decoded, int[]? Framed);
