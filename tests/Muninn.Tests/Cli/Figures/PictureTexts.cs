using System;
using System.IO;
using System.Linq;
using System.Xml.Linq;
using Xunit;

namespace Muninn.Tests.Cli.Figures;

/// <summary>Reads pictures back.</summary>
static class PictureTexts
{
    /// <summary>Every text of an SVG picture.</summary>
    internal static string[] Of(string path) =>
        [.. XDocument.Load(path).Descendants().Where(e => e.Name.LocalName == "text").Select(e => e.Value)];

    /// <summary>All of them as one, so that lines that were wrapped can be found.</summary>
    internal static string Flowing(string path) => string.Join(' ', Of(path));

    /// <summary>Checks that a file is a PNG.</summary>
    internal static void AssertPng(string path) => Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], File.ReadAllBytes(path)[..4]);

    /// <summary>The cells of the first table that was printed in 7-bit text under a title, header and all.</summary>
    internal static string[][] Table(string output)
    {
        string[] lines = output.Split('\n');
        int first = Array.FindIndex(lines, line => line.Length == 0) + 1;
        return [.. lines.Skip(first).TakeWhile(line => line.Length > 0 && line[0] != '(')
            .Select(line => line.Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))];
    }
}
