using System;
using System.Linq;
using System.Text.RegularExpressions;
using Muninn.Engine.Checkpoints;
using Muninn.Tests.Repository;
using Xunit;

namespace Muninn.Tests.Microscope.Recordings;

/// <summary>The reader in docs/recordings.md reads what Muninn writes. Skipped, and said so, where there is no Python or no NumPy.</summary>
public sealed class PythonReaderTests
{
    static string Recorded(TemporaryFolder folder, DType type)
    {
        var recording = SampleRecording.Of();
        recording = recording with { States = recording.States!.As(type, recording.Header.FinalNorm()) };
        SampleRecording.Bytes(recording, folder);
        return folder.At("sample.muninn");
    }

    [Fact]
    public void The_reader_has_ten_lines() => Assert.InRange(Reader().Split('\n').Count(line => line.Length > 0) - 1, 8, 11);

    [Theory]
    [InlineData(DType.F32)]
    [InlineData(DType.F16)]
    [InlineData(DType.BF16)]
    public void The_reader_of_the_docs_reads_with_numpy(DType type)
    {
        Assert.SkipUnless(PythonProcess.Has("numpy"), "there is no python3 with NumPy here: the reader of docs/recordings.md is NOT tested");
        using var folder = new TemporaryFolder();
        var path = Recorded(folder, type);
        var script = folder.Write("check.py", Reader() + """

            import sys
            metadata, a = read(sys.argv[1])
            assert metadata["format"] == "muninn-recording-1" and metadata["seed"] == "18446744073709551615"
            assert a["tokens"].tolist() == [5, 10, 0]
            offsets = a["tokens.text.offsets"]
            assert a["tokens.text"][offsets[2]:offsets[3]].tobytes().decode() == " ü"
            normed = lambda s: a["final_norm.gain"] * s / numpy.sqrt((s ** 2).mean(-1, keepdims=True) + float(metadata["norm_epsilon"]))
            distance = numpy.linalg.norm(normed(a["states"].astype("f8")) - normed(a["rest"].astype("f8")), axis=-1).T
            loss = numpy.abs(distance - a["distance"][:, a["iterations"]]).max()
            assert loss <= 2 * float(metadata["states_rounding"]) + 1e-6, loss
            print(a["states"].shape, a["distance"].dtype, "fine")
            """);
        var (exitCode, output) = PythonProcess.Run(script, path)!.Value;
        Assert.Equal("(13, 3, 2) float32 fine", output.Trim());
        Assert.Equal(0, exitCode);
    }

    /// <summary>The same file through nothing but the standard library: layout, order and types are as the docs say.</summary>
    [Fact]
    public void The_file_reads_with_the_standard_library_alone()
    {
        Assert.SkipUnless(PythonProcess.Has("json"), "there is no python3 here: the layout of recordings is NOT tested from outside");
        using var folder = new TemporaryFolder();
        var path = Recorded(folder, DType.F32);
        var script = folder.Write("check.py", """
            import json, math, struct, sys
            data = open(sys.argv[1], "rb").read()
            start = 8 + struct.unpack("<Q", data[:8])[0]
            header = json.loads(data[8:start])
            metadata = header.pop("__metadata__")
            def numbers(name):
                t = header[name]
                begin, end = t["data_offsets"]
                size, code = {"F32": (4, "f"), "I32": (4, "i"), "U8": (1, "B")}[t["dtype"]]
                values = struct.unpack("<%d%s" % ((end - begin) // size, code), data[start + begin:start + end])
                assert len(values) == math.prod(t["shape"]), name
                return values
            every = {name: numbers(name) for name in header}
            gain, rest, states, distance = every["final_norm.gain"], every["rest"], every["states"], every["distance"]
            def normed(s):
                root = math.sqrt(sum(x * x for x in s) / len(s) + float(metadata["norm_epsilon"]))
                return [g * x / root for g, x in zip(gain, s)]
            for i in range(13):
                for t in range(3):
                    a, b = normed(states[(i * 3 + t) * 2:(i * 3 + t) * 2 + 2]), normed(rest[2 * t:2 * t + 2])
                    assert abs(math.dist(a, b) - distance[t * 13 + i]) < 1e-6, (i, t)
            print(len(every), "tensors fine")
            """);
        var (exitCode, output) = PythonProcess.Run(script, path)!.Value;
        Assert.Equal("76 tensors fine", output.Trim());
        Assert.Equal(0, exitCode);
    }

    static string Reader() => Regex.Match(
        SourceTree.Text("docs/recordings.md").ReplaceLineEndings("\n"), "```python\n(?<code>.*?)```", RegexOptions.Singleline, TimeSpan.FromSeconds(1)).Groups["code"].Value;
}
