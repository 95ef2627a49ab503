using System;
using System.IO;
using System.Linq;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Files;
using Muninn.Microscope.Recordings;
using Xunit;

namespace Muninn.Tests.Microscope.Recordings;

/// <summary>Dynamics, classes, exits and attention in a recording: kept, refused where they are wrong, merged where they agree.</summary>
public sealed class SectionTests
{
    static Recording Reread(Recording recording, RecordingParts parts = RecordingParts.All)
    {
        using var folder = new TemporaryFolder();
        RecordingWriter.Write(FileTarget.Of(folder.At("a.muninn")), recording);
        return RecordingReader.Read(folder.At("a.muninn"), parts);
    }

    static string Refusal(TensorSource tensor)
    {
        using var folder = new TemporaryFolder();
        var path = SampleRecording.Changed(folder, (tensors, _) => tensors[tensor.Name] = tensor);
        var error = Assert.Throws<InvalidDataException>(() => RecordingReader.Read(path));
        Assert.Contains(path, error.Message);
        return error.Message;
    }

    [Fact]
    public void Every_number_comes_back_as_it_was()
    {
        var recording = SampleRecording.Of();
        Assert.NotNull(recording.Dynamics);
        SampleSections.Same(recording, Reread(recording));
        SampleSections.Same(recording, Reread(recording, RecordingParts.Measures));
        SampleSections.Same(recording, Reread(recording.Slice([2], [1])));
        Assert.Equal(["“<|a|>” contracts ‖J‖.", "Another.", "One orbit."], Reread(recording).SectionFindings);
    }

    [Fact]
    public void Each_section_can_stand_alone_or_lack()
    {
        var whole = SampleRecording.Of();
        var bare = SampleRecording.Of(sections: false);
        SampleSections.Same(bare, Reread(bare));
        foreach (var one in new[]
        {
            bare with { Dynamics = whole.Dynamics! with { Stretch = null, StretchResidual = null, ExponentCount = 0, Exponents = [], ExponentErrors = [], ExponentIterations = 0 } },
            bare with { Classes = whole.Classes },
            bare with { Exits = whole.Exits },
            bare with { Patterns = whole.Patterns },
        })
        {
            SampleSections.Same(one, Reread(one));
        }
    }

    [Fact]
    public void Numbers_that_follow_from_others_are_theirs()
    {
        var dynamics = SampleSections.Dynamics;
        Assert.Equal(Math.Log(0.5) / Math.Log(0.4f), dynamics.HalfLife(0), 1e-12);
        Assert.True(double.IsNaN(dynamics.HalfLife(2)) && double.IsNaN(dynamics.Radius(2)));
        Assert.Equal(Math.Sqrt(0.9), dynamics.Radius(1), 1e-6);
        Assert.Equal(Math.Atan2(0.9, -0.3), dynamics.Angle(1, 0), 1e-6);
        Assert.True(double.IsPositiveInfinity((dynamics with { Rate = [1] }).HalfLife(0)));
        var classes = SampleSections.Classes;
        Assert.Equal((0.009f, 0.0004f, float.NaN), (classes.CorrectedOf(0), classes.CorrectedOf(1), classes.CorrectedOf(2)));
        Assert.Equal([false, true, false], Enumerable.Range(0, 3).Select(classes.IsBeating));
        var exits = SampleSections.Exits;
        Assert.Equal((4, 7), (exits.IterationsMean(0), exits.IterationsMean(1)));
        Assert.True(double.IsNaN(exits.DivergenceMean(0)));
        Assert.Equal(0.01, exits.DivergenceMean(1), 1e-8);
        Assert.Equal((2, 0), (exits.ChangedCount(0), exits.ChangedCount(1)));
        Assert.Equal([0.5f, 0.5f], SampleSections.Patterns.Row(1, 1)[..2].ToArray());
    }

    [Theory]
    [InlineData("dynamics.rate.window")]
    [InlineData("dynamics.eigenvalues")]
    [InlineData("dynamics.singular_value.residual")]
    [InlineData("dynamics.lyapunov.error")]
    [InlineData("dynamics.findings.offsets")]
    [InlineData("classes.q")]
    [InlineData("exits.candidates")]
    [InlineData("exits.front")]
    [InlineData("attention.weights")]
    public void A_tensor_that_is_missing_is_named(string name)
    {
        using var folder = new TemporaryFolder();
        var path = SampleRecording.Changed(folder, (tensors, _) => Assert.True(tensors.Remove(name)));
        Assert.Contains($"there is no tensor '{name}' [", Assert.Throws<InvalidDataException>(() => RecordingReader.Read(path)).Message);
    }

