using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Muninn.Engine.Checkpoints;
using Muninn.Microscope.Recordings;
using Muninn.Tests.Oracle;
using Xunit;

namespace Muninn.Tests.Microscope.Recordings;

/// <summary>Files that are damaged, foreign or wrong: refused with the name of file and tensor, what was expected and what was found.</summary>
public sealed class RecordingReaderTests
{
    static string Refusal(Action<Dictionary<string, TensorSource>, Dictionary<string, string>> change)
    {
        using var folder = new TemporaryFolder();
        var path = SampleRecording.Changed(folder, change);
        var error = Assert.Throws<InvalidDataException>(() => RecordingReader.Read(path));
        Assert.Contains(path, error.Message);
        return error.Message;
    }

    static void With(Dictionary<string, TensorSource> tensors, TensorSource tensor) => tensors[tensor.Name] = tensor;

    [Theory]
    [InlineData("distance", "there is no tensor 'distance' [tokens, iterations + 1]")]
    [InlineData("tokens", "there is no tensor 'tokens' [tokens]")]
    [InlineData("tokens.text.offsets", "there is no tensor 'tokens.text.offsets' [texts + 1]")]
    [InlineData("rest", "there is no tensor 'rest' [tokens, width]")]
    [InlineData("states", "there is no tensor 'states' [iterations, positions, width]")]
    [InlineData("positions", "there is no tensor 'positions' [positions kept]")]
    [InlineData("lens.rank", "there is no tensor 'lens.rank' [iterations, tokens]")]
    [InlineData("final_norm.gain", "there is no tensor 'final_norm.gain' [width]")]
    public void A_tensor_that_is_missing_is_named(string name, string expected) =>
        Assert.Contains(expected, Refusal((tensors, _) => tensors.Remove(name)));

    [Theory]
    [InlineData("width", null, "the metadata lack 'width'")]
    [InlineData("width", "0", "width = '0'; expected a whole number from 1 to 65536")]
    [InlineData("width", "3", "tensor 'final_norm.gain' is F32 [2]; expected [3] [width]")]
    [InlineData("seed", "-1", "seed = '-1'; expected a whole number from 0 to 18446744073709551615")]
    [InlineData("vocabulary", "10", "tensor 'tokens' holds 10 at 1; expected 0 to 9")]
    [InlineData("iterations", "11", "tensor 'distance' is F32 [3, 13]; expected [3, 12] [tokens, iterations + 1]")]
    [InlineData("iterations", "31", "iterations = '31'; expected a whole number from 1 to 30")]
    [InlineData("horizon", "11", "horizon = 11 and iterations = 12; s* is never taken before")]
    [InlineData("horizon", "31", "horizon = '31'; expected a whole number from 1 to 30")]
    [InlineData("limit", "999999999", "limit = '999999999'; expected a whole number from 1 to 1048576")]
    [InlineData("tolerance", "NaN", "tolerance = 'NaN'; expected a number from 0 on")]
    [InlineData("norm_epsilon", "-1", "norm_epsilon = '-1'; expected a number from 0 on")]
    [InlineData("states_rounding", "much", "states_rounding = 'much'; expected a number from 0 on")]
    [InlineData("format", "pt", "format = 'pt'; expected 'muninn-recording-1'")]
    [InlineData("format", null, "format = 'nothing'; expected 'muninn-recording-1'")]
    public void Metadata_that_are_wrong_are_named_with_both_values(string key, string? value, string expected) =>
        Assert.Contains(expected, Refusal((_, metadata) =>
        {
            if (value is null) metadata.Remove(key);
            else metadata[key] = value;
        }));

    [Theory]
    [InlineData("states", 3, 3, 2, "tensor 'states' is F32 [3, 3, 2]; expected [13, 3, 2] [iterations, positions, width]")]
    [InlineData("distance", 13, 3, 0, "tensor 'distance' is F32 [13, 3]; expected [3, 13] [tokens, iterations + 1]")]
    [InlineData("rest", 3, 0, 0, "tensor 'rest' is F32 [3]; expected F32 [tokens, width]")]
    [InlineData("lens.entropy", 2, 3, 0, "tensor 'lens.entropy' is F32 [2, 3]; expected [3, 3] [iterations, tokens]")]
    public void A_shape_that_is_wrong_is_named_with_the_right_one(string name, int a, int b, int c, string expected)
    {
        long[] shape = [.. new long[] { a, b, c }.Where(size => size > 0)];
        Assert.Contains(expected, Refusal((tensors, _) => With(tensors, TensorSource.Float32(name, shape, new float[shape.Aggregate(1L, (x, y) => x * y)]))));
    }

    [Fact]
    public void A_type_that_is_wrong_is_named_with_the_right_one()
    {
        Assert.Contains("tensor 'distance' is I32 [3, 13]; expected F32 [tokens, iterations + 1]",
            Refusal((tensors, _) => With(tensors, TensorSource.Int32("distance", [3, 13], new int[39]))));
        Assert.Contains("tensor 'states' is I32 [13, 3, 2]; expected F32 or F16 or BF16 [iterations, positions, width]",
            Refusal((tensors, _) => With(tensors, TensorSource.Int32("states", [13, 3, 2], new int[78]))));
        Assert.Contains("tensor 'tokens' is F32 [3]; expected I32 [tokens]",
            Refusal((tensors, _) => With(tensors, TensorSource.Float32("tokens", [3], new float[3]))));
    }

