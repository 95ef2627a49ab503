using System;
using System.IO;
using System.Linq;
using System.Reflection;
using Muninn.Engine.Recurrence;
using Muninn.Kernels;
using Muninn.Microscope.Measures;
using Xunit;

namespace Muninn.Tests.Repository;

/// <summary>The borders between the assemblies, as built.</summary>
public sealed class DependencyTests
{
    static readonly Assembly _kernels = typeof(WorkerPool).Assembly;
    static readonly Assembly _engine = typeof(RowBatch).Assembly;
    static readonly Assembly _microscope = typeof(Convergence).Assembly;

    static string[] ReferencesOf(Assembly assembly) =>
        [.. assembly.GetReferencedAssemblies().Select(name => name.Name ?? "").Order(StringComparer.Ordinal)];

    [Fact]
    public void Kernels_reference_only_the_framework() =>
        Assert.All(ReferencesOf(_kernels), name => Assert.StartsWith("System.", name, StringComparison.Ordinal));

    [Fact]
    public void Engine_knows_kernels_the_words_of_chat_and_nothing_above() =>
        Assert.Equal(
            ["Microsoft.Extensions.AI.Abstractions", "Muninn.Kernels"],
            ReferencesOf(_engine).Where(name => !name.StartsWith("System.", StringComparison.Ordinal)).Order(StringComparer.Ordinal));

    [Fact]
    public void Microscope_knows_engine_kernels_and_linear_algebra() =>
        Assert.Empty(ReferencesOf(_microscope).Where(name => !name.StartsWith("System.", StringComparison.Ordinal))
            .Except(["MathNet.Numerics", "Muninn.Engine", "Muninn.Kernels"]));

    [Fact]
    public void Only_the_tool_knows_the_console() =>
        Assert.All([_kernels, _engine, _microscope], assembly => Assert.DoesNotContain("System.Console", ReferencesOf(assembly)));

    [Fact]
    public void Only_kernels_have_unsafe_code()
    {
        string[] found = [.. Directory.EnumerateFiles(Path.Combine(SourceTree.Root, "src"), "*.csproj", SearchOption.AllDirectories)
            .Where(path => File.ReadAllText(path).Contains("AllowUnsafeBlocks", StringComparison.Ordinal))
            .Select(path => Path.GetFileNameWithoutExtension(path) ?? "")];
        Assert.Equal(["Muninn.Kernels"], found);
    }
}
