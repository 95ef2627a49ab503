using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using System.Xml.Linq;
using Xunit;

namespace Muninn.Tests.Cli;

public sealed class ReportCommandTests
{
    const string Sentence = "Ann gives the key to Ben.";

    static readonly string[] _run = [Sentence, "-n", "24", "--horizon", "48"];

    static async Task<JsonElement> Json(params string[] arguments)
    {
        var answer = await MuninnProcess.Run(arguments);
        Assert.Equal((0, ""), (answer.ExitCode, answer.Error));
        return JsonDocument.Parse(answer.Output).RootElement;
    }

    static string[] Texts(JsonElement list) => [.. list.EnumerateArray().Select(static finding => (finding.ValueKind == JsonValueKind.String ? finding : finding.GetProperty("text")).GetString()!)];

    [Fact]
    public async Task Every_claim_is_that_of_the_command_that_measures_it_alone()
    {
        var report = await Json(["report", .. _run, "--json"]);
        var claims = report.GetProperty("claims").EnumerateArray().ToLookup(static claim => claim.GetProperty("command").GetString()!.Split(' ')[0]);
        string[][] commands =
        [
            ["heatmap", "--measure-floor"], ["dynamics", "--pulls"], ["trajectories", "--seeds", "18"], ["lens"], ["exits"], ["solve"],
        ];
        foreach (string[] command in commands)
        {
            var alone = await Json([.. command, .. _run, "--json"]);
            Assert.Equal(Texts(alone.GetProperty("findings")), claims[command[0]].Select(static claim => claim.GetProperty("text").GetString()!));
        }

        Assert.NotEmpty(claims["report"]);
        Assert.All(report.GetProperty("claims").EnumerateArray(), static claim =>
        {
            Assert.Matches(@"^\d\.\d+$", claim.GetProperty("claim").GetString());
            Assert.NotEqual("", claim.GetProperty("test").GetString());
            Assert.NotEqual("", claim.GetProperty("does_not_prove").GetString());
        });
        Assert.Equal(7, report.GetProperty("answers").GetArrayLength());
        Assert.NotEqual(0, report.GetProperty("open").GetArrayLength());
    }

    [Fact]
    public async Task The_folder_is_whole_and_its_recording_opens_without_the_model()
    {
        using var folder = new TemporaryFolder();
        string target = folder.At("raven");
        var answer = await MuninnProcess.Run(["report", .. _run, "--out", target]);
        Assert.Equal((0, ""), (answer.ExitCode, answer.Error));
        string markdown = await File.ReadAllTextAsync(Path.Combine(target, "report.md"));
        string[] figures = [.. Regex.Matches(markdown, @"^!\[.+\]\((?<file>figures/[a-z-]+\.svg)\)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(9))
            .Select(static match => match.Groups["file"].Value)];
        Assert.Equal(Directory.GetFiles(Path.Combine(target, "figures"), "*.svg").Select(Path.GetFileName).Order(), figures.Select(Path.GetFileName).Order());
        Assert.Equal(figures.Length, Directory.GetFiles(Path.Combine(target, "figures"), "*.png").Length);
        Assert.All(figures, figure => XDocument.Load(Path.Combine(target, figure)));
        string html = await File.ReadAllTextAsync(Path.Combine(target, "report.html"));
        string[] pictures = [.. Regex.Matches(html, "data:image/svg\\+xml;base64,(?<data>[^\"]+)", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(9))
            .Select(static match => Encoding.UTF8.GetString(Convert.FromBase64String(match.Groups["data"].Value)))];
        Assert.Equal(figures.Select(figure => File.ReadAllText(Path.Combine(target, figure))), pictures);
        Assert.DoesNotContain("http", Regex.Replace(html, "base64,[^\"]+", "", RegexOptions.None, TimeSpan.FromSeconds(9)));
        var shown = await MuninnProcess.Run("show", Path.Combine(target, "recording.muninn"), "--json");
        Assert.Equal((0, ""), (shown.ExitCode, shown.Error));
        using var written = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(target, "report.json")));
        var claims = written.RootElement.GetProperty("claims");
        Assert.All(claims.EnumerateArray(), claim => Assert.Contains(claim.GetProperty("text").GetString()!, System.Net.WebUtility.HtmlDecode(html)));
        string[] names = [.. figures.Select(static figure => Path.GetFileNameWithoutExtension(figure))];
        Assert.Equal(13, names.Length);
        Assert.All(claims.EnumerateArray(), claim => HasFigures(claim, $"<td><a href=\"#c{claim.GetProperty("claim").GetString()}\">{claim.GetProperty("claim").GetString()}</a></td>"));
        Assert.All(written.RootElement.GetProperty("answers").EnumerateArray(), answer => HasFigures(answer, $"<td>{System.Net.WebUtility.HtmlEncode(answer.GetProperty("answer").GetString())}</td>"));
        // A claim that joins measures stands in a section without pictures: its figures follow it.
        var joined = Assert.Single(claims.EnumerateArray(), static claim => claim.GetProperty("text").GetString()!.StartsWith("Over the whole fall", StringComparison.Ordinal));
        Assert.Equal(["heatmap", "waterfall", "spectrum"], Names(joined));
        Assert.Matches(@"- \*\*8\.2\*\* Over the whole fall .*\(\[heatmap\]\(figures/heatmap\.svg\), \[waterfall\]\(figures/waterfall\.svg\), \[spectrum\]\(figures/spectrum\.svg\)\)\n", markdown);
        Assert.Matches("<li id=\"c8\\.2\">.*\\(<a href=\"#heatmap\">heatmap</a>, ", html);
        Assert.Contains("[heatmap, waterfall, spectrum]", Regex.Replace(answer.Output, @"\s+", " ", RegexOptions.None, TimeSpan.FromSeconds(1)));
        Assert.Contains(Names(claims.EnumerateArray().First(static claim => claim.GetProperty("kind").GetString() == "pathindependence")), static name => name == "starts");

