using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Model;
using Muninn.Engine.Recurrence;
using Muninn.Kernels;
using Muninn.Microscope.Measures;
using Muninn.Microscope.Trajectories;
using Muninn.Tests.Reference;
using Xunit;

namespace Muninn.Tests.Engine.Model;

/// <summary>
/// Every golden value of the original implementation that a forward pass can reach. Two independent float32 programs agree
/// on these files to 7e-6 of the largest magnitude; the bound here is 2e-5 in relative L2, and what was seen stands beside it.
/// </summary>
public sealed class ReferenceTests
{
    const double Bound = 2e-5;

    public static TheoryData<string> Cases { get; } = [.. GoldenFile.Cases];

    static readonly ConvergenceSettings _settings = new() { Iterations = 64, Horizon = 128 };

    sealed class Subject : IDisposable
    {
        readonly Checkpoint _checkpoint;
        readonly WorkerPool _pool = new(1);

        public Subject(string name, RotarySource rotary = RotarySource.Stored, WeightPacking packing = WeightPacking.AsStored)
        {
            Golden = GoldenFile.Open(name);
            _checkpoint = Checkpoint.Open(Golden.Folder);
            Model = RecurrentModel.Load(_checkpoint, new ModelOptions { Rotary = rotary, Packing = packing });
            Run = new PromptRun(Model, _pool, Golden.Integers("in.ids"));
        }

        public GoldenFile Golden { get; }

        public RecurrentModel Model { get; }

        public PromptRun Run { get; }

        public InitialState Start(string variant) =>
            variant == "zero" ? InitialState.Zero : InitialState.Given(Golden.Floats($"in.{variant}"));

        public float[] Normed(ReadOnlySpan<float> state)
        {
            float[] normed = new float[state.Length];
            Model.FinalNorm.Apply(state, Run.Positions, normed);
            return normed;
        }

        public Trajectory Record(InitialState start)
        {
            var recorder = new TrajectoryRecorder(Run.Positions, Model.Config.Width, [.. Enumerable.Range(0, 65), 128]);
            Run.Run(new RunSettings { Limit = 128, Start = start }, null, recorder.Observe);
            return recorder.ToTrajectory();
        }

        public Convergence Measure(InitialState start, long heldBytes)
        {
            var meter = new ConvergenceMeter(Run.Positions, Model.FinalNorm, _settings, heldBytes);
            Run.Run(new RunSettings { Limit = _settings.Horizon, Start = start }, null, meter.Observe);
            if (meter.Repeated > 0)
                Run.Run(new RunSettings { Limit = meter.Repeated - 1, Start = start }, null, meter.ObserveAgain);
            return meter.ToConvergence();
        }

        public float[] Logits(ReadOnlySpan<float> state)
        {
            float[] logits = new float[Run.Positions * Model.Config.Vocabulary];
            Run.Logits(state, logits);
            return logits;
        }

        public void Dispose()
        {
            Model.Dispose();
            _checkpoint.Dispose();
            _pool.Dispose();
        }
    }

    static int NumberIn(string name) => int.Parse(name[(name.LastIndexOf('.') + 1)..]);

    static void AssertClose(ReadOnlySpan<float> actual, ReadOnlySpan<float> expected, string what) =>
        Assert.True(
            GoldenFile.RelativeDistance(actual, expected) <= Bound,
            $"{what}: relative L2 {GoldenFile.RelativeDistance(actual, expected):e2} is above {Bound:e0}.");

