using System;
using System.Linq;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Files;
using Muninn.Microscope.Measures;
using Muninn.Microscope.Recordings;
using Muninn.Tests.Engine.Recurrence;
using Xunit;

namespace Muninn.Tests.Microscope.Recordings;

public sealed class RecordingTests
{
    static Recording Reread(Recording recording, RecordingParts parts = RecordingParts.All)
    {
        using var folder = new TemporaryFolder();
        RecordingWriter.Write(FileTarget.Of(folder.At("a.muninn")), recording);
        return RecordingReader.Read(folder.At("a.muninn"), parts);
    }

    static void Same(Recording expected, Recording actual)
    {
        Assert.Equal(expected.Header with { NormGain = actual.Header.NormGain, Notes = actual.Header.Notes }, actual.Header);
        Assert.Equal(expected.Header.NormGain, actual.Header.NormGain);
        Assert.Equal(expected.Header.Notes, actual.Header.Notes);
        Assert.Equal(expected.Tokens.Ids, actual.Tokens.Ids);
        Assert.Equal(expected.Tokens.Labels, actual.Tokens.Labels);
        Assert.Equal(expected.Tokens.Pieces.Select(piece => piece.ToArray()), actual.Tokens.Pieces.Select(piece => piece.ToArray()));
        Assert.Equal(expected.Convergence.Settings, actual.Convergence.Settings);
        Assert.Equal(expected.Convergence.Distance, actual.Convergence.Distance);
        Assert.Equal(expected.Convergence.Residual, actual.Convergence.Residual);
        Assert.Equal(expected.Convergence.HorizonResidual, actual.Convergence.HorizonResidual);
        Assert.Equal(expected.Convergence.RestNorm, actual.Convergence.RestNorm);
        Assert.Equal(expected.Convergence.Rest, actual.Convergence.Rest);
        Assert.Equal(expected.Convergence.Tokens, actual.Convergence.Tokens);
        Assert.Equal(expected.Convergence.Floor, actual.Convergence.Floor);
        Assert.Equal(expected.Findings.Select(finding => finding.Text), actual.Findings.Select(finding => finding.Text));
        Assert.Equal(expected.Rest, actual.Rest);
        SameLens(expected.Lens, actual.Lens);
        Assert.Empty(actual.OtherTensors);
    }

    static void SameLens(RecordedLens? expected, RecordedLens? actual)
    {
        Assert.Equal(expected?.Iterations, actual?.Iterations);
        Assert.Equal(expected?.Tokens, actual?.Tokens);
        Assert.Equal(expected?.LogProbabilities, actual?.LogProbabilities);
        Assert.Equal(expected?.Entropy, actual?.Entropy);
        Assert.Equal(expected?.Divergence, actual?.Divergence);
        Assert.Equal(expected?.Rank, actual?.Rank);
        Assert.Equal(expected?.Labels, actual?.Labels);
    }

    static void SameStates(Recording expected, Recording actual)
    {
        Assert.Equal(expected.States!.Iterations, actual.States!.Iterations);
        Assert.Equal(expected.States.Positions, actual.States.Positions);
        foreach (int iteration in expected.States.Iterations)
            Assert.Equal(expected.Trajectory!.State(iteration).ToArray(), actual.Trajectory!.State(iteration).ToArray());
    }

    [Fact]
    public void Everything_comes_back_as_it_was()
    {
        var recording = SampleRecording.Of();
        var read = Reread(recording);
        Same(recording, read);
        SameStates(recording, read);
        Same(SampleRecording.Of([], lens: false), Reread(SampleRecording.Of([], lens: false)));
        Assert.Null(Reread(SampleRecording.Of([])).States);
    }

    [Fact]
    public void States_that_are_not_finite_come_back_too()
    {
        var recording = SampleRecording.Of(core: ToyCores.NotANumberBomb);
        var read = Reread(recording);
        Same(recording, read);
        SameStates(recording, read);
        Assert.Equal(Verdict.Diverged, read.Convergence.Tokens[1].Verdict);
    }