        Assert.Empty(Directory.GetFileSystemEntries(folder.At("."), ".*"));

        // Named in JSON, linked in the row of the page and to a place that is there, and in the table of Markdown.
        void HasFigures(JsonElement claim, string cell)
        {
            string[] own = Names(claim);
            Assert.NotEmpty(own);
            Assert.Empty(own.Except(names));
            string links = string.Join(", ", own.Select(static name => $"<a href=\"#{name}\">{name}</a>"));
            Assert.Contains($"{cell}<td>{links}</td>", html);
            Assert.All(own, name => Assert.Contains($"<figure id=\"{name}\">", html));
            string linked = string.Join(", ", own.Select(static name => $"[{name}](figures/{name}.svg)"));
            Assert.Contains($" | {linked} |", markdown);
        }

        static string[] Names(JsonElement claim) => [.. claim.GetProperty("figures").EnumerateArray().Select(static name => name.GetString()!)];
    }

    [Fact]
    public async Task What_a_text_holds_is_text_in_every_form()
    {
        using var folder = new TemporaryFolder();
        string target = folder.At("odd");
        var answer = await MuninnProcess.Run("report", "a|b <b>*c*</b> _d_ [e](f)", "-n", "8", "--horizon", "12", "--seeds", "0", "--out", target);
        Assert.Equal(0, answer.ExitCode);
        string html = await File.ReadAllTextAsync(Path.Combine(target, "report.html"));
        Assert.DoesNotContain("<b>", html);
        string markdown = await File.ReadAllTextAsync(Path.Combine(target, "report.md"));
        Assert.Contains(@"\*c\*", markdown);
        Assert.DoesNotContain("](f)", markdown.Replace(@"\](f)", "", StringComparison.Ordinal));
        // Each row of a table has as many cells as its head.
        Assert.All(markdown.Split('\n').Where(static line => line.StartsWith("| ", StringComparison.Ordinal)),
            static line => Assert.Contains(Regex.Count(line, @"(?<!\\)\|", RegexOptions.None, TimeSpan.FromSeconds(1)), (int[])[3, 4, 5]));
    }

    [Fact]
    public async Task One_token_and_quantised_weights_have_a_report_too()
    {
        var one = await Json("report", "--tokens", "5", "-n", "24", "--horizon", "48", "--seeds", "0", "--json");
        Assert.NotEqual(0, one.GetProperty("claims").GetArrayLength());
        using var folder = new TemporaryFolder();
        var quantised = await MuninnProcess.Run("quantize", "seedling", "--weights", "int4", "--out", folder.At("int4"), "--no-report");
        Assert.Equal(0, quantised.ExitCode);
        var report = await MuninnProcess.Run("report", Sentence, "-m", folder.At("int4"), "-n", "24", "--horizon", "48", "--seeds", "0");
        Assert.Equal(0, report.ExitCode);
        string text = Regex.Replace(report.Output, @"\s+", " ", RegexOptions.None, TimeSpan.FromSeconds(1));
        Assert.Contains("What the original model does: these weights are int4", text);
        // Every instrument holds the weights in float32: what one finds at rest no other finds moving.
        Assert.Contains("1.1 Every token converges", text);
        Assert.DoesNotContain("Plain iteration itself does not come to rest", text);
    }

    [Fact]
    public async Task A_folder_that_holds_something_is_left_as_it_is()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.At("mine"));
        await File.WriteAllTextAsync(folder.At("mine/notes.txt"), "mine");
        var answer = await MuninnProcess.Run("report", Sentence, "--out", folder.At("mine"));
        Assert.NotEqual(0, answer.ExitCode);
        Assert.Contains("mine", answer.Error);
        Assert.Equal("", answer.Output);
        Assert.Equal(["notes.txt"], Directory.GetFileSystemEntries(folder.At("mine")).Select(Path.GetFileName));
    }

    public static IEnumerable<TheoryDataRow<string, string[]>> Bad =>
    [
        new("--seeds is 1, but whether the end depends on the start takes several runs. Give 0, or 18", ["--seeds", "1"]),
        new("--seeds starts at random, and --initial-state is zero", ["--seeds", "18", "--initial-state", "zero"]),
        new("a report is a folder of several files", ["--out", "r.html"]),
        new("the horizon is 600, but motion is read from at most 512 iterations", ["--horizon", "600"]),
        new("--surrogates: '5' is no whole number", ["--surrogates", "5"]),
        new("a rate takes 4 iterations at least", ["-n", "2", "--horizon", "20"]),
    ];

    [Theory]
    [MemberData(nameof(Bad))]
    public async Task Bad_options_are_named(string message, string[] arguments)
    {
        var answer = await MuninnProcess.Run(["report", Sentence, .. arguments]);
        Assert.Equal(2, answer.ExitCode);
        Assert.Contains(message, answer.Error);
        Assert.Equal("", answer.Output);
    }
}