    [Theory]
    [MemberData(nameof(Cases))]
    public void States_match(string name)
    {
        using var subject = new Subject(name);
        foreach ((string variant, string start) in new[] { ("random", "start"), ("zero", "zero") })
        {
            var trajectory = subject.Record(subject.Start(start));
            string[] states = [.. subject.Golden.NamesFrom($"{variant}.state.")];
            Assert.True(states.Length >= 3);
            foreach (string golden in states)
                AssertClose(trajectory.State(NumberIn(golden)), subject.Golden.Floats(golden), golden);
            foreach (string golden in subject.Golden.NamesFrom($"{variant}.normed."))
                AssertClose(subject.Normed(trajectory.State(NumberIn(golden))), subject.Golden.Floats(golden), golden);
            AssertClose(subject.Normed(trajectory.State(128)), subject.Golden.Floats($"{variant}.limit"), $"{variant}.limit");
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Distances_and_residuals_match(string name)
    {
        using var subject = new Subject(name);
        foreach ((string variant, string start) in new[] { ("random", "start"), ("zero", "zero") })
        {
            var convergence = subject.Measure(subject.Start(start), long.MaxValue);
            AssertClose(convergence.Distance, subject.Golden.Floats($"{variant}.distance"), $"{variant}.distance");
            AssertClose(convergence.Residual, subject.Golden.Floats($"{variant}.residual"), $"{variant}.residual");
            Assert.Equal(convergence.Distance, subject.Measure(subject.Start(start), 0).Distance);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Logits_match(string name)
    {
        using var subject = new Subject(name);
        foreach ((string variant, string start) in new[] { ("random", "start"), ("zero", "zero") })
        {
            var trajectory = subject.Record(subject.Start(start));
            string[] logits = [.. subject.Golden.NamesFrom($"{variant}.logits.")];
            Assert.True(logits.Length >= 2);
            foreach (string golden in logits)
                AssertClose(subject.Logits(trajectory.State(NumberIn(golden))), subject.Golden.Floats(golden), golden);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_block_and_its_attention_match(string name)
    {
        using var subject = new Subject(name);
        var seen = new Dictionary<string, float[]>();
        subject.Run.SiteWatch = new SiteWatch(
            static (place, _) => place.Site is BlockSite.Attention or BlockSite.Output,
            (in SiteView view) =>
            {
                string part = view.Place.Part switch { ModelPart.Prelude => "prelude", ModelPart.Core => "core_block", _ => "coda" };
                string site = view.Place.Site == BlockSite.Attention ? ".attn" : "";
                seen[$"trace.transformer.{part}.{view.Place.Block}{site}"] = view.Values.ToArray();
            });
        var state = subject.Run.Run(new RunSettings { Limit = 1, Start = subject.Start("start") });
        subject.Logits(state);
        string[] traces = [.. subject.Golden.NamesFrom("trace.")];
        Assert.Equal(traces, seen.Keys.Order(StringComparer.Ordinal));
        foreach (string golden in traces)
            AssertClose(seen[golden], subject.Golden.Floats(golden), golden);
    }

    /// <summary>Differences of nearly equal numbers: compared on the scale of ‖x*‖, as the reference says.</summary>
    [Theory]
    [MemberData(nameof(Cases))]
    public void Two_starts_end_in_the_same_place(string name)
    {
        using var subject = new Subject(name);
        float[] one = subject.Record(subject.Start("start")).State(64).ToArray();
        float[] other = subject.Record(subject.Start("other_start")).State(64).ToArray();
        float[] limit = subject.Golden.Floats("random.limit");
        float[] scale = RowDistances(limit, new float[limit.Length], subject.Run.Positions);
        float[] raw = RowDistances(one, other, subject.Run.Positions);
        float[] normed = RowDistances(subject.Normed(one), subject.Normed(other), subject.Run.Positions);
        Assert.InRange(GoldenFile.RelativeDistance(normed, subject.Golden.Floats("paths.normed"), scale), 0, Bound);
        Assert.InRange(GoldenFile.RelativeDistance(raw, subject.Golden.Floats("paths.state"), scale), 0, Bound);
    }

    static float[] RowDistances(float[] a, float[] b, int rows)
    {
        int width = a.Length / rows;
        return [.. Enumerable.Range(0, rows).Select(row => (float)Math.Sqrt(
            Enumerable.Range(row * width, width).Sum(i => ((double)a[i] - b[i]) * ((double)a[i] - b[i]))))];
    }

    [Fact]
    public void The_exact_rotary_table_gives_the_exact_logits()
    {
        using var subject = new Subject("tiny-bf16", RotarySource.Exact);
        float[] logits = subject.Logits(subject.Run.Run(new RunSettings { Limit = 32 }));
        AssertClose(logits, subject.Golden.Floats("exact_rotation.logits.32"), "exact_rotation.logits.32");
        Assert.True(GoldenFile.RelativeDistance(logits, subject.Golden.Floats("zero.logits.32")) > 10 * Bound);
        Assert.True(subject.Model.StoredRotaryDifference > 1e-4);
    }

    [Fact]
    public void Brain_floats_give_what_the_same_weights_widened_give()
    {
        using var narrow = new Subject("tiny-bf16");
        using var wide = new Subject("tiny-bf16", packing: WeightPacking.Float32);
        Assert.True(narrow.Model.PackedBytes < wide.Model.PackedBytes);
        AssertClose(narrow.Record(narrow.Start("start")).State(64), wide.Record(wide.Start("start")).State(64), "state 64");
        AssertClose(
            narrow.Logits(narrow.Run.Run(new RunSettings { Limit = 32 })),
            wide.Logits(wide.Run.Run(new RunSettings { Limit = 32 })), "logits 32");
    }
}