    [Theory]
    [InlineData("dynamics_rest_iteration", "31", "dynamics_rest_iteration = '31'; expected a whole number from 0 to 30")]
    [InlineData("dynamics_epsilon", "-1", "dynamics_epsilon = '-1'; expected a number from 0 on")]
    [InlineData("dynamics_seed", "x", "dynamics_seed = 'x'; expected a whole number")]
    [InlineData("classes_phase_blocks", "0", "classes_phase_blocks = '0'; expected a whole number from 1")]
    [InlineData("classes_significance", "NaN", "classes_significance = 'NaN'; expected a number from 0 on")]
    [InlineData("exits_full_depth_changed", "4", "exits_full_depth_changed = '4'; expected a whole number from 0 to 3")]
    [InlineData("attention_block", "2", "attention_block = '2'; expected a whole number from 0 to 1")]
    public void Metadata_that_are_wrong_are_named_with_both_values(string key, string value, string expected)
    {
        using var folder = new TemporaryFolder();
        var path = SampleRecording.Changed(folder, (_, metadata) => metadata[key] = value);
        Assert.Contains(expected, Assert.Throws<InvalidDataException>(() => RecordingReader.Read(path)).Message);
        path = SampleRecording.Changed(folder, (_, metadata) => metadata.Remove(key));
        Assert.Contains($"the metadata lack '{key}'", Assert.Throws<InvalidDataException>(() => RecordingReader.Read(path)).Message);
    }

    [Theory]
    [InlineData("dynamics.rate", new[] { 0.5f, -1, 0 }, "tensor 'dynamics.rate' holds -1 at 1; expected nothing below 0")]
    [InlineData("dynamics.rest_residual", new[] { 0.5f, 1 }, "tensor 'dynamics.rest_residual' is F32 [2]; expected [3] [tokens]")]
    [InlineData("dynamics.lyapunov", new[] { 0.5f, 1, 2 }, "tensor 'dynamics.lyapunov' is F32 [3]; expected F32 [tokens, exponents]")]
    [InlineData("exits.block_passes", new[] { 1f, -2 }, "tensor 'exits.block_passes' holds -2 at 1")]
    [InlineData("exits.full_depth_divergence", new[] { 1f }, "tensor 'exits.full_depth_divergence' is F32 [1]; expected [3] [tokens]")]
    public void Measures_that_cannot_be_are_refused(string name, float[] values, string expected) =>
        Assert.Contains(expected, Refusal(TensorSource.Float32(name, [values.Length], values)));

    [Theory]
    [InlineData("dynamics.slowest_up_to", new[] { 0, 2, 1 }, "tensor 'dynamics.slowest_up_to' holds 2 at 1; expected a token up to 1")]
    [InlineData("dynamics.floor_iteration", new[] { -2, 0, 1 }, "holds -2 at 0; expected -1 to 30")]
    [InlineData("dynamics.arrival.extrapolated", new[] { 0, 1, 2 }, "holds 2 at 2; expected 0 to 1")]
    [InlineData("classes.class", new[] { 1, 9, 1 }, "tensor 'classes.class' holds 9 at 1; expected 0 to 8")]
    [InlineData("classes.approach", new[] { 1, 3, 1 }, "tensor 'classes.approach' holds 3 at 1; expected 0 to 2")]
    [InlineData("classes.carrier", new[] { 0, 1, 2 }, "says that test 2 carries the class of token 2, but 'classes.surrogates' had none for it")]
    [InlineData("classes.steps", new[] { 12, 31, 0 }, "tensor 'classes.steps' holds 31 at 1; expected 0 to 30")]
    [InlineData("exits.depth", new int[0], "tensor 'exits.depth' has 0 entries; expected 1 to 4096")]
    [InlineData("exits.depth", new[] { 4, 13 }, "tensor 'exits.depth' holds 13 at 1; expected 0 to 12")]
    [InlineData("attention.iterations", new[] { 0, 12 }, "tensor 'attention.iterations' holds 0 at 0; expected 1 to 30")]
    [InlineData("attention.iterations", new[] { 12, 1 }, "holds 1 behind 12 at 1; expected ascending numbers")]
    [InlineData("attention.iterations", new[] { 1 }, "tensor 'attention.weights' is F32 [2, 3, 3]; expected [1, 3, 3] [iterations, tokens, tokens]")]
    [InlineData("dynamics.findings.offsets", new[] { 0, 3, 2, 34 }, "tensor 'dynamics.findings.offsets' runs from 0 to 34; expected 0 to 38, the bytes of")]
    public void Numbers_that_break_the_order_are_named_with_their_place(string name, int[] values, string expected) =>
        Assert.Contains(expected, Refusal(TensorSource.Int32(name, [values.Length], values)));

