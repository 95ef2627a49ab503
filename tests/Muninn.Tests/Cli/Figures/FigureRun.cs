using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using System.Xml.Linq;
using Muninn.Engine.Checkpoints;
using Muninn.Microscope.Figures;
using Muninn.Microscope.Pictures;
using Muninn.Microscope.Writers;
using Xunit;

namespace Muninn.Tests.Cli.Figures;

/// <summary>A command run once for its numbers, its picture and the picture's table.</summary>
/// <param name="Json">The numbers.</param>
/// <param name="Texts">Every text of the SVG.</param>
/// <param name="Table">The cells of each line of the table, the head first.</param>
sealed record FigureRun(JsonElement Json, string[] Texts, IReadOnlyList<string[]> Table)
{
    /// <summary>All texts of the picture: lines that were wrapped are whole.</summary>
    public string Words => string.Join(' ', Texts);

    /// <summary>Runs it with a wide window, so that a table's line is a line.</summary>
    public static async Task<FigureRun> Of(params string[] arguments)
    {
        using var folder = new TemporaryFolder();
        var answer = await MuninnProcess.Run(new Call
        {
            Arguments = [.. arguments, "--graphics", "ascii", "--out", folder.At("f.json"), "--out", folder.At("f.svg"), "--out", folder.At("f.png")],
            Environment = new Dictionary<string, string> { ["COLUMNS"] = "200" },
        });
        Assert.Equal((0, ""), (answer.ExitCode, answer.Error));
        using var json = JsonDocument.Parse(await File.ReadAllTextAsync(folder.At("f.json")));
        Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], (await File.ReadAllBytesAsync(folder.At("f.png")))[..4]);
        string[] texts = [.. XDocument.Load(folder.At("f.svg")).Descendants().Where(e => e.Name.LocalName == "text").Select(e => e.Value)];
        // Title and subtitle, the table, the footnote.
        string table = answer.Output.Split("\n\n")[1];
        return new FigureRun(
            json.RootElement.Clone(), texts, [.. table.Split('\n').Select(line => line.Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))]);
    }

    /// <summary>The line of the table that begins with these cells.</summary>
    public string[] Line(params string[] cells) => Assert.Single(Table, line => line.AsSpan().StartsWith(cells));

    /// <summary>A number as tables in seven bits write it.</summary>
    public static string Text(double number) => PlainText.Of(TextMetrics.Shown(ColorRange.NumberText(number)));

    /// <summary>Numbers of a JSON array.</summary>
    public static double[] Numbers(JsonElement array) =>
        [.. array.EnumerateArray().Select(static value => value.ValueKind == JsonValueKind.Null ? double.NaN : value.GetDouble())];

    /// <summary>A start of this many tokens of the default model that is not finite from one of them on.</summary>
    public static string BrokenStart(TemporaryFolder folder, int tokens, int from)
    {
        const int Width = 128;
        var values = new float[tokens * Width];
        Array.Fill(values, 0.1f);
        values[from * Width] = float.NaN;
        string path = folder.At($"from{from}.safetensors");
        SafetensorsWriter.Write(path, [TensorSource.Float32("s0", [tokens, Width], values)], new Dictionary<string, string>());
        return path;
    }

    /// <summary>That a command refuses its figure with these words, and leaves nothing behind.</summary>
    public static async Task Refused(string words, params string[] arguments)
    {
        using var folder = new TemporaryFolder();
        var answer = await MuninnProcess.Run([.. arguments, "--out", folder.At("f.json"), "--out", folder.At("f.svg")]);
        Assert.Equal((2, ""), (answer.ExitCode, answer.Output));
        Assert.Contains(words, answer.Error);
        Assert.Empty(Directory.GetFiles(folder.Root));
    }
}
