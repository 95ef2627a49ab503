using System;
using System.IO;
using System.Linq;
using Muninn.Microscope.Figures;
using Muninn.Microscope.Pictures;
using Muninn.Microscope.Writers;
using Muninn.Tests.Microscope.Figures;
using Xunit;

namespace Muninn.Tests.Microscope.Writers;

public sealed class PngWriterTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(7, 3)]
    [InlineData(64, 65)]
    public void Any_pixels_come_back(int width, int height)
    {
        var pixels = Enumerable.Range(0, width * height * 3).Select(i => (byte)(i / 9 * 151 ^ i)).ToArray();
        using var file = new MemoryStream();
        PngWriter.Write(pixels, width, height, file);
        Assert.Equal((width, height), (PngReader.Read(file.ToArray()).Width, PngReader.Read(file.ToArray()).Height));
        Assert.Equal(pixels, PngReader.Read(file.ToArray()).Pixels);
    }

    [Fact]
    public void Every_cell_has_its_colour_at_every_scale()
    {
        var picture = SampleFigures.Diverged().ToPicture(new PictureSize());
        var cells = picture.Layers.OfType<RasterLayer>().First();
        for (int scale = 1; scale <= 3; scale++)
        {
            using var file = new MemoryStream();
            PngWriter.Write(picture, scale, file);
            var (width, height, pixels) = PngReader.Read(file.ToArray());
            Assert.Equal((picture.Width * scale, picture.Height * scale), (width, height));
            for (int i = 0; i < cells.Colors.Count; i++)
            {
                int x = (int)((cells.Area.X + (i % cells.Columns + 0.5) * cells.Area.Width / cells.Columns) * scale);
                int y = (int)((cells.Area.Y + (i / cells.Columns + 0.5) * cells.Area.Height / cells.Rows) * scale);
                int at = (y * width + x) * 3;
                Assert.Equal(cells.Colors[i], new Color(pixels[at], pixels[at + 1], pixels[at + 2]));
            }
        }
    }

    [Fact]
    public void The_same_picture_gives_the_same_bytes()
    {
        using var first = new MemoryStream();
        using var second = new MemoryStream();
        PngWriter.Write(SampleFigures.HardLabels().ToPicture(new PictureSize()), 2, first);
        PngWriter.Write(SampleFigures.HardLabels().ToPicture(new PictureSize()), 2, second);
        Assert.Equal(first.ToArray(), second.ToArray());
    }

    [Fact]
    public void Refuses_more_pixels_than_a_machine_should_hold()
    {
        var picture = new Picture { Width = 30_000, Height = 30_000, Title = "", Description = "", Layers = [] };
        Assert.Contains("limit", Assert.Throws<ArgumentException>(() => PngWriter.Write(picture, 1, Stream.Null)).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => PngWriter.Write(picture, 0, Stream.Null));
    }
}
