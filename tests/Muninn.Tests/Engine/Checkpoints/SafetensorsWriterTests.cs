using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Muninn.Engine.Checkpoints;
using Xunit;

namespace Muninn.Tests.Engine.Checkpoints;

public sealed class SafetensorsWriterTests
{
    static readonly Dictionary<string, string> _none = [];

    [Theory]
    [InlineData("tiny-f32/model.safetensors")]
    [InlineData("tiny-bf16/model-00001-of-00002.safetensors")]
    [InlineData("tiny-bf16/model-00002-of-00002.safetensors")]
    [InlineData("tiny-trainlike/model.safetensors")]
    public void Writes_the_bytes_of_the_reference_writer(string name)
    {
        var original = Path.Combine(AppContext.BaseDirectory, "reference", name);
        using var folder = new TemporaryFolder();
        using (var file = SafetensorsFile.Open(original))
            SafetensorsWriter.Write(folder.At("copy"), [.. file.Tensors.Reverse().Select(TensorSource.Copy)], file.Metadata);
        Assert.True(File.ReadAllBytes(original).AsSpan().SequenceEqual(File.ReadAllBytes(folder.At("copy"))));
    }

    [Fact]
    public void Reads_back_what_it_wrote()
    {
        using var folder = new TemporaryFolder();
        float[] numbers = [1, -2.5f, float.NaN, float.PositiveInfinity, 0, 1e-40f];
        var metadata = new Dictionary<string, string> { ["z"] = "ü \"q\" \\ \n 🐦", ["a"] = "" };
        SafetensorsWriter.Write(
            folder.At("f.safetensors"),
            [
                TensorSource.Int32("tokens", [3], new[] { 1, -2, int.MaxValue }),
                TensorSource.Float32("Größe \"s\"", [2, 3], numbers),
                TensorSource.BrainFloat16("b", [1], new ushort[] { 0x3F80 }),
                TensorSource.Float32("empty", [0, 4], default),
            ],
            metadata);
        using var file = SafetensorsFile.Open(folder.At("f.safetensors"));
        Assert.Equal(metadata.OrderBy(static pair => pair.Key), file.Metadata);
        Assert.True(file.Tensor("Größe \"s\"").Float32.SequenceEqual(numbers));
        Assert.Equal([1, -2, int.MaxValue], file.Tensor("tokens").Int32.ToArray());
        Assert.Equal([1f], file.Tensor("b").ToFloat32());
        Assert.Equal(0, file.Tensor("empty").Length);
        Assert.Equal(0, file.Tensor("Größe \"s\"").Entry.Offset % 8);
    }

    [Fact]
    public void Gives_the_same_bytes_for_any_order()
    {
        using var folder = new TemporaryFolder();
        var sources = new SmallCheckpoint().Sources();
        SafetensorsWriter.Write(folder.At("a"), sources, new Dictionary<string, string> { ["x"] = "1", ["b"] = "2" });
        sources.Reverse();
        SafetensorsWriter.Write(folder.At("b"), sources, new Dictionary<string, string> { ["b"] = "2", ["x"] = "1" });
        Assert.Equal(File.ReadAllBytes(folder.At("a")), File.ReadAllBytes(folder.At("b")));
    }

    [Fact]
    public void Leaves_the_old_file_and_nothing_else_when_a_tensor_fails()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("f", "old");
        var full = new TensorSource("a", DType.U8, [4], static _ => throw new IOException("No space left on device"));
        var few = new TensorSource("a", DType.U8, [4], static stream => stream.Write([1, 2, 3]));
        var many = new TensorSource("a", DType.U8, [4], static stream => stream.Write([1, 2, 3, 4, 5]));
        Assert.Throws<IOException>(() => SafetensorsWriter.Write(path, [full], _none));
        Assert.Contains("wrote 3 bytes",
            Assert.Throws<InvalidOperationException>(() => SafetensorsWriter.Write(path, [few], _none)).Message);
        Assert.Throws<InvalidOperationException>(() => SafetensorsWriter.Write(path, [many], _none));
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Single(Directory.GetFileSystemEntries(folder.Root));
    }

    [Fact]
    public void Names_a_folder_that_is_missing_or_in_the_way()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("Create it first", Assert.Throws<DirectoryNotFoundException>(
            () => SafetensorsWriter.Write(folder.At("no", "f"), [], _none)).Message);
        Assert.Contains("is a folder", Assert.Throws<IOException>(
            () => SafetensorsWriter.Write(folder.Root, [], _none)).Message);
    }

    [Fact]
    public void Refuses_names_that_no_reader_takes()
    {
        using var folder = new TemporaryFolder();
        foreach (var name in new[] { "a", "__metadata__", new string('n', 2000) })
        {
            var twice = name == "a" ? 2 : 1;
            TensorSource[] sources = [.. Enumerable.Repeat(TensorSource.Float32(name, [1], new float[1]), twice)];
            Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(folder.At("f"), sources, _none));
        }

        Assert.Empty(Directory.GetFileSystemEntries(folder.Root));
    }

    [Fact]
    public void Refuses_a_shape_that_does_not_fit_its_values()
    {
        Assert.Throws<ArgumentException>(() => TensorSource.Float32("a", [2, 2], new float[3]));
        Assert.Throws<ArgumentException>(() => TensorSource.Float32("a", [-1], new float[1]));
    }
}