    [Fact]
    public void Same_recording_same_bytes()
    {
        using var folder = new TemporaryFolder();
        var bytes = SampleRecording.Bytes(SampleRecording.Of(), folder);
        Assert.Equal(bytes, SampleRecording.Bytes(SampleRecording.Of(), folder));
        Assert.Equal(bytes, SampleRecording.Bytes(RecordingReader.Read(folder.At("sample.muninn")), folder));
    }

    [Fact]
    public void Measures_alone_are_read_without_the_states()
    {
        var read = Reread(SampleRecording.Of([2, 5], [1]), RecordingParts.Measures);
        Assert.Equal([2, 5], read.States!.Iterations);
        Assert.Equal([1], read.States.Positions);
        Assert.Null(read.Trajectory);
        Same(SampleRecording.Of([2, 5], [1]), read);
        Assert.Throws<ArgumentException>(() => read.Slice([2], null));
    }

    /// <summary>States, s*, gain and epsilon are enough: no model is needed.</summary>
    [Fact]
    public void Distances_can_be_computed_anew_from_the_file()
    {
        var read = Reread(SampleRecording.Of());
        var norm = read.Header.FinalNorm();
        var rest = new float[6];
        var state = new float[6];
        norm.Apply(read.Rest, 3, rest);
        foreach (int iteration in read.States!.Iterations)
        {
            norm.Apply(read.Trajectory!.State(iteration), 3, state);
            for (int t = 0; t < 3; t++)
            {
                double distance = Math.Sqrt(Math.Pow((double)state[2 * t] - rest[2 * t], 2) + Math.Pow((double)state[2 * t + 1] - rest[2 * t + 1], 2));
                Assert.Equal((float)distance, read.Convergence.DistanceOf(t)[iteration]);
            }
        }
    }

    [Theory]
    [InlineData(DType.F16, 11)]
    [InlineData(DType.BF16, 8)]
    public void Halves_say_what_they_lose_and_s_star_loses_nothing(DType type, int bits)
    {
        var recording = SampleRecording.Of();
        var norm = recording.Header.FinalNorm();
        var narrow = recording with { States = recording.States!.As(type, norm) };
        var read = Reread(narrow);
        Assert.Equal(recording.Rest, read.Rest);
        Assert.Equal(type, read.States!.Type);
        SameStates(narrow, read);
        double worst = 0;
        foreach (int iteration in recording.States!.Iterations)
        {
            var (exact, kept) = (recording.Trajectory!.State(iteration).ToArray(), read.Trajectory!.State(iteration).ToArray());
            for (int i = 0; i < exact.Length; i++) Assert.True(Math.Abs(kept[i] - exact[i]) <= Math.Abs(exact[i]) * Math.Pow(2, -bits));
            norm.Apply(exact, 3, exact);
            norm.Apply(kept, 3, kept);
            for (int t = 0; t < 3; t++)
                worst = Math.Max(worst, Math.Sqrt(Math.Pow((double)exact[2 * t] - kept[2 * t], 2) + Math.Pow((double)exact[2 * t + 1] - kept[2 * t + 1], 2)));
        }

        Assert.Equal((float)worst, read.States.Rounding);
        Assert.InRange(worst, 1e-6, 0.02);
        Assert.Equal(0, recording.States.As(DType.F32, norm).Rounding);
        // Written again it neither loses nor forgets.
        Assert.Equal(read.States.Rounding, Reread(read).States!.Rounding);
    }

    [Fact]
    public void A_state_too_large_for_half_precision_is_refused_with_its_value()
    {
        var grown = SampleRecording.Of(core: ToyCores.Contraction(3));
        var error = Assert.Throws<OverflowException>(() => grown.States!.As(DType.F16, grown.Header.FinalNorm()));
        Assert.Contains("half precision ends at 65504", error.Message);
        _ = grown.States!.As(DType.BF16, grown.Header.FinalNorm());
    }