    [Fact]
    public void Tables_that_cannot_be_are_refused()
    {
        Assert.Contains("holds a modulus of 0.5 behind 0.25 for token 1; expected the largest first", Refusal(
            TensorSource.Float32("dynamics.eigenvalues", [3, 2, 2], new[] { 0.5f, 0, 0.5f, 0, 0.25f, 0, 0, 0.5f, 0, 0, 0, 0 })));
        Assert.Contains("holds an imaginary part of -0.5 for token 0", Refusal(
            TensorSource.Float32("dynamics.eigenvalues", [3, 2, 2], new[] { 0.5f, -0.5f, 0.5f, 0, 0.25f, 0, 0, 0, 0, 0, 0, 0 })));
        Assert.Contains("for token 2; expected the largest first", Refusal(
            TensorSource.Float32("dynamics.eigenvalues", [3, 2, 2], new[] { 0.5f, 0, 0.5f, 0, 0.25f, 0, 0, 0, float.NaN, float.NaN, 0, 0 })));
        Assert.Contains("tensor 'dynamics.eigenvalues.residual' has 65 numbers a token; expected 1 to 64 [tokens, eigenvalues]", Refusal(
            TensorSource.Float32("dynamics.eigenvalues.residual", [3, 65], new float[195])));
        Assert.Contains("tensor 'classes.q' holds 1.5 at 1; expected nothing above 1", Refusal(
            TensorSource.Float32("classes.q", [3, 3], new[] { 0, 1.5f, 0, 0, 0, 0, 0, 0, 0 })));
        Assert.Contains("tensor 'exits.iterations' holds 0 at 5; expected 1 to 12", Refusal(
            TensorSource.Int32("exits.iterations", [2, 3], new[] { 1, 1, 1, 1, 1, 0 })));
        var weights = SampleSections.Patterns.Weights;
        weights[1] = 0;
        Assert.Contains("tensor 'attention.weights' holds 0 at 1; expected NaN behind the token that looks", Refusal(
            TensorSource.Float32("attention.weights", [2, 3, 3], weights)));
        weights = SampleSections.Patterns.Weights;
        weights[12] = 1.25f;
        Assert.Contains("tensor 'attention.weights' holds 1.25 at 12; expected 0 to 1", Refusal(
            TensorSource.Float32("attention.weights", [2, 3, 3], weights)));
    }

    [Fact]
    public void Merging_takes_each_section_from_the_side_that_has_it()
    {
        var whole = SampleRecording.Of();
        var bare = SampleRecording.Of(sections: false);
        SampleSections.Same(whole, RecordingMerge.Of(bare, whole));
        SampleSections.Same(whole, RecordingMerge.Of(whole, bare));
        SampleSections.Same(whole, RecordingMerge.Of(whole, SampleRecording.Of()));
        SampleSections.Same(whole, RecordingMerge.Of(bare with { Dynamics = whole.Dynamics, Exits = whole.Exits }, bare with { Classes = whole.Classes, Patterns = whole.Patterns }));
    }

    [Fact]
    public void Sections_that_differ_are_refused_with_both_values()
    {
        var whole = SampleRecording.Of();
        Refused("the seed of the dynamics: 18446744073709551615 and 1.", whole with { Dynamics = SampleSections.Dynamics with { Seed = 1 } });
        Refused("the singular values: measured and not measured", whole with { Dynamics = SampleSections.Dynamics with { Stretch = null } });
        Refused("their rates differ", whole with { Dynamics = SampleSections.Dynamics with { Rate = [0.4f, 0.5f, float.NaN] } });
        Refused("the seed of the surrogates: 5 and 6", whole with { Classes = SampleSections.Classes with { Seed = 6 } });
        Refused("the classes: FixedPoint, Orbit, NotFinite and Orbit, Orbit, NotFinite", whole with
        {
            Classes = SampleSections.Classes with { Class = [SampleSections.Classes.Class[1], .. SampleSections.Classes.Class[1..]] },
        });
        Refused("the exit rules: fixed 4, kl:0.0005 and fixed 5, kl:0.0005", whole with { Exits = SampleSections.Exits with { Candidates = ["fixed 5", "kl:0.0005"] } });
        Refused("their exits' iterations differ", whole with { Exits = SampleSections.Exits with { Iterations = [4, 4, 4, 2, 8, 12] } });
        Refused("the iterations of attention: 1, 12 and 1, 4", whole with { Patterns = SampleSections.Patterns with { Iterations = [1, 4] } });
        Refused("their attention weights differ", whole with { Patterns = SampleSections.Patterns with { Weights = new float[18] } });

        void Refused(string expected, Recording other) =>
            Assert.Contains(expected, Assert.Throws<ArgumentException>(() => RecordingMerge.Of(whole, other)).Message);
    }
}
