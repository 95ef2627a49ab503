using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using Muninn.Tests.Microscope.Writers;
using Xunit;

namespace Muninn.Tests.Cli;

/// <summary>
/// The reports of the paper's two prompts in docs/gallery are what the commands beside them write: the words are the same, and so are
/// the numbers but for the last digits, which another mathematical library may round otherwise.
/// </summary>
public sealed partial class PaperPromptTests
{
    /// <summary>Numbers may differ by this share, and by this much: a tenth of a pixel, the last of three digits.</summary>
    const double ShareMax = 0.015, DifferenceMax = 0.1;

    [Theory]
    [InlineData("faust")]
    [InlineData("omelet")]
    public async Task The_gallery_is_what_its_command_writes(string name)
    {
        using var folder = new TemporaryFolder();
        string gallery = Path.Combine(Root(), "docs", "gallery");
        string line = Assert.Single(
            await File.ReadAllLinesAsync(Path.Combine(gallery, "README.md")), text => text.TrimStart().StartsWith($"muninn report --file docs/gallery/prompts/{name}.txt", StringComparison.Ordinal));
        string[] words = [.. Words().Matches(line).Select(static match => match.Value.Trim('"'))];
        Assert.Equal(("muninn", "--out", name), (words[0], words[^2], words[^1]));
        string made = folder.At(name);
        var answer = await MuninnProcess.Run(new Call { Arguments = [.. words[1..^1], made], Folder = Root() });
        Assert.Equal((0, ""), (answer.ExitCode, answer.Error));
        string[] files = [.. Files(made)];
        string[] differing = [.. files.Union(Files(Path.Combine(gallery, name)), StringComparer.Ordinal).Where(file => !AreAlike(Path.Combine(gallery, name, file), Path.Combine(made, file)))];
        if (differing.Length == 0) return;
        string changed = Path.Combine(gallery, name + ".changed");
        if (Directory.Exists(changed)) Directory.Delete(changed, recursive: true);
        foreach (string file in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(changed, file))!);
            File.Copy(Path.Combine(made, file), Path.Combine(changed, file));
        }

        Assert.Fail($"{string.Join(", ", differing)} of docs/gallery/{name} differ from what the report writes. Look at {changed}; if it is right, put it in its place.");
    }

    [Theory]
    [InlineData("q 0.123 at “a”", "q 0.124 at “a”", true)]
    [InlineData("q 0.123 at “a”", "q 0.223 at “a”", false)]
    [InlineData("q 12.3 at “a”", "q 12.9 at “a”", false)]
    [InlineData("4 of 7 tokens", "4 of 8 tokens", false)]
    [InlineData("1.5 × 10⁻⁶", "1.5 × 10⁻⁷", false)]
    [InlineData("q 0.123", "q 0.123 at", false)]
    public void Words_must_be_the_same_and_numbers_near(string one, string other, bool expected) => Assert.Equal(expected, SayTheSame(one, other));

    /// <summary>What is kept in the gallery: the words and the drawings.</summary>
    static IEnumerable<string> Files(string folder) => !Directory.Exists(folder) ? []
        : Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Where(static file => file.EndsWith("report.md", StringComparison.Ordinal) || file.EndsWith(".svg", StringComparison.Ordinal))
            .Select(file => Path.GetRelativePath(folder, file));

    static bool AreAlike(string golden, string made) =>
        File.Exists(golden) && File.Exists(made) && SayTheSame(Unpacked(golden), Unpacked(made));

    static bool SayTheSame(string golden, string made)
    {
        var (one, other) = (Numbers().Matches(golden), Numbers().Matches(made));
        return one.Count == other.Count && Numbers().Replace(golden, "#") == Numbers().Replace(made, "#")
            && one.Zip(other).All(static pair => AreNear(pair.First.Value, pair.Second.Value));
    }

    static bool AreNear(string one, string other)
    {
        if (one == other) return true;
        // Whole numbers are counts and positions.
        if (!one.Contains('.', StringComparison.Ordinal) && !other.Contains('.', StringComparison.Ordinal)) return false;
        double x = double.Parse(one, CultureInfo.InvariantCulture);
        double y = double.Parse(other, CultureInfo.InvariantCulture);
        return Math.Abs(x - y) <= Math.Max(ShareMax * Math.Max(Math.Abs(x), Math.Abs(y)), Math.Abs(x) > 20 ? DifferenceMax : 0);
    }

    /// <summary>The text of a file; pictures in it as their size and mean.</summary>
    static string Unpacked(string file) => Images().Replace(File.ReadAllText(file).ReplaceLineEndings("\n"), static match =>
    {
        var picture = PngReader.Read(Convert.FromBase64String(match.Groups["data"].Value));
        double mean = picture.Pixels.Average(static value => (double)value);
        return string.Create(CultureInfo.InvariantCulture, $"{picture.Pixels.Length} bytes, mean {mean:0.00}");
    });

    static string Root([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../.."));

    [GeneratedRegex("\"[^\"]*\"|\\S+", RegexOptions.None, 9000)]
    private static partial Regex Words();

    [GeneratedRegex(@"\d+(\.\d+)?", RegexOptions.ExplicitCapture, 9000)]
    private static partial Regex Numbers();

    [GeneratedRegex("base64,(?<data>[A-Za-z0-9+/=]+)", RegexOptions.ExplicitCapture, 9000)]
    private static partial Regex Images();
}