    [Fact]
    public void A_slice_has_the_states_chosen_and_all_measures()
    {
        var whole = SampleRecording.Of();
        var slice = Reread(whole.Slice([7, 2], [2, 0]));
        Assert.Equal([2, 7], slice.States!.Iterations);
        Assert.Equal([0, 2], slice.States.Positions);
        Assert.Equal(whole.Trajectory!.State(7)[4..].ToArray(), slice.Trajectory!.State(7)[2..].ToArray());
        Same(whole, slice);
        Assert.Contains("iteration 13 were not recorded; the recording holds iterations 0-12", Assert.Throws<ArgumentException>(() => whole.Slice([13], null)).Message);
        Assert.Contains("position 1 were not recorded; the recording holds positions 0, 2", Assert.Throws<ArgumentException>(() => slice.Slice(null, [1])).Message);
        Assert.Same(whole, whole.Slice(null, null));
        Assert.Contains("no states", Assert.Throws<ArgumentException>(() => SampleRecording.Of([]).Slice([1], null)).Message);
    }

    [Fact]
    public void Parts_of_one_run_make_the_whole()
    {
        var whole = SampleRecording.Of();
        var byIteration = RecordingMerge.Of(whole.Slice([0, 1, 2, 3, 4, 5], null), whole.Slice([4, 5, 6, 7, 8, 9, 10, 11, 12], null));
        SameStates(whole, byIteration);
        Same(whole, byIteration);
        SameStates(whole, RecordingMerge.Of(whole.Slice(null, [1]), whole.Slice(null, [0, 2])));
        SameStates(whole, RecordingMerge.Of(SampleRecording.Of([]), whole));
        SameLens(whole.Lens, RecordingMerge.Of(SampleRecording.Of(lens: false), whole).Lens);
    }

    [Fact]
    public void What_does_not_fit_is_refused_with_both_values()
    {
        var whole = SampleRecording.Of();
        Refused("fingerprint): 0123456789abcdef and ff", whole with { Header = whole.Header with { Fingerprint = "ff" } });
        Refused("tokens: 3 tokens 5,10,0 and 3 tokens 5,10,1", whole with { Tokens = whole.Tokens with { Ids = [5, 10, 1] } });
        Refused("start: random, seed 18446744073709551615 and random, seed 8", whole with { Header = whole.Header with { Seed = 8 } });
        Refused("rotary table: exact and stored", whole with { Header = whole.Header with { Rotary = "stored" } });
        Refused("type of the states: F32 and F16", whole with { States = whole.States!.As(DType.F16, whole.Header.FinalNorm()) });
        Refused("iterations of the lens: 1, 4, 30 and 1, 4", whole with { Lens = whole.Lens! with { Iterations = [1, 4] } });
        Refused("their distances differ", SampleRecording.Of(core: ToyCores.Contraction(0.5f)));
        var error = Assert.Throws<ArgumentException>(() => RecordingMerge.Of(whole.Slice([1, 2], [0]), whole.Slice([3], [1])));
        Assert.Contains("iterations 1-2 at positions 0, and of iterations 3 at positions 1: together they would have gaps", error.Message);

        void Refused(string expected, Recording other) =>
            Assert.Contains(expected, Assert.Throws<ArgumentException>(() => RecordingMerge.Of(whole, other)).Message);
    }

    [Fact]
    public void Unknown_tensors_and_metadata_are_named_and_left_alone()
    {
        using var folder = new TemporaryFolder();
        var path = SampleRecording.Changed(folder, (tensors, metadata) =>
        {
            tensors["jacobian.eigenvalues"] = TensorSource.Float32("jacobian.eigenvalues", [2, 2], new float[4]);
            metadata["mood"] = "fine";
        });
        Assert.Equal(["jacobian.eigenvalues F32 [2, 2]"], RecordingReader.Read(path).OtherTensors);
    }
}
