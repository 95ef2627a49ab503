using System;
using System.Linq;
using System.Text.RegularExpressions;
using Xunit;

namespace Muninn.Tests.Repository;

/// <summary>Calls that this code base does without, each with what to use instead.</summary>
public sealed class ForbiddenCodeTests
{
    [Theory]
    [InlineData("src", @"TensorPrimitives\.SoftMax", "it does not subtract the maximum; use Attention or a softmax of our own")]
    [InlineData("src/Muninn.Kernels", @"MathF\.(Exp|Tanh)\b", "it is the C runtime's and differs by system; use Exponential.Of")]
    [InlineData("src/Muninn.Kernels", @"\bVector<", "its lane count changes the order of sums; use Vector512<float>")]
    [InlineData("src", @"new Random\(", "it has hidden state; use CounterRandom")]
    [InlineData("src", @"DateTime(Offset)?\.(Utc)?Now", "results must not depend on the time")]
    [InlineData("src", @"Guid\.NewGuid", "results must not depend on chance")]
    [InlineData("src", @"Parallel\.For", "a join costs 30 to 100 µs; use WorkerPool")]
    [InlineData("src", @"#region", "split the file by nouns instead")]
    [InlineData("src", @"\bThread\.Sleep\(", "wait for the event itself")]
    [InlineData("src", @"\bdynamic\b [a-z]", "use a type")]
    [InlineData("src", @"\b(TODO|FIXME|HACK)\b", "do it, or write it down in docs/log.md")]
    [InlineData("src/Muninn.Kernels", @"\bConsole\.", "only Cli knows the console")]
    [InlineData("src/Muninn.Engine", @"\bConsole\.", "only Cli knows the console")]
    [InlineData("src/Muninn.Microscope", @"\bConsole\.", "only Cli knows the console")]
    [InlineData("src", @"static (?!readonly|void|async|extern|partial|abstract|class|implicit|explicit|ref |unsafe )[\w<>\[\]?, ]+ _\w+( =.*)?;", "mutable statics are shared by all; pass the object")]
    public void Source_does_without(string folder, string pattern, string instead)
    {
        var regex = new Regex(pattern, RegexOptions.CultureInvariant, TimeSpan.FromSeconds(5));
        string[] found =
        [
            .. SourceTree.CSharp(folder).SelectMany(file => file.Lines.Select((line, i) => (file.Path, Number: i + 1, Line: line)))
                .Where(line => !line.Line.TrimStart().StartsWith("//", StringComparison.Ordinal) && regex.IsMatch(line.Line))
                .Select(line => $"{line.Path}:{line.Number}: {line.Line.Trim()}"),
        ];
        Assert.True(found.Length == 0, $"{instead}:\n{string.Join('\n', found)}");
    }

    [Fact]
    public void No_file_is_longer_than_six_hundred_lines()
    {
        string[] found = [.. new[] { "src", "tests", "bench" }.SelectMany(SourceTree.CSharp).Where(file => file.Lines.Length > 600)
            .Select(file => $"{file.Path}: {file.Lines.Length} lines")];
        Assert.True(found.Length == 0, $"split by nouns:\n{string.Join('\n', found)}");
    }

    [Fact]
    public void Sources_stay_within_three_hundred_and_fifty_lines()
    {
        string[] found = [.. SourceTree.CSharp("src").Where(file => file.Lines.Length > 350)
            .Select(file => $"{file.Path}: {file.Lines.Length} lines")];
        Assert.True(found.Length == 0, $"split by nouns:\n{string.Join('\n', found)}");
    }

    [Theory]
    [InlineData("Manager")]
    [InlineData("Helper")]
    [InlineData("Util")]
    [InlineData("Utils")]
    [InlineData("Impl")]
    [InlineData("Info")]
    public void No_type_is_named_after_nothing(string suffix)
    {
        var regex = new Regex($@"\b(class|record|struct|interface|enum) \w*{suffix}\b", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(5));
        string[] found = [.. SourceTree.CSharp("src").SelectMany(file => file.Lines.Where(line => regex.IsMatch(line)).Select(line => $"{file.Path}: {line.Trim()}"))];
        Assert.True(found.Length == 0, $"name it after what it is:\n{string.Join('\n', found)}");
    }
}
