using System;
using System.IO;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Muninn.Microscope.Figures;
using Muninn.Microscope.Pictures;
using Muninn.Microscope.Writers;
using Muninn.Tests.Microscope.Figures;
using Xunit;

namespace Muninn.Tests.Microscope.Writers;

/// <summary>The files under tests/golden are the gallery of SVG pictures, and what the writer has to reproduce.</summary>
public sealed class GoldenPictureTests
{
    [Fact] public void Typical() => Check("typical", SampleFigures.Typical());

    [Fact] public void Sentence_without_floor() => Check("sentence-without-floor", SampleFigures.Sentence());

    [Fact] public void One_token() => Check("one-token", SampleFigures.OneToken());

    [Fact] public void One_iteration() => Check("one-iteration", SampleFigures.OneIteration());

    [Fact] public void Long_input() => Check("long-input", SampleFigures.LongInput());

    [Fact] public void Linear_scale() => Check("linear-scale", SampleFigures.LinearScale());

    [Fact] public void Diverged_rows() => Check("diverged-rows", SampleFigures.Diverged());

    [Fact] public void Wide_unicode_labels() => Check("wide-unicode-labels", SampleFigures.HardLabels());

    [Fact] public void All_equal() => Check("all-equal", SampleFigures.AllEqual());

    static void Check(string name, Heatmap figure) => Check(name, figure.ToPicture(new PictureSize()));

    /// <summary>
    /// Compares a picture with its golden file. With the environment variable MUNINN_GALLERY set to a folder, the picture
    /// is written there as PNG and SVG too, to be looked at.
    /// </summary>
    internal static void Check(string name, Picture picture)
    {
        string text = SvgWriter.Text(picture);
        if (Environment.GetEnvironmentVariable("MUNINN_GALLERY") is { Length: > 0 } gallery)
        {
            Directory.CreateDirectory(gallery);
            File.WriteAllText(Path.Combine(gallery, name + ".svg"), text);
            using var png = File.Create(Path.Combine(gallery, name + ".png"));
            PngWriter.Write(picture, PngWriter.PublicationScale, png);
        }
        XDocument.Parse(text);
        string golden = Path.Combine(Folder(), name + ".svg");
        if (File.Exists(golden) && Normalised(File.ReadAllText(golden)) == Normalised(text))
            return;
        string changed = Path.Combine(Folder(), name + ".changed.svg");
        File.WriteAllText(changed, text);
        Assert.Fail($"The picture '{name}' differs from {golden}. Look at {changed}; if it is right, move it over the golden one.");
    }

    /// <summary>Deflate may pack the same pixels differently on another machine: embedded images are compared unpacked.</summary>
    static string Normalised(string svg) => Regex.Replace(svg.ReplaceLineEndings("\n"), "base64,(?<data>[A-Za-z0-9+/=]+)", match =>
    {
        var pixels = PngReader.Read(Convert.FromBase64String(match.Groups["data"].Value)).Pixels;
        return Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(pixels));
    }, RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(10));

    static string Folder([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../../golden"));
}