    [Theory]
    [InlineData("iterations", new[] { 0, 1, 1 }, "tensor 'iterations' holds 1 behind 1 at 2; expected ascending numbers")]
    [InlineData("iterations", new[] { 5, 3, 4 }, "holds 3 behind 5 at 1; expected ascending numbers")]
    [InlineData("iterations", new[] { 0, 31 }, "tensor 'iterations' holds 31 at 1; expected 0 to 30")]
    [InlineData("iterations", new int[0], "tensor 'iterations' has 0 entries; expected 1 to 31")]
    [InlineData("positions", new[] { 0, 3 }, "tensor 'positions' holds 3 at 1; expected 0 to 2")]
    [InlineData("positions", new[] { -1, 0 }, "tensor 'positions' holds -1 at 0; expected 0 to 2")]
    [InlineData("tokens.labels.offsets", new[] { 0, 9, 5, 17 }, "tensor 'tokens.labels.offsets' runs from 0 to 17; expected 0 to")]
    [InlineData("tokens.text.offsets", new[] { 0, 3, 2, 5 }, "holds 2 behind 3 at 2; expected numbers that do not fall")]
    [InlineData("tokens.text.offsets", new[] { 0, 5 }, "tensor 'tokens.text.offsets' is I32 [2]; expected [4] [texts + 1]")]
    [InlineData("floor.measured", new[] { 0, 1, 2 }, "tensor 'floor.measured' holds 2 at 2; expected 0 to 1")]
    [InlineData("lens.iterations", new[] { 4, 1, 30 }, "tensor 'lens.iterations' holds 1 behind 4")]
    public void Numbers_that_break_the_order_are_named_with_their_place(string name, int[] values, string expected) =>
        Assert.Contains(expected, Refusal((tensors, _) => With(tensors, TensorSource.Int32(name, [values.Length], values))));

    [Fact]
    public void Values_that_no_measure_has_are_refused()
    {
        Assert.Contains("tensor 'distance' holds -1 at 7; expected nothing below 0", Refusal((tensors, _) =>
            With(tensors, TensorSource.Float32("distance", [3, 13], Enumerable.Range(0, 39).Select(i => i == 7 ? -1f : i).ToArray()))));
        Assert.Contains("tensor 'floor.step' holds NaN at 0", Refusal((tensors, _) =>
            With(tensors, TensorSource.Float32("floor.step", [3], new[] { float.NaN, 1, 1 }))));
        Assert.Contains("text 0 of tensor 'tokens.labels' is no valid UTF-8", Refusal((tensors, _) =>
        {
            With(tensors, new TensorSource("tokens.labels", DType.U8, [3], stream => stream.Write([0xE2, 0x96, 0x41])));
            With(tensors, TensorSource.Int32("tokens.labels.offsets", [4], new[] { 0, 2, 3, 3 }));
        }));
        Assert.Contains("lists token 7, which 'lens.vocabulary' lacks", Refusal((tensors, _) =>
            With(tensors, TensorSource.Int32("lens.tokens", [3, 3, 1], Enumerable.Repeat(7, 9).ToArray()))));
    }

    [Fact]
    public void Foreign_files_are_refused_and_told_apart()
    {
        using var folder = new TemporaryFolder();
        var reference = Path.Combine(AppContext.BaseDirectory, "models", "seedling", "model.safetensors");
        Assert.Contains("is no recording: its metadata say format = ", Assert.Throws<InvalidDataException>(() => RecordingReader.Read(reference)).Message);
        Assert.Throws<InvalidDataException>(() => RecordingReader.Read(folder.Write("a.muninn", "PK, or so")));
        Assert.Throws<InvalidDataException>(() => RecordingReader.Read(folder.Write("b.muninn", [])));
        Assert.Throws<FileNotFoundException>(() => RecordingReader.Read(folder.At("none.muninn")));
    }

    [Fact]
    public void A_file_cut_short_anywhere_is_refused()
    {
        using var folder = new TemporaryFolder();
        var bytes = SampleRecording.Bytes(SampleRecording.Of(), folder);
        for (int length = 0; length < bytes.Length; length += 1 + length / 40)
            Assert.Throws<InvalidDataException>(() => RecordingReader.Read(folder.Write("cut.muninn", bytes[..length])));
        Assert.Throws<InvalidDataException>(() => RecordingReader.Read(folder.Write("cut.muninn", bytes[..^1])));
        Assert.Throws<InvalidDataException>(() => RecordingReader.Read(folder.Write("cut.muninn", [.. bytes, 0])));
    }

    /// <summary>Every byte of the header and some of the data, changed: read, or refused as documented, and never anything else.</summary>
    [Fact]
    public void Bytes_changed_anywhere_are_read_or_refused()
    {
        using var folder = new TemporaryFolder();
        var bytes = SampleRecording.Bytes(SampleRecording.Of(), folder);
        var path = folder.At("changed.muninn");
        int refused = 0;
        for (int at = 0; at < bytes.Length; at += 3)
        {
            var changed = bytes.ToArray();
            changed[at] ^= (byte)(1 << (int)(Math.Abs(Noise.At(3, at)) * 8));
            File.WriteAllBytes(path, changed);
            try
            {
                var read = RecordingReader.Read(path);
                Assert.NotEmpty(read.Findings);
            }
            catch (InvalidDataException error)
            {
                Assert.Contains(path, error.Message);
                refused++;
            }
        }

        Assert.InRange(refused, 100, bytes.Length);
    }
}
