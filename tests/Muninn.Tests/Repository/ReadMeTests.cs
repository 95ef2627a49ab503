using System;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using Muninn.Tests.Cli;
using Xunit;

namespace Muninn.Tests.Repository;

/// <summary>The README says what is true: its example prints what it shows, its map is the tree.</summary>
public sealed class ReadMeTests
{
    static readonly string _text = SourceTree.Text("README.md").ReplaceLineEndings("\n");

    [Fact]
    public async Task The_first_command_prints_what_the_readme_shows()
    {
        var command = Regex.Match(_text, "^dotnet run --project src/Muninn.Cli -- heatmap \"(?<sentence>[^\"]+)\"$", RegexOptions.Multiline, TimeSpan.FromSeconds(1));
        var shown = Regex.Match(_text, "```text\n(?<output>.*?)\n```", RegexOptions.Singleline, TimeSpan.FromSeconds(1));
        Assert.True(command.Success && shown.Success);
        var result = await MuninnProcess.Run("heatmap", command.Groups["sentence"].Value);
        Assert.Equal(shown.Groups["output"].Value, result.Output.ReplaceLineEndings("\n").TrimEnd('\n'));
    }

    [Fact]
    public async Task The_report_of_quantize_is_what_the_readme_shows()
    {
        using var folder = new TemporaryFolder();
        var command = Regex.Match(_text, "^dotnet run --project src/Muninn.Cli -- (?<arguments>quantize .+)$", RegexOptions.Multiline, TimeSpan.FromSeconds(1));
        var shown = Regex.Match(_text, "```text\n(?<output>Trajectory fidelity.*?)\n```", RegexOptions.Singleline, TimeSpan.FromSeconds(1));
        Assert.True(command.Success && shown.Success);
        var result = await MuninnProcess.Run(new Call { Arguments = command.Groups["arguments"].Value.Split(' '), Folder = folder.Root });
        Assert.Equal(0, result.ExitCode);
        Assert.EndsWith($"\n{shown.Groups["output"].Value}\n", result.Output.ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("generate \"")]
    [InlineData("kv huginn-0125")]
    public async Task The_commands_around_generation_print_what_the_readme_shows(string beginning)
    {
        var example = Regex.Match(
            _text,
            $"^dotnet run --project src/Muninn.Cli -- (?<line>{Regex.Escape(beginning)}[^\n]*)$.*?```text\n(?<output>.*?)\n```",
            RegexOptions.Multiline | RegexOptions.Singleline, TimeSpan.FromSeconds(1));
        Assert.True(example.Success);
        string[] arguments = [.. Regex.Matches(example.Groups["line"].Value, "\"(?<word>[^\"]*)\"|(?<word>[^ ]+)", RegexOptions.None, TimeSpan.FromSeconds(1))
            .Select(match => match.Groups["word"].Value)];
        var result = await MuninnProcess.Run(arguments);
        Assert.Equal((0, example.Groups["output"].Value), (result.ExitCode, result.Output.ReplaceLineEndings("\n").TrimEnd('\n')));
    }

    [Fact]
    public void The_file_map_is_the_tree()
    {
        string map = _text[_text.IndexOf("## File map", StringComparison.Ordinal)..];
        string[] listed = [.. Regex.Matches(map, @"^\| `(?<path>[^`]+)` \|", RegexOptions.Multiline, TimeSpan.FromSeconds(1)).Select(match => match.Groups["path"].Value)];
        Assert.All(listed, path => Assert.True(Directory.Exists(Path.Combine(SourceTree.Root, path)), $"{path} is not there"));
        string[] rooms =
        [
            .. new[] { "src/Muninn.Engine", "src/Muninn.Microscope" }.SelectMany(project =>
                Directory.GetDirectories(Path.Combine(SourceTree.Root, project)).Select(path => $"{project}/{Path.GetFileName(path)}")),
            .. new[] { "tests", "bench" }.SelectMany(folder =>
                Directory.GetDirectories(Path.Combine(SourceTree.Root, folder)).Select(path => $"{folder}/{Path.GetFileName(path)}")),
        ];
        Assert.Empty(rooms.Except(listed));
    }

    [Theory]
    [InlineData("README.md")]
    [InlineData("ARCHITECTURE.md")]
    [InlineData("CONTRIBUTING.md")]
    [InlineData("CHANGELOG.md")]
    public void Links_lead_somewhere(string file) =>
        Assert.All(
            Regex.Matches(SourceTree.Text(file), @"\]\((?!http)(?<link>[^)#]+)", RegexOptions.None, TimeSpan.FromSeconds(1)).Select(match => match.Groups["link"].Value),
            link => Assert.True(Path.Exists(Path.Combine(SourceTree.Root, link)), $"{file} links to {link}, which is not there"));
}
