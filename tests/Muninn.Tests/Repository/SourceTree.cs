using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace Muninn.Tests.Repository;

/// <summary>The files of this repository, found from where the tests run.</summary>
static class SourceTree
{
    public static string Root { get; } = FindRoot();

    public static IEnumerable<(string Path, string[] Lines)> CSharp(string folder) =>
        (Directory.Exists(Path.Combine(Root, folder))
            ? Directory.EnumerateFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories) : [])
            .Select(path => (Path.GetRelativePath(Root, path).Replace('\\', '/'), File.ReadAllLines(path)))
            .Where(file => !file.Item1.Contains("/obj/", StringComparison.Ordinal) && !file.Item1.Contains("/bin/", StringComparison.Ordinal))
            .OrderBy(file => file.Item1, StringComparer.Ordinal);

    public static string Text(string path) => File.ReadAllText(Path.Combine(Root, path));

    static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Muninn.slnx")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new DirectoryNotFoundException(
            $"No folder above {AppContext.BaseDirectory} holds Muninn.slnx; run the tests from a clone.");
    }
}
